namespace NeuralNet.CSharp.Tests;

/// <content>Images and signals.</content>
internal static partial class SourceSamples
{
    private static Shape Picture => Shape.Image(9, 11, 6);

    private static Shape Series => Shape.Sequence(13, 6);

    // Strides, paddings, dilations and groups in all of their meanings, and numbers of filters at which vectors end. What has one input goes into
    // one network.
    private static IEnumerable<Layer> MoreWindows() =>
    [
        Side(
        [
            .. new[] { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40, 70 }.Select(
                filters => new Conv(Picture, filters, 3, padding: Padding.Same, bias: filters % 2 == 0)),
        ]),
        Side(
        [
            new Conv(Picture, 5, 3, stride: 2, padding: Padding.Same), new Conv(Picture, 5, 4, stride: 3, padding: Padding.Same),
            new Conv(Picture, 5, (1, 7), stride: (2, 1), padding: Padding.Of(1, 2, 3, 4)), new Conv(Picture, 5, 2, padding: Padding.Of(5)),
            new Conv(Picture, 5, (9, 11)), new Conv(Picture, 5, (11, 1), padding: Padding.Of(1, 0, 1, 0), dilation: 1),
            new Conv(Picture, 5, 3, dilation: (2, 4), padding: Padding.Of(4)), new Conv(Picture, 6, 3, groups: 2, padding: Padding.Same, dilation: 2),
            new Conv(Picture, 12, 2, groups: 3, stride: 2), new Conv(Picture, 12, 3, groups: 6, padding: Padding.Of(3)),
            new Conv(Picture, 24, 3, groups: 2, padding: Padding.Same), new Conv(Picture, 7, 1), new Conv(Picture, 7, 1, stride: 2),
            new Conv(Picture, 3, 1, padding: Padding.Of(2)), new Conv(Picture, 4, 3, activation: Activation.Glu),
            new Conv(Picture, 4, 3, activation: Activation.Softmax), new Conv(Picture, 4, 3, activation: Activation.Relu),
        ]),
        Side(
        [
            new Conv(Picture, 6, 3, groups: 6), new Conv(Picture, 6, 3, groups: 6, padding: Padding.Same, bias: false),
            new Conv(Picture, 6, (2, 5), stride: 2, padding: Padding.Same, groups: 6, activation: Activation.HardSwish),
            new Conv(Picture, 6, 3, dilation: 2, padding: Padding.Of(5), groups: 6), new Conv(Picture, 3, 3, groups: 3, activation: Activation.Glu),
            new ConvTranspose(Picture, 6, 3, stride: 2, groups: 6), new ConvTranspose(Picture, 6, 3, stride: (3, 1), dilation: 2, groups: 6),
        ]),
        Side(
        [
            new ConvTranspose(Picture, 5, 3), new ConvTranspose(Picture, 5, 2, stride: 2),
            new ConvTranspose(Picture, 8, 4, stride: 2, padding: Padding.Same),
            new ConvTranspose(Picture, 5, 3, stride: 4),
            new ConvTranspose(Picture, 17, 5, stride: 3, padding: Padding.Of(2, 1, 0, 3), outputPadding: 2),
            new ConvTranspose(Picture, 5, 3, stride: 2, dilation: 2, bias: false), new ConvTranspose(Picture, 5, 3, stride: 4, dilation: 2),
            new ConvTranspose(Picture, 5, 3, stride: 6, dilation: 4, padding: Padding.Of(1)), new ConvTranspose(Picture, 9, 2, stride: 2, groups: 3),
            new ConvTranspose(Picture, 4, 3, stride: 2, padding: Padding.Of(1), outputPadding: 1, groups: 2, activation: Activation.Glu),
        ]),
        Side(
        [
            new Conv(Series, 5, 3), new Conv(Series, 9, 3, padding: Padding.Causal), new Conv(Series, 9, 4, dilation: 3, padding: Padding.Causal),
            new Conv(Series, 9, 3, stride: 2, padding: Padding.Causal, activation: Activation.Tanh),
            new Conv(Series, 6, 3, padding: Padding.Causal, groups: 6), new Conv(Series, 6, 5, dilation: 2, padding: Padding.Same, groups: 6),
            new Conv(Series, 6, 3, stride: 4, padding: Padding.Of(2, 5), groups: 2), new Conv(Series, 5, 1), new Conv(Series, 5, 13),
            new ConvTranspose(Series, 5, 3, stride: 2), new ConvTranspose(Series, 6, 4, stride: 3, padding: Padding.Same, groups: 6),
            new ConvTranspose(Series, 6, 3, stride: 2, padding: Padding.Of(1), outputPadding: 1, groups: 2),
        ]),
        Side([.. new[] { 1, 3, 4, 5, 8, 17, 33 }.SelectMany(channels => Pools(Shape.Image(7, 8, channels)))]),
        Side([.. new[] { 1, 5, 16 }.SelectMany(channels => Pools(Shape.Sequence(9, channels)))]),
        Side(
        [
            new GlobalMaxPool(Picture), new GlobalAveragePool(Picture), new Upsample(Picture, (2, 3)),
            new Upsample(Picture, (3, 2), UpsampleMode.Bilinear), new Upsample(Picture, (3, 2), UpsampleMode.Bilinear, alignCorners: true),
            new Upsample(Picture, (1, 4), UpsampleMode.Bilinear), new Upsample(Picture, 1, UpsampleMode.Bilinear),
            new Resize(Picture, (17, 5)), new Resize(Picture, (4, 19), UpsampleMode.Bilinear), new Resize(Picture, 1, UpsampleMode.Bilinear),
            new Resize(Picture, (5, 23), UpsampleMode.Bilinear, ResizePlaces.AlignedCorners),
            new Resize(Picture, (9, 10), places: ResizePlaces.Asymmetric, rounding: ResizeRounding.Floor),
            new Resize(Picture, (6, 18), places: ResizePlaces.AlignedCorners, rounding: ResizeRounding.Ceiling),
            Resize.ByScale(Picture, 0.6f, 1.7f, UpsampleMode.Bilinear), Resize.ByScale(Picture, 1.3f, 0.4f, rounding: ResizeRounding.HalfUp),
            Resize.ByScale(Picture, 2, 0.9f, UpsampleMode.Bilinear, ResizePlaces.Asymmetric),
            new Pad(Picture, Padding.Of(1, 2, 3, 4), 7),
            new Pad(Picture, Padding.Of(8, 10, 7, 9), mode: PadMode.Reflect), new Pad(Picture, Padding.Of(12, 0, 13, 14), mode: PadMode.Edge),
        ]),
        Side(
        [
            new Resize(Series, 20, UpsampleMode.Bilinear), new Resize(Series, 5), Resize.ByScale(Series, 1, 1.6f, UpsampleMode.Bilinear),
            new Upsample(Series, 3), new Upsample(Series, 2, UpsampleMode.Bilinear),
            new Upsample(Series, 3, UpsampleMode.Bilinear, alignCorners: true), new Pad(Series, Padding.Of(3, 4), -1),
            new Pad(Series, Padding.Of(12, 11), mode: PadMode.Reflect), new Pad(Series, Padding.Of(2), mode: PadMode.Edge),
        ]),
    ];

