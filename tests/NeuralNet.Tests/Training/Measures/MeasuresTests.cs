namespace NeuralNet.Tests.Training;

/// <summary>What an evaluation says of classes, labels and numbers; the values themselves are compared with scikit-learn's.</summary>
public class MeasuresTests
{
    // Gives what it is given.
    private static Network Same(int width)
    {
        Network network = Network.Create(width).Dense(width, bias: false).Build();
        network.Parameters.Clear();
        for (int i = 0; i < width; i++)
            network.Parameters[(i * width) + i] = 1;
        return network;
    }

    private static double?[] Values(params double?[] values) => values;

    [Fact]
    public void Labels_have_an_accuracy_of_all_and_one_of_each()
    {
        float[] y = [0.9f, 0.2f, 0.6f, 0.4f, 0.1f, 0.7f], d = [1, 0, 0, 0, 0, 1];
        Evaluation evaluation = Evaluation.Of(Same(2), Dataset.FromArrays(y, d, rows: 3), Divergence.BinaryCrossEntropy);
        evaluation.Accuracy.Should().BeApproximately(2 / 3.0, 1e-15, "one of three rows has a wrong label");
        evaluation.LabelAccuracy.Should().BeApproximately(5 / 6.0, 1e-15);
        (evaluation.OutputCount, evaluation.Count).Should().Be((2, 3L));
        Evaluation first = evaluation.Output(0);
        Values(first.Accuracy, first.Recall, first.Precision, first.F1).Should().Equal(2 / 3.0, 1, 0.5, 2 / 3.0);
        first.Confusion![0, 1].Should().Be(1);
        first.Divergence.Should().Be(double.NaN);
        first.ToString().Should().StartWith("accuracy 0.666667, mean absolute error");
        evaluation.Output(1).Accuracy.Should().Be(1);
        evaluation.Confusion.Should().BeNull();
        (evaluation.Matthews ?? evaluation.BalancedAccuracy ?? evaluation.MeanAbsolutePercentageError
            ?? evaluation.TopK(1) ?? evaluation.F1).Should().BeNull();
        evaluation.Calibration(4)!.Sum(bin => bin.Weight).Should().Be(6);
        Action none = () => evaluation.Output(2);
        none.Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected an output 0 … 1, but got 2.*");
    }

    [Fact]
    public void Numbers_have_errors_of_each_and_no_accuracy()
    {
        float[] y = [1, 10, 2, 20, 3, 40], d = [1, 10, 2, 20, 3, 30];
        Evaluation evaluation = Evaluation.Of(Same(2), Dataset.FromArrays(y, d, rows: 3), Divergence.L2);
        evaluation.R2.Should().BeApproximately((1 + 0.5) / 2, 1e-15);
        evaluation.Output(0).R2.Should().Be(1);
        evaluation.Output(1).R2.Should().Be(0.5);
        evaluation.Output(1).MeanAbsoluteError.Should().BeApproximately(10 / 3.0, 1e-15);
        evaluation.MeanAbsolutePercentageError.Should().BeApproximately(1 / 18.0, 1e-15);
        (evaluation.Accuracy ?? evaluation.LabelAccuracy ?? evaluation.LogLoss ?? evaluation.Brier ?? evaluation.RocAuc ?? evaluation.MacroF1
            ?? evaluation.ExpectedCalibrationError()).Should().BeNull();
    }

