using System.Buffers;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Layers one after the other: the composition y = f_n(… f₂(f₁(x))), and the chain rule through it, layer by layer backward.</summary>
/// <remarks><para>A network is a chain with values; a branch of a composite is a chain too. Its blocks are those of its children, with
/// the child's index before the name: "1.weight".</para>
/// <para>Memory: while training, each child's cache and output are kept side by side; in inference outputs alternate
/// between two buffers, and so do gradients in backward.</para></remarks>
public sealed class Chain : Layer, ILayerKind
{
    // Backward keeps a number for each layer on the stack.
    private const int MaxLayers = 4096;

    private readonly Child[] children;
    private readonly BufferSize passing;
    private readonly int lowest; // the first child with parameters
    private readonly int lengthLevels;
    private readonly bool hasSameSteps; // every layer takes the steps of the chain

    // Of each layer whether the next one is a batch normalization that a prediction may do to its sums at once; null: of none.
    private readonly bool[]? normalized;
    private readonly BufferSize normalization;

    // The layer whose activations are the chain's final ones; −1 if none is.
    private readonly int final;

    /// <summary>Composes layers.</summary>
    /// <param name="layers">The layers, the first one first; each takes the shape that the one before it gives.</param>
    /// <exception cref="ArgumentException">
    /// There is no layer or more than 4096, a layer does not fit the one before it, it declares what cannot be, or more than 256 composites would be
    /// within one another.
    /// </exception>
    public Chain(IReadOnlyList<Layer> layers)
        : base(First(layers).Input, layers[^1].Output)
    {
        var plan = new ChildPlan("Layer");
        BufferSize widest = default, scratch = default;
        int level = 0;
        for (int k = 0; k < layers.Count; k++)
        {
            Layer layer = layers[k];
            if (k > 0 && layer.Input != layers[k - 1].Output)
                throw new ArgumentException(
                    $"Layer {k} ({layer.Kind}) takes {layer.Input}, but layer {k - 1} ({layers[k - 1].Kind}) gives {layers[k - 1].Output}.",
                    nameof(layers));

            try
            {
                BufferSize output = k + 1 < layers.Count ? new BufferSize(0, layer.Output.Size).Aligned() : default;
                plan.Add(layer, kept: output, lengthLevel: level);
                widest = BufferSize.Max(widest, output);
                scratch = widest + widest + plan.Scratch;
            }
            catch (OverflowException)
            {
                throw plan.TooLarge(k, layer);
            }

            // Behind a layer that may change steps, lengths are others than before it.
            bool mapsLengths = layer.ChangesSteps && k + 1 < layers.Count;
            level = level < 0 || !layer.KeepsLengths ? -1 : mapsLengths ? ++lengthLevels : level;
        }

        children = [.. plan.Children];
        for (int k = 0; k + 1 < children.Length; k++)
        {
            if (layers[k] is IProductLayer { HasActivation: false } && layers[k + 1] is BatchNorm { IsOfChannels: true } norm)
            {
                normalized ??= new bool[children.Length];
                normalized[k] = true;
                normalization = BufferSize.Max(normalization, norm.MemoryOfChannels.Aligned());
            }
        }

        hasSameSteps = layers.All(layer => !layer.ChangesSteps && layer.Output.Kind == ShapeKind.Sequence == (Input.Kind == ShapeKind.Sequence));
        passing = widest;
        lowest = Array.FindIndex(children, child => child.HasParameters) is >= 0 and int first ? first : children.Length;
        Layers = [.. layers];
        Blocks = plan.Blocks;
        Depth = plan.Depth;
        KeepsLengths = level >= 0;
        ChangesSteps = base.ChangesSteps || layers.Any(layer => layer.ChangesSteps);
        Cache = plan.Cache;
        Scratch = scratch + normalization;
        StatePerRow = plan.StatePerRow;
        BackwardReads = (layers[0].BackwardReads & BackwardReads.Input) | (layers[^1].BackwardReads & BackwardReads.Output);
        ChecksBatches = children.Any(child => child.ChecksBatches);
        IsStreamable = layers.All(layer => layer.IsStreamable) && StateBehindAnEnd(layers) < 0;
        TrainsWithState = layers.All(layer => layer.TrainsWithState);
        PieceSteps = Pieces.InTurn(layers);
        MixesRows = layers.Any(layer => layer.MixesRows);
        IsRandom = layers.Any(layer => layer.IsRandom);
        (FinalActivations, final) = Final(layers);
        InputIds = layers[0].InputIds;
    }

