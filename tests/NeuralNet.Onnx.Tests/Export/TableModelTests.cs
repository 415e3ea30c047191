namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Models that NeuralNet.Data has trained and saved: several members, their mean, and the way back into the target's own unit.</summary>
public class TableModelTests
{
    [Theory]
    [InlineData("cars", 1)]
    [InlineData("penguins", 3)]
    public void What_a_model_of_a_table_predicts_the_runtime_predicts(string name, int outputs)
    {
        Network network = Network.Load(Path.Combine(AppContext.BaseDirectory, "Tables", name + ".safetensors"));
        network.Output.Should().Be(Shape.Features(outputs));

        // Rows near the means that the first layer takes off: as they are measured.
        const int Rows = 20;
        int width = network.Input.Size;
        ReadOnlySpan<float> means = network.Parameter("0.mean"), deviations = network.Parameter("0.deviation");
        float[] x = Same.Inputs(network, Rows, seed: 1);
        for (int i = 0; i < x.Length; i++)
            x[i] = means[i % width] + (deviations[i % width] * x[i]);

        float[] expected = network.Predict(x);
        foreach (bool optimized in new[] { true, false })
        {
            using var runtime = new Runtime(network.ToOnnx(), optimized);
            (float[] y, _) = runtime.Run(x, Rows, network.Input);
            for (int i = 0; i < y.Length; i++)
                y[i].Should().BeApproximately(expected[i], 1e-5f * (1 + MathF.Abs(expected[i])));
        }
    }
}
