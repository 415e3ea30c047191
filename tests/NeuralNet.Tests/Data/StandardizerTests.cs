namespace NeuralNet.Tests.Data;

public class StandardizerTests
{
    private static Dataset Rows(params float[][] inputs) =>
        Dataset.FromArrays(inputs, [.. inputs.Select((_, i) => new[] { (float)i })]);

    [Fact]
    public void Means_and_deviations_are_those_of_the_population()
    {
        Standardizer standardizer = Standardizer.Learn(Rows([1, 10], [3, 30], [5, 20]));

        standardizer.Means.ToArray().Should().Equal(3, 20);
        standardizer.Deviations[0].Should().BeApproximately(Math.Sqrt(8 / 3.0), 1e-15);
        standardizer.Deviations[1].Should().BeApproximately(Math.Sqrt(200 / 3.0), 1e-14);
    }

    [Fact]
    public void Applied_to_what_it_learned_every_feature_has_mean_0_and_deviation_1()
    {
        Dataset digits = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", "digits.csv.gz"), classes: 10);

        Dataset scaled = Standardizer.Learn(digits).Apply(digits);

        Standardizer again = Standardizer.Learn(scaled);
        for (int i = 0; i < 64; i++)
        {
            again.Means[i].Should().BeApproximately(0, 1e-6);
            again.Deviations[i].Should().BeApproximately(1, 1e-6);
        }

        scaled.Desired.SequenceEqual(digits.Desired).Should().BeTrue();
        scaled.Labels.SequenceEqual(digits.Labels).Should().BeTrue();
        scaled.ClassNames.Should().Equal(digits.ClassNames);
    }

    [Fact]
    public void Iris_has_its_known_means_and_deviations()
    {
        Standardizer iris = Standardizer.Learn(Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", "iris.csv")));

        double[] means = [5.843333, 3.057333, 3.758, 1.199333], deviations = [0.825301, 0.434411, 1.759404, 0.759693];
        for (int i = 0; i < 4; i++)
        {
            iris.Means[i].Should().BeApproximately(means[i], 1e-6);
            iris.Deviations[i].Should().BeApproximately(deviations[i], 1e-6);
        }
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(-1e30f)]
    [InlineData(0f)]
    public void A_constant_feature_becomes_0(float value)
    {
        Dataset data = Rows([.. Enumerable.Repeat(new[] { value, 1f }, 7), [value, 2f]]);
        Standardizer standardizer = Standardizer.Learn(data);

        standardizer.Means[0].Should().Be(value);
        standardizer.Deviations[0].Should().Be(1);
        Dataset scaled = standardizer.Apply(data);
        for (int row = 0; row < 8; row++)
            scaled.InputRow(row)[0].Should().Be(0);
    }

    [Fact]
    public void Rows_may_be_standardized_in_place()
    {
        var standardizer = new Standardizer([1, 2], [2, 4]);
        float[] rows = [3, 2, -1, 10];

        standardizer.Apply(rows, rows);

        rows.Should().Equal(1, 0, -1, 2);
    }

    [Fact]
    public void A_NaN_stays_one()
    {
        var result = new float[2];

        new Standardizer([1, 2], [2, 4]).Apply([float.NaN, 6], result);

        result.Should().Equal(float.NaN, 1);
    }

    [Fact]
    public void It_can_be_made_again_of_its_numbers()
    {
        Standardizer learned = Standardizer.Learn(Rows([1, 10], [3, 30], [5, 20]));
        var same = new Standardizer(learned.Means, learned.Deviations);
        float[] a = new float[2], b = new float[2];

        learned.Apply([7, 8], a);
        same.Apply([7, 8], b);

        b.Should().Equal(a);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var standardizer = new Standardizer([1, 2], [2, 4]);
        var buffer = new float[5];
        Refused(() => standardizer.Apply(Rows([1, 2, 3])), "Expected 2 inputs in a row, but got 3.*");
        Refused(() => standardizer.Apply(Rows([1, 2, 3, 4])), "Expected 2 inputs in a row, but got 4.*");
        Refused(() => new Standardizer([1, 2], [2, 4], perStep: true).Apply(Rows([1, 2, 3])), "Expected a multiple of 2 inputs in a row*but got 3.*");
        Refused(() => standardizer.Apply([1, 2, 3], new float[3]), "Expected a multiple of 2 features, but got 3 numbers.*");
        Refused(() => standardizer.Apply([1, 2], new float[3]), "Expected 2 numbers*but got 3.*");
        Refused(() => standardizer.Apply(buffer.AsSpan(0, 4), buffer.AsSpan(1, 4)), "The result overlaps*");
        Refused(() => _ = new Standardizer([], []), "*at least one feature.*");
        Refused(() => _ = new Standardizer([1], [1, 2]), "Expected 1 deviations*but got 2.*");
        Refused(() => _ = new Standardizer([double.NaN], [1]), "Feature 0: expected a finite mean, but got NaN.*");
        Refused(() => _ = new Standardizer([1], [0]), "Feature 0: expected a positive, finite deviation, but got 0.*");
        Refused(() => _ = new Standardizer([1, 2], [1, double.PositiveInfinity]), "Feature 1: *but got Infinity.*");
        Refused(() => _ = new Standardizer([1], [double.NaN]), "Feature 0: *but got NaN.*");
        Refused(() => new Standardizer([0], [1e-10]).Apply(Rows([1], [1e30f])), "Row 1, column 0: *but got Infinity.*");

        static void Refused(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
    }
}
