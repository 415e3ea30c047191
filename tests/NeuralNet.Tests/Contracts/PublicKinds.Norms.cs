namespace NeuralNet.Tests.Contracts;

/// <content>Normalization, dropout, and activations by themselves.</content>
public static partial class PublicKinds
{
    private static readonly Shape[] shapes =
        [1, 5, 16, 40, Shape.Sequence(3, 5), Shape.Sequence(3, 1), Shape.Image(3, 4, 5), Shape.Image(17, 1, 2), Shape.Image(5, 1, 1)];

    private static IEnumerable<Layer> NormLayers() =>
    [
        .. shapes.Select(shape => new LayerNorm(shape)), new LayerNorm(7, epsilon: 0.5f),
        // of one feature without ε there remains the sign
        .. shapes.Select(shape => new RmsNorm(shape, shape.FeatureCount == 1 ? 0.5f : 1e-6f)), new RmsNorm(7, epsilon: 0.5f),
        .. shapes.Select(shape => new Dropout(shape)), new Dropout(5, 0), new Dropout(5, 0.9f), new Dropout(Shape.Sequence(3, 2), 0),
        .. from activation in Activations()
           from shape in new[] { Shape.Features(12), Shape.Sequence(3, 6), Shape.Image(6, 3, 7), Shape.Image(6, 1, 1) }
           select new ActivationLayer(shape, activation),
        new ActivationLayer(5, new Twist()), new ActivationLayer(Shape.Sequence(3, 4), new Twist()),
        new ActivationLayer(Shape.Image(4, 2, 3), new Twist()),
        .. from shape in new[] { Shape.Features(3), Shape.Image(3, 2, 2) }
           select new ActivationLayer(shape, new Product(3, (0, 1), (1, 2), (2, 0), (1, 1))),
        new Chain(
        [
            new Dense(Shape.Sequence(3, 4), 6), new LayerNorm(Shape.Sequence(3, 6)), new ActivationLayer(Shape.Sequence(3, 6), Activation.Gelu),
            new Dropout(Shape.Sequence(3, 6)), new RmsNorm(Shape.Sequence(3, 6)), new ActivationLayer(Shape.Sequence(3, 6), Activation.Glu),
            new ActivationLayer(Shape.Sequence(3, 3), Activation.Softmax),
        ]),
    ];
}
