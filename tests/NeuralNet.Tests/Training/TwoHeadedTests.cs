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
        using var trainer = new Trainer(network, both, new Adam(0.01f)) { BatchSize = 16, Seed = 1 };
        trainer.Fit(train, epochs: 200);

        float[] y = network.Predict(test.Inputs.ToArray()), kinds = new float[3 * test.Rows], made = new float[test.Rows];
        network.Outputs["kind"].CopyTo(y, kinds);
        network.Outputs["width"].CopyTo(y, made);
        Metrics.Accuracy(kinds, test.Output("kind").Desired, test.Rows).Should().BeGreaterThan(0.9);
        Metrics.RootMeanSquareError(made, test.Output("width").Desired).Should().BeLessThan(0.3); // of numbers whose deviation is 0.76

        // Each output alone has the same measures by its own divergence.
        double alone = Divergence.CrossEntropy.Forward(kinds, test.Output("kind").Desired, test.Rows)
            + (2 * Divergence.L2.Forward(made, test.Output("width").Desired, test.Rows));
        trainer.Evaluate(test).Divergence.Should().BeApproximately(alone, 1e-5);
    }
}
