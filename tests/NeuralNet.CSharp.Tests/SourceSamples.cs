using NeuralNet.Tests;
using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.CSharp.Tests;

/// <summary>Networks to export: every kind of the library, by itself, and whole ones.</summary>
internal static partial class SourceSamples
{
    /// <summary>All of the library's layers, those that can be side by side in one network: compilers take time for each file.</summary>
    public static IReadOnlyList<Layer> Layers { get; } =
    [
        .. PublicKinds.Layers().Where(layer => !HasForeign(layer))
            .GroupBy(layer => (layer.Input, Output: layer.Output.WithFeatures(1), HasIds: layer.TakesIds))
            .Select(alike => alike.Key.HasIds || alike.Count() == 1 ? [.. alike] : new Layer[] { new Branches([.. alike], Merge.Concat) })
            .SelectMany(some => some),
        .. More(), .. MoreWindows(), .. MoreNorms(), .. OddSizes(),
    ];

    public static IReadOnlyList<Layer> LayersWithForeign { get; } = [.. PublicKinds.Layers().Where(HasForeign)];

    public static IReadOnlyList<(string Name, Network Network)> Networks { get; } =
        [.. Whole().Select(one => (one.Name, Filled(one.Builder.Build(seed: 7), 7)))];

    /// <summary>A network of one layer, whose values are all random: biases and gains are not what they start with.</summary>
    public static Network Of(Layer layer, int seed = 1) => Filled(Network.Create(layer.Input).Add(_ => layer).Build(seed), seed);

    /// <summary>Whether a layer, or one within it, or an activation is none of the library's.</summary>
    public static bool HasForeign(Layer layer) => layer.GetType().Assembly != typeof(Network).Assembly
        || layer.Children.Any(HasForeign)
        || (ActivationOf(layer) is { } f && f.GetType().Assembly != typeof(Network).Assembly);

    /// <summary>Inputs of all kinds: usual ones, and those at which kernels fail; ids where they are expected.</summary>
    public static IEnumerable<(string Name, float[] X)> Inputs(Network network)
    {
        int size = network.Input.Size;
        foreach ((int seed, float scale) in new[] { (1, 1f), (2, 4f), (3, 30f), (4, 1e-40f), (5, 1e30f), (6, 3e38f) })
            yield return ($"random, up to {scale}", WithIds(network, Floats.Random(size, seed, scale), seed));
        foreach (float value in new[] { 0f, -0f, 1f, float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN })
        {
            float[] all = new float[size], one = Floats.Random(size, 11);
            all.AsSpan().Fill(value);
            one[size / 2] = value;
            yield return ($"all {value:R}", WithIds(network, all, 12));
            yield return ($"one {value:R}", WithIds(network, one, 13));
        }

        for (int offset = 0; offset < 40; offset += 7)
        {
            float[] special = [.. Enumerable.Range(0, size).Select(i => Floats.Special[(i + offset) % Floats.Special.Length])];
            yield return ($"special, from {offset} on", WithIds(network, special, offset));
        }
    }

    private static Activation? ActivationOf(Layer layer) => layer switch
    {
        Dense dense => dense.Activation,
        ConvolutionLayer convolution => convolution.Activation,
        BatchNorm norm => norm.Activation,
        ActivationLayer own => own.Activation,
        _ => null,
    };

    private static float[] WithIds(Network network, float[] x, int seed)
    {
        float[] ids = new float[x.Length];
        if (network.InputIds.IsEmpty)
            return x;
        Ids.Draw(new RandomStream(seed), network.InputIds, ids);
        for (int i = 0; i < x.Length; i++)
            x[i] = network.InputIds[i] > 0 ? ids[i] : x[i];
        return x;
    }

    private static Network Filled(Network network, int seed)
    {
        Floats.Random(network.Parameters.Length, seed, 0.8f).CopyTo(network.Parameters);

        // A running variance is not negative.
        for (int i = 0; i < network.Statistics.Length; i++)
            network.Statistics[i] = Math.Abs(Floats.Random(network.Statistics.Length, seed + 1, 2)[i]);
        return network;
    }

