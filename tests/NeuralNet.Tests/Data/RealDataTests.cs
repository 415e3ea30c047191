namespace NeuralNet.Tests.Data;

public class RealDataTests
{
    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    [Fact]
    public void Digits_are_1797_images_of_8_by_8_in_10_classes()
    {
        Dataset digits = Dataset.FromCsv(PathOf("digits.csv.gz"), classes: 10);

        digits.Rows.Should().Be(1797);
        digits.InputWidth.Should().Be(64);
        digits.OutputWidth.Should().Be(10);
        digits.ClassNames.Should().Equal("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        Enumerable.Range(0, 10).Select(c => digits.Labels.Count(c)).Should()
            .Equal(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
        digits.Inputs.ToArray().Max().Should().Be(16);
        digits.InputRow(0)[..8].ToArray().Should().Equal(0, 0, 5, 13, 9, 1, 0, 0);
        digits.Labels[^1].Should().Be(8);
    }

    [Fact]
    public void Digits_without_a_stated_number_of_classes_are_the_same()
    {
        Dataset stated = Dataset.FromCsv(PathOf("digits.csv.gz"), classes: 10);
        Dataset inferred = Dataset.FromCsv(PathOf("digits.csv.gz"));

        inferred.Classes.Should().Be(10);
        inferred.Desired.SequenceEqual(stated.Desired).Should().BeTrue();
    }

    [Fact]
    public void Iris_takes_the_names_of_its_classes_from_the_first_line()
    {
        Dataset iris = Dataset.FromCsv(PathOf("iris.csv"));

        (iris.Rows, iris.InputWidth, iris.Classes).Should().Be((150, 4, 3));
        iris.ClassNames.Should().Equal("setosa", "versicolor", "virginica");
        iris.InputRow(0).ToArray().Should().Equal(5.1f, 3.5f, 1.4f, 0.2f);
        iris.InputRow(149).ToArray().Should().Equal(5.9f, 3.0f, 5.1f, 1.8f);
        iris.DesiredRow(149).ToArray().Should().Equal(0, 0, 1);
        Enumerable.Range(0, 3).Select(c => iris.Labels.Count(c)).Should().Equal(50, 50, 50);
    }

    [Fact]
    public void A_fifth_of_the_digits_holds_a_fifth_of_every_class()
    {
        Dataset digits = Dataset.FromCsv(PathOf("digits.csv.gz"), classes: 10);

        (Dataset train, Dataset test) = digits.Split(testFraction: 0.2, seed: 1);

        (train.Rows, test.Rows).Should().Be((1438, 359));
        for (int c = 0; c < 10; c++)
            ((double)test.Labels.Count(c)).Should().BeApproximately(0.2 * digits.Labels.Count(c), 1);
    }
}
