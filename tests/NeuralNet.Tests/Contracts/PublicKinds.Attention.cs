namespace NeuralNet.Tests.Contracts;

public static partial class PublicKinds
{
    private static IEnumerable<Layer> AttentionLayers() =>
    [
        new MultiHeadAttention(Shape.Sequence(3, 4), 1),
        new MultiHeadAttention(Shape.Sequence(3, 4), 2),
        new MultiHeadAttention(Shape.Sequence(3, 4), 4, outputs: 3, bias: false),
        new MultiHeadAttention(Shape.Sequence(3, 6), 3, causal: true),
        new MultiHeadAttention(Shape.Sequence(3, 4), 2, causal: true, dropout: 0.4f),
        MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(3, 5), 2, keyMask: true, dropout: 0.2f),
        new MultiHeadAttention(Shape.Sequence(3, 4), 2, outputs: 5, causal: true, bias: false),
        MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(3, 5), 2),
        MultiHeadAttention.Cross(Shape.Sequence(1, 3), Shape.Sequence(2, 3), 3, outputs: 2, bias: false),
        MultiHeadAttention.Cross(Shape.Sequence(3, 6), Shape.Sequence(1, 2), 3),
        new MultiHeadAttention(Shape.Sequence(3, 5), 2, keyMask: true),
        new MultiHeadAttention(Shape.Sequence(3, 7), 3, outputs: 2, causal: true, bias: false, keyMask: true),
        MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(5, 3), 2, keyMask: true),
        new MultiHeadAttention(Shape.Sequence(3, 8), 2, positions: Rotary.Default),
        new MultiHeadAttention(Shape.Sequence(3, 10), 2, causal: true, positions: new Rotary(50, features: 4, interleaved: true), keyHeads: 1),
        new MultiHeadAttention(Shape.Sequence(3, 6), 3, positions: Alibi.Default),
        new MultiHeadAttention(Shape.Sequence(3, 5), 2, keyMask: true, positions: new Alibi(0.5f, 0.25f), window: 2),
        new MultiHeadAttention(Shape.Sequence(4, 4), 2, causal: true, window: 2),
        new MultiHeadAttention(Shape.Sequence(3, 8), 4, bias: false, window: 2, keyHeads: 2),
        MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(3, 3), 4, keyMask: true, keyHeads: 2),
        new Chain(
            [new MultiHeadAttention(Shape.Sequence(3, 4), 2), Branches.Residual(new MultiHeadAttention(Shape.Sequence(3, 4), 4, causal: true))]),
    ];
}
