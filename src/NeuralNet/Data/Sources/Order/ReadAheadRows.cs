namespace NeuralNet;

/// <summary>The rows of a source, read by a thread of its own.</summary>
internal sealed class ReadAheadRows(IRowSource inner, int rows) : IRowSource
{
    private readonly SpareMemory spare = new(inner.Format);

    public RowFormat Format => inner.Format;

    public long? Rows => inner.Rows;

    public bool OpensAnywhere => inner.OpensAnywhere;

    public string Signature => inner.Signature;

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        int capacity = (int)Math.Min(rows, Math.Max(1, inner.Rows ?? rows));
        return new ReadAheadReader(inner.Open(seed, epoch, firstRow), inner.Format, spare, capacity);
    }
}
