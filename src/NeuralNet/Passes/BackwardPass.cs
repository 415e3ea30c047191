using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Everything that one call of <see cref="Layer.Backward"/> may use.</summary>
/// <remarks>Input gradients are overwritten, parameter gradients are added to. Of the forward pass, only what the layer declares in
/// <see cref="Layer.BackwardReads"/>, and its cache, may be read. The spans never overlap.</remarks>
public ref struct BackwardPass
{
    // A pass is large: Chain and Branches copy theirs once, and set only these fields for each child.
    internal int childSteps;
    internal ReadOnlySpan<float> childInput;
    internal ReadOnlySpan<float> childOutput;
    internal ReadOnlySpan<float> childOutputGradient;
    internal Span<float> childInputGradient;
    internal ReadOnlySpan<int> childLengths;
    internal bool childOmitActivation;
    internal bool childUsesStatistics;
    internal RandomStream? childStream;
    internal ReadOnlySpan<float> childCache;
    internal Span<float> childScratch;
    internal ReadOnlySpan<BlockPlace> childBlocks;
    internal ReadOnlySpan<BlockPlace> childGradientBlocks;
    internal Learning? childLearning;
    internal Span<float> childStateGradient;
    internal int childStateStart;
    internal int childStateLength;

    /// <summary>How many rows the batch has, as in forward.</summary>
    public required int Rows { get; init; }

    /// <summary>How many steps the input rows have, as in forward.</summary>
    public required int Steps { readonly get => childSteps; init => childSteps = value; }

    /// <summary>The input of forward.</summary>
    public required ReadOnlySpan<float> Input { readonly get => childInput; init => childInput = value; }

    /// <summary>The output of forward.</summary>
    public required ReadOnlySpan<float> Output { readonly get => childOutput; init => childOutput = value; }

    /// <summary>∇y, the gradient of the divergence with respect to the output; with respect to z if the activation is omitted.</summary>
    public required ReadOnlySpan<float> OutputGradient { readonly get => childOutputGradient; init => childOutputGradient = value; }

    /// <summary>∇y₋, the gradient with respect to the input; overwritten. Empty means that nobody wants it.</summary>
    public Span<float> InputGradient { readonly get => childInputGradient; init => childInputGradient = value; }

    /// <summary>How many steps of each row are real; empty means all. Later input gradients are 0.</summary>
    public ReadOnlySpan<int> Lengths { readonly get => childLengths; init => childLengths = value; }

    /// <summary>The index of the first row within the whole batch, as in forward.</summary>
    public int FirstRow { get; init; }

    /// <inheritdoc cref="ForwardPass.Weights"/>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>Whether forward used the stored statistics, which are then constants, instead of those of the batch.</summary>
    public bool UsesStatistics { readonly get => childUsesStatistics; init => childUsesStatistics = value; }

    /// <summary>Whether forward left out <see cref="Layer.FinalActivations"/>; ∇y is then ∇z where they would have made y.</summary>
    public bool OmitActivation { readonly get => childOmitActivation; init => childOmitActivation = value; }

    /// <summary>The random numbers of forward, to be drawn again.</summary>
    public RandomStream? Stream { readonly get => childStream; init => childStream = value; }

    /// <summary>What forward kept.</summary>
    public ReadOnlySpan<float> Cache { readonly get => childCache; init => childCache = value; }

    /// <summary>Working memory, dead when the call returns: <see cref="Layer.Scratch"/> floats.</summary>
    public Span<float> Scratch { readonly get => childScratch; init => childScratch = value; }

    /// <summary>The gradient with respect to the state of all layers: use <see cref="StateGradientOf"/>. Empty: nobody wants it; so it is for a layer
    /// without state.</summary>
    /// <remarks>A composite of your own gives a child with state its part by <see cref="StateStart"/> and <see cref="StateLength"/>, and one without
    /// state none.</remarks>
    public Span<float> StateGradient { readonly get => childStateGradient; init => childStateGradient = value; }

    /// <inheritdoc cref="ForwardPass.StateStart"/>
    public int StateStart { readonly get => childStateStart; init => childStateStart = value; }

    /// <inheritdoc cref="ForwardPass.StateLength"/>
    public int StateLength { readonly get => childStateLength; init => childStateLength = value; }

    /// <summary>All parameters of the network; use <see cref="Parameter"/>.</summary>
    public ReadOnlySpan<float> Parameters { get; init; }

    /// <summary>All statistics of the network; use <see cref="Statistic"/>.</summary>
    public ReadOnlySpan<float> Statistics { get; init; }

    /// <summary>Where the layer's own blocks lie, in the order of <see cref="Layer.Blocks"/>.</summary>
    public ReadOnlySpan<BlockPlace> Blocks { readonly get => childBlocks; init => childBlocks = value; }

    /// <summary>The gradients of all parameters; use <see cref="ParameterGradient"/>.</summary>
    public Span<float> Gradient { get; init; }

    /// <summary>Where the gradients of the layer's own blocks lie; a length of 0 means that the block is frozen.</summary>
    public ReadOnlySpan<BlockPlace> GradientBlocks { readonly get => childGradientBlocks; init => childGradientBlocks = value; }

    // Null: all parameters learn.
    internal Learning? Learning { readonly get => childLearning; init => childLearning = value; }

    /// <inheritdoc cref="ForwardPass.Copies"/>
    internal ReadOnlySpan<float> Copies { get; init; }

    // The gradients of tied blocks, for places past the end of the gradient.
    internal Span<float> TiedGradient { get; init; }

    // A pass that was made outside of the library has no workers.
    [field: AllowNull]
    internal Workers Workers { readonly get => field ?? Workers.Alone; init; }

    /// <inheritdoc cref="ForwardPass.Parameter"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ReadOnlySpan<float> Parameter(int block)
    {
        BlockPlace place = Blocks[block];
        return place.Start < Parameters.Length ? Parameters.Slice(place.Start, place.Length) : Copy(place);
    }

    /// <inheritdoc cref="ForwardPass.Statistic"/>
    public readonly ReadOnlySpan<float> Statistic(int block) => Statistics.Slice(Blocks[block].Start, Blocks[block].Length);

    /// <summary>The gradient of one of the layer's parameter blocks, to be added to.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the gradient; empty if the block is frozen.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Span<float> ParameterGradient(int block)
    {
        BlockPlace place = GradientBlocks[block];
        return place.Start < Gradient.Length ? Gradient.Slice(place.Start, place.Length) : Apart(place);
    }

    /// <summary>The gradient with respect to the layer's own state of a row, <see cref="Layer.StatePerRow"/> floats: before the call that of the
    /// state which forward left, to be overwritten with that of the state which forward began with, 0 for what has no derivative.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <returns>A view of the values; empty where nobody wants it, and then the last state's gradient is 0.</returns>
    public readonly Span<float> StateGradientOf(int row) => StateRows.Of(StateGradient, Rows, row, StateStart, StateLength);

    /// <inheritdoc cref="ForwardPass.RealValues"/>
    public readonly RealValues RealValues(Shape shape) => new(shape, Rows, Steps, Lengths);

    // ∇x = ∇y, and 0 behind the real values, if ∇x is wanted.
    internal readonly void Copy(Shape input)
    {
        if (!InputGradient.IsEmpty)
            new VectorRuns(input, Rows, Steps, Lengths).Copy(OutputGradient, InputGradient);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ReadOnlySpan<float> Copy(BlockPlace place) => Copies.Slice(place.Start - Parameters.Length, place.Length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly Span<float> Apart(BlockPlace place) => TiedGradient.Slice(place.Start - Gradient.Length, place.Length);

    /// <inheritdoc cref="ForwardPass.LengthOf"/>
    public readonly int LengthOf(int row) => Lengths.IsEmpty ? Steps : Lengths[row];
}
