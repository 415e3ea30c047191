namespace NeuralNet.CSharp.Tests;

/// <content>Numbers of channels and units that no vector has.</content>
internal static partial class SourceSamples
{
    private static int[] Odd => [1, 3, 5, 17];

    public static IEnumerable<Layer> OddSizes() =>
        [.. Odd.Select(n => Side([.. OddImages(Shape.Image(7, 9, n), n)])), .. Odd.Select(n => Side([.. OddSequences(n)]))];

    private static IEnumerable<Layer> OddImages(Shape image, int n) =>
    [
        new Conv(image, n, 3, padding: Padding.Same, activation: Activation.Tanh), new Conv(image, n, 3, 2, Padding.Of(1), bias: false),
        new Conv(image, n, 1), new Conv(image, 2 * n, 1, 2), new Conv(image, n, (7, 2), dilation: (1, 3)), new Conv(image, 16, 3),
        new Conv(image, n, 3, groups: n, padding: Padding.Same), new Conv(image, 3 * n, 2, groups: n),
        new ConvTranspose(image, n, 4, 2, Padding.Same), new ConvTranspose(image, n, 2, 3), new ConvTranspose(image, n, 3, 2, groups: n),
        new MaxPool(image, 3, 2, Padding.Same), new AveragePool(image, 3, 2, Padding.Same), new AveragePool(image, (2, 1), 1),
        new GlobalMaxPool(image), new GlobalAveragePool(image), new BatchNorm(image, activation: Activation.Relu), new GroupNorm(image, 1),
        new InstanceNorm(image, affine: true), new LayerNorm(image), new RmsNorm(image), new Dense(image, n, Activation.Sigmoid),
    ];

    private static IEnumerable<Layer> OddSequences(int n)
    {
        Shape steps = Shape.Sequence(19, 2 * n), narrow = Shape.Sequence(19, n);
        return
        [
            new Lstm(steps, n), new Gru(steps, n), new Rnn(narrow, n), new MultiHeadAttention(steps, 2),
            new Lstm(steps, n, gates: new HardSigmoid(0.2f), activation: Activation.Softsign), new Gru(steps, n, resetsBefore: true),
            new Gru(narrow, n, gates: Activation.HardSigmoid, activation: Activation.Elu),
            new MultiHeadAttention(narrow, 1, causal: true), new MultiHeadAttention(steps, 2, outputs: n), new MeanOverSteps(steps),
            new MaxOverSteps(narrow), new Reverse(narrow), new Dense(narrow, n, Activation.Gelu), new Dense(steps, 3 * n),
            new Conv(narrow, n, 3, padding: Padding.Causal),
        ];
    }
}
