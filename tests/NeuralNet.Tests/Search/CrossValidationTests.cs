namespace NeuralNet.Tests.Search;

public class CrossValidationTests
{
    private static readonly Dataset clouds = TestData.Clouds(120);

    private static Evaluation Train(Fold fold)
    {
        using var trainer = new Trainer(
            Network.Create(fold.Train.InputShape).Dense(8, Activation.Tanh).Dense(3, Activation.Softmax).Build(seed: 1),
            Divergence.CrossEntropy, new Adam(learningRate: 0.02f));
        trainer.Fit(fold.Train, epochs: 10);
        return trainer.Evaluate(fold.Test);
    }

    // A network without training is enough to compare measures.
    private static Evaluation Measure(Fold fold, Activation end, Divergence divergence)
    {
        Network network = Network.Create(fold.Test.InputWidth).Dense(4, Activation.Tanh).Dense(fold.Test.OutputWidth, end).Build(seed: 3);
        return Evaluation.Of(network, fold.Test, divergence);
    }

    private static Evaluation Guess(Fold fold) => Measure(fold, Activation.Softmax, Divergence.CrossEntropy);

    [Fact]
    public void The_result_has_each_folds_evaluation_and_is_the_same_for_any_number_of_threads()
    {
        CrossValidationResult one = CrossValidation.Run(clouds, folds: 5, seed: 1, Train);
        CrossValidationResult two = CrossValidation.Run(clouds, folds: 5, seed: 1, Train, threads: 2);
        one.Evaluations.Should().HaveCount(5).And.OnlyContain(evaluation => evaluation.Count == 24);
        one.ToString().Should().Be(two.ToString());
        for (int k = 0; k < 5; k++)
        {
            Evaluation alone = Train(Folds.Stratified(clouds, 5, seed: 1)[k]);
            two.Evaluations[k].Divergence.Should().Be(alone.Divergence).And.Be(one.Evaluations[k].Divergence);
        }

        one.Mean(Metric.Accuracy).Should().BeGreaterThan(0.85);
    }

    [Fact]
    public void Means_and_deviations_are_those_of_the_values()
    {
        CrossValidationResult result = CrossValidation.Run(clouds, folds: 4, seed: 2, Guess);
        double[] values = [.. result.Evaluations.Select(evaluation => evaluation.Accuracy!.Value)];
        double mean = values.Sum() / 4;
        result.Mean(Metric.Accuracy).Should().BeApproximately(mean, 1e-15);
        double variance = values.Sum(value => Math.Pow(value - mean, 2)) / 3;
        result.StandardDeviation(Metric.Accuracy).Should().BeApproximately(Math.Sqrt(variance), 1e-15).And.BePositive();
        result.Mean(Metric.R2).Should().Be(double.NaN, "classes have none");
        CrossValidationResult single = CrossValidation.Run(Folds.Of(clouds, ([0], [1, 2])), Guess);
        single.StandardDeviation(Metric.Accuracy).Should().Be(double.NaN);
        single.ToString().Split('\n').Should().HaveCount(3, "one fold has no deviation");
    }

    public static TheoryData<string> Kinds => ["classes", "ids", "two", "labels", "numbers", "weighted", "named"];

    /// <summary>Folds of data of a kind, and what measures a network on such data.</summary>
    internal static (Folds Folds, Func<Dataset, Evaluation> Measure) Of(string kind)
    {
        int[] labels = TestData.Labels(60, 3);
        float[] inputs = TestData.Normal(120), bits = [.. TestData.Labels(120, 2, seed: 5).Select(label => (float)label)];
        Dataset ids = Dataset.FromIds(inputs, labels, classes: 3, rows: 60), classes = Dataset.FromArrays(inputs, labels, 3);
        float[] weights = [.. labels.Select((label, row) => row % 5 == 0 ? 0 : label + 0.5f)];
        (Dataset data, Activation end, Divergence divergence) = kind switch
        {
            "classes" => (classes, (Activation)Activation.Softmax, (Divergence)Divergence.CrossEntropy),
            "ids" => (ids, Activation.Softmax, Divergence.CrossEntropy),
            "two" => (Dataset.FromArrays(inputs, bits.AsSpan(0, 60).ToArray(), 60), Activation.Sigmoid, Divergence.BinaryCrossEntropy),
            "labels" => (Dataset.FromArrays(inputs, bits, 60), Activation.Sigmoid, Divergence.BinaryCrossEntropy),
            "weighted" => (classes.WithWeights(weights), Activation.Softmax, Divergence.CrossEntropy),
            _ => (Dataset.FromArrays(inputs, TestData.Normal(60, seed: 9), 60), Activation.Identity, Divergence.L2),
        };
        Network network = Network.Create(2).Dense(4, Activation.Tanh).Dense(kind == "ids" ? 3 : data.OutputWidth, end).Build(seed: 3);
        if (kind == "named")
        {
            data = Dataset.FromOutputs(("kind", classes), ("size", data));
            network = Network.Create(2).Dense(4, Activation.Tanh)
                .Outputs(("kind", b => b.Dense(3, Activation.Softmax)), ("size", b => b.Dense(1))).Build(seed: 3);
            divergence = network.Outputs.Divergence(("kind", Divergence.CrossEntropy), ("size", Divergence.L2));
        }

        return (Folds.Stratified(data, 4, seed: 1), rows => Evaluation.Of(network, rows, divergence));
    }

