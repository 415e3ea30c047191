namespace NeuralNet.Tests;

public class TableSplitTests
{
    private static readonly Table table = new(
        TableColumn.OfNumbers("number", [.. Enumerable.Range(0, 100).Select(i => i % 7 == 0 ? double.NaN : i * i)]),
        TableColumn.OfTexts("text", [.. Enumerable.Range(0, 100).Select(i => i % 10 == 0 ? "rare" : i % 25 == 1 ? null : "common")]),
        TableColumn.OfNumbers("place", [.. Enumerable.Range(0, 100).Select(i => (double)i)]));

    [Fact]
    public void Every_row_is_in_one_part_and_the_seed_says_which()
    {
        (Table train, Table test) = table.Split(testFraction: 0.2, seed: 3);
        (train.Rows, test.Rows).Should().Be((80, 20));
        Places(train).Concat(Places(test)).Order().Should().Equal(Enumerable.Range(0, 100));
        Places(test).Should().NotBeInAscendingOrder();
        Places(table.Split(0.2, seed: 3).Test).Should().Equal(Places(test));
        Places(table.Split(0.2, seed: 4).Test).Should().NotEqual(Places(test));

        // The rows that a data set of as many rows has in its test part.
        float[] places = [.. Enumerable.Range(0, 100).Select(i => (float)i)];
        Dataset data = Dataset.FromArrays(places, places, 100);
        data.Split(0.2, seed: 3).Test.Inputs.ToArray().Select(place => (int)place).Should().Equal(Places(test));
    }

    [Fact]
    public void Both_parts_have_the_shares_of_a_column_of_texts()
    {
        foreach (long seed in (long[])[1, 2, 3])
        {
            Table test = table.Split(0.3, seed, stratify: "text").Test;
            test["text"].Missing.Should().Be(1, "30 % of 4 are 1.2");
            Count(test, "rare").Should().Be(3);
            Count(test, "common").Should().Be(26);
        }

        static int Count(Table table, string text) => Enumerable.Range(0, table.Rows).Count(row => table["text"][row] == text);
    }

    [Fact]
    public void Both_parts_have_the_tenths_of_a_column_of_numbers()
    {
        double[] sorted = [.. table["number"].Numbers.ToArray().Where(number => !double.IsNaN(number)).Order()];
        foreach (long seed in (long[])[1, 2, 3])
        {
            Table test = table.Split(0.5, seed, stratify: "number").Test;
            test["number"].Missing.Should().BeInRange(7, 8, "half of 15");
            for (int tenth = 0; tenth < 10; tenth++)
            {
                double[] own = sorted[((tenth * sorted.Length + 9) / 10)..(((tenth + 1) * sorted.Length + 9) / 10)];
                test["number"].Numbers.ToArray().Count(own.Contains).Should().BeInRange((own.Length / 2) - 1, (own.Length / 2) + 1);
            }
        }

        Table few = table.With(TableColumn.OfNumbers("number", [.. Enumerable.Range(0, 100).Select(i => i % 20 == 0 ? double.NaN : i % 4)]));
        Table part = few.Split(0.2, 1, "number").Test;
        part["number"].Missing.Should().Be(1);
        part["number"].Numbers.ToArray().Count(number => number == 1).Should().Be(5);
    }

    [Fact]
    public void What_cannot_be_divided_is_refused()
    {
        foreach (double fraction in (double[])[0, 1, -0.5, double.NaN])
            table.Invoking(t => t.Split(fraction)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected a fraction between 0 and 1*");
        table.Slice(0, 1).Invoking(t => t.Split(0.5)).Should().Throw<InvalidOperationException>().WithMessage("A table of 1 row*");
        table.Invoking(t => t.Split(0.5, 0, "texts")).Should().Throw<ArgumentException>().WithMessage("There is no column \"texts\"*");
    }

    private static int[] Places(Table table) => [.. table["place"].Numbers.ToArray().Select(place => (int)place)];
}
