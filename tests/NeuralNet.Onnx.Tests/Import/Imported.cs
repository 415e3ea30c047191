namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Comparisons of an imported network.</summary>
internal static class Imported
{
    // As for exports: float32 both times, in other orders and forms; relative to the largest value, absolute below 1.
    public const float Tolerance = 1e-5f;

    public static void PredictsLike(Network again, Network network)
    {
        again.Input.Size.Should().Be(network.Input.Size);
        again.Output.Should().Be(network.Output);
        foreach (int rows in new[] { 1, 3, 7 })
        {
            float[] x = Same.Inputs(network, rows, seed: rows);
            Close(Same.Predict(again, x, rows), Same.Predict(network, x, rows));
        }
    }

    /// <summary>Whether the model is imported, and predicts what ONNX Runtime makes of the same file.</summary>
    public static Network PredictsAsRun(ModelOf model)
    {
        Network network = model.Import();
        long rows = model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue;
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        foreach (int count in rows == 1 ? [1] : new[] { 1, 3 })
        {
            float[] x = Same.Inputs(network, count, seed: count);
            Close(Same.Predict(network, x, count), runtime.Run(x, count, network.Input).Values);
        }

        return network;
    }

    /// <summary>The same of rows that are value for value those of the file.</summary>
    public static Network PredictsAsRunInFile(ModelOf model)
    {
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile);
        int[] sizes = [.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(size => (int)size.DimValue)];
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        foreach (int count in sizes[0] == 1 ? [1] : new[] { 1, 3 })
        {
            float[] x = Same.Inputs(network, count, seed: count);
            Close(Same.Predict(network, x, count), runtime.RunAsItIs(x, [count, .. sizes[1..]]));
        }

        return network;
    }

    public static void Close(float[] y, float[] expected)
    {
        y.Length.Should().Be(expected.Length);
        float largest = expected.Where(float.IsFinite).Append(0).Max(MathF.Abs);
        for (int i = 0; i < y.Length; i++)
        {
            bool isClose = float.IsFinite(expected[i]) ? MathF.Abs(y[i] - expected[i]) <= Tolerance * MathF.Max(1, largest) : y[i]
                .Equals(expected[i]);
            if (!isClose)
                Assert.Fail($"output {i} is {y[i]:R}, {expected[i]:R} was expected.");
        }
    }
}