    // The same network in all folds: then what is joined is the evaluation of the whole, but for the order of the sums.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Out_of_fold_every_row_counts_once(string kind)
    {
        (Folds folds, Func<Dataset, Evaluation> measure) = Of(kind);
        Evaluation joined = CrossValidation.Run(folds, fold => measure(fold.Test)).OutOfFold;
        Evaluation whole = measure(folds.Data.Select([.. folds.SelectMany(fold => fold.TestRows.ToArray())]));
        ShouldBeAlike(joined, whole);
        foreach (string output in whole.OutputNames)
            ShouldBeAlike(joined[output], whole[output]);

        static void ShouldBeAlike(Evaluation one, Evaluation other)
        {
            one.Count.Should().Be(other.Count);
            one.Divergence.Should().BeApproximately(other.Divergence, 1e-12);
            Metric[] metrics =
            [
                Metric.Accuracy, Metric.LabelAccuracy, Metric.MacroF1, Metric.Matthews, Metric.LogLoss, Metric.Brier, Metric.RocAuc, Metric.R2,
                Metric.RootMeanSquareError, Metric.MeanAbsoluteError, Metric.TopK(1),
            ];
            foreach (Metric metric in metrics)
            {
                double expected = metric.Of(other);
                if (double.IsNaN(expected))
                    metric.Of(one).Should().Be(double.NaN, metric.Name);
                else
                    metric.Of(one).Should().BeApproximately(expected, 1e-12, metric.Name);
            }

            one.Outcomes().Outputs.ToArray().Should().Equal(other.Outcomes().Outputs.ToArray());
            one.Outcomes().Desired.ToArray().Should().Equal(other.Outcomes().Desired.ToArray());
            one.Outcomes().Weights.ToArray().Should().Equal(other.Outcomes().Weights.ToArray());
        }
    }

    [Fact]
    public void Evaluations_of_other_outputs_are_not_joined()
    {
        Dataset numbers = Dataset.FromArrays(TestData.Normal(8), TestData.Normal(8, seed: 2), 8);
        CrossValidationResult mixed = CrossValidation.Run(Folds.Stratified(clouds, 2), fold => fold.Index == 0
            ? Measure(fold, Activation.Softmax, Divergence.CrossEntropy)
            : Evaluation.Of(Network.Create(1).Dense(1).Build(seed: 1), numbers, Divergence.L2));
        Action join = () => _ = mixed.OutOfFold;
        join.Should().Throw<InvalidOperationException>().WithMessage("Evaluations of 3 classes and of a number cannot be joined.");
    }

    [Fact]
    public void The_table_has_a_line_for_each_fold_and_their_means()
    {
        Dataset numbers = Dataset.FromArrays(TestData.Normal(30), TestData.Normal(30, seed: 2), 30);
        CrossValidationResult result = CrossValidation.Run(numbers, folds: 3, seed: 1, fold => Measure(fold, Activation.Identity, Divergence.L2));
        string[] lines = result.ToString().Split('\n');
        lines.Should().HaveCount(6);
        lines[0].Split("  ", StringSplitOptions.RemoveEmptyEntries).Select(cell => cell.Trim()).Should()
            .Equal("fold", "train", "test", "divergence", "mean absolute error", "root mean square error");
        result.Table(Metric.R2, Metric.Divergence).Split('\n')[4].Should().Be(
            FormattableString.Invariant($"mean               {result.Mean(Metric.R2),9:G5}  {result.Mean(Metric.Divergence),10:G5}"));
        lines[1].Should().StartWith("1        20    10  ");
        lines[4].Should().StartWith("mean ");
        lines[5].Should().StartWith("± ");
        lines.Should().OnlyContain(line => line.Length <= 80);
    }

    [Fact]
    public void A_fold_that_fails_is_named_and_divergence_stays_what_it_is()
    {
        Action failing = () => Run(1, new ArgumentException("no rows"));
        failing.Should().Throw<InvalidOperationException>().WithMessage("Fold 2 of 3 failed: no rows").WithInnerException<ArgumentException>();
        Action diverging = () => Run(2, new NotFiniteNumberException("too far"));
        diverging.Should().Throw<NotFiniteNumberException>().WithMessage("Fold 3 of 3: too far");
        Action nothing = () => CrossValidation.Run(clouds, folds: 3, seed: 1, _ => null!);
        nothing.Should().Throw<InvalidOperationException>().WithMessage("Fold 1 of 3 failed: It gave no evaluation.");

        static CrossValidationResult Run(int failing, Exception failure) =>
            CrossValidation.Run(clouds, folds: 3, seed: 1, fold => fold.Index == failing ? throw failure : Guess(fold));
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        int begun = 0;
        Action run = () => CrossValidation.Run(
            clouds, folds: 5, seed: 1, fold =>
            {
                begun++;
                cancellation.Cancel();
                return Train(fold);
            },
            cancellationToken: cancellation.Token);
        run.Should().Throw<OperationCanceledException>().Which.CancellationToken.Should().Be(cancellation.Token);
        begun.Should().Be(1);
    }
}
