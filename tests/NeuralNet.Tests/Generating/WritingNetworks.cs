namespace NeuralNet.Tests.Generating;

/// <summary>Networks that write, of every way in which one can.</summary>
internal static class WritingNetworks
{
    public const int Vocabulary = 11, Steps = 12, Width = 8;

    public static readonly int[] Prompt = [3, 1, 4, 1, 5];

    /// <summary>A network by the name of its kind. Its last weights are large, so that its scores differ much.</summary>
    public static Network Of(string kind)
    {
        NetworkBuilder ids = Network.Create(Shape.Sequence(Steps, 1));
        NetworkBuilder layers = kind switch
        {
            "gpt" => Block(Block(ids.Embedding(Vocabulary, Width).LearnedPositions())).LayerNorm(),
            "rotary" => ids.Embedding(Vocabulary, Width).MultiHeadAttention(2, causal: true, positions: Rotary.Default),
            "window" => ids.Embedding(Vocabulary, Width).MultiHeadAttention(2, causal: true, positions: Alibi.Default, window: 4),
            "lstm" => ids.Embedding(Vocabulary, Width).Lstm(Width),
            "last step" => ids.Embedding(Vocabulary, Width).Gru(Width, lastStep: true),
            "one-hot" => Network.Create(Shape.Sequence(Steps, Vocabulary)).Gru(Width),
            "pairs" => ids.Embedding(Vocabulary, Width).Dense(Width, Activation.Tanh),
            "both ways" => ids.Embedding(Vocabulary, Width).Bidirectional(b => b.Gru(Width / 2)),
            "convolution" => ids.Embedding(Vocabulary, Width).Conv(Width, 3, padding: Padding.Causal, activation: Activation.Relu),
            "mean" => ids.Embedding(Vocabulary, Width).MeanOverSteps(),
            "more ids" => ids.Embedding(Vocabulary + 2, Width).Lstm(Width),
            _ => throw new ArgumentException(kind),
        };
        Network network = layers.Dense(Vocabulary, Activation.Softmax, new VarianceScaling(20, FanMode.In, isNormal: true)).Build(seed: 3);
        return network;
    }

    public static Network Tied() => Block(Network.Create(Shape.Sequence(Steps, 1)).Embedding(Vocabulary, Width).LearnedPositions())
        .Dense(Vocabulary, Activation.Softmax, bias: false).Tie("0.weight", to: "4.weight", transposed: true).Build(seed: 5);

    /// <summary>What the whole text gives at its last token, all but the last tokens that fit left out.</summary>
    public static float[] Probabilities(Network network, ReadOnlySpan<int> text)
    {
        int width = network.Input.FeatureCount;
        float[] x = new float[text.Length * width];
        for (int i = 0; i < text.Length; i++)
            x[(i * width) + (width > 1 ? text[i] : 0)] = width > 1 ? 1 : text[i];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        float[] y = new float[network.Output.Kind == ShapeKind.Sequence ? text.Length * Vocabulary : Vocabulary];
        network.Predict(new Batch { Rows = 1, Steps = text.Length, Inputs = x }, y, workspace);
        return y[^Vocabulary..];
    }

    public static float[] Softmax(ReadOnlySpan<float> scores)
    {
        float[] y = new float[scores.Length];
        Activation.Softmax.Forward(scores, y);
        return y;
    }

    private static NetworkBuilder Block(NetworkBuilder layers) => layers
        .Residual(b => b.LayerNorm().MultiHeadAttention(2, causal: true)).Residual(b => b.LayerNorm().Dense(2 * Width, Activation.Gelu).Dense(Width));
}