    [Fact]
    public void Classes_have_ranks_and_each_is_one_against_the_rest()
    {
        float[] y = [0.5f, 0.25f, 0.25f, 0.25f, 0.5f, 0.25f, 0.25f, 0.5f, 0.25f];
        Evaluation evaluation = Evaluation.Of(Same(3), Dataset.FromArrays(y, [0, 0, 2], classes: 3), Divergence.CrossEntropy);
        Values(evaluation.TopK(1), evaluation.TopK(2), evaluation.TopK(3), evaluation.TopK(99)).Should().Equal(1 / 3.0, 2 / 3.0, 1, 1);
        evaluation.TopK(1).Should().Be(evaluation.Accuracy);
        evaluation.Output(0).RocAuc.Should().Be(0.75);
        evaluation.Output(1).RocAuc.Should().Be(double.NaN, "no row is of class 1");
        evaluation.RocAuc.Should().Be((0.75 + 0.5) / 2, "class 1 is left out");
        Action zero = () => evaluation.TopK(0);
        zero.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Rows_of_weight_0_are_absent_and_equal_weights_change_nothing()
    {
        float[] y = [0.5f, 0.25f, 0.25f, 0.25f, 0.5f, 0.25f, float.MaxValue, 0.5f, 0.25f, 0.125f, 0.375f, 0.5f];
        int[] labels = [0, 1, 2, 1];
        Dataset all = Dataset.FromArrays(y, labels, classes: 3), some = all.Select([0, 1, 3]);
        string[] names = [.. Words(Evaluation.Of(Same(3), some, Divergence.CrossEntropy))];
        names.Should().HaveCountGreaterThan(15).And.NotContain(name => name.Contains("NaN"));
        Words(Evaluation.Of(Same(3), all.WithWeights([1, 1, 0, 1]), Divergence.CrossEntropy)).Should().Equal(names);
        Words(Evaluation.Of(Same(3), some.WithWeights([2, 2, 2]), Divergence.CrossEntropy)).Should().Equal(names);
        Words(Evaluation.Of(Same(3), some.WithWeights([1, 1, 2]), Divergence.CrossEntropy)).Should().NotEqual(names);
        Words(Evaluation.Of(Same(3), all.Select([0, 1, 3, 3]), Divergence.CrossEntropy)).Should()
            .Equal(Words(Evaluation.Of(Same(3), some.WithWeights([1, 1, 2]), Divergence.CrossEntropy)), "a weight of 2 is a row twice");

        static string[] Words(Evaluation e) =>
        [
            .. BuiltIn.Where(metric => metric != Metric.Divergence).Select(metric => FormattableString.Invariant($"{metric} {metric.Of(e):G13}"))
                .Where(word => !Array.Exists(["R2", "precision ", "recall ", "F1 ", "mean absolute percentage"], word.StartsWith)),
        ];
    }

    private static Metric[] BuiltIn =>
    [
        .. typeof(Metric).GetProperties().Where(property => property.PropertyType == typeof(Metric))
            .Select(property => (Metric)property.GetValue(null)!),
        Metric.TopK(2), Metric.ExpectedCalibrationError(),
    ];

    [Fact]
    public void Steps_have_weights_of_their_own()
    {
        Network network = Network.Create(Shape.Sequence(2, 2)).Dense(2, bias: false).Build();
        float[] values = [1, 0, 0, 1];
        values.CopyTo(network.Parameters);
        float[] y = [0.75f, 0.25f, 0.75f, 0.25f, 0.25f, 0.75f, 0.25f, 0.75f];
        Dataset data = Dataset.FromIds(y, [0, 1, 1, -1], 2, rows: 2);
        Evaluation.Of(network, data, Divergence.CrossEntropy).Accuracy.Should().BeApproximately(2 / 3.0, 1e-15);
        Evaluation masked = Evaluation.Of(network, data.WithWeights([1, 0, 2, 1]), Divergence.CrossEntropy);
        Values(masked.Accuracy, masked.Count, masked.Confusion!.Total).Should().Equal(1, 2, 3);
        masked.LogLoss.Should().BeApproximately(-Math.Log(0.75), 1e-15);
        Evaluation.Of(network, data.WithWeights([3, 1]), Divergence.CrossEntropy).Accuracy.Should().BeApproximately(4 / 7.0, 1e-15);
    }

    [Fact]
    public void NaN_is_wrong_in_counts_and_NaN_in_sums()
    {
        float[] y = [float.NaN, 0.25f, 0.25f, 0.75f];
        Metrics.LogLoss(y, [0f, 1], 2).Should().Be(double.NaN);
        Metrics.Brier(y, [0f, 1], 2).Should().Be(double.NaN);
        Metrics.TopK(y, [0f, 1], 2, 2).Should().Be(0.5);
        Metrics.RocAuc([0.5f, float.NaN], [0f, 1]).Should().Be(double.NaN);
        Metrics.AveragePrecision([0.5f, float.NaN], [1f, 0]).Should().Be(double.NaN);
        Metrics.R2([1f, float.NaN], [1f, 2], 2).Should().Be(double.NaN);
        Metrics.R2([1f, float.NaN], [1f, 1], 2).Should().Be(double.NaN);
        Metrics.LogLoss([1.5f, -0.5f], [0f, 1], 1).Should().Be(double.NaN, "these are no probabilities");
        var matrix = new ConfusionMatrix(2);
        matrix.Add(0, -1, 2);
        matrix.Add(0, 0, 0.5);
        Values(matrix.Accuracy, matrix.MicroPrecision, matrix.MicroRecall).Should().Equal(0.2, 1, 0.2);
        matrix.ToString().Should().Contain("accuracy 0.200 of 2.5 rows");
    }

    [Fact]
    public void One_row_or_none_leaves_open_what_it_leaves_open()
    {
        Metrics.R2([1f], [1f], 1).Should().Be(double.NaN);
        Metrics.R2([1f, 5], [1f, 2], 2, [1, 0]).Should().Be(double.NaN);
        Metrics.R2([3f, 3], [3f, 3], 2).Should().Be(1);
        Metrics.R2([3f, 4], [0.1f, 0.1f], 2, [0.3f, 0.7f]).Should().Be(0);
        Metrics.RocAuc([0.5f], [1f]).Should().Be(double.NaN);
        Metrics.AveragePrecision([0.5f], [1f]).Should().Be(1);
        Metrics.AveragePrecision([0.5f], [0f]).Should().Be(double.NaN);
        Metrics.RocAuc([-0f, 0f], [1f, 0]).Should().Be(0.5, "these are equal");
        Metrics.RocAuc([float.PositiveInfinity, -3, float.NegativeInfinity], [1f, 1, 0]).Should().Be(1);
        Metrics.Accuracy([1f], [1f], 1, [0]).Should().Be(double.NaN);
        var empty = new ConfusionMatrix(2);
        Values(empty.MacroF1, empty.MicroF1, empty.WeightedF1, empty.BalancedAccuracy, empty.Matthews).Should().AllBeEquivalentTo(double.NaN);
    }

    [Fact]
    public void A_probability_at_an_end_belongs_to_the_lower_bin()
    {
        CalibrationBin[] curve = Metrics.Calibration([0, 0.25f, 0.26f, 0.5f, 1], [0f, 1, 0, 1, 1], bins: 4, [1, 1, 1, 3, 1]);
        curve.Select(bin => bin.Weight).Should().Equal(2, 4, 0, 1);
        curve[1].ToString().Should().Be("0.25 … 0.5: said 0.44, happened 0.75, of 4");
        Values(curve[2].Lower, curve[2].Upper, curve[2].Said).Should().Equal(0.5, 0.75, double.NaN);
        Metrics.ExpectedCalibrationError(curve).Should().BeApproximately(
            ((2 * Math.Abs(0.125 - 0.5)) + (4 * Math.Abs(curve[1].Said - 0.75))) / 7, 1e-15);
    }

    [Fact]
    public void More_classes_than_a_matrix_has_are_ranked_all_the_same()
    {
        const int Classes = ConfusionMatrix.MaxClasses + 1;
        Network network = Network.Create(1).Dense(Classes, Activation.Softmax).Build();
        network.Parameter("0.weight").Clear();
        network.Parameter("0.bias")[7] = 1;
        Evaluation evaluation = Evaluation.Of(network, Dataset.FromIds([1f, 1], [7, 0], Classes, rows: 2), Divergence.CrossEntropy);
        Values(evaluation.Accuracy, evaluation.TopK(2), evaluation.MacroF1).Should().Equal(0.5, 1, null);
        evaluation.Confusion.Should().BeNull();
        evaluation.LogLoss.Should().BeApproximately(evaluation.Divergence, 1e-6);
    }

    [Fact]
    public void A_view_has_some_columns_of_outputs_and_of_what_is_desired()
    {
        // Three classes, and then a number; a class id is desired, and then the number.
        Network network = Same(4);
        Dataset data = Dataset.FromArrays(
            [0.5f, 0.25f, 0.25f, 10, 0.25f, 0.5f, 0.25f, 20, 0.5f, 0.25f, 0.25f, 99], [0f, 10, 2, 22, 7, 7], rows: 3).WithWeights([1, 3, 0]);
        var ofClasses = new OutcomeView(network, data, new CrossEntropy(ids: true)) { Width = 3, Desired = 1, ClassNames = ["a", "b", "c"] };
        Tally classes = ofClasses.Tally(3, null);
        Tally number = new OutcomeView(network, data, Divergence.L2) { First = (3, 1), Width = 1, Desired = 1 }.Tally(3, null);
        Dataset asOutputs = Dataset.FromArrays(data.Inputs, data.Inputs, rows: 3);
        using Workspace workspace = network.CreateWorkspace(3);
        Plan(asOutputs).Fill(network, workspace, null).Mean.Should().Be(0, "there need not be any");
        for (int row = 0; row < 3; row++)
        {
            classes.AddFrom(data.InputRow(row), data.DesiredRow(row), data.Weights[row]);
            number.AddFrom(data.InputRow(row), data.DesiredRow(row), data.Weights[row]);
        }

        Evaluation first = new(classes, 0), second = new(number, 0);
        Values(first.Accuracy, first.TopK(2), first.TopK(3), first.Confusion![2, 1]).Should().Equal(0.25, 0.25, 1, 3);
        Values(second.Accuracy, second.MeanAbsoluteError).Should().Equal(null, 1.5);
        second.R2.Should().BeApproximately(1 - (12 / 108.0), 1e-15);

        // Zeros and ones among others: labels beside a number.
        Dataset mixed = Dataset.FromArrays([0.9f, 0.1f, 0.2f, 7, 0.1f, 0.3f, 0.9f, 8], [1f, 0, 0, 7, 0, 1, 1, 9], rows: 2);
        Tally labels = new OutcomeView(network, mixed, Divergence.BinaryCrossEntropy) { Width = 3, Desired = 3 }.Tally(2, null);
        Tally rest = new OutcomeView(network, mixed, Divergence.L1) { First = (3, 3), Width = 1, Desired = 1 }.Tally(2, Metric.MeanAbsoluteError);
        using Workspace two = network.CreateWorkspace(2);
        Plan(mixed).Fill(network, two, null, labels, rest).Weight.Should().Be(2);
        Values(new Evaluation(labels, 0).Accuracy, new Evaluation(labels, 0).LabelAccuracy, new Evaluation(rest, 0).MeanAbsoluteError)
            .Should().Equal(0.5, 5 / 6.0, 0.5);
        new Evaluation(rest, 0).R2.Should().BeNull("it was not asked for");

        EvaluationPlan Plan(Dataset rows) => new(network, rows, Divergence.L2, nameof(rows));
    }

    [Fact]
    public void What_was_measured_can_be_measured_otherwise()
    {
        Dataset data = TestData.Clouds(50).WithWeights([.. Enumerable.Range(0, 50).Select(row => (float)(row % 3))]);
        Network network = TestData.Classifier();
        Evaluation evaluation = Evaluation.Of(network, data, Divergence.CrossEntropy);
        Outcomes outcomes = evaluation.Outcomes();
        outcomes.Count.Should().Be(33);
        evaluation.Count.Should().Be(33);
        outcomes.Desired.Length.Should().Be(33, "these are class ids");
        Metrics.Accuracy(outcomes.Outputs, outcomes.Desired, outcomes.Count, outcomes.Weights).Should().Be(evaluation.Accuracy);
        Metrics.LogLoss(outcomes.Outputs, outcomes.Desired, outcomes.Count, outcomes.Weights).Should()
            .BeApproximately(evaluation.LogLoss!.Value, 1e-14);
        Metric least = Metric.Of("least output", isLargerBetter: true, e => e.Outcomes().Outputs.ToArray().Min());
        (least.Name, least.IsLargerBetter, $"{least}").Should().Be(("least output", true, "least output"));
        least.Of(evaluation).Should().BeInRange(0, 0.5);
    }

    [Fact]
    public void Wrong_input_is_refused_with_words()
    {
        Refused(() => Metrics.RocAuc([1f, 2], [1f]), "Expected 2 desired outputs*but got 1.*");
        Refused(() => Metrics.RocAuc([1f, 2], [1f, 0.5f]), "Expected 1 for a row of the class, 0 or −1 for another, but got 0.5 in row 1.*");
        Refused(() => Metrics.AveragePrecision([1f, 2], [1f, 0], [1f]), "Expected a weight for each of 2 rows, but got 1.*");
        Refused(() => Metrics.RocAuc([1f], [1f], [-1]), "Weight 0 is -1; a finite one of at least 0 was expected.*");
        Refused(() => Metrics.Accuracy([1f], [1f], 1, [float.NaN]), "Weight 0 is NaN;*");
        Refused(() => Metrics.MeanAbsoluteError([1f, 2, 3], [1f, 2, 3], [1, 2]), "Expected a weight for each of 3 numbers, or*but got 2.*");
        Refused(() => Metrics.R2([1f, 2, 3], [1f, 2, 3], 2), "Expected a multiple of 2 rows, but got 3 numbers.*");
        Refused(() => Metrics.Calibration([1.5f], [1f]), "Expected probabilities from 0 to 1, but got 1.5 in row 0.*");
        Refused(() => Metrics.Calibration([0.5f], [1f], bins: 0), "*bins*");
        Refused(() => Metrics.LogLoss([0.5f, 0.5f], [2f], 1), "*a whole number from 0 to 1, or −1 for none.*");
        Refused(() => new ConfusionMatrix(2).Add(0, 0, -1), "The weight is -1; a finite one of at least 0 was expected.*");
        Refused(() => new ConfusionMatrix(2).Add([0], [1f, 0], [1, 2]), "Expected a weight for each of 1 rows, but got 2.*");
        Refused(() => Metric.TopK(0), "*");
        Refused(() => Metric.Of("", true, _ => 0), "*name*");

        static void Refused(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Class_ids_without_names_have_all_measures_of_classes()
    {
        Network network = TestData.Classifier();
        float[] x = TestData.Normal(40);
        int[] labels = TestData.Labels(20, 3);
        Evaluation named = Evaluation.Of(network, Dataset.FromIds(x, labels, 3), Divergence.CrossEntropy);
        Evaluation plain = Evaluation.Of(network, Dataset.FromArrays(x, [.. labels.Select(id => (float)id)], 20), Divergence.CrossEntropy);
        plain.MacroF1.Should().NotBeNull().And.Be(named.MacroF1);
        plain.Confusion!.ToString().Should().Be(named.Confusion!.ToString());
    }
}
