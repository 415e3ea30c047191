namespace NeuralNet.Tests.Reference;

/// <summary>Whole networks beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class NetworkReference
{
    // What is left of 2⁻²⁴ after the roundings of three layers forward and three back, each as in DenseReference.
    private const double Bound = 2e-6;

    public static Activation ActivationOf(string name) => name switch
    {
        "Identity" => Activation.Identity,
        "Sigmoid" => Activation.Sigmoid,
        "Tanh" => Activation.Tanh,
        "Relu" => Activation.Relu,
        "LeakyRelu" => Activation.LeakyRelu,
        "Softmax" => Activation.Softmax,
        _ => throw new ArgumentException($"There is no activation {name}.", nameof(name)),
    };

    public static Divergence DivergenceOf(string name) => name switch
    {
        "L2" => Divergence.L2,
        "BinaryCrossEntropy" => Divergence.BinaryCrossEntropy,
        "CrossEntropy" => Divergence.CrossEntropy,
        _ => throw new ArgumentException($"There is no divergence {name}.", nameof(name)),
    };

    internal static Network NetworkOf(int[] sizes, string[] activations, float[] parameters)
    {
        NetworkBuilder builder = Network.Create(sizes[0]);
        for (int k = 0; k < activations.Length; k++)
            builder.Dense(sizes[k + 1], ActivationOf(activations[k]));
        Network network = builder.Build();
        parameters.CopyTo(network.Parameters);
        return network;
    }

    public static IEnumerable<LargestError> Measure()
    {
        foreach (Case one in ReferenceFile.Read<Values>("networks.json").Cases)
        {
            Divergence divergence = DivergenceOf(one.Divergence);
            Network network = NetworkOf(one.Sizes, one.Activations, one.Parameters);
            using Workspace workspace = network.CreateWorkspace(one.Rows);
            float[] gradient = new float[network.Parameters.Length], y = new float[one.D.Length], dy = new float[one.D.Length],
                longWay = new float[gradient.Length];
            float actual = network.AddGradient(
                new Batch { Rows = one.Rows, Inputs = one.X, Desired = one.D, Weights = one.Weights }, divergence, gradient, workspace);

            // The long way, on y: forward, divergence, backward.
            network.Forward(one.X, y, one.Rows, workspace);
            float longValue = divergence.Forward(y, one.D, one.Rows, one.Weights);
            divergence.Backward(y, one.D, dy, one.Rows, one.Weights);
            network.Backward(one.X, dy, longWay, one.Rows, workspace);

            LargestError value = new(one.Name, "D", "of D", Bound), slope = new(one.Name, "∇W, ∇b", "of the block's largest", Bound);
            value.Add(actual, one.Value, one.Value, "Gradient");
            value.Add(longValue, one.Value, one.Value, "the long way");
            AddBlocks(slope, network, gradient, one.Gradient, "Gradient");
            AddBlocks(slope, network, longWay, one.Gradient, "the long way");
            yield return value;
            yield return slope;
        }
    }

    /// <summary>Notes the error of each block of a gradient, relative to the largest value expected in it.</summary>
    public static void AddBlocks(LargestError error, Network network, float[] gradient, double[] expected, string way)
    {
        int start = 0;
        foreach (Block block in network.Blocks)
        {
            error.Add(gradient.AsSpan(start, block.Length), expected.AsSpan(start, block.Length), $"{block.Name}, {way}");
            start += block.Length;
        }

        start.Should().Be(expected.Length);
    }

    private sealed record Values(Case[] Cases);

    private sealed record Case(
        string Name, int[] Sizes, string[] Activations, string Divergence, int Rows, float[] X, float[] D, float[] Parameters, double Value,
        double[] Gradient, float[]? Weights = null);
}
