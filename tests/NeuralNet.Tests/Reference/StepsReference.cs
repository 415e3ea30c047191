namespace NeuralNet.Tests.Reference;

/// <summary>Ids, positions and reductions over steps beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class StepsReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("steps.json", Make);

    private static Layer Make(LayerReference.Case one)
    {
        int[] dims = one.Dims;
        return one.Kind switch
        {
            "Embedding" => new Embedding(Shape.Sequence(dims[0], 1), dims[1], dims[2], paddingId: dims[3] < 0 ? null : dims[3]),
            "SinusoidalPositions" => new SinusoidalPositions(Shape.Sequence(dims[0], dims[1])),
            "LearnedPositions" => new LearnedPositions(Shape.Sequence(dims[0], dims[1])),
            "Flatten" => new Flatten(Shape.Sequence(dims[0], dims[1])),
            "Reverse" => new Reverse(Shape.Sequence(dims[0], dims[1])),
            "LastStep" => new LastStep(Shape.Sequence(dims[0], dims[1])),
            "MeanOverSteps" => new MeanOverSteps(Shape.Sequence(dims[0], dims[1])),
            "MaxOverSteps" => new MaxOverSteps(Shape.Sequence(dims[0], dims[1])),
            "Slice" => new Slice(Shape.Sequence(dims[0], dims[1]), dims[2], dims[3]),
            _ => throw new ArgumentException($"There is no layer {one.Kind}."),
        };
    }
}
