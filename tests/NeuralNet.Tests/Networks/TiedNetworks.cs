namespace NeuralNet.Tests;

/// <summary>Networks with tied blocks, each beside the same layers without ties.</summary>
internal static class TiedNetworks
{
    /// <summary>A small language model: the table of the embedding is the matrix of the last layer, transposed.</summary>
    public static NetworkBuilder LanguageModel(int steps = 5, int vocabulary = 11, int width = 6) => Network.Create(Shape.Sequence(steps, 1))
        .Embedding(vocabulary, width, Initializer.TruncatedNormal).LearnedPositions()
        .Residual(b => b.LayerNorm().Dense(width, Activation.Tanh))
        .Dense(vocabulary, Activation.Softmax);

    /// <summary>All ways to be tied: as it is, transposed, several to one, across branches, and to a block behind.</summary>
    public static IReadOnlyList<(string Name, Func<NetworkBuilder> Layers, (string Block, string To, bool Transposed)[] Ties)> All { get; } =
    [
        ("language model", () => LanguageModel(), [("0.weight", "3.weight", true)]),
        ("as it is", () => Network.Create(4).Dense(4, Activation.Tanh).Dense(4, Activation.Sigmoid)
            .Dense(3), [("0.weight", "1.weight", false), ("0.bias", "1.bias", false)]),
        ("autoencoder", () => Network.Create(5).Dense(3, Activation.Tanh).Dense(5), [("0.weight", "1.weight", true)]),
        ("behind", () => Network.Create(5).Dense(3, Activation.Tanh).Dense(5), [("1.weight", "0.weight", true)]),
        ("four that are one", () => Network.Create(4).Dense(4, Activation.Tanh).Dense(4, Activation.Tanh).Dense(4, Activation.Tanh).Dense(4),
            [("1.weight", "3.weight", false), ("1.weight", "0.weight", true), ("1.weight", "2.weight", true)]),
        ("branches", () => Network.Create(4)
            .Parallel(Merge.Sum, b => b.Dense(3, Activation.Tanh).Dense(4), b => b.Dense(3, Activation.Sigmoid).Dense(4)).Dense(2),
            [("0.0.0.weight", "0.1.0.weight", false), ("0.0.0.weight", "0.0.1.weight", true), ("0.0.1.bias", "0.1.1.bias", false)]),
        ("recurrent", () => Network.Create(Shape.Sequence(3, 4)).Lstm(4).Gru(4)
            .Dense(2), [("0.weight_hh", "0.weight_ih", false), ("1.weight_hh", "1.weight_ih", false)]),
        ("statistics", () => Network.Create(3).Add(shape => new Contracts.Probe(shape)).Dense(3, Activation.Tanh).Dense(3)
            .Add(shape => new Contracts.Probe(shape)),
            [("1.weight", "2.weight", false), ("3.gain", "0.gain", false)]),
    ];

    public static TheoryData<string> Names => [.. All.Select(one => one.Name)];

    public static Network Tied(string name, long seed = 1)
    {
        (_, Func<NetworkBuilder> layers, (string, string, bool)[] ties) = All.Single(one => one.Name == name);
        NetworkBuilder builder = layers();
        foreach ((string block, string to, bool transposed) in ties)
            builder.Tie(block, to, transposed);
        Network network = builder.Build(seed);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] += 0.2f * new RandomStream(seed).Normal(3, i);
        return network;
    }

    /// <summary>The same layers with the same values, each block by itself.</summary>
    public static Network Untied(string name, Network tied)
    {
        Network network = All.Single(one => one.Name == name).Layers().Build();
        foreach (Block block in network.Blocks)
            tied.CopyParameter(block.Name).CopyTo(network.Parameter(block.Name));
        return network;
    }

    /// <summary>Rows that a network takes, and distributions that are desired.</summary>
    public static (float[] Inputs, float[] Desired) Data(Network network, int rows, long seed = 1)
    {
        float[] inputs = new float[rows * network.Input.Size], desired = TestData.Normal(rows * network.Output.Size, seed);
        Ids.Draw(new RandomStream(seed), network.InputIds, inputs);
        int width = network.Output.FeatureCount;
        for (int i = 0; i < desired.Length; i += width)
        {
            Span<float> vector = desired.AsSpan(i, width);
            Activation.Softmax.Forward(vector.ToArray(), vector);
        }

        return (inputs, desired);
    }
}
