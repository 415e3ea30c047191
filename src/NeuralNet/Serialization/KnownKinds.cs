namespace NeuralNet;

/// <summary>How each kind of the library is made from its settings; the settings themselves stand beside each class.</summary>
internal static class KnownKinds
{
    private static readonly Dictionary<string, Func<Shape, KindSettings, Layer>> layers = new()
    {
        [nameof(ActivationLayer)] = (input, s) => new ActivationLayer(input, s.GetActivation("activation")),
        [nameof(Branches)] = (_, s) => new Branches(s.GetLayers("layers"), Merge(s)),
        [nameof(Chain)] = (_, s) => new Chain(s.GetLayers("layers")),
        [nameof(Dense)] = (input, s) => new Dense(input, s.GetInt32("outputs"), s.GetActivation("activation"), bias: s.GetBoolean("bias")),
        [nameof(Dropout)] = (input, s) => new Dropout(input, s.GetSingle("rate")),
        [nameof(Embedding)] = (input, s) => new Embedding(input, s.GetInt32("vocabulary"), s.GetInt32("width"), paddingId: s.Contains("paddingId") ? s.GetInt32("paddingId") : null),
        [nameof(Flatten)] = (input, _) => new Flatten(input),
        [nameof(Gru)] = (input, s) => new Gru(input, s.GetInt32("hidden"), s.GetBoolean("lastStep")),
        [nameof(LastStep)] = (input, _) => new LastStep(input),
        [nameof(LayerNorm)] = (input, s) => new LayerNorm(input, s.GetSingle("epsilon")),
        [nameof(LearnedPositions)] = (input, _) => new LearnedPositions(input),
        [nameof(Lstm)] = (input, s) => new Lstm(input, s.GetInt32("hidden"), s.GetBoolean("lastStep")),
        [nameof(MaxOverSteps)] = (input, _) => new MaxOverSteps(input),
        [nameof(MeanOverSteps)] = (input, _) => new MeanOverSteps(input),
        [nameof(MultiHeadAttention)] = (input, s) => s.Contains("memory")
            ? MultiHeadAttention.Cross(s.GetShape("queries"), s.GetShape("memory"), s.GetInt32("heads"), s.GetInt32("outputs"), s.GetBoolean("bias"), s.GetBoolean("keyMask"))
            : new MultiHeadAttention(input, s.GetInt32("heads"), s.GetInt32("outputs"), s.GetBoolean("causal"), s.GetBoolean("bias"), s.GetBoolean("keyMask")),
        [nameof(Prelu)] = (input, s) => new Prelu(input, s.GetBoolean("shared")),
        [nameof(Reshape)] = (input, s) => new Reshape(input, s.GetShape("output")),
        [nameof(Reverse)] = (input, _) => new Reverse(input),
        [nameof(RmsNorm)] = (input, s) => new RmsNorm(input, s.GetSingle("epsilon")),
        [nameof(Rnn)] = (input, s) => new Rnn(input, s.GetInt32("hidden"), s.GetActivation("activation"), s.GetBoolean("lastStep")),
        [nameof(SinusoidalPositions)] = (input, _) => new SinusoidalPositions(input),
        [nameof(Skip)] = (input, _) => new Skip(input),
        [nameof(Slice)] = (input, s) => new Slice(input, s.GetInt32("first"), s.GetInt32("count")),
    };

    private static readonly Dictionary<string, Func<KindSettings, Activation>> activations = new()
    {
        [nameof(Abs)] = _ => new Abs(),
        [nameof(Celu)] = s => new Celu(s.GetSingle("alpha")),
        [nameof(Elu)] = s => new Elu(s.GetSingle("alpha")),
        [nameof(Gelu)] = _ => new Gelu(),
        [nameof(GeluTanh)] = _ => new GeluTanh(),
        [nameof(Glu)] = s => new Glu(s.GetActivation("gate") as ScalarActivation ?? throw new ArgumentException("The gate is not a scalar activation.")),
        [nameof(HardSigmoid)] = _ => new HardSigmoid(),
        [nameof(HardSwish)] = _ => new HardSwish(),
        [nameof(HardTanh)] = s => new HardTanh(s.GetSingle("least"), s.GetSingle("most")),
        [nameof(Identity)] = _ => new Identity(),
        [nameof(L2Normalize)] = s => new L2Normalize(s.GetSingle("epsilon")),
        [nameof(LeakyRelu)] = s => new LeakyRelu(s.GetSingle("slope")),
        [nameof(LogSigmoid)] = _ => new LogSigmoid(),
        [nameof(LogSoftmax)] = _ => new LogSoftmax(),
        [nameof(Max)] = s => new Max(s.GetInt32("groupSize")),
        [nameof(Mish)] = _ => new Mish(),
        [nameof(Product)] = s => s.Contains("inputs") ? new Product(s.GetInt32("inputs"), Pairs(s.GetInt32s("pairs"))) : new Product(),
        [nameof(RandomizedLeakyRelu)] = s => new RandomizedLeakyRelu(s.GetSingle("lower"), s.GetSingle("upper")),
        [nameof(Relu)] = _ => new Relu(),
        [nameof(Relu6)] = _ => new Relu6(),
        [nameof(Selu)] = _ => new Selu(),
        [nameof(Sigmoid)] = _ => new Sigmoid(),
        [nameof(Silu)] = _ => new Silu(),
        [nameof(Sine)] = s => new Sine(s.GetSingle("frequency")),
        [nameof(Softmax)] = s => new Softmax(s.GetSingle("temperature")),
        [nameof(Softplus)] = _ => new Softplus(),
        [nameof(Softsign)] = _ => new Softsign(),
        [nameof(Tanh)] = _ => new Tanh(),
    };

    public static bool IsLayer(string kind) => layers.ContainsKey(kind);

    public static bool IsActivation(string kind) => activations.ContainsKey(kind);

    public static Func<Shape, KindSettings, Layer>? Layer(string kind) => layers.GetValueOrDefault(kind);

    public static Func<KindSettings, Activation>? Activation(string kind) => activations.GetValueOrDefault(kind);

    private static Merge Merge(KindSettings settings) => settings.GetString("merge") switch
    {
        nameof(NeuralNet.Merge.Sum) => NeuralNet.Merge.Sum,
        nameof(NeuralNet.Merge.Product) => NeuralNet.Merge.Product,
        nameof(NeuralNet.Merge.Concat) => NeuralNet.Merge.Concat,
        string other => throw new ArgumentException($"\"merge\" is \"{other}\"; Sum, Product or Concat was expected."),
    };

    private static (int First, int Second)[] Pairs(int[] numbers) => numbers.Length % 2 == 0
        ? [.. numbers.Chunk(2).Select(pair => (pair[0], pair[1]))]
        : throw new ArgumentException($"\"pairs\" has {numbers.Length} numbers; two for each pair were expected.");
}
