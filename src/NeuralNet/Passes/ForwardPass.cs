using System.Diagnostics.CodeAnalysis;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Everything that one call of <see cref="Layer.Forward"/> may use: the shapes are the layer's, the values are here.
/// </summary>
/// <remarks>
/// A layer writes <see cref="Output"/>, <see cref="Cache"/>, <see cref="Scratch"/> and <see cref="State"/>, nothing else.
/// The spans never overlap. A composite derives a child's pass with <c>pass with { … }</c>, so that a field added later
/// reaches every layer.
/// </remarks>
public ref struct ForwardPass
{
    // What differs from child to child of a composite; the pass itself is large, and copied once for all of them.
    internal int ownSteps;
    internal ReadOnlySpan<float> ownInput;
    internal Span<float> ownOutput;
    internal ReadOnlySpan<int> ownLengths;
    internal bool ownOmitActivation;
    internal RandomStream? ownStream;
    internal Span<float> ownCache;
    internal Span<float> ownScratch;
    internal Span<float> ownState;
    internal ReadOnlySpan<BlockPlace> ownBlocks;

    /// <summary>How many rows the batch has, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>How many steps the input rows have in this call; 1 unless they are sequences.</summary>
    public required int Steps { readonly get => ownSteps; init => ownSteps = value; }

    /// <summary>The input, [rows, input size at these steps].</summary>
    public required ReadOnlySpan<float> Input { readonly get => ownInput; init => ownInput = value; }

    /// <summary>The output, [rows, output size at <see cref="Layer.OutputSteps"/>]; overwritten.</summary>
    public required Span<float> Output { readonly get => ownOutput; init => ownOutput = value; }

    /// <summary>
    /// How many steps of each input row are real; empty means all. Later ones are not read, and where
    /// <see cref="Layer.HandsOnLengths"/> their outputs are 0. Behind a layer that does not hand them on there are none.
    /// </summary>
    public ReadOnlySpan<int> Lengths { readonly get => ownLengths; init => ownLengths = value; }

    /// <summary>The index of the first row within the whole batch: what random numbers are keyed by.</summary>
    public int FirstRow { get; init; }

    /// <summary>Whether a backward pass may follow, so that the cache is to be filled; without it there is no cache.</summary>
    public bool Training { get; init; }

    /// <summary>Whether to leave out <see cref="Layer.FinalActivation"/>: the output is then z.</summary>
    public bool OmitActivation { readonly get => ownOmitActivation; init => ownOmitActivation = value; }

    /// <summary>The random numbers of this layer; none in inference.</summary>
    public RandomStream? Stream { readonly get => ownStream; init => ownStream = value; }

    /// <summary>What is kept for backward: <see cref="Layer.Cache"/> floats. Empty unless training.</summary>
    public Span<float> Cache { readonly get => ownCache; init => ownCache = value; }

    /// <summary>Working memory, dead when the call returns: <see cref="Layer.Scratch"/> floats.</summary>
    public Span<float> Scratch { readonly get => ownScratch; init => ownScratch = value; }

    /// <summary>State carried from call to call, [rows, <see cref="Layer.StatePerRow"/>]; empty: start at 0 and carry nothing.</summary>
    public Span<float> State { readonly get => ownState; init => ownState = value; }

    /// <summary>All parameters of the network; use <see cref="Parameter"/>.</summary>
    public ReadOnlySpan<float> Parameters { get; init; }

    /// <summary>All statistics of the network; use <see cref="Statistic"/>.</summary>
    public ReadOnlySpan<float> Statistics { get; init; }

    /// <summary>Where the layer's own blocks lie, in the order of <see cref="Layer.Blocks"/>.</summary>
    public ReadOnlySpan<BlockPlace> Blocks { readonly get => ownBlocks; init => ownBlocks = value; }

    // A pass that people make themselves has none.
    [field: AllowNull]
    internal Workers Workers { readonly get => field ?? Workers.Alone; init; }

    /// <summary>The values of one of the layer's parameter blocks.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the values.</returns>
    public readonly ReadOnlySpan<float> Parameter(int block) => Parameters.Slice(Blocks[block].Start, Blocks[block].Length);

    /// <summary>The values of one of the layer's statistics blocks.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the values.</returns>
    public readonly ReadOnlySpan<float> Statistic(int block) => Statistics.Slice(Blocks[block].Start, Blocks[block].Length);

    /// <summary>How many steps of a row are real.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <returns>Its length, or <see cref="Steps"/> where no lengths are given.</returns>
    public readonly int LengthOf(int row) => Lengths.IsEmpty ? Steps : Lengths[row];
}
