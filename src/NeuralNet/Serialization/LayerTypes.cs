namespace NeuralNet;

/// <summary> Custom kinds of layers and activations, for <see cref="Network.Load(string, LayerTypes?)"/>: nothing is looked up by reflection.
/// </summary>
/// <remarks><para><c>new LayerTypes().Add("MyLayer", (input, settings) => new MyLayer(input, settings.GetSingle("rate")))</c></para>
/// <para>What such a function refuses with an <see cref="ArgumentException"/>, <see cref="OverflowException"/> or
/// <see cref="NotSupportedException"/> is refused as the file's fault, with an <see cref="InvalidDataException"/>; other
/// exceptions pass through.</para></remarks>
public sealed class LayerTypes
{
    private readonly Dictionary<string, Func<Shape, KindSettings, Layer>> layers = [];
    private readonly Dictionary<string, Func<KindSettings, Activation>> activations = [];

    /// <summary>Adds a kind of layer.</summary>
    /// <param name="kind">Its <see cref="Layer.Kind"/>: the class's name unless overridden.</param>
    /// <param name="make">Makes it from the shape of its input and its <see cref="Layer.Settings"/>.</param>
    /// <returns>This list.</returns>
    /// <exception cref="ArgumentException">The kind is empty, the library's own, or has been added before.</exception>
    public LayerTypes Add(string kind, Func<Shape, KindSettings, Layer> make) => Add(layers, kind, make, KnownKinds.IsLayer);

    /// <summary>Adds a kind of activation.</summary>
    /// <param name="kind">Its <see cref="Activation.Kind"/>: the class's name unless overridden.</param>
    /// <param name="make">Makes it from its <see cref="Activation.Settings"/>.</param>
    /// <inheritdoc cref="Add(string, Func{Shape, KindSettings, Layer})"/>
    public LayerTypes AddActivation(string kind, Func<KindSettings, Activation> make) => Add(activations, kind, make, KnownKinds.IsActivation);

    internal Func<Shape, KindSettings, Layer>? Layer(string kind) => layers.GetValueOrDefault(kind);

    internal Func<KindSettings, Activation>? Activation(string kind) => activations.GetValueOrDefault(kind);

    private LayerTypes Add<TMake>(Dictionary<string, TMake> kinds, string kind, TMake make, Predicate<string> isKnown)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(make);
        if (isKnown(kind))
            throw new ArgumentException($"\"{kind}\" is the library's own; call yours otherwise.", nameof(kind));
        return kinds.TryAdd(kind, make) ? this : throw new ArgumentException($"\"{kind}\" has been added already.", nameof(kind));
    }
}