    // Settings other than the usual, and sizes at which vectors of 4, 8, 16 and 64 end. Several to a network: compilers take time.
    private static IEnumerable<Layer> More() =>
    [
        .. new Activation[]
        {
            new LeakyRelu(0.3f), new RandomizedLeakyRelu(0.1f, 0.7f), new Elu(0.3f), new Celu(0.3f), new HardTanh(-2, 3.5f), new Sine(30),
            new Sine(-1e-7f), new L2Normalize(2), new Softmax(3), new Max(4), new Glu(new Tanh()), new Glu(new HardTanh(-0.1f, 0.2f)),
            new Glu(new Identity()),
        }.Select(f => new Branches(
        [
            new Dense(6, 4, f), new Dense(6, 4, f, bias: false), new Dense(6, 5, f),
            new Chain([new Reshape(6, Shape.Sequence(3, 2)), new Dense(Shape.Sequence(3, 2), 3, f), new Flatten(Shape.Sequence(3, 3))]),
        ], Merge.Concat)),
        .. new[] { 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 40, 70, 130 }.Select(n => new Chain(
        [
            new Dense(7, n), new Branches(
            [
                new Dense(n, Math.Min(n, 35), bias: false), new ActivationLayer(n, Activation.Softmax), new ActivationLayer(n, Activation.LogSoftmax),
                new ActivationLayer(n, Activation.L2Normalize), new LayerNorm(n), new RmsNorm(n), new Skip(n),
                Steps(n, new Softmax(0.3f)), Steps(n, Activation.LogSoftmax),
            ], Merge.Concat),
        ])),
        new Branches([.. new[] { 63, 64, 65, 81 }.SelectMany(
            n => new[] { new Chain([new Slice(81, 0, n), new LayerNorm(n)]), new Chain([new Slice(81, 0, n), new RmsNorm(n, 1e-3f)]) })],
            Merge.Concat),
        new Branches([new LayerNorm(Shape.Image(3, 3, 70)), new RmsNorm(Shape.Image(3, 3, 70), 0.1f)], Merge.Sum),
        new Branches([new MultiHeadAttention(Shape.Sequence(70, 12), 3), new MultiHeadAttention(Shape.Sequence(70, 12), 2, causal: true),
        new MultiHeadAttention(Shape.Sequence(70, 12), 1, outputs: 33)], Merge.Concat),
        new MultiHeadAttention(Shape.Sequence(35, 9), 2, causal: true, keyMask: true), new MultiHeadAttention(Shape.Sequence(1, 9), 2, keyMask: true),
        MultiHeadAttention.Cross(Shape.Sequence(5, 12), Shape.Sequence(50, 7), 3, keyMask: true),
        MultiHeadAttention.Cross(Shape.Sequence(40, 4), Shape.Sequence(3, 7), 1, outputs: 33),
        new MultiHeadAttention(Shape.Sequence(40, 12), 2, positions: Rotary.Default, keyHeads: 1),
        new MultiHeadAttention(Shape.Sequence(20, 45), 2, keyMask: true, positions: new Rotary(50, 18, interleaved: true), window: 3),
        new MultiHeadAttention(Shape.Sequence(1, 36), 1, positions: new Rotary(features: 34), window: 1),
        new MultiHeadAttention(Shape.Sequence(50, 12), 6, causal: true, positions: Alibi.Default, window: 18, keyHeads: 3),
        new MultiHeadAttention(Shape.Sequence(35, 9), 2, keyMask: true, positions: new Alibi(0.5f, 0.01f)),
        new MultiHeadAttention(Shape.Sequence(35, 9), 2, causal: true, keyMask: true, window: 1),
        new MultiHeadAttention(Shape.Sequence(60, 8), 2, window: 20, outputs: 3),
        MultiHeadAttention.Cross(Shape.Sequence(5, 12), Shape.Sequence(50, 7), 6, keyMask: true, keyHeads: 2),
        new Branches(
        [
            new Lstm(Shape.Sequence(20, 3), 40), new Gru(Shape.Sequence(20, 3), 33), new Rnn(Shape.Sequence(20, 3), 17, new Elu(0.2f)),
            new Dense(Shape.Sequence(20, 3), 64, Activation.SwiGlu),
        ], Merge.Concat),
        new Dense(50, 150, Activation.Gelu),
        new Chain([new Skip(3)]), new Chain([new Dense(3, 4), new Flatten(4), new Dropout(4)]),
        new Branches([new Chain([new Skip(3), new Dropout(3)])], Merge.Concat),
        new Branches([new Skip(Shape.Sequence(2, 3)), new Skip(Shape.Sequence(2, 3)), new Reverse(Shape.Sequence(2, 3))], Merge.Concat),
        new Branches([new Skip(3), new Skip(3)], Merge.Product), new Branches([new Skip(3)], Merge.Sum),
    ];