    // Numbers of channels that make one line of many vectors and of one; so many places that there are several blocks and parts.
    private static IEnumerable<Layer> MoreNorms() =>
    [
        .. new[] { Shape.Features(6), Shape.Features(70), Series, Picture, Shape.Image(40, 41, 6), Shape.Image(12, 13, 66), Shape.Sequence(5, 64) }
            .Select(shape => Side(
            [
                new BatchNorm(shape), new BatchNorm(shape, epsilon: 0.3f, affine: false, activation: Activation.Relu),
                new BatchNorm(shape, activation: Activation.Softmax), new ChannelDropout(shape), new GroupNorm(shape, 1),
                new GroupNorm(shape, 2, 0.1f),
                .. shape.Kind == ShapeKind.Features ? Array.Empty<Layer>()
                    : [new GroupNorm(shape, shape.FeatureCount), new InstanceNorm(shape), new InstanceNorm(shape, 0.01f, affine: true)],
            ])),
        Side([new GroupNorm(Shape.Image(150, 150, 1), 1), new InstanceNorm(Shape.Image(150, 150, 1), affine: true)]),
        Side([new GroupNorm(Shape.Image(20, 30, 64), 8), new GroupNorm(Shape.Image(20, 30, 64), 64)]),
    ];

    private static IEnumerable<Layer> Pools(Shape shape) =>
    [
        new MaxPool(shape, 2), new MaxPool(shape, 3, 2, Padding.Same), new MaxPool(shape, 3, 1, Padding.Of(1), dilation: 2),
        new MaxPool(shape, 3, 3, ceiling: true), new MaxPool(shape, 2, 3, Padding.Of(1), ceiling: true), new AveragePool(shape, 2),
        new AveragePool(shape, 3, 2, Padding.Same), new AveragePool(shape, 3, 2, Padding.Same, countPadding: true),
        new AveragePool(shape, 4, 3, Padding.Of(2), countPadding: true, ceiling: true), new AveragePool(shape, 4, 3, Padding.Of(2), ceiling: true),
        .. shape.Kind == ShapeKind.Sequence
            ? [new MaxPool(shape, 3, 2, Padding.Causal), new AveragePool(shape, 3, 2, Padding.Causal, countPadding: true)] : Array.Empty<Layer>(),
    ];

