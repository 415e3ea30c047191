namespace NeuralNet.Onnx.Import;

/// <summary>A layer and the values of its blocks.</summary>
internal sealed record Part(Layer Layer, IReadOnlyList<(string Name, float[] Values)> Values)
{
    public Part(Layer layer)
        : this(layer, [])
    {
    }
}

/// <summary>
/// What an expression becomes: its inputs, merged if they are several, and then some layers.
/// </summary>
/// <param name="Inputs">The expressions that it takes; none for the network's input.</param>
/// <param name="Merge">How several are merged; null for one.</param>
/// <param name="Parts">The layers, the first one first.</param>
internal sealed record Lowered(IReadOnlyList<Expr> Inputs, Merge? Merge, IReadOnlyList<Part> Parts)
{
    public static Lowered Of(Expr input, params Part[] parts) => new([input], null, parts);
}
