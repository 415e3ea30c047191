namespace NeuralNet.Tests.Contracts;

/// <content>Windows that slide over images, or along the steps of sequences.</content>
public static partial class PublicKinds
{
    private static IEnumerable<Layer> ImageLayers()
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
            new Pad(image, Padding.Of(1)), new Pad(image, Padding.Of(1, 2, 0, 3), 0.5f),
            new Pad(image, Padding.Of(2, 1, 3, 0), mode: PadMode.Reflect),
            new Pad(wide, Padding.Of(0, 4, 5, 1), mode: PadMode.Edge), new Pad(steps, Padding.Of(1, 2)), new Pad(Shape.Sequence(3, 3), Padding.Valid),
            new Pad(steps, Padding.Of(2, 1), mode: PadMode.Reflect), new Pad(steps, Padding.Of(1), mode: PadMode.Edge),
            new Chain(
                [new Dense(image, 4, Activation.Tanh), new MaxPool(Shape.Image(4, 5, 4), 2), new Flatten(Shape.Image(2, 2, 4)), new Dense(16, 3)]),
        ];
    }
}
