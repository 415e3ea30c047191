namespace NeuralNet.Tests.Contracts;

/// <content>Scalings by numbers of each feature.</content>
public static partial class PublicKinds
{
    private static IEnumerable<Layer> ScalingLayers() =>
    [
        .. shapes.SelectMany(shape => new[] { false, true }.SelectMany(inverse => new Layer[]
        {
            new Standardize(shape, Numbers(shape, -1.5, 0.7), Numbers(shape, 0.4, 0.3), inverse),
            new PowerTransform(shape, Numbers(shape, inverse ? 0.5 : -0.75, 0.25), inverse),
        })),
        new Standardize(3), new PowerTransform(Shape.Sequence(3, 3), inverse: true),
        new PowerTransform(5, [0, 1, 2, -1, 3]), new PowerTransform(Shape.Image(2, 2, 3), [0, 1, 2], inverse: true),
        new Chain([new PowerTransform(3, [0, 0.5, 1]), new Standardize(3, [0, 1, 2], [1, 2, 0.5]), new Dense(3, 2, Activation.Tanh)]),
    ];

    // As many as there are features, one behind the other; after six of them again.
    private static double[] Numbers(Shape shape, double first, double step) =>
        [.. Enumerable.Range(0, shape.FeatureCount).Select(i => first + (i % 6 * step))];
}
