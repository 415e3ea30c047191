using System.Diagnostics.CodeAnalysis;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Everything that one call of <see cref="Layer.Backward"/> may use.
/// </summary>
/// <remarks>
/// Input gradients are overwritten, parameter gradients are added to. Of the forward pass, only what the layer declares in
/// <see cref="Layer.BackwardReads"/>, and its cache, may be read. The spans never overlap.
/// </remarks>
public ref struct BackwardPass
{
    // What differs from child to child of a composite; the pass itself is large, and copied once for all of them.
    internal int ownSteps;
    internal ReadOnlySpan<float> ownInput;
    internal ReadOnlySpan<float> ownOutput;
    internal ReadOnlySpan<float> ownOutputGradient;
    internal Span<float> ownInputGradient;
    internal ReadOnlySpan<int> ownLengths;
    internal bool ownOmitActivation;
    internal RandomStream? ownStream;
    internal ReadOnlySpan<float> ownCache;
    internal Span<float> ownScratch;
    internal ReadOnlySpan<BlockPlace> ownBlocks;
    internal ReadOnlySpan<BlockPlace> ownGradientBlocks;

    /// <summary>How many rows the batch has, as in forward.</summary>
    public required int Rows { get; init; }

    /// <summary>How many steps the input rows have, as in forward.</summary>
    public required int Steps { readonly get => ownSteps; init => ownSteps = value; }

    /// <summary>The input of forward.</summary>
    public required ReadOnlySpan<float> Input { readonly get => ownInput; init => ownInput = value; }

    /// <summary>The output of forward.</summary>
    public required ReadOnlySpan<float> Output { readonly get => ownOutput; init => ownOutput = value; }

    /// <summary>∇y, the gradient of the divergence with respect to the output; with respect to z if the activation is omitted.</summary>
    public required ReadOnlySpan<float> OutputGradient { readonly get => ownOutputGradient; init => ownOutputGradient = value; }

    /// <summary>∇y₋, the gradient with respect to the input; overwritten. Empty means that nobody wants it.</summary>
    public Span<float> InputGradient { readonly get => ownInputGradient; init => ownInputGradient = value; }

    /// <summary>How many steps of each row are real; empty means all. Later input gradients are 0.</summary>
    public ReadOnlySpan<int> Lengths { readonly get => ownLengths; init => ownLengths = value; }

    /// <summary>The index of the first row within the whole batch, as in forward.</summary>
    public int FirstRow { get; init; }

    /// <summary>Whether forward left out <see cref="Layer.FinalActivation"/>.</summary>
    public bool OmitActivation { readonly get => ownOmitActivation; init => ownOmitActivation = value; }

    /// <summary>The random numbers of forward, to be drawn again.</summary>
    public RandomStream? Stream { readonly get => ownStream; init => ownStream = value; }

    /// <summary>What forward kept.</summary>
    public ReadOnlySpan<float> Cache { readonly get => ownCache; init => ownCache = value; }

    /// <summary>Working memory, dead when the call returns: <see cref="Layer.Scratch"/> floats.</summary>
    public Span<float> Scratch { readonly get => ownScratch; init => ownScratch = value; }

    /// <summary>All parameters of the network; use <see cref="Parameter"/>.</summary>
    public ReadOnlySpan<float> Parameters { get; init; }

    /// <summary>All statistics of the network; use <see cref="Statistic"/>.</summary>
    public ReadOnlySpan<float> Statistics { get; init; }

    /// <summary>Where the layer's own blocks lie, in the order of <see cref="Layer.Blocks"/>.</summary>
    public ReadOnlySpan<BlockPlace> Blocks { readonly get => ownBlocks; init => ownBlocks = value; }

    /// <summary>The gradients of all parameters; use <see cref="ParameterGradient"/>.</summary>
    public Span<float> Gradient { get; init; }

    /// <summary>Where the gradients of the layer's own blocks lie; a length of 0 means that the block is frozen.</summary>
    public ReadOnlySpan<BlockPlace> GradientBlocks { readonly get => ownGradientBlocks; init => ownGradientBlocks = value; }

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

    /// <summary>The gradient of one of the layer's parameter blocks, to be added to.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the gradient; empty if the block is frozen.</returns>
    public readonly Span<float> ParameterGradient(int block) => Gradient.Slice(GradientBlocks[block].Start, GradientBlocks[block].Length);

    /// <summary>How many steps of a row are real.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <returns>Its length, or <see cref="Steps"/> where no lengths are given.</returns>
    public readonly int LengthOf(int row) => Lengths.IsEmpty ? Steps : Lengths[row];
}
