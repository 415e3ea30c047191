namespace NeuralNet.Tests.Contracts;

/// <content>Normalization, dropout, and activations by themselves.</content>
public static partial class PublicKinds
{
    private static readonly Shape[] shapes =
        [1, 5, 16, 40, Shape.Sequence(3, 5), Shape.Sequence(3, 1), Shape.Image(4, 5, 3), Shape.Image(1, 2, 17), Shape.Image(1, 1, 5)];

    private static IEnumerable<Layer> NormLayers() =>
    [
        .. shapes.Select(shape => new LayerNorm(shape)), new LayerNorm(7, epsilon: 0.5f),
        new LayerNorm(7, bias: false), new LayerNorm(Shape.Sequence(3, 20), bias: false),
        // of one feature without ε there remains the sign
        .. shapes.Select(shape => new RmsNorm(shape, shape.FeatureCount == 1 ? 0.5f : 1e-6f)), new RmsNorm(7, epsilon: 0.5f),
        .. shapes.Select(shape => new BatchNorm(shape)), new BatchNorm(7, momentum: 1, epsilon: 0.5f, affine: false),
        .. Activations().Where(activation => activation.InputWidth(6) == 6).SelectMany(
            activation => new[] { Shape.Features(6), Shape.Sequence(3, 6), Shape.Image(3, 7, 6) }.Select(
            shape => new BatchNorm(shape, activation: activation))),
        new Chain([new Dense(5, 4, bias: false), new BatchNorm(4, activation: Activation.Relu), new Dense(4, 2, Activation.Softmax)]),
        new GroupNorm(6, 2), new GroupNorm(40, 4), new GroupNorm(5, 1), new GroupNorm(Shape.Sequence(3, 6), 3),
        new GroupNorm(Shape.Sequence(3, 6), 2, epsilon: 0.5f), new GroupNorm(Shape.Image(4, 5, 3), 3), new GroupNorm(Shape.Image(3, 2, 34), 2),
        new InstanceNorm(Shape.Sequence(4, 3)), new InstanceNorm(Shape.Image(4, 5, 3)), new InstanceNorm(Shape.Image(2, 3, 17), affine: true),
        new InstanceNorm(Shape.Sequence(5, 2), epsilon: 0.5f, affine: true),
        .. shapes.Select(shape => new ChannelDropout(shape)), new ChannelDropout(5, 0), new ChannelDropout(Shape.Sequence(3, 700), 0.2f),
        .. shapes.Select(shape => new Dropout(shape)), new Dropout(5, 0), new Dropout(5, 0.9f), new Dropout(Shape.Sequence(3, 2), 0),
        .. Activations().SelectMany(
            activation => new[] { Shape.Features(12), Shape.Sequence(3, 6), Shape.Image(3, 7, 6), Shape.Image(1, 1, 6) }.Select(
            shape => new ActivationLayer(shape, activation))),
        new ActivationLayer(5, new Twist()), new ActivationLayer(Shape.Sequence(3, 4), new Twist()), new ActivationLayer(
        Shape.Image(2, 3, 4), new Twist()),
        new ActivationLayer(3, new Product(3, (0, 1), (1, 2), (2, 0), (1, 1))), new ActivationLayer(
        Shape.Image(2, 2, 3), new Product(3, (0, 1), (1, 2), (2, 0), (1, 1))),
        new Chain([new Dense(Shape.Sequence(3, 4), 6), new LayerNorm(Shape.Sequence(3, 6)), new ActivationLayer(
        Shape.Sequence(3, 6), Activation.Gelu), new Dropout(Shape.Sequence(3, 6)), new RmsNorm(Shape.Sequence(3, 6)), new ActivationLayer(
        Shape.Sequence(3, 6), Activation.Glu), new ActivationLayer(Shape.Sequence(3, 3), Activation.Softmax)]),
    ];
}
