namespace NeuralNet.Tests.Contracts;

public static partial class PublicKinds
{
    private static IEnumerable<Layer> AttentionLayers() =>
    [
        new MultiHeadAttention(Shape.Sequence(3, 4), 1),
        new MultiHeadAttention(Shape.Sequence(3, 4), 2),
        new MultiHeadAttention(Shape.Sequence(3, 4), 4, outputs: 3, bias: false),
        new MultiHeadAttention(Shape.Sequence(3, 6), 3, causal: true),
        new MultiHeadAttention(Shape.Sequence(3, 4), 2, outputs: 5, causal: true, bias: false),
        MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(3, 5), 2),
        MultiHeadAttention.Cross(Shape.Sequence(1, 3), Shape.Sequence(2, 3), 3, outputs: 2, bias: false),
        MultiHeadAttention.Cross(Shape.Sequence(3, 6), Shape.Sequence(1, 2), 3),
        new MultiHeadAttention(Shape.Sequence(3, 5), 2, keyMask: true),
        new MultiHeadAttention(Shape.Sequence(3, 7), 3, outputs: 2, causal: true, bias: false, keyMask: true),
        MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(5, 3), 2, keyMask: true),
        new Chain(
            [new MultiHeadAttention(Shape.Sequence(3, 4), 2), Branches.Residual(new MultiHeadAttention(Shape.Sequence(3, 4), 4, causal: true))]),
    ];
}
