namespace NeuralNet.Tests.Training;

public class MetricsTests
{
    [Fact]
    public void ArgMax_is_the_first_of_the_greatest()
    {
        Metrics.ArgMax([0.1f, 0.7f, 0.2f]).Should().Be(1);
        Metrics.ArgMax([3f, 1, 3]).Should().Be(0);
        Metrics.ArgMax([-2f]).Should().Be(0);
        Metrics.ArgMax([float.NegativeInfinity, float.NegativeInfinity]).Should().Be(0);
        Metrics.ArgMax([1f, float.PositiveInfinity]).Should().Be(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_NaN_anywhere_names_no_class(int at)
    {
        float[] values = [1, 2, 3];
        values[at] = float.NaN;

        Metrics.ArgMax(values).Should().Be(-1);
    }

    [Fact]
    public void Accuracy_is_the_fraction_of_rows_whose_classes_agree()
    {
        float[] y = [0.8f, 0.1f, 0.1f, 0.2f, 0.5f, 0.3f, 0.4f, 0.4f, 0.2f, 0, 0, 1];
        float[] d = [1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1];

        Metrics.Accuracy(y, d, 4).Should().Be(0.75);
    }

    [Fact]
    public void Accuracy_of_one_output_takes_one_half_as_the_threshold()
    {
        Metrics.Accuracy([0.5f, 0.499f, 0.9f, 0.9f], [1f, 0, 1, 0], 4).Should().Be(0.75);
    }

    [Fact]
    public void A_NaN_counts_as_wrong()
    {
        Metrics.Accuracy([float.NaN, 0, 1, 0], [1f, 0, 1, 0], 2).Should().Be(0.5);
        Metrics.Accuracy([float.NaN, 0, 1, 0], [float.NaN, 0, 1, 0], 2).Should().Be(0.5);
        Metrics.Accuracy([float.NaN, 1], [0f, 1], 2).Should().Be(0.5);
        Metrics.Accuracy([0f, 1], [float.NaN, 1], 2).Should().Be(0.5);
    }

    [Fact]
    public void Ids_are_classes_or_left_out_and_anything_else_is_refused()
    {
        float[] y = [0.8f, 0.1f, 0.1f, 0.2f, 0.5f, 0.3f, 0, 0, 1];
        Metrics.Accuracy(y, [0f, 2, 2], 3).Should().Be(2 / 3.0);
        Metrics.Accuracy(y, [-1f, 1, 0], 3).Should().Be(0.5);
        Metrics.Accuracy(y, [-1f, -1, -1], 3).Should().Be(double.NaN);
        foreach (float wrong in new[] { float.NaN, 2.5f, 3, 99, -2, float.PositiveInfinity })
        {
            Action measure = () => Metrics.Accuracy(y, [0, wrong, 2], 3);
            measure.Should().Throw<ArgumentException>($"of {wrong}").WithMessage("*in row 1 is*a whole number from 0 to 2, or −1 for none.");
        }
    }

    [Fact]
    public void Errors_are_means_over_all_numbers()
    {
        Metrics.MeanAbsoluteError([1f, 2, 3, 4], [2f, 2, 1, 8]).Should().Be(7 / 4.0);
        Metrics.RootMeanSquareError([1f, 2, 3, 4], [2f, 2, 1, 8]).Should().Be(Math.Sqrt(21 / 4.0));
    }

    [Fact]
    public void Errors_neither_overflow_nor_swallow_a_NaN()
    {
        Metrics.RootMeanSquareError([1e30f], [-1e30f]).Should().BeApproximately(2e30, 1e24);
        Metrics.MeanAbsoluteError([float.MaxValue], [float.MinValue]).Should().Be(2 * (double)float.MaxValue);
        Metrics.MeanAbsoluteError([1f, float.NaN], [1f, 1]).Should().Be(double.NaN);
        Metrics.RootMeanSquareError([1f, float.NaN], [1f, 1]).Should().Be(double.NaN);
    }

    [Fact]
    public void Wrong_sizes_are_refused_with_words()
    {
        Refused(() => Metrics.ArgMax([]), "Expected at least one value.*");
        Refused(() => Metrics.Accuracy([1f, 2, 3], [1f, 2], 1), "Expected 3 desired outputs*but got 2.*");
        Refused(() => Metrics.Accuracy([1f, 2, 3], [1f, 2, 3], 2), "Expected a multiple of 2 rows, but got 3 numbers.*");
        Refused(() => Metrics.Accuracy([], [], 1), "Expected at least one output.*");
        Refused(() => Metrics.MeanAbsoluteError([], []), "Expected at least one output.*");
        Refused(() => Metrics.MeanAbsoluteError([1f], [1f, 2]), "Expected 1 desired outputs*but got 2.*");
        Refused(() => Metrics.RootMeanSquareError([1f], []), "Expected 1 desired outputs*but got 0.*");
        Action rows = () => Metrics.Accuracy([1f], [1f], 0);
        rows.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("rows");

        static void Refused(Action measure, string message) =>
            measure.Should().Throw<ArgumentException>().WithMessage(message);
    }
}
