namespace NeuralNet.Tests.Contracts;

/// <content>Recurrent layers: narrower and wider than a register, all steps and the last one, stacked and side by side.</content>
public static partial class PublicKinds
{
    private static IEnumerable<Layer> RecurrentLayers() =>
    [
        .. new[] { false, true }.SelectMany(lastStep => new Layer[]
        {
            new Rnn(Shape.Sequence(3, 4), 5, lastStep: lastStep),
            new Rnn(Shape.Sequence(3, 4), 18, Activation.Silu, lastStep),
            new Rnn(Shape.Sequence(3, 1), 1, Activation.LeakyRelu, lastStep),
            new Lstm(Shape.Sequence(3, 4), 5, lastStep),
            new Lstm(Shape.Sequence(3, 2), 19, lastStep),
            new Lstm(Shape.Sequence(3, 1), 1, lastStep),
            new Gru(Shape.Sequence(3, 4), 5, lastStep),
            new Gru(Shape.Sequence(3, 2), 19, lastStep),
            new Gru(Shape.Sequence(3, 1), 1, lastStep),
        }),
        .. new[] { false, true }.SelectMany(GatedVariants),
        new Chain([new Rnn(Shape.Sequence(3, 2), 4), new Gru(Shape.Sequence(3, 4), 5, lastStep: true), new Dense(5, 3)]),
        new Branches([new Lstm(Shape.Sequence(3, 2), 4), new Gru(Shape.Sequence(3, 2), 3)], Merge.Concat),
        new Chain([new Gru(Shape.Sequence(3, 2), 4, resetsBefore: true), new Lstm(Shape.Sequence(3, 4), 6, activation: Activation.Softsign)]),
    ];

    // Activations whose derivative is made of z, of y and of both; smooth ones, because a sum of a step is not chosen and may lie at a kink.
    private static IEnumerable<Layer> GatedVariants(bool lastStep) =>
    [
        new Lstm(Shape.Sequence(3, 4), 5, lastStep, gates: Activation.Softsign),
        new Lstm(Shape.Sequence(3, 2), 19, lastStep, activation: Activation.Softsign),
        new Lstm(Shape.Sequence(3, 1), 1, lastStep, gates: Activation.Tanh, activation: Activation.Gelu),
        new Gru(Shape.Sequence(3, 4), 5, lastStep, gates: Activation.Silu, activation: Activation.Softsign),
        new Gru(Shape.Sequence(3, 2), 19, lastStep, activation: Activation.Elu),
        new Gru(Shape.Sequence(3, 4), 5, lastStep, resetsBefore: true),
        new Gru(Shape.Sequence(3, 2), 19, lastStep, resetsBefore: true, gates: Activation.Softsign),
        new Gru(Shape.Sequence(3, 1), 1, lastStep, resetsBefore: true, gates: Activation.Tanh, activation: Activation.Silu),
    ];
}
