using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Everything that one call of <see cref="Layer.Forward"/> may use: the shapes are the layer's, the values are here.</summary>
/// <remarks>A layer writes <see cref="Output"/>, <see cref="Cache"/>, <see cref="Scratch"/> and <see cref="State"/>, nothing else.
/// The spans never overlap. A composite never makes a child's pass anew: it derives it from its own, by <c>pass with { … }</c> or
/// from a copy, so that a field added later reaches every layer.</remarks>
public ref struct ForwardPass
{
    // A pass is large: Chain and Branches copy theirs once, and set only these fields for each child.
    internal int childSteps;
    internal ReadOnlySpan<float> childInput;
    internal Span<float> childOutput;
    internal ReadOnlySpan<int> childLengths;
    internal bool childOmitActivation;
    internal bool childUsesStatistics;
    internal RandomStream? childStream;
    internal Span<float> childCache;
    internal Span<float> childScratch;
    internal Span<float> childState;
    internal int childStateStart;
    internal int childStateLength;
    internal ReadOnlySpan<BlockPlace> childBlocks;
    internal Learning? childLearning;

    /// <summary>How many rows the batch has, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>How many steps the input rows have in this call; 1 unless they are sequences.</summary>
    public required int Steps { readonly get => childSteps; init => childSteps = value; }

    /// <summary>The input, [rows, input size at these steps].</summary>
    public required ReadOnlySpan<float> Input { readonly get => childInput; init => childInput = value; }

    /// <summary>The output, [rows, output size at <see cref="Layer.OutputSteps"/>]; overwritten.</summary>
    public required Span<float> Output { readonly get => childOutput; init => childOutput = value; }

    /// <summary>How many steps of each input row are real; empty means all. Later steps are not read, and where the layer
    /// <see cref="Layer.KeepsLengths"/> what lies behind the output's real steps is 0. A layer that does not keep lengths ends them.</summary>
    public ReadOnlySpan<int> Lengths { readonly get => childLengths; init => childLengths = value; }

    /// <summary>The index of the first row within the whole batch: what random numbers are keyed by.</summary>
    public int FirstRow { get; init; }

    /// <summary>For each row 1 if it counts and 0 if it is as if absent, which matters to layers that mix rows
    /// (<see cref="Layer.MixesRows"/>); empty means that all count.</summary>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>Whether a backward pass may follow, so that the cache is to be filled; without it there is no cache.</summary>
    /// <remarks>It says nothing of random numbers, which are drawn where there is a <see cref="Stream"/>, nor of statistics
    /// (<see cref="UsesStatistics"/>). Training has all three, a prediction none, and <see cref="Batch.Inference"/> this one alone.</remarks>
    public bool BackwardFollows { get; init; }

    /// <summary>Whether to use the stored statistics, as predictions do, instead of those of the batch, as training does unless they are frozen
    /// (<see cref="Rates"/>).</summary>
    public bool UsesStatistics { readonly get => childUsesStatistics; init => childUsesStatistics = value; }

    /// <summary>Whether to leave out <see cref="Layer.FinalActivations"/>, all of them: the output is then z where they would make y. True only
    /// for a layer that has some.</summary>
    public bool OmitActivation { readonly get => childOmitActivation; init => childOmitActivation = value; }

    /// <summary>The random numbers of this layer; none where nothing is to be drawn.</summary>
    public RandomStream? Stream { readonly get => childStream; init => childStream = value; }

    /// <summary>What is kept for backward: <see cref="Layer.Cache"/> floats. Empty unless <see cref="BackwardFollows"/>.</summary>
    public Span<float> Cache { readonly get => childCache; init => childCache = value; }

    /// <summary>Working memory, dead when the call returns: <see cref="Layer.Scratch"/> floats.</summary>
    public Span<float> Scratch { readonly get => childScratch; init => childScratch = value; }

    /// <summary>State carried from call to call, of all layers: use <see cref="StateOf"/>. Empty: start at 0 and carry nothing; so it is for a
    /// layer without state.</summary>
    /// <remarks>All that a row carries lies together. A composite of your own gives a child with state its part by <see cref="StateStart"/> and
    /// <see cref="StateLength"/>, and one without state no <see cref="State"/>.</remarks>
    public Span<float> State { readonly get => childState; init => childState = value; }

    /// <summary>Where the layer's own state begins in that of a row.</summary>
    public int StateStart { readonly get => childStateStart; init => childStateStart = value; }

    /// <summary>The length of the layer's own state, <see cref="Layer.StatePerRow"/>; 0: all that a row carries is its own.</summary>
    public int StateLength { readonly get => childStateLength; init => childStateLength = value; }

    /// <summary>All parameters of the network; use <see cref="Parameter"/>.</summary>
    public ReadOnlySpan<float> Parameters { get; init; }

    /// <summary>All statistics of the network; use <see cref="Statistic"/>.</summary>
    public ReadOnlySpan<float> Statistics { get; init; }

    /// <summary>Where the layer's own blocks lie, in the order of <see cref="Layer.Blocks"/>.</summary>
    public ReadOnlySpan<BlockPlace> Blocks { readonly get => childBlocks; init => childBlocks = value; }

    // Null: nothing is frozen that forward knows of.
    internal Learning? Learning { readonly get => childLearning; init => childLearning = value; }

    /// <summary>The values of blocks that are tied transposed, for places past the end of the parameters.</summary>
    internal ReadOnlySpan<float> Copies { get; init; }

    // A pass that was made outside of the library has no workers.
    [field: AllowNull]
    internal Workers Workers { readonly get => field ?? Workers.Alone; init; }

    /// <summary>The values of one of the layer's parameter blocks.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the values.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ReadOnlySpan<float> Parameter(int block)
    {
        BlockPlace place = Blocks[block];
        return place.Start < Parameters.Length ? Parameters.Slice(place.Start, place.Length) : Copy(place);
    }

    /// <summary>The values of one of the layer's statistics blocks.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the values.</returns>
    public readonly ReadOnlySpan<float> Statistic(int block) => Statistics.Slice(Blocks[block].Start, Blocks[block].Length);

    /// <summary>The parts of a span [rows, steps, features] that belong to real steps: without lengths the whole span.</summary>
    /// <remarks><c>foreach (Range run in pass.RealValues(Input))</c> with <c>pass.Input[run]</c> and the like visits every real value once, in as
    /// few runs as there can be; each run begins with a vector's first value. A layer that takes sequences leaves the rest unread and
    /// writes 0 there.</remarks>
    /// <param name="shape">The shape of a row of the span: the layer's input, or an output of as many steps.</param>
    /// <returns>The ranges, in ascending order.</returns>
    public readonly RealValues RealValues(Shape shape) => new(shape, Rows, Steps, Lengths);

    // y = x: the real values of each input row at the beginning of its output row, and 0 behind them.
    internal readonly void Copy(Shape input) => new VectorRuns(input, Rows, Steps, Lengths).Copy(Input, Output);

    /// <summary>The layer's own state of a row, <see cref="Layer.StatePerRow"/> floats: before the call what the last one left, afterwards what the
    /// next one is to find.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <returns>A view of the values; empty where no state is carried, and then the row starts from 0.</returns>
    public readonly Span<float> StateOf(int row) => StateRows.Of(State, Rows, row, StateStart, StateLength);
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ReadOnlySpan<float> Copy(BlockPlace place) => Copies.Slice(place.Start - Parameters.Length, place.Length);

    /// <summary>How many steps of a row are real.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <returns>Its length, or <see cref="Steps"/> where no lengths are given.</returns>
    public readonly int LengthOf(int row) => Lengths.IsEmpty ? Steps : Lengths[row];
}
