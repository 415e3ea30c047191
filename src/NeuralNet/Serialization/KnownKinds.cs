namespace NeuralNet;

/// <summary>The kinds of the library by name. How each is made from its settings stands in its class.</summary>
internal static class KnownKinds
{
    private static readonly Dictionary<string, LayerKind> layers = new[]
    {
        Add<ActivationLayer>(), Add<AveragePool>(), Add<BatchNorm>(), Add<Branches>(), Add<Chain>(), Add<ChannelDropout>(), Add<Conv>(),
        Add<ConvTranspose>(), Add<Dense>(), Add<Dropout>(), Add<Embedding>(), Add<Flatten>(), Add<GlobalAveragePool>(), Add<GlobalMaxPool>(),
        Add<GroupNorm>(), Add<Gru>(), Add<InstanceNorm>(), Add<LastStep>(), Add<LayerNorm>(), Add<LearnedPositions>(), Add<Lstm>(),
        Add<MaxOverSteps>(), Add<MaxPool>(), Add<MeanOverSteps>(), Add<MultiHeadAttention>(), Add<Pad>(), Add<PowerTransform>(),
        Add<Prelu>(), Add<Reshape>(), Add<Resize>(), Add<Reverse>(), Add<RmsNorm>(), Add<Rnn>(), Add<SinusoidalPositions>(), Add<Skip>(),
        Add<Slice>(), Add<Standardize>(), Add<Upsample>(),
    }.ToDictionary(kind => kind.Name);

    private static readonly Dictionary<string, Func<KindSettings, Activation>> activations = NeuralNet.Activation.Kinds().ToDictionary();

    public static bool IsLayer(string kind) => layers.ContainsKey(kind);

    public static bool IsActivation(string kind) => activations.ContainsKey(kind);

    public static Func<Shape, KindSettings, Layer>? Layer(string kind) => layers.GetValueOrDefault(kind)?.Make;

    public static Func<KindSettings, Activation>? Activation(string kind) => activations.GetValueOrDefault(kind);

    /// <inheritdoc cref="ILayerKind.TableFloats"/>
    public static long TableFloats(string kind, Shape input, KindSettings settings) =>
        layers.TryGetValue(kind, out LayerKind? known) ? known.TableFloats(input, settings) : 0;

    private static LayerKind Add<TLayer>() where TLayer : Layer, ILayerKind => new(typeof(TLayer).Name, TLayer.FromSettings, TLayer.TableFloats);

    private sealed record LayerKind(string Name, Func<Shape, KindSettings, Layer> Make, Func<Shape, KindSettings, long> TableFloats);
}
