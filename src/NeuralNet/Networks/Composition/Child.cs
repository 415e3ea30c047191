using System.Runtime.CompilerServices;

namespace NeuralNet;

// A layer's place in a composite. What is asked for in every call is kept beside it: asking the layer takes an interface
// call or three multiplications, which a tiny network would notice.
internal readonly record struct Child(Layer Layer, int FirstBlock, BufferSize CacheStart, BufferSize OutputStart, int StateStart, bool TakesLengths)
{
    private readonly BufferSize cache = Layer.Cache, scratch = Layer.Scratch;
    private readonly bool givesSequence = Layer.Output.Kind == ShapeKind.Sequence;
    private readonly int outputSize = Layer.Output.Size, outputFeatures = Layer.Output.FeatureCount, mostOutputSteps = Layer.Output.Steps;
    private readonly int blockCount = Layer.Blocks.Count, statePerRow = Layer.StatePerRow;

    /// <summary>
    /// Gives the child's pass what is the child's own of a composite's pass: its part of cache, state and blocks, and its
    /// random stream. Steps, input and output are the composite's affair.
    /// </summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="index">The child's index.</param>
    /// <param name="scratchStart">Where the children's common scratch begins in that of the composite.</param>
    /// <param name="child">A copy of the composite's pass, which serves one child after the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(in ForwardPass pass, int index, int scratchStart, ref ForwardPass child)
    {
        child.ownLengths = TakesLengths ? pass.Lengths : default;
        child.ownStream = pass.Stream?.Fork(index);
        child.ownCache = pass.Training ? pass.Cache.Slice(CacheStart.At(pass.Rows), cache.At(pass.Rows)) : default;
        child.ownScratch = pass.Scratch.Slice(scratchStart, scratch.At(pass.Rows));
        child.ownState = pass.State.IsEmpty ? default : pass.State.Slice(StateStart * pass.Rows, statePerRow * pass.Rows);
        child.ownBlocks = pass.Blocks.Slice(FirstBlock, blockCount);
    }

    /// <summary>The same for backward.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="index">The child's index.</param>
    /// <param name="scratchStart">Where the children's common scratch begins in that of the composite.</param>
    /// <param name="child">A copy of the composite's pass, which serves one child after the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(in BackwardPass pass, int index, int scratchStart, ref BackwardPass child)
    {
        child.ownLengths = TakesLengths ? pass.Lengths : default;
        child.ownStream = pass.Stream?.Fork(index);
        child.ownCache = pass.Cache.Slice(CacheStart.At(pass.Rows), cache.At(pass.Rows));
        child.ownScratch = pass.Scratch.Slice(scratchStart, scratch.At(pass.Rows));
        child.ownBlocks = pass.Blocks.Slice(FirstBlock, blockCount);
        child.ownGradientBlocks = pass.GradientBlocks.Slice(FirstBlock, blockCount);
    }

    /// <summary>Hands a composite's pass over statistics on to the child.</summary>
    public void UpdateStatistics(in StatisticsPass pass, int steps) => Layer.UpdateStatistics(pass with
    {
        Steps = steps,
        Lengths = TakesLengths ? pass.Lengths : default,
        Cache = pass.Cache.Slice(CacheStart.At(pass.Rows), cache.At(pass.Rows)),
        Blocks = pass.Blocks.Slice(FirstBlock, blockCount),
    });

    /// <summary>The child's output, where the composite keeps it in its cache while training.</summary>
    public Span<float> Kept(Span<float> composite, int rows, int steps) =>
        composite.Slice(OutputStart.At(rows), OutputSizeAt(steps) * rows);

    /// <summary>The child's output, where the composite has kept it.</summary>
    public ReadOnlySpan<float> Kept(ReadOnlySpan<float> composite, int rows, int steps) =>
        composite.Slice(OutputStart.At(rows), OutputSizeAt(steps) * rows);

    public int OutputSizeAt(int steps) => givesSequence ? steps * outputFeatures : outputSize;

    // Everything is laid out for the output's own number of steps at most.
    public int StepsAfter(int steps)
    {
        if (mostOutputSteps == 1)
            return 1;
        int after = Layer.OutputSteps(steps);
        return after >= 1 && after <= mostOutputSteps ? after
            : throw new InvalidOperationException($"{Layer.Kind} says that {steps} steps become {after}; 1 to {mostOutputSteps} were expected.");
    }
}
