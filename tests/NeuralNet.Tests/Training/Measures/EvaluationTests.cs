namespace NeuralNet.Tests.Training;

public class EvaluationTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(500)]
    public void It_is_the_mean_over_rows_however_they_are_chunked(int rows)
    {
        Dataset data = TestData.Clouds(rows);
        Network network = TestData.Classifier();
        Evaluation evaluation = Evaluation.Of(network, data, Divergence.CrossEntropy);
        float[] y = network.Predict(data.Inputs);
        evaluation.Divergence.Should().BeApproximately(Divergence.CrossEntropy.Forward(y, data.Desired, rows), 1e-5);
        evaluation.Accuracy.Should().Be(Metrics.Accuracy(y, data.Desired, rows));
        evaluation.MeanAbsoluteError.Should().BeApproximately(Metrics.MeanAbsoluteError(y, data.Desired), 1e-9);
        evaluation.RootMeanSquareError.Should().BeApproximately(Metrics.RootMeanSquareError(y, data.Desired), 1e-9);
        evaluation.Confusion!.Total.Should().Be(rows);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd());
        trainer.Evaluate(data).Divergence.Should().BeApproximately(evaluation.Divergence, 1e-6);
    }

    [Fact]
    public void Data_without_classes_has_errors_but_no_accuracy()
    {
        Dataset data = Dataset.FromArrays([1, 2, 3], [2f, 4f, 7f], 3);
        Network network = Network.Create(1).Dense(1).Build();
        network.Parameter("0.weight")[0] = 2;
        Evaluation evaluation = Evaluation.Of(network, data, Divergence.L2, threads: 2);
        evaluation.Accuracy.Should().BeNull();
        evaluation.Confusion.Should().BeNull();
        evaluation.Divergence.Should().BeApproximately(0.5 / 3, 1e-7);
        evaluation.MeanAbsoluteError.Should().BeApproximately(1 / 3.0, 1e-7);
    }

    [Fact]
    public void One_output_of_0_and_1_has_an_accuracy_and_a_confusion()
    {
        // y = x
        Network network = Network.Create(1).Dense(1, bias: false).Build();
        network.Parameters[0] = 1;
        float[] y = [0.9f, 0.2f, 0.6f, 0.4f], d = [1, 0, 0, 0];
        Evaluation evaluation = Evaluation.Of(network, Dataset.FromArrays(y, d, rows: 4), Divergence.BinaryCrossEntropy);
        evaluation.Accuracy.Should().Be(0.75).And.Be(Metrics.Accuracy(y, d, 4));
        evaluation.Confusion!.Total.Should().Be(4);
        evaluation.Confusion[0, 1].Should().Be(1);
        Evaluation.Of(network, Dataset.FromArrays(y, [1, 0, 0.5f, 0], rows: 4), Divergence.L2).Accuracy.Should().BeNull();

        // Of a sequence every real step counts.
        Network steps = Network.Create(Shape.Sequence(2, 1)).Dense(1, bias: false).Build();
        steps.Parameters[0] = 1;
        Evaluation.Of(steps, Dataset.FromArrays(y, d, rows: 2).WithLengths([2, 1]), Divergence.L2).Accuracy.Should().BeApproximately(2 / 3.0, 1e-15);
        Evaluation.Of(steps, Dataset.FromArrays(y, [1, 0, 0, -7], rows: 2).WithLengths([2, 1]), Divergence.L2).Accuracy
            .Should().BeApproximately(2 / 3.0, 1e-15, "what stands behind a length is no label");
    }

    [Fact]
    public void Where_classes_part_follows_from_the_divergence()
    {
        Network same = Network.Create(1).Dense(1, bias: false).Build();
        same.Parameters[0] = 1;
        float[] y = [0.3f, -0.2f, 0.6f, 0.1f];
        Evaluation signs = Evaluation.Of(same, Dataset.FromArrays(y, [1, -1, 1, -1], rows: 4), Divergence.Hinge);
        signs.Accuracy.Should().Be(0.75);
        signs.Confusion![0, 1].Should().Be(1);
        signs.Confusion.ToString().Should().Contain("-1");
        Dataset counts = Dataset.FromArrays(y, [1, 0, 1, 0], rows: 4);
        Evaluation.Of(same, counts, new Poisson(takesLogarithm: true)).Accuracy.Should().BeNull("these are counts");
        Evaluation.Of(same, counts, new OfLogits()).Accuracy.Should().BeNull("nobody says where the classes part");
        Network sigmoid = Network.Create(1).Dense(1, Activation.Sigmoid, bias: false).Build();
        sigmoid.Parameters[0] = 1;
        Evaluation.Of(sigmoid, counts, new OfLogits()).Accuracy.Should().Be(0.75);
    }

    private sealed class OfLogits : Divergence
    {
        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => y[0];

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            gradient[0] = weight;
    }

    [Fact]
    public void More_vectors_than_an_int_counts_are_counted()
    {
        var form = new OutcomeForm(OutcomeKind.Classes, Width: 2, Desired: 1) { ClassNames = ["no", "yes"] };
        var tally = new Tally(form, most: long.MaxValue, hasDetails: true);
        tally.Add([0.75f, 0.25f], [0]);
        tally.Add([0.75f, 0.25f], [0]);
        tally.Add([0.75f, 0.25f], [1]);
        for (int i = 0; i < 31; i++)
            tally = Tally.Joined([tally, tally]);
        var evaluation = new Evaluation(tally, divergence: 0);
        evaluation.Count.Should().Be(3L << 31);
        evaluation.Confusion!.Total.Should().Be(evaluation.Count);
        evaluation.Accuracy.Should().BeApproximately(2 / 3.0, 1e-15);
        evaluation.TopK(2).Should().Be(1);
        evaluation.RocAuc.Should().BeNull("so many outputs are not kept");
        FluentActions.Invoking(() => evaluation.Outcomes().Count).Should().Throw<InvalidOperationException>().WithMessage("*2²⁶*not kept*");
    }

    [Fact]
    public void A_source_may_say_that_it_has_more_vectors_than_a_long_counts()
    {
        Network network = Network.Create(Shape.Image(64, 64, 1)).Dense(3).Build();
        IRowSource data = RowSource.Generate(new RowFormat(network.Input, network.Output.Size), 1L << 50, (_, _, row) => row.Desired.Fill(0.5f));
        var view = new OutcomeView(network, data, Divergence.L2);
        view.Tally(data.Rows!.Value, Metric.R2).IsTooLarge.Should().BeTrue();
        view.Tally(data.Rows!.Value << 6, Metric.R2).IsTooLarge.Should().BeTrue();
        view.Tally(5, Metric.R2).IsKept.Should().BeTrue();
    }
}