    // Several layers of one input as one network: the outputs side by side.
    private static Branches Side(IReadOnlyList<Layer> layers)
    {
        Shape input = layers.Select(layer => layer.Input).Distinct().OrderByDescending(shape => shape.Size).First();
        return new Branches([.. layers.Select(layer => Flat(layer, input))], Merge.Concat);
    }

    // Of a larger input a layer takes the first channels.
    private static Chain Flat(Layer layer, Shape input) => new(
    [
        .. layer.Input == input ? Array.Empty<Layer>() : [new Slice(input, 0, layer.Input.FeatureCount)], layer, new Flatten(layer.Output),
    ]);

    private static IEnumerable<(string Name, NetworkBuilder Builder)> WholeOfImages() =>
    [
        ("LeNet", Network.Create(Shape.Image(28, 28, 1)).Conv(6, 5, activation: Activation.Relu).MaxPool(2).Conv(16, 5, activation: Activation.Relu)
            .MaxPool(2).Flatten().Dense(120, Activation.Relu).Dense(84, Activation.Relu).Dense(10, Activation.Softmax)),
        ("ResidualImage", Network.Create(Shape.Image(12, 12, 3)).Conv(16, 3, padding: Padding.Same, bias: false)
            .BatchNorm(activation: Activation.Relu)
            .Residual(b => b.Conv(16, 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
                .Conv(16, 3, padding: Padding.Same, bias: false).BatchNorm()).Activation(Activation.Relu)
            .Conv(32, 3, stride: 2, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu).GlobalAveragePool().Dense(4)),
        ("Separable", Network.Create(Shape.Image(16, 16, 3)).Conv(8, 3, stride: 2, padding: Padding.Same).BatchNorm(activation: Activation.Relu6)
            .Conv(8, 3, padding: Padding.Same, groups: 8).BatchNorm(activation: Activation.Relu6).Conv(24, 1, activation: Activation.HardSwish)
            .GroupNorm(4).ChannelDropout().GlobalMaxPool().Dense(5, Activation.Softmax)),
        ("Autoencoder", Network.Create(Shape.Image(8, 8, 2)).Conv(6, 3, stride: 2, padding: Padding.Same, activation: Activation.Elu).InstanceNorm()
            .ConvTranspose(4, 4, stride: 2, padding: Padding.Same, activation: Activation.Elu).Upsample(2, UpsampleMode.Bilinear)
            .Pad(Padding.Of(1), mode: PadMode.Reflect).Conv(2, 3).AveragePool(2)),
        ("Causal", Network.Create(Shape.Sequence(40, 3)).Conv(8, 3, padding: Padding.Causal, activation: Activation.Relu)
            .Residual(b => b.Conv(8, 3, padding: Padding.Causal, dilation: 2, activation: Activation.Relu).ChannelDropout(0.1f))
            .Residual(b => b.Conv(8, 3, padding: Padding.Causal, dilation: 4, activation: Activation.Relu)).LastStep().Dense(2)),
    ];
}
