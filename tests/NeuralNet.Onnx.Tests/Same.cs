using NeuralNet.Onnx.Export;

namespace NeuralNet.Onnx.Tests;

/// <summary>Whether ONNX Runtime computes what the network predicts.</summary>
internal static class Same
{
    // Both compute in float32, with other orders of summation and other approximations of exp, tanh and erf, each good to
    // some 10⁻⁷ of its values: a few layers deep that is 10⁻⁶, and 10⁻⁵ leaves room. It is relative to the largest value of
    // the output, because a small difference of large terms has the error of those terms, and absolute below 1.
    public const float Tolerance = 1e-5f;

    /// <summary>A network of one layer, whose parameters are not what they start from: biases and gains would be 0 and 1.</summary>
    public static Network Of(Layer layer)
    {
        Network network = Network.Create(layer.Input).Add(_ => layer).Build(seed: 1);
        var stream = new RandomStream(5);
        Span<float> parameters = network.Parameters;
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] += 0.2f * stream.Normal(0, i);
        return network;
    }

    public static void AsPredicted(Network network, long seed = 1, float deviation = 1, float allowance = 1) =>
        AsPredicted(network, rows => Inputs(network, rows, seed + rows, deviation), allowance);

    public static void AsPredicted(Network network, Func<int, float[]> inputs, float allowance = 1)
    {
        byte[] model = network.ToOnnx();
        foreach (bool optimized in new[] { true, false })
        {
            using var runtime = new Runtime(model, optimized);
            foreach (int rows in new[] { 1, 3, 7 })
            {
                float[] x = inputs(rows), expected = Predict(network, x, rows);
                (float[] y, int[] dimensions) = runtime.Run(x, rows, network.Input);
                dimensions.Should().Equal([rows, .. Dimensions.Of(network.Output).Select(dimension => (int)dimension)]);
                float largest = expected.Where(float.IsFinite).Append(0).Max(MathF.Abs);
                for (int i = 0; i < y.Length; i++)
                {
                    if (!Equal(y[i], expected[i], allowance * Tolerance * MathF.Max(1, largest)))
                        Assert.Fail($"{rows} rows{(optimized ? ", optimized" : "")}: output {i} is {y[i]:R}, {expected[i]:R} was expected.");
                }
            }
        }
    }

    /// <summary>Normal numbers, or ids where ids are wanted.</summary>
    public static float[] Inputs(Network network, int rows, long seed, float deviation = 1)
    {
        var stream = new RandomStream(seed);
        float[] x = new float[rows * network.Input.Size];
        for (int i = 0; i < x.Length; i++)
        {
            int ids = network.InputIds.IsEmpty ? 0 : network.InputIds[i % network.Input.Size];
            x[i] = ids > 0 ? MathF.Floor(stream.Uniform(0, i) * ids) : deviation * stream.Normal(0, i);
        }

        return x;
    }

    public static float[] Predict(Network network, float[] x, int rows)
    {
        float[] y = new float[rows * network.Output.Size];
        network.Predict(x, y, rows, network.CreateWorkspace(rows, training: false));
        return y;
    }

    private static bool Equal(float y, float expected, float tolerance) =>
        float.IsFinite(expected) ? MathF.Abs(y - expected) <= tolerance : y.Equals(expected);
}
