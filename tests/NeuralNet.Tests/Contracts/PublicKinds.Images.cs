namespace NeuralNet.Tests.Contracts;

/// <content>Convolutions, pools and other windows, on images and along the steps of sequences.</content>
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

    private static IEnumerable<Layer> WindowLayers()
    {
        Shape image = Shape.Image(4, 5, 3), wide = Shape.Image(3, 3, 19), steps = Shape.Sequence(5, 3);
        return
        [
            new MaxPool(image, 2), new MaxPool(image, 3, 1, Padding.Same), new MaxPool(image, 2, 1, Padding.Of(1), 2),
            new MaxPool(image, (3, 2), (2, 1), Padding.Of(1, 0, 0, 1), ceiling: true), new MaxPool(wide, 2, 1), new MaxPool(wide, 2, 3),
            new MaxPool(steps, 2), new MaxPool(steps, 3, 2, Padding.Of(1), ceiling: true), new MaxPool(steps, 2, 1, Padding.Causal, 2),
            new MaxPool(Shape.Sequence(4, 17), 2, ceiling: true),
            new AveragePool(image, 2), new AveragePool(image, 3, 1, Padding.Same), new AveragePool(image, (2, 3), 2, Padding.Of(1), true, true),
            new AveragePool(wide, 2, 1), new AveragePool(steps, 2), new AveragePool(steps, 3, 2, Padding.Of(1), countPadding: true, ceiling: true),
            new AveragePool(steps, 3, 1, Padding.Causal), new AveragePool(Shape.Sequence(4, 17), 2, ceiling: true),
            new GlobalAveragePool(image), new GlobalAveragePool(wide), new GlobalMaxPool(image), new GlobalMaxPool(wide),
            new Upsample(image, 2), new Upsample(wide, (1, 3)), new Upsample(Shape.Sequence(3, 3), 2), new Upsample(Shape.Sequence(3, 3), 1),
            new Upsample(image, 2, UpsampleMode.Bilinear), new Upsample(wide, (3, 1), UpsampleMode.Bilinear),
            new Upsample(steps, 3, UpsampleMode.Bilinear), new Upsample(Shape.Image(1, 2, 3), 4, UpsampleMode.Bilinear),
            new Upsample(image, (2, 3), UpsampleMode.Bilinear, alignCorners: true), new Upsample(steps, 2, UpsampleMode.Bilinear, alignCorners: true),
            new Resize(image, (7, 3), UpsampleMode.Bilinear), new Resize(wide, (2, 7), UpsampleMode.Bilinear, ResizePlaces.AlignedCorners),
            new Resize(image, (1, 9), UpsampleMode.Bilinear, ResizePlaces.Asymmetric), new Resize(image, 3),
            new Resize(image, (6, 2), places: ResizePlaces.Asymmetric, rounding: ResizeRounding.Floor),
            new Resize(wide, (5, 4), rounding: ResizeRounding.HalfUp),
            new Resize(wide, (1, 5), places: ResizePlaces.AlignedCorners, rounding: ResizeRounding.Ceiling),
            new Resize(steps, 7, UpsampleMode.Bilinear), new Resize(steps, 3),
            Resize.ByScale(image, 0.6f, 1.3f, UpsampleMode.Bilinear), Resize.ByScale(image, 1.7f, 0.7f),
            Resize.ByScale(steps, 1, 1.5f, UpsampleMode.Bilinear, ResizePlaces.Asymmetric), Resize.ByScale(steps, 1, 1.7f),
            new Pad(image, Padding.Of(1)), new Pad(image, Padding.Of(1, 2, 0, 3), 0.5f),
            new Pad(image, Padding.Of(2, 1, 3, 0), mode: PadMode.Reflect),
            new Pad(wide, Padding.Of(0, 4, 5, 1), mode: PadMode.Edge), new Pad(steps, Padding.Of(1, 2)), new Pad(Shape.Sequence(3, 3), Padding.Valid),
            new Pad(steps, Padding.Of(2, 1), mode: PadMode.Reflect), new Pad(steps, Padding.Of(1), mode: PadMode.Edge),
            new Chain(
                [new Dense(image, 4, Activation.Tanh), new MaxPool(Shape.Image(4, 5, 4), 2), new Flatten(Shape.Image(2, 2, 4)), new Dense(16, 3)]),
        ];
    }
}
