namespace NeuralNet.Tests.Reference;

/// <summary>Multi-head attention with positions, windows and fewer heads of keys beside the definitions of the papers in PyTorch.</summary>
internal static class HeadsReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("heads.json", one => one.Kind switch
    {
        // steps, width, heads, heads of keys, causal, window, mask, positions, theta, features turned
        "Self" => new MultiHeadAttention(
            Shape.Sequence(one.Dims[0], one.Dims[1] + one.Dims[6]), one.Dims[2], causal: one.Dims[4] != 0, keyMask: one.Dims[6] != 0,
            positions: Positions(one.Dims[2], one.Dims[7], one.Dims[8], one.Dims[9]), window: one.Dims[5] == 0 ? null : one.Dims[5],
            keyHeads: one.Dims[3]),

        // query steps and width, memory steps and features, heads, heads of keys, mask
        _ => MultiHeadAttention.Cross(
            Shape.Sequence(one.Dims[0], one.Dims[1]), Shape.Sequence(one.Dims[2], one.Dims[3]), one.Dims[4], keyMask: one.Dims[6] != 0,
            keyHeads: one.Dims[5]),
    });

    private static AttentionPositions? Positions(int heads, int kind, int theta, int features) => kind switch
    {
        0 => null,
        1 or 2 => new Rotary(theta, features == 0 ? null : features, interleaved: kind == 2),
        3 => Alibi.Default,
        _ => new Alibi([.. Enumerable.Range(1, heads).Select(h => 0.125f * h)]),
    };
}
