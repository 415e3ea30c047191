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
        new Chain([new Rnn(Shape.Sequence(3, 2), 4), new Gru(Shape.Sequence(3, 4), 5, lastStep: true), new Dense(5, 3)]),
        new Branches([new Lstm(Shape.Sequence(3, 2), 4), new Gru(Shape.Sequence(3, 2), 3)], Merge.Concat),
    ];
}
