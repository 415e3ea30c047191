using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

// A layer and where its memory lies in a composite's. Numbers that every call needs are kept beside the layer: to ask it takes an
// interface call or three multiplications, which a tiny network would notice.
internal readonly record struct Child(
    Layer Layer, int Index, int FirstBlock, BufferSize CacheStart, BufferSize OutputStart, int StateStart, int LengthLevel)
{
    private readonly BufferSize cache = Layer.Cache, scratch = Layer.Scratch;
    private readonly bool givesSequence = Layer.Output.Kind == ShapeKind.Sequence, changesSteps = Layer.ChangesSteps;
    private readonly int outputSize = Layer.Output.Size, outputFeatures = Layer.Output.FeatureCount, maxOutputSteps = Layer.Output.Steps;
    private readonly int blockCount = Layer.Blocks.Count, statePerRow = Layer.StatePerRow;

    /// <inheritdoc cref="Layer.ChecksBatches"/>
    public bool ChecksBatches { get; } = Layer.ChecksBatches;

    /// <summary>Whether the child, or a layer within it, has parameters.</summary>
    public bool HasParameters { get; } = Layer.Blocks.Any(block => block.Role != BlockRole.Statistic);

    /// <summary>Whether a pass can leave out an activation of the child.</summary>
    public bool HasFinalActivations { get; } = Layer.FinalActivations.Count > 0;

    /// <summary>Which child of a layer a part of a place names, such as the "1" of "2.1"; −1: none.</summary>
    public static int IndexOf(Layer layer, string part)
    {
        // "01" and "+1" are not how a place is written.
        bool isNumber = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index);
        return isNumber && index < layer.Children.Count && part == index.ToString(CultureInfo.InvariantCulture) ? index : -1;
    }

    /// <summary>Derives the child's pass from a composite's: its part of cache, state and blocks, and its random stream. Steps, input and
    /// output are left to the composite.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="mapped">The lengths behind children that change them, level by level (<see cref="LengthsOf"/>).</param>
    /// <param name="index">The child's index.</param>
    /// <param name="scratchStart">Where the children's common scratch begins in that of the composite.</param>
    /// <param name="derived">A copy of the composite's pass, which serves one child after the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Derive(scoped in ForwardPass pass, ReadOnlySpan<int> mapped, int index, int scratchStart, scoped ref ForwardPass derived)
    {
        derived.childLengths = LengthsOf(pass.Lengths, mapped);
        derived.childStream = pass.Stream?.Fork(index);
        derived.childCache = pass.BackwardFollows ? pass.Cache.Slice(CacheStart.At(pass.Rows), cache.At(pass.Rows)) : default;
        derived.childScratch = pass.Scratch.Slice(scratchStart, scratch.At(pass.Rows));
        derived.childState = statePerRow == 0 ? default : pass.State;
        derived.childStateStart = pass.StateStart + StateStart;
        derived.childStateLength = statePerRow;
        derived.childBlocks = pass.Blocks.Slice(FirstBlock, blockCount);
        if (pass.Learning is not null)
            (derived.childLearning, derived.childUsesStatistics) = Part(pass.Learning, pass.UsesStatistics);
    }

    /// <inheritdoc cref="Derive(in ForwardPass, ReadOnlySpan{int}, int, int, ref ForwardPass)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Derive(in BackwardPass pass, ReadOnlySpan<int> mapped, int index, int scratchStart, ref BackwardPass derived)
    {
        derived.childLengths = LengthsOf(pass.Lengths, mapped);
        derived.childStream = pass.Stream?.Fork(index);
        derived.childCache = pass.Cache.Slice(CacheStart.At(pass.Rows), cache.At(pass.Rows));
        derived.childScratch = pass.Scratch.Slice(scratchStart, scratch.At(pass.Rows));
        derived.childBlocks = pass.Blocks.Slice(FirstBlock, blockCount);
        derived.childGradientBlocks = pass.GradientBlocks.Slice(FirstBlock, blockCount);
        if (pass.Learning is not null)
            (derived.childLearning, derived.childUsesStatistics) = Part(pass.Learning, pass.UsesStatistics);
        derived.childStateGradient = statePerRow == 0 ? default : pass.StateGradient;
        derived.childStateStart = pass.StateStart + StateStart;
        derived.childStateLength = statePerRow;
    }

    /// <summary>Whether a parameter of the child, or of a layer within it, learns.</summary>
    /// <param name="composite">What of the composite learns; null: everything.</param>
    public bool Learns(Learning? composite) => composite?.Of(Index)?.Learns ?? HasParameters;

    /// <summary>Lets the child look at its part of a batch that the composite is to check.</summary>
    /// <exception cref="ArgumentException">The child, or one within it, refuses the batch; the message begins with its place.</exception>
    public void Check(in CheckPass pass, ReadOnlySpan<int> mapped, int steps)
    {
        if (!ChecksBatches)
            return;
        CheckPass derived = pass;
        derived.childSteps = steps;
        derived.childLengths = LengthsOf(pass.Lengths, mapped);
        derived.childState = statePerRow == 0 ? default : pass.State;
        derived.childStateStart = pass.StateStart + StateStart;
        derived.childStateLength = statePerRow;
        (derived.childLearning, derived.childUsesStatistics) = Part(pass.Learning, pass.UsesStatistics);
        try
        {
            Layer.Check(derived);
        }
        catch (ArgumentException refusal)
        {
            throw Placed(refusal);
        }
    }

    /// <summary>Gives the child its part of a composite's pass over statistics, unless they are frozen.</summary>
    public void UpdateStatistics(in StatisticsPass pass, ReadOnlySpan<int> mapped, int steps)
    {
        Learning? learning = pass.Learning?.Of(Index);
        if (learning is { UsesStatistics: true })
            return;
        Layer.UpdateStatistics(pass with
        {
            Steps = steps,
            Lengths = LengthsOf(pass.Lengths, mapped),
            Cache = pass.Cache.Slice(CacheStart.At(pass.Rows), cache.At(pass.Rows)),
            Blocks = pass.Blocks.Slice(FirstBlock, blockCount),
            Learning = learning,
        });
    }

    /// <summary>The child's output, where the composite keeps it in its cache while training.</summary>
    public Span<float> Kept(Span<float> composite, int rows, int steps) => composite.Slice(OutputStart.At(rows), OutputSizeAt(steps) * rows);

    /// <inheritdoc cref="Kept(Span{float}, int, int)"/>
    public ReadOnlySpan<float> Kept(ReadOnlySpan<float> composite, int rows, int steps) =>
        composite.Slice(OutputStart.At(rows), OutputSizeAt(steps) * rows);

    public int OutputSizeAt(int steps) => givesSequence ? steps * outputFeatures : outputSize;

    // Puts the child's place before the words of a refusal. One from within the child begins with a place already, to which this one's is added.
    private ArgumentException Placed(ArgumentException refusal)
    {
        const string Key = "NeuralNet.Place";
        bool isPlaced = refusal.Data[Key] is string;
        ArgumentException first = isPlaced ? (ArgumentException)refusal.InnerException! : refusal;
        string place = isPlaced ? $"{Index}.{refusal.Data[Key]}" : $"{Index} ({Layer.Kind})";

        // The message of an exception ends with the parameter's name, which the new one adds again.
        string words = first.Message.Replace($" (Parameter '{first.ParamName}')", "", StringComparison.Ordinal);
        return new ArgumentException($"Layer {place}: {words}", first.ParamName, first) { Data = { [Key] = place } };
    }

    // The child's part of what learns, and whether it uses the stored statistics: because the composite does, or because its own are frozen.
    private (Learning? Learning, bool UsesStatistics) Part(Learning? composite, bool usesStatistics)
    {
        Learning? learning = composite?.Of(Index);
        return (learning, usesStatistics || learning is { UsesStatistics: true });
    }

    /// <summary>The lengths of the child's input: those of the composite's own input (level 0), those behind a child that changes steps (level 1
    /// and up), or none.</summary>
    /// <param name="own">The lengths of the composite's input; empty: there are none.</param>
    /// <param name="mapped">Those of level 1, then those of level 2, and so on.</param>
    public ReadOnlySpan<int> LengthsOf(ReadOnlySpan<int> own, ReadOnlySpan<int> mapped) =>
        LengthLevel == 0 || own.IsEmpty ? own : LengthLevel < 0 ? default : mapped.Slice((LengthLevel - 1) * own.Length, own.Length);

    // Memory is laid out for the steps of the output's shape. A network says more before the first pass: StepCheck.
    public int StepsAfter(int steps)
    {
        if (!changesSteps)
            return givesSequence ? steps : 1;
        int after = Layer.OutputSteps(steps);
        return after >= 1 && after <= maxOutputSteps ? after
            : throw new InvalidOperationException(
                FormattableString.Invariant($"{Layer.Kind} makes {after} steps of {steps}; 1 to {maxOutputSteps} were expected."));
    }
}
