namespace NeuralNet.Tests.Contracts;

/// <content>Ids, positions, and layers that move the values of a row or make one step of many.</content>
public static partial class PublicKinds
{
    private static IEnumerable<Layer> StepLayers()
    {
        Shape ids = Shape.Sequence(3, 1), steps = Shape.Sequence(3, 5), wide = Shape.Sequence(3, 70);
        return
        [
            new Embedding(ids, 7, 5), new Embedding(ids, 2, 19, paddingId: 1), new Embedding(ids, 1, 1), new Embedding(4, 6, 3),
            new SinusoidalPositions(steps), new SinusoidalPositions(wide), new LearnedPositions(steps), new LearnedPositions(wide),
            new LearnedPositions(Shape.Sequence(3, 1)),
            new Flatten(5), new Flatten(steps), new Flatten(Shape.Image(3, 4, 2)),
            new Reshape(6, Shape.Sequence(3, 2)), new Reshape(Shape.Sequence(3, 4), Shape.Sequence(2, 6)), new Reshape(Shape.Image(3, 4, 2), 24),
            new Reshape(steps, steps),
            new Reshape(Shape.Sequence(3, 4), Shape.Image(2, 6, 1)),
            new Slice(5, 1, 3), new Slice(steps, 0, 1), new Slice(steps, 2, 3), new Slice(Shape.Image(2, 3, 4), 1, 2), new Slice(steps, 0, 5),
            new Reverse(steps), new LastStep(steps), new Reverse(Shape.Sequence(3, 1)), new LastStep(Shape.Sequence(3, 1)),
            new MeanOverSteps(steps), new MeanOverSteps(wide), new MaxOverSteps(steps), new MaxOverSteps(wide),
            new Chain(
            [
                new Embedding(ids, 7, 6), new SinusoidalPositions(Shape.Sequence(3, 6)), new Dense(Shape.Sequence(3, 6), 4, Activation.Tanh),
                new MeanOverSteps(Shape.Sequence(3, 4)), new Dense(4, 3, Activation.Softmax),
            ]),
            new Chain(
            [
                new Slice(steps, 2, 1), new Reverse(ids), new Embedding(ids, 4, 3), new LearnedPositions(Shape.Sequence(3, 3)),
                new MaxOverSteps(Shape.Sequence(3, 3)),
            ]),
            new Chain([new Flatten(ids), new Embedding(3, 4, 2), new Flatten(Shape.Sequence(3, 2))]),
            new Chain([new LastStep(ids), new Skip(1), new Reshape(1, Shape.Sequence(1, 1)), new Embedding(Shape.Sequence(1, 1), 3, 4)]),
            new Branches([new Chain([new Slice(steps, 1, 1), new Embedding(ids, 4, 3)]), new Slice(steps, 2, 3)], Merge.Concat),
            new Branches([new Chain([new Embedding(ids, 4, 3)]), new Embedding(ids, 6, 3)], Merge.Product),
            Network.Create(Shape.Sequence(3, 2)).Bidirectional(b => b.Dense(4, Activation.Tanh).LearnedPositions()).Build().Layers[0],
            Network.Create(ids).Bidirectional(b => b.Embedding(5, 4).LearnedPositions().LastStep()).Build().Layers[0],
        ];
    }
}
