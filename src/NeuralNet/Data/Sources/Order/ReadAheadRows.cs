namespace NeuralNet;

/// <summary>The rows of a source, read by a thread of its own.</summary>
internal sealed class ReadAheadRows(IRowSource inner, int rows) : IRowView
{
    private readonly SpareMemory spare = new(inner.Format);

    public RowFormat Format => inner.Format;

    public int Augmentations { get; } = IRowView.AugmentationsOf(inner);

    public long? Rows => inner.Rows;

    // Each opening begins to read ahead.
    public bool OpensAnywhere => false;

    // Of a data set Fit itself chooses the order, here the source has one: a checkpoint of the one is none of the other.
    public string Signature => inner is Dataset ? RowSource.Sign(inner, "in their own order") : inner.Signature;

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        int capacity = (int)Math.Min(rows, Math.Max(1, inner.Rows ?? rows));
        return new ReadAheadReader(row => inner.Open(seed, epoch, row), firstRow, inner.Format, spare, capacity);
    }
}
