namespace NeuralNet.Tests.Reference;

/// <summary>Multi-head attention beside PyTorch's.</summary>
internal static class AttentionReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("attention.json", one => one.Kind switch
    {
        // steps, features, heads, outputs, causal, bias, mask
        "Self" => new MultiHeadAttention(
            Shape.Sequence(one.Dims[0], one.Dims[1] + one.Dims[6]), one.Dims[2], one.Dims[3], causal: one.Dims[4] != 0, bias: one.Dims[5] != 0,
            keyMask: one.Dims[6] != 0),

        // steps, features, heads, inner width
        "Block" => new Chain([.. Block(Network.Create(Shape.Sequence(one.Dims[0], one.Dims[1])), one.Dims[2], one.Dims[3]).Build().Layers]),

        // query steps and features, memory steps and features, heads, outputs, bias, mask
        _ => MultiHeadAttention.Cross(
            Shape.Sequence(one.Dims[0], one.Dims[1]), Shape.Sequence(one.Dims[2], one.Dims[3]), one.Dims[4], one.Dims[5], bias: one.Dims[6] != 0,
            keyMask: one.Dims[7] != 0),
    });

    private static NetworkBuilder Block(NetworkBuilder builder, int heads, int inner) => builder
        .Residual(b => b.LayerNorm().MultiHeadAttention(heads))
        .Residual(b => b.LayerNorm().Dense(inner, Activation.Gelu).Dense(builder.Shape.FeatureCount));
}
