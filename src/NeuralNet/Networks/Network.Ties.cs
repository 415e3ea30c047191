using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Blocks that are others.</content>
public sealed partial class Network
{
    /// <summary>Which blocks are others, as they are or transposed, as <see cref="NetworkBuilder.Tie"/> has stated; in the order of the layers.
    /// </summary>
    public IReadOnlyList<Tie> Ties => layout.Ties;

    /// <summary>The length of a gradient that keeps those of tied blocks apart until <see cref="FoldTies(Span{float})"/>; without ties the number
    /// of parameters.</summary>
    public int GradientLength => layout.GradientCount;

    // Of each layer where its part of a gradient begins, which ends where that of the next one begins; tied blocks' lies behind all of them.
    internal int[] GradientStarts()
    {
        int[] starts = new int[chain.Layers.Count];
        int start = layout.ParameterCount, block = chain.Blocks.Count;
        for (int layer = starts.Length - 1; layer >= 0; layer--)
        {
            for (int first = block - chain.Layers[layer].Blocks.Count; block > first;)
            {
                if (chain.Blocks[--block].Role != BlockRole.Statistic && layout.TieOf(block) is null)
                    start = layout.PassPlaces[block].Start;
            }

            starts[layer] = start;
        }

        return starts;
    }

    /// <summary>A copy of the values of one block, also of one that is another transposed.</summary>
    /// <param name="name">Position and name, as in <see cref="Parameter"/>.</param>
    /// <returns>The values, row-major in the block's own dimensions.</returns>
    /// <exception cref="ArgumentException">There is no such block; the message lists those that there are.</exception>
    public float[] CopyParameter(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return [.. ValuesOf(layout.IndexOf(name))];
    }

    /// <summary>Adds the gradients of tied blocks to those of the blocks that they are, the distributed chain rule, and sets them to 0: once, after
    /// the last part of a step, where a gradient of <see cref="GradientLength"/> values has kept them apart. Without ties nothing happens.</summary>
    /// <remarks>The optimizer is then given the first values alone, <c>gradient[..network.Parameters.Length]</c>.</remarks>
    /// <param name="gradient">The gradient, <see cref="GradientLength"/> values.</param>
    /// <exception cref="ArgumentException">The gradient has another length.</exception>
    public void FoldTies(Span<float> gradient)
    {
        if (gradient.Length != GradientLength)
            throw new ArgumentException(
                $"The gradient has {gradient.Length} values; {GradientLength} were expected, those of tied blocks among them.", nameof(gradient));
        FoldTies(gradient, null);
    }

    internal void FoldTies(Span<float> gradient, Workers? workers) =>
        layout.Fold(gradient[..layout.ParameterCount], gradient[layout.ParameterCount..], workers);

    // The values of any block that the layers declare, by its index in the chain; a copy where it is another transposed.
    internal ReadOnlySpan<float> ValuesOf(int block)
    {
        if (layout.TieOf(block) is not { Tie.Transposed: true } tied)
            return Values(block);
        float[] copy = new float[tied.Place.Length];
        TransposeKernels.Transpose(Values(tied.First), copy, tied.Rows, tied.Columns, workers: null);
        return copy;
    }
}
