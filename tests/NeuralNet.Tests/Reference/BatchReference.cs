namespace NeuralNet.Tests.Reference;

/// <summary>Normalizations over a batch, over groups of channels and over single channels beside PyTorch's: through a network and a trainer's calls,
/// so that weights of rows and running statistics take their usual way. <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class BatchReference
{
    private const float Momentum = 0.25f;

    // Relative to the largest value expected, in each tensor by itself.
    private const double Bound = 1e-5;

    public static IEnumerable<LargestError> Measure() => ReferenceFile.Read<Values>("batches.json").Cases.SelectMany(Measure);

    private static IEnumerable<LargestError> Measure(Case one)
    {
        Layer layer = LayerOf(one);
        Network network = Network.Create(layer.Input).Add(_ => layer).Build();
        one.Parameters.CopyTo(network.Parameters);
        using Workspace workspace = network.CreateWorkspace(one.Rows);
        var batch = new Batch { Rows = one.Rows, Inputs = one.X, Lengths = one.Lengths, Weights = one.Weights };
        var statistics = new LargestError(one.Name, "statistics", "of the largest", Bound);
        if (one.FirstStatistics is { } first)
        {
            first.CopyTo(network.Statistics);
            for (int at = 0; at < one.Earlier!.Length; at += one.X.Length)
            {
                Batch earlier = batch with { Inputs = one.Earlier.AsSpan(at, one.X.Length) };
                network.Forward(earlier, new float[one.X.Length], workspace);
                network.UpdateStatistics(earlier, workspace);
            }

            AddHalves(statistics, network.Statistics, one.StatisticsBefore!, "after earlier steps");
        }

        foreach (LargestError error in Pass(one.Name, network, batch, one, one.Y, one.Dx, one.Gradient, workspace))
            yield return error;
        if (one.Statistics is null)
            yield break;

        batch = new Batch { Rows = one.Rows, Inputs = one.X, Lengths = one.Lengths, Weights = one.Weights };
        network.Forward(batch, new float[one.X.Length], workspace);
        network.UpdateStatistics(batch, workspace);
        AddHalves(statistics, network.Statistics, one.Statistics, "after this step");
        yield return statistics;
        one.Stored!.CopyTo(network.Statistics);
        batch = new Batch { Rows = one.Rows, Inputs = one.X, Lengths = one.Lengths, Inference = true };
        foreach (LargestError error in Pass(
            one.Name + ", inference", network, batch, one, one.YStored!, one.DxStored!, one.GradientStored!, workspace))
        {
            yield return error;
        }
    }

    private static LargestError[] Pass(
        string name, Network network, in Batch batch, Case one, double[] expected, double[] expectedDx, double[] expectedGradient,
        Workspace workspace)
    {
        float[] y = new float[one.X.Length], dx = new float[one.X.Length], gradient = new float[network.Parameters.Length];
        network.Forward(batch, y, workspace);
        network.Backward(batch, one.Dy, gradient, dx, workspace);
        LargestError value = new(name, "y", "of the largest", Bound), input = new(name, "∇x", "of the largest", Bound);
        LargestError slope = new(name, "∇ of blocks", "of the block's largest", Bound);
        value.Add(y, expected, "y");
        input.Add(dx, expectedDx, "∇x");
        if (gradient.Length == 0)
            return [value, input];
        AddHalves(slope, gradient, expectedGradient, "∇");
        return [value, input, slope];
    }

    // Gain and bias, or mean and variance: each beside its own largest value.
    private static void AddHalves(LargestError error, ReadOnlySpan<float> actual, double[] expected, string what)
    {
        int half = expected.Length / 2;
        error.Add(actual[..half], expected.AsSpan(0, half), what + ", first block");
        error.Add(actual[half..], expected.AsSpan(half), what + ", second block");
    }

    private static Layer LayerOf(Case one)
    {
        Shape shape = one.Dims switch
        {
            [int features] => features,
            [int steps, int features] => Shape.Sequence(steps, features),
            [int height, int width, int channels] => Shape.Image(height, width, channels),
            _ => throw new InvalidDataException(one.Name),
        };
        return one.Kind switch
        {
            "BatchNorm" => new BatchNorm(shape, Momentum, affine: one.Affine, activation: ActivationOf(one.Activation)),
            "GroupNorm" => new GroupNorm(shape, one.Groups),
            "InstanceNorm" => new InstanceNorm(shape, affine: one.Affine),
            _ => throw new InvalidDataException(one.Kind),
        };
    }

    private static Activation? ActivationOf(string? name) => name switch
    {
        null => null,
        "Gelu" => Activation.Gelu,
        _ => NetworkReference.ActivationOf(name),
    };

    private sealed record Values(Case[] Cases);

    private sealed record Case(
        string Name, string Kind, int[] Dims, int Rows, float[] X, float[] Dy, float[] Parameters, double[] Y, double[] Dx, double[] Gradient,
        bool Affine, int Groups, int[]? Lengths = null, float[]? Weights = null, string? Activation = null, float[]? FirstStatistics = null,
        float[]? Earlier = null, double[]? StatisticsBefore = null, double[]? Statistics = null, float[]? Stored = null, double[]? YStored = null,
        double[]? DxStored = null, double[]? GradientStored = null);
}
