namespace NeuralNet.Tests.Reference;

/// <summary>Networks of residual blocks and branches beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class CompositionReference
{
    // As in NetworkReference.
    private const double Bound = 2e-6;

    public static IEnumerable<LargestError> Measure()
    {
        foreach (Case one in ReferenceFile.Read<Values>("composition.json").Cases)
        {
            NetworkBuilder builder = Network.Create(one.Steps > 0 ? Shape.Sequence(one.Steps, one.Width) : one.Width);
            Network network = Add(builder, one.Layers).Build();
            one.Parameters.Length.Should().Be(network.Parameters.Length);
            one.Parameters.CopyTo(network.Parameters);
            using Workspace workspace = network.CreateWorkspace(one.Rows);
            float[] gradient = new float[one.Parameters.Length], longWay = new float[gradient.Length];
            float[] y = new float[one.D.Length], dy = new float[y.Length], dx = new float[one.X.Length];
            Divergence divergence = NetworkReference.DivergenceOf(one.Divergence);
            var batch = new Batch { Rows = one.Rows, Inputs = one.X, Desired = one.D, Weights = one.Weights };
            float actual = network.AddGradient(batch, divergence, gradient, workspace);

            // The long way, on y. The vectors of a sequence count alike here, so that each can be a row to the divergence.
            int vectors = one.Rows * Math.Max(1, one.Steps);
            network.Forward(one.X, y, one.Rows, workspace);
            float longValue = divergence.Forward(y, one.D, vectors, one.Weights);
            divergence.Backward(y, one.D, dy, vectors, one.Weights);
            network.Backward(one.X, dy, longWay, dx, one.Rows, workspace);

            LargestError value = new(one.Name, "D", "of D", Bound), input = new(one.Name, "∇x", "of the largest", Bound);
            LargestError slope = new(one.Name, "∇W, ∇b", "of the block's largest", Bound);
            value.Add(actual, one.Value, one.Value, "Gradient");
            value.Add(longValue, one.Value, one.Value, "the long way");
            input.Add(dx, one.Dx, "the long way");
            NetworkReference.AddBlocks(slope, network, gradient, one.Gradient, "Gradient");
            NetworkReference.AddBlocks(slope, network, longWay, one.Gradient, "the long way");
            yield return value;
            yield return slope;
            yield return input;
        }
    }

    private static NetworkBuilder Add(NetworkBuilder builder, Part[] layers)
    {
        foreach (Part layer in layers)
        {
            _ = layer.Kind switch
            {
                "Dense" => builder.Dense(layer.Outputs, NetworkReference.ActivationOf(layer.Activation)),
                "Residual" => builder.Residual(b => Add(b, layer.Branches![0])),
                _ => builder.Parallel(
                    Enum.Parse<Merge>(layer.Kind),
                    [.. layer.Branches!.Select(branch => (Func<NetworkBuilder, NetworkBuilder>)(b => Add(b, branch)))]),
            };
        }

        return builder;
    }

    private sealed record Values(Case[] Cases);

    private sealed record Part(string Kind, int Outputs = 0, string Activation = "", Part[][]? Branches = null);

    private sealed record Case(
        string Name, int Width, int Steps, Part[] Layers, string Divergence, int Rows, float[] X, float[] D, float[] Parameters,
        double Value, double[] Gradient, double[] Dx, float[]? Weights = null);
}