    /// <summary>The layers, the first one first.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("layers", Layers);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Chain(settings.GetLayers("layers"));

    /// <inheritdoc/>
    public override bool KeepsLengths { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> Children => Layers;

    internal override bool ChangesSteps { get; }

    internal override bool ChecksBatches { get; }

    /// <inheritdoc/>
    public override int OutputSteps(int steps)
    {
        foreach (ref readonly Child child in children.AsSpan())
            steps = child.StepsAfter(steps);
        return steps;
    }

    /// <inheritdoc/>
    public override void Check(in CheckPass pass)
    {
        int steps = pass.Steps;
        int[] mapped = MapLengths(pass.Lengths);
        foreach (ref readonly Child child in children.AsSpan())
        {
            child.Check(pass, mapped, steps);
            steps = child.StepsAfter(steps);
        }

        Return(mapped);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        ForwardPass derived = pass;
        int[] mapped = MapLengths(pass.Lengths);
        ReadOnlySpan<float> x = pass.Input;
        int steps = pass.Steps, scratchStart = (2 * passing.At(pass.Rows)) + normalization.Fixed, turn = 0;
        bool normalizes = normalized is not null && !pass.BackwardFollows && pass.UsesStatistics;
        for (int k = 0; k < children.Length; k++, turn++)
        {
            ref readonly Child child = ref children[k];
            bool isPair = normalizes && normalized![k] && pass.Learning?.Of(k)?.Tap is null;
            k += isPair ? 1 : 0;
            bool last = k == children.Length - 1;
            int outputSteps = child.StepsAfter(steps);
            Span<float> y = last ? pass.Output
                : pass.BackwardFollows ? child.Kept(pass.Cache, pass.Rows, outputSteps)
                : Passing(pass.Scratch, turn, pass.Rows, child.OutputSizeAt(outputSteps));

            child.Derive(pass, mapped, child.Index, scratchStart, ref derived);
            derived.childSteps = steps;
            derived.childInput = x;
            derived.childOutput = y;
            derived.childOmitActivation = k == final && pass.OmitActivation;
            if (isPair)
                ForwardPair(pass, mapped, k, scratchStart, derived);
            else
                child.Layer.Forward(derived);
            pass.Learning?.Keep(k, y);
            x = y;
            steps = outputSteps;
        }

        Return(mapped);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => Backward(pass, listener: null);

    /// <summary>The same, where somebody is told after each layer.</summary>
    internal void Backward(in BackwardPass pass, IBackwardListener? listener)
    {
        if (hasSameSteps)
        {
            Backward(pass, default, listener);
            return;
        }

        // The steps that each layer takes.
        Span<int> steps = stackalloc int[children.Length];
        steps[0] = pass.Steps;
        for (int k = 1; k < children.Length; k++)
            steps[k] = children[k - 1].StepsAfter(steps[k - 1]);
        Backward(pass, steps, listener);
    }

    // By itself, because the JIT does not learn from the calls of a method that takes memory on the stack. Without steps each layer takes those of
    // the pass.
    private void Backward(in BackwardPass pass, ReadOnlySpan<int> steps, IBackwardListener? listener)
    {
        BackwardPass derived = pass;
        int[] mapped = MapLengths(pass.Lengths);
        int scratchStart = (2 * passing.At(pass.Rows)) + normalization.Fixed;
        ReadOnlySpan<float> dy = pass.OutputGradient;

        // Below the lowest child that learns nobody asks for a gradient, unless it is wanted of the input or of a state.
        int end = !pass.InputGradient.IsEmpty || !pass.StateGradient.IsEmpty ? 0
            : pass.Learning is { Children.Length: > 0 } learning ? learning.Lowest : lowest;
        for (int k = children.Length - 1; k >= end; k--)
        {
            ref readonly Child child = ref children[k];
            bool last = k == children.Length - 1;
            int before = steps.IsEmpty ? pass.Steps : steps[k], behind = steps.IsEmpty || last ? pass.Steps : steps[k + 1];
            Span<float> dx = k == end ? pass.InputGradient
                : Passing(pass.Scratch, k, pass.Rows, children[k - 1].OutputSizeAt(before));

            child.Derive(pass, mapped, k, scratchStart, ref derived);
            derived.childSteps = before;
            derived.childInput = k == 0 ? pass.Input : children[k - 1].Kept(pass.Cache, pass.Rows, before);
            derived.childOutput = last ? pass.Output : child.Kept(pass.Cache, pass.Rows, behind);
            derived.childOutputGradient = dy;
            derived.childInputGradient = dx;
            derived.childOmitActivation = k == final && pass.OmitActivation;
            child.Layer.Backward(derived);
            listener?.Finished(k);
            dy = dx;
        }

        Return(mapped);
    }

    /// <inheritdoc/>
    public override void UpdateStatistics(in StatisticsPass pass)
    {
        int steps = pass.Steps;
        int[] mapped = MapLengths(pass.Lengths);
        foreach (ref readonly Child child in children.AsSpan())
        {
            child.UpdateStatistics(pass, mapped, steps);
            steps = child.StepsAfter(steps);
        }

        Return(mapped);
    }

    /// <summary>The first layer with state behind one that gives one step of many, as <see cref="LastStep"/> does; −1 if there is none.</summary>
    /// <remarks>Of a row in pieces it would see a step of every piece, of the whole row a single one.</remarks>
    internal static int StateBehindAnEnd(IReadOnlyList<Layer> layers)
    {
        bool hasEnded = false;
        for (int k = 0; k < layers.Count; k++)
        {
            if (hasEnded && layers[k].StatePerRow > 0)
                return k;
            hasEnded |= layers[k].Input.Kind == ShapeKind.Sequence && !layers[k].KeepsLengths;
        }

        return -1;
    }

    // The activations of the last layer that has some, as the layers behind it hand them on.
    private static (IReadOnlyList<FinalActivation> Activations, int Layer) Final(IReadOnlyList<Layer> layers)
    {
        (IReadOnlyList<FinalActivation> Activations, int Layer) found = ([], -1);
        for (int k = 0; k < layers.Count; k++)
        {
            IReadOnlyList<FinalActivation> own = layers[k].FinalActivations, handed = own.Count > 0 ? own : layers[k].HandOn(found.Activations) ?? [];
            found = handed.Count == 0 ? ([], -1) : (handed, own.Count > 0 ? k : found.Layer);
        }

        return found;
    }

    private static Layer First(IReadOnlyList<Layer> layers)
    {
        Layer first = ChildPlan.First(layers, "chain", "Layer");
        return layers.Count <= MaxLayers ? first
            : throw new ArgumentException($"A chain has at most {MaxLayers} layers, but got {layers.Count}; nest chains.", nameof(layers));
    }

    // A product, and at once what the batch normalization behind it does to each feature, whose numbers lie in memory that the product leaves alone.
    // By itself, so that tiny networks have a short way past it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForwardPair(in ForwardPass pass, ReadOnlySpan<int> mapped, int norm, int scratchStart, in ForwardPass product)
    {
        ForwardPass derived = pass;
        children[norm].Derive(pass, mapped, norm, scratchStart, ref derived);
        derived.childScratch = pass.Scratch.Slice(scratchStart - normalization.Fixed, normalization.Fixed);
        derived.childOmitActivation = norm == final && pass.OmitActivation;
        ChannelScale channels = ((BatchNorm)children[norm].Layer).Channels(derived, out _);
        ((IProductLayer)children[norm - 1].Layer).Forward(product, channels);
    }

    // The lengths behind the layers that change steps, level by level, in an array of the pool, which is there from the second call on; empty if
    // there are none. An exception on the way leaves the array to the garbage collector.
    private int[] MapLengths(ReadOnlySpan<int> lengths) => lengthLevels == 0 || lengths.IsEmpty ? [] : Mapped(lengths);

    private int[] Mapped(ReadOnlySpan<int> lengths)
    {
        int[] mapped = ArrayPool<int>.Shared.Rent(checked(lengthLevels * lengths.Length));
        for (int k = 1; k < children.Length; k++)
        {
            ref readonly Child before = ref children[k - 1];
            if (children[k].LengthLevel <= before.LengthLevel)
                continue;
            ReadOnlySpan<int> from = before.LengthsOf(lengths, mapped);
            int start = (children[k].LengthLevel - 1) * lengths.Length;
            for (int row = 0; row < lengths.Length; row++)
                mapped[start + row] = before.StepsAfter(from[row]);
        }

        return mapped;
    }

    private static void Return(int[] mapped)
    {
        if (mapped.Length > 0)
            ArrayPool<int>.Shared.Return(mapped);
    }

    // Two buffers in turn, so a layer never writes where it reads.
    private Span<float> Passing(Span<float> scratch, int turn, int rows, int size) => scratch.Slice((turn & 1) * passing.At(rows), size * rows);
}
