namespace NeuralNet;

/// <summary>A kind of layer of the library: it is made from what its <see cref="Layer.Settings"/> write, beside which it says how.</summary>
internal interface ILayerKind
{
    /// <summary>Makes the layer; settings that do not fit are refused with an <see cref="ArgumentException"/>, as constructors refuse them.</summary>
    /// <param name="input">The shape of an input row.</param>
    /// <param name="settings">The settings, as <see cref="Layer.Settings"/> give them.</param>
    static abstract Layer FromSettings(Shape input, KindSettings settings);

    /// <summary>The floats of tables that such a layer computes when it is made, which are no values of its blocks.</summary>
    /// <param name="input">The shape of an input row.</param>
    /// <param name="settings">The settings.</param>
    static virtual long TableFloats(Shape input, KindSettings settings) => 0;
}

/// <summary>A kind of activation of the library that has settings: it is made from what its <see cref="Activation.Settings"/> write.</summary>
internal interface IActivationKind
{
    /// <inheritdoc cref="ILayerKind.FromSettings"/>
    static abstract Activation FromSettings(KindSettings settings);
}
