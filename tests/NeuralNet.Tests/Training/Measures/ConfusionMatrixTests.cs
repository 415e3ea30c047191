namespace NeuralNet.Tests.Training;

public class ConfusionMatrixTests
{
    // actual cat: 5 cat, 1 dog; actual dog: 2 cat, 3 dog, 1 fish; actual fish: 4 fish.
    private static ConfusionMatrix Pets()
    {
        var matrix = new ConfusionMatrix(["cat", "dog", "fish"]);
        int[,] counts = { { 5, 1, 0 }, { 2, 3, 1 }, { 0, 0, 4 } };
        for (int a = 0; a < 3; a++)
        {
            for (int p = 0; p < 3; p++)
            {
                for (int i = 0; i < counts[a, p]; i++)
                    matrix.Add(a, p);
            }
        }

        return matrix;
    }

    [Fact]
    public void Counts_are_by_actual_and_predicted_class()
    {
        ConfusionMatrix matrix = Pets();

        (matrix[0, 1], matrix[1, 0], matrix[2, 2]).Should().Be((1.0, 2.0, 4.0));
        matrix.Total.Should().Be(16);
        matrix.Classes.Should().Be(3);
    }

    [Fact]
    public void Measures_follow_their_definitions()
    {
        ConfusionMatrix matrix = Pets();

        matrix.Accuracy.Should().Be(12 / 16.0);
        matrix.Precision(0).Should().Be(5 / 7.0);
        matrix.Recall(0).Should().Be(5 / 6.0);
        matrix.F1(0).Should().BeApproximately(2 * (5 / 7.0) * (5 / 6.0) / ((5 / 7.0) + (5 / 6.0)), 1e-15);
        matrix.Precision(1).Should().Be(3 / 4.0);
        matrix.Recall(1).Should().Be(3 / 6.0);
        matrix.Precision(2).Should().Be(4 / 5.0);
        matrix.Recall(2).Should().Be(1);
    }

    [Fact]
    public void What_has_no_rows_is_NaN_and_not_0()
    {
        var matrix = new ConfusionMatrix(3);

        matrix.Accuracy.Should().Be(double.NaN);
        matrix.Add(0, 1);

        matrix.Accuracy.Should().Be(0);
        matrix.Recall(0).Should().Be(0);
        matrix.Precision(0).Should().Be(double.NaN);
        matrix.F1(0).Should().Be(0);
        matrix.Recall(1).Should().Be(double.NaN);
        matrix.Precision(1).Should().Be(0);
        matrix.F1(2).Should().Be(double.NaN);
    }

    [Fact]
    public void A_row_without_a_prediction_is_wrong()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(0, -1);
        matrix.Add(0, 0);

        matrix[0, -1].Should().Be(1);
        matrix.Total.Should().Be(2);
        matrix.Accuracy.Should().Be(0.5);
        matrix.Recall(0).Should().Be(0.5);
        matrix.Precision(0).Should().Be(1);
    }

    [Fact]
    public void Outputs_are_counted_by_their_greatest()
    {
        var matrix = new ConfusionMatrix(2);

        matrix.Add([0, 1, 1], [0.9f, 0.1f, 0.8f, 0.2f, float.NaN, 1]);

        (matrix[0, 0], matrix[1, 0], matrix[1, 1], matrix[1, -1]).Should().Be((1.0, 1.0, 0.0, 1.0));
    }

    [Fact]
    public void The_table_is_aligned()
    {
        Pets().ToString().Should().Be(
            """
            actual \ predicted     cat     dog    fish  recall
            cat                      5       1       0   0.833
            dog                      2       3       1   0.500
            fish                     0       0       4   1.000
            precision            0.714   0.750   0.800
            accuracy 0.750 of 16 rows

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_table_has_a_column_for_rows_without_a_prediction_if_there_are_any()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(1, -1);

        matrix.ToString().Should().Be(
            """
            actual \ predicted       0       1    none  recall
            0                        0       0       0       –
            1                        0       0       1   0.000
            precision                –       –
            accuracy 0.000 of 1 rows

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Classes_out_of_range_are_refused_and_nothing_is_counted()
    {
        ConfusionMatrix matrix = new(2);
        Refused(() => matrix.Add(2, 0), "Expected a class 0 … 1, but got 2.*");
        Refused(() => matrix.Add(-1, 0), "Expected a class 0 … 1, but got -1.*");
        Refused(() => matrix.Add(0, 2), "Expected a class 0 … 1, or −1 for none, but got 2.*");
        Refused(() => matrix.Add(0, -2), "Expected a class 0 … 1, or −1 for none, but got -2.*");
        Refused(() => matrix.Add([0, 2], [1f, 0, 1, 0]), "Row 1 has label 2*");
        Refused(() => matrix.Precision(2), "*but got 2.*");
        Refused(() => matrix.Recall(-1), "*but got -1.*");
        Refused(() => matrix.F1(2), "*but got 2.*");

        matrix.Total.Should().Be(0);

        static void Refused(Action act, string message) =>
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void The_most_classes_are_counted_apart()
    {
        var matrix = new ConfusionMatrix(ConfusionMatrix.MaxClasses);
        int last = ConfusionMatrix.MaxClasses - 1;

        matrix.Add(last, last);
        matrix.Add(0, last);
        matrix.Add(last, -1);

        (matrix[last, last], matrix[0, last], matrix[last, -1], matrix[0, 0], matrix.Total).Should().Be((1, 1, 1, 0, 3));
        matrix.Recall(last).Should().Be(0.5);
    }

    [Theory]
    [InlineData(ConfusionMatrix.MaxClasses + 1)]
    [InlineData(46341)]
    [InlineData(50000)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(int.MaxValue)]
    public void More_classes_are_refused_in_words(int classes)
    {
        Action make = () => _ = new ConfusionMatrix(classes);

        make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(classes))
            .WithMessage($"Expected at most 4096 classes, but got {classes}*");
    }

    [Fact]
    public void More_names_or_none_for_a_class_are_refused()
    {
        Action many = () => _ = new ConfusionMatrix(new string[ConfusionMatrix.MaxClasses + 1]);
        Action none = () => _ = new ConfusionMatrix(["a", null!]);

        many.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("classNames")
            .WithMessage("Expected at most 4096 classes, but got 4097*");
        none.Should().Throw<ArgumentException>().WithParameterName("classNames")
            .WithMessage("Expected a name for every class, but got null for class 1.*");
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        Action few = () => _ = new ConfusionMatrix(1);
        Action fewNames = () => _ = new ConfusionMatrix(["one"]);
        Action outputs = () => new ConfusionMatrix(2).Add([0, 1], [1f, 0, 1]);

        few.Should().Throw<ArgumentOutOfRangeException>();
        fewNames.Should().Throw<ArgumentException>().WithMessage("*at least 2 classes, but got 1.*");
        outputs.Should().Throw<ArgumentException>().WithMessage("Expected 2 rows of 2 outputs = 4 numbers, but got 3.*");
    }
}
