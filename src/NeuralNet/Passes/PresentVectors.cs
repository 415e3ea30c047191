using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The vectors of a batch that count, in their order: the real ones (steps within a length) of rows whose weight is not 0.</summary>
internal readonly ref struct PresentVectors
{
    private readonly int perRow;
    private readonly ReadOnlySpan<int> lengths;
    private readonly ReadOnlySpan<float> weights;

    /// <summary>Counts them.</summary>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="perRow">The vectors of a row: steps or pixels.</param>
    /// <param name="lengths">How many vectors of each row are real; empty: all.</param>
    /// <param name="weights">0 for each row that does not count; empty: all count.</param>
    /// <exception cref="OverflowException">There are 2³¹ or more.</exception>
    public PresentVectors(int rows, int perRow, ReadOnlySpan<int> lengths, ReadOnlySpan<float> weights)
    {
        this.perRow = perRow;
        this.lengths = lengths;
        this.weights = weights;
        All = checked(rows * perRow);
        Require.Lengths(lengths, rows, perRow);
        Require.SameLength(weights.IsEmpty ? rows : weights.Length, rows);
        Count = All;
        if (lengths.IsEmpty && weights.IsEmpty)
            return;
        Count = 0;
        for (int row = 0; row < rows; row++)
            Count += Of(row);
    }

    /// <summary>How many vectors the batch has, those that do not count included.</summary>
    public int All { get; }

    /// <summary>How many count.</summary>
    public int Count { get; init; }

    /// <summary>Whether all of them count, and so lie together.</summary>
    public bool IsWhole => lengths.IsEmpty && weights.IsEmpty;

    /// <summary>How many vectors of a row count: the first ones, or none.</summary>
    public int Of(int row) => !weights.IsEmpty && weights[row] == 0 ? 0 : lengths.IsEmpty ? perRow : lengths[row];

    /// <summary>Copies some of those that count to where they lie together.</summary>
    /// <param name="first">The first one, counted among those that count.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">All vectors of the batch.</param>
    /// <param name="width">The floats of a vector.</param>
    /// <param name="to">The memory for the copy.</param>
    public void Gather(int first, int count, ReadOnlySpan<float> from, int width, Span<float> to)
    {
        int row = 0;
        for (; first >= Of(row); row++)
            first -= Of(row);
        for (int done = 0; done < count; row++, first = 0)
        {
            int some = Math.Min(count - done, Of(row) - first);
            from.Slice(((row * perRow) + first) * width, some * width).CopyTo(to[(done * width)..]);
            done += some;
        }
    }

    /// <summary>0 for all vectors of rows that do not count.</summary>
    public void ClearAbsent(Span<float> values, int width)
    {
        for (int row = 0; row < weights.Length; row++)
        {
            if (weights[row] == 0)
                values.Slice(row * perRow * width, perRow * width).Clear();
        }
    }
}
