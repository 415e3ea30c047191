namespace NeuralNet;

/// <summary>The kinds of the library by name. How each is made from its settings stands in its class.</summary>
internal static class KnownKinds
{
    private static readonly Dictionary<string, LayerKind> layers = new[]
    {
        Add<ActivationLayer>(), Add<Branches>(), Add<Chain>(), Add<Dense>(), Add<Dropout>(), Add<Embedding>(), Add<Flatten>(), Add<Gru>(),
        Add<LastStep>(), Add<LayerNorm>(), Add<LearnedPositions>(), Add<Lstm>(), Add<MaxOverSteps>(), Add<MeanOverSteps>(),
        Add<MultiHeadAttention>(), Add<Prelu>(), Add<Reshape>(), Add<Reverse>(), Add<RmsNorm>(), Add<Rnn>(), Add<SinusoidalPositions>(),
        Add<Skip>(), Add<Slice>(),
    }.ToDictionary(kind => kind.Name);

    private static readonly Dictionary<string, Func<KindSettings, Activation>> activations = new[]
    {
        AddActivation<Celu>(), AddActivation<Elu>(), AddActivation<Glu>(), AddActivation<HardTanh>(), AddActivation<L2Normalize>(),
        AddActivation<LeakyRelu>(), AddActivation<Max>(), AddActivation<Product>(), AddActivation<RandomizedLeakyRelu>(),
        AddActivation<Sine>(), AddActivation<Softmax>(),

        // Without settings: there is one, which all networks share.
        Add(NeuralNet.Activation.Abs), Add(NeuralNet.Activation.Gelu), Add(NeuralNet.Activation.GeluTanh), Add(NeuralNet.Activation.HardSigmoid),
        Add(NeuralNet.Activation.HardSwish), Add(NeuralNet.Activation.Identity), Add(NeuralNet.Activation.LogSigmoid),
        Add(NeuralNet.Activation.LogSoftmax), Add(NeuralNet.Activation.Mish), Add(NeuralNet.Activation.Relu), Add(NeuralNet.Activation.Relu6),
        Add(NeuralNet.Activation.Selu), Add(NeuralNet.Activation.Sigmoid), Add(NeuralNet.Activation.Silu), Add(NeuralNet.Activation.Softplus),
        Add(NeuralNet.Activation.Softsign), Add(NeuralNet.Activation.Tanh),
    }.ToDictionary();

    public static bool IsLayer(string kind) => layers.ContainsKey(kind);

    public static bool IsActivation(string kind) => activations.ContainsKey(kind);

    public static Func<Shape, KindSettings, Layer>? Layer(string kind) => layers.GetValueOrDefault(kind)?.Make;

    public static Func<KindSettings, Activation>? Activation(string kind) => activations.GetValueOrDefault(kind);

    /// <inheritdoc cref="ILayerKind.TableFloats"/>
    public static long TableFloats(string kind, Shape input) => layers.TryGetValue(kind, out LayerKind? known) ? known.TableFloats(input) : 0;

    private static LayerKind Add<TLayer>() where TLayer : Layer, ILayerKind => new(typeof(TLayer).Name, TLayer.FromSettings, TLayer.TableFloats);

    private static KeyValuePair<string, Func<KindSettings, Activation>> AddActivation<TActivation>()
        where TActivation : Activation, IActivationKind => new(typeof(TActivation).Name, TActivation.FromSettings);

    private static KeyValuePair<string, Func<KindSettings, Activation>> Add(Activation activation) => new(activation.Kind, _ => activation);

    private sealed record LayerKind(string Name, Func<Shape, KindSettings, Layer> Make, Func<Shape, long> TableFloats);
}