    // f of each of two steps, which are n values and the same n values.
    private static Chain Steps(int n, Activation f)
    {
        var twice = Shape.Sequence(2, n);
        var both = new Branches([new Skip(n), new Skip(n)], Merge.Concat);
        return new([both, new Reshape(2 * n, twice), new ActivationLayer(twice, f), new Flatten(twice)]);
    }

    // Two blocks as nanoGPT has them without biases; the last matrix is the table of the ids.
    private static NetworkBuilder Gpt()
    {
        NetworkBuilder builder = Network.Create(Shape.Sequence(7, 1)).Embedding(19, 16).LearnedPositions();
        for (int k = 0; k < 2; k++)
        {
            builder.Residual(b => b.LayerNorm(bias: false).MultiHeadAttention(4, causal: true, bias: false))
                .Residual(b => b.LayerNorm(bias: false).Dense(64, Activation.Gelu, bias: false).Dense(16, bias: false));
        }

        return builder.LayerNorm(bias: false).Dense(19, bias: false).Tie("0.weight", to: "7.weight", transposed: true);
    }

    private static IEnumerable<(string Name, NetworkBuilder Builder)> Whole() =>
    [
        ("Digits", Network.Create(64).Dense(64, Activation.Relu).Dense(10, Activation.Softmax)),
        ("Residual", Network.Create(12).Dense(16, Activation.Silu)
            .Residual(b => b.LayerNorm().Dense(32, Activation.Gelu).Dropout(0.1f).Dense(16))
            .Residual(b => b.RmsNorm().Dense(16, Activation.Tanh)).Dense(3, Activation.LogSoftmax)),
        ("BidirectionalLstm", Network.Create(Shape.Sequence(14, 6)).Bidirectional(b => b.Lstm(18)).Bidirectional(b => b.Lstm(9, lastStep: true))
            .Dense(5, Activation.Softmax)),
        ("GateVariants", Network.Create(Shape.Sequence(14, 6)).Bidirectional(b => b.Gru(18, resetsBefore: true))
            .Lstm(32, gates: new HardSigmoid(0.2f), activation: Activation.Softsign).Gru(16, resetsBefore: true, activation: Activation.Relu)
            .Gru(33, gates: Activation.HardSigmoid, activation: Activation.Silu).Lstm(7, activation: Activation.Identity, lastStep: true)
            .Dense(5, new HardSigmoid(0.3f))),
        ("TiedGru", Network.Create(Shape.Sequence(3, 4)).Gru(4, resetsBefore: true).Gru(4, resetsBefore: true)
            .Tie("0.weight_hh", "1.weight_hh").Tie("0.bias", "1.bias")),
        ("Transformer", Network.Create(Shape.Sequence(20, 1)).Embedding(30, 24).SinusoidalPositions()
            .Residual(b => b.LayerNorm().MultiHeadAttention(4, causal: true)).Residual(b => b.LayerNorm().Dense(48, Activation.GeGlu).Dense(24))
            .Residual(b => b.RmsNorm().MultiHeadAttention(3)).Residual(b => b.RmsNorm().Dense(48, Activation.GeluTanh).Dense(24))
            .Dense(30, Activation.Softmax)),
        ("Gpt", Gpt()),
        ("EmbeddingClassifier", Network.Create(9).Embedding(50, 8, paddingId: 0).LearnedPositions().Dense(12, Activation.Mish).MeanOverSteps()
            .Dense(4, Activation.Softmax)),
        ("TiedLanguageModel", TiedNetworks.LanguageModel().Tie("0.weight", to: "3.weight", transposed: true)),
        ("TiedAsItIs", Network.Create(4).Dense(4, Activation.Tanh).Dense(4, Activation.Sigmoid).Residual(b => b.Dense(4))
            .Tie("0.weight", "1.weight").Tie("0.weight", "2.1.0.weight").Tie("2.1.0.bias", "0.bias")),
        ("Nested", Network.Create(Shape.Sequence(5, 4)).Parallel(
            Merge.Concat,
            b => b.Parallel(Merge.Product, c => c.Dense(6, Activation.Sigmoid), c => c.Residual(d => d.Dense(4, Activation.Tanh)).Dense(6)),
            b => b.Parallel(
                Merge.Sum, c => c.Gru(5), c => c.Dense(5, Activation.Softplus),
                c => c.Parallel(Merge.Concat, d => d.Slice(0, 2), d => d.Dense(3, Activation.Softmax))),
            b => b).Flatten().Dense(7, Activation.LeakyRelu).Prelu().Dense(2)),
        .. WholeOfImages(),
    ];
}
