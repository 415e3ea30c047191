namespace NeuralNet.Tests.Training;

/// <summary>A network of two heads, a class and a number, on real data.</summary>
public class TwoHeadedTests
{
    [Fact]
    public void A_network_learns_the_kind_of_an_iris_and_the_width_of_its_petals()
    {
        Dataset irises = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", "iris.csv"));
        float[] others = [.. Enumerable.Range(0, irises.Rows).SelectMany(row => irises.InputRow(row)[..3].ToArray())];
        float[] widths = [.. Enumerable.Range(0, irises.Rows).Select(row => irises.InputRow(row)[3])];
        Dataset data = Dataset.FromOutputs(
            ("kind", Dataset.FromIds(others, irises.Labels, 3)), ("width", Dataset.FromArrays(others, widths, irises.Rows)));
        (Dataset train, Dataset test) = data.Split(0.3, seed: 1);
        test.Output("kind").Labels.Count(2).Should().Be(15, "the split is stratified by the kinds");

        Network network = Network.Create(3).Dense(16, Activation.Tanh)
            .Outputs(("kind", b => b.Dense(3, Activation.Softmax)), ("width", b => b.Dense(1))).Build(seed: 1);
        Divergence both = network.Outputs.Divergence(("kind", Divergence.CrossEntropy, 1), ("width", Divergence.L2, 2));
        using var trainer = new Trainer(network, both, new Adam(0.01f))
        {
            BatchSize = 16,
            Seed = 1,
            Monitor = Metric.R2.OfOutput("width"),
            KeepBest = true,
        };
        TrainingHistory history = trainer.Fit(train, epochs: 200, validation: test);

        float[] y = network.Predict(test.Inputs.ToArray()), kinds = new float[3 * test.Rows], made = new float[test.Rows];
        network.Outputs["kind"].CopyTo(y, kinds);
        network.Outputs["width"].CopyTo(y, made);
        Metrics.Accuracy(kinds, test.Output("kind").Desired, test.Rows).Should().BeGreaterThan(0.9);
        Metrics.RootMeanSquareError(made, test.Output("width").Desired).Should().BeLessThan(0.3); // of numbers whose deviation is 0.76

        // Each output alone has the same measures by its own divergence.
        double alone = Divergence.CrossEntropy.Forward(kinds, test.Output("kind").Desired, test.Rows)
            + (2 * Divergence.L2.Forward(made, test.Output("width").Desired, test.Rows));
        Evaluation evaluation = trainer.Evaluate(test);
        evaluation.Divergence.Should().BeApproximately(alone, 1e-5);
        evaluation.Accuracy.Should().BeNull("the outputs are different things");
        evaluation.MeanAbsoluteError.Should().Be(double.NaN);

        // And by the evaluation: all that there is of classes, and of numbers.
        Evaluation kind = evaluation["kind"], width = evaluation["width"];
        kind.Accuracy.Should().Be(Metrics.Accuracy(kinds, test.Output("kind").Desired, test.Rows));
        kind.Confusion!.Classes.Should().Be(3);
        kind.RocAuc.Should().BeGreaterThan(0.9);
        kind.Divergence.Should().BeApproximately(Divergence.CrossEntropy.Forward(kinds, test.Output("kind").Desired, test.Rows), 1e-6);
        width.Accuracy.Should().BeNull();
        width.R2.Should().BeGreaterThan(0.8);
        width.RootMeanSquareError.Should().Be(Metrics.RootMeanSquareError(made, test.Output("width").Desired));
        history.Best!.Monitored.Should().Be(width.R2);
        history.Best.ToString().Should().Contain("R2 of width");
        evaluation.ToString().Should().MatchRegex(@"^divergence [\d.]+; kind: divergence [\d.]+, accuracy .*; width: divergence .*$");
    }

    [Fact]
    public void Outputs_that_there_are_not_are_refused_with_those_that_there_are()
    {
        Dataset data = Dataset.FromOutputs(
            ("kind", Dataset.FromIds([1, 2, 3, 4], [0, 1], 2)), ("width", Dataset.FromArrays([1f, 2, 3, 4], [5f, 6], rows: 2)));
        Network network = Network.Create(2).Outputs(("kind", b => b.Dense(2, Activation.Softmax)), ("width", b => b.Dense(1))).Build(seed: 1);
        Divergence both = network.Outputs.Divergence(("kind", Divergence.CrossEntropy), ("width", Divergence.L2));
        Evaluation evaluation = Evaluation.Of(network, data, both);
        evaluation.OutputNames.Should().Equal("kind", "width");
        evaluation.Invoking(e => e["length"]).Should().Throw<ArgumentException>()
            .WithMessage("There is no output \"length\"; there are \"kind\", \"width\".*");
        evaluation["kind"].Invoking(e => e["kind"]).Should().Throw<ArgumentException>().WithMessage("*outputs have no names*");

        Refused(Metric.Accuracy, "Monitor is accuracy, but there is none of several outputs together; one of them has it: Metric.OfOutput*");
        Refused(Metric.Accuracy.OfOutput("length"), "There is no output \"length\"*");
        Refused(Metric.Accuracy.OfOutput("width"), "Monitor is accuracy of width, but there is none of a number; choose*");
        Metric.Accuracy.OfOutput("kind").Invoking(metric => metric.OfOutput("width")).Should().Throw<InvalidOperationException>()
            .WithMessage("accuracy of kind is a measure of one output already.");

        void Refused(Metric monitor, string message)
        {
            using var trainer = new Trainer(network, both, new Adam()) { Monitor = monitor };
            trainer.Invoking(t => t.Fit(data, 1, validation: data)).Should().Throw<ArgumentException>().WithMessage(message);
            trainer.StepCount.Should().Be(0);
        }
    }

    [Fact]
    public void An_output_that_lies_flat_is_measured_pixel_by_pixel_and_one_without_an_id_is_left_out()
    {
        // A class of each of four pixels, and one of the row: of row 0 there is none.
        float[] x = [1, 2, 3, 4, 5, 6, 7, 8];
        Dataset data = Dataset.FromOutputs(
            ("mask", Dataset.FromIds(x, [0, 1, 1, -1, 1, 0, 0, 1], 2, rows: 2)), ("row", Dataset.FromIds(x, [-1, 1], 2)));
        Network network = Network.Create(Shape.Image(2, 2, 1))
            .Outputs(("mask", b => b.Conv(2, 1, activation: Activation.Softmax)), ("row", b => b.Flatten().Dense(2, Activation.Softmax)))
            .Build(seed: 3);
        Divergence both = network.Outputs.Divergence(("mask", new CrossEntropy(ids: true)), ("row", new CrossEntropy(ids: true)));
        Evaluation evaluation = Evaluation.Of(network, data, both);

        float[] y = network.Predict(x);
        int right = 0;
        float[] ids = [0, 1, 1, -1, 1, 0, 0, 1];
        for (int pixel = 0; pixel < 8; pixel++)
            right += Metrics.ArgMax(network.Outputs["mask"].Of(y, pixel / 4).Slice(pixel % 4 * 2, 2)) == ids[pixel] ? 1 : 0;
        evaluation["mask"].Count.Should().Be(7);
        evaluation["mask"].Accuracy.Should().Be(right / 7.0);
        evaluation["row"].Count.Should().Be(1);
        evaluation["row"].Accuracy.Should().Be(Metrics.ArgMax(network.Outputs["row"].Of(y, 1)) == 1 ? 1 : 0);
    }
}
