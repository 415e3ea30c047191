namespace NeuralNet.Tests.Contracts;

/// <content>Convolutions, on images and along steps.</content>
public static partial class PublicKinds
{
    private static IEnumerable<Layer> ImageLayers()
    {
        Shape image = Shape.Image(5, 6, 4), gray = Shape.Image(7, 9, 1), steps = Shape.Sequence(3, 4);
        return
        [
            new Conv(image, 3, 3), new Conv(image, 5, (2, 3), stride: (2, 1), padding: Padding.Same, activation: Activation.Tanh),
            new Conv(gray, 6, 3, padding: Padding.Of(1), activation: Activation.Softplus),
            new Conv(image, 4, (3, 1), padding: Padding.Of(2, 0, 1, 3), bias: false, activation: Activation.Softmax),
            new Conv(image, 8, 2, dilation: (2, 3), groups: 2, activation: Activation.Gelu),
            new Conv(image, 4, 3, stride: 2, padding: Padding.Same, groups: 4, activation: Activation.Silu),
            new Conv(image, 4, 1, activation: new Twist()), new Conv(image, 20, 1, stride: 3, activation: Activation.RandomizedLeakyRelu),
            new Conv(steps, 5, 3, padding: Padding.Same, activation: Activation.Tanh),
            new Conv(steps, 4, 3, stride: 2, padding: Padding.Of(1, 2), groups: 2), new Conv(steps, 3, 3, padding: Padding.Causal),
            new Conv(steps, 4, 2, dilation: 2, padding: Padding.Causal, groups: 4, activation: Activation.Mish),
            new Conv(steps, 2, 3, padding: Padding.Causal, activation: new Twist()), new Conv(steps, 3, 1, padding: Padding.Causal),
            new ConvTranspose(image, 3, 3), new ConvTranspose(image, 2, 2, stride: 2, activation: Activation.Tanh),
            new ConvTranspose(image, 4, (3, 4), stride: (2, 3), padding: Padding.Of(1), outputPadding: 1, groups: 2, activation: Activation.Gelu),
            new ConvTranspose(gray, 3, 2, dilation: 2, padding: Padding.Of(1, 0, 0, 1), bias: false),
            new ConvTranspose(image, 4, 3, stride: 2, padding: Padding.Same, groups: 4),
            new ConvTranspose(steps, 3, 3, stride: 2, activation: new Twist()), new ConvTranspose(steps, 2, 2, stride: 3, padding: Padding.Same),
            new ConvTranspose(steps, 4, 3, padding: Padding.Of(1), groups: 2, activation: Activation.Softmax),
            new Chain(
            [
                new Conv(gray, 4, 3, activation: Activation.Tanh), new Conv(Shape.Image(5, 7, 4), 3, 3, stride: 2), new Flatten(Shape.Image(2, 3, 3)),
                new Dense(18, 3, Activation.Softmax),
            ]),
            new Chain(
            [
                new Conv(steps, 3, 2, padding: Padding.Causal, activation: Activation.Tanh),
                new Conv(Shape.Sequence(3, 3), 4, 2, dilation: 2, padding: Padding.Causal), new LastStep(Shape.Sequence(3, 4)),
            ]),
        ];
    }
}
