namespace NeuralNet.Tests.Data.Sources;

/// <summary>The rows of a data set, or of another source, as somebody's own source gives them, who knows the public interfaces only.</summary>
internal sealed class PlainSource(IRowSource data) : IRowSource
{
    public bool KnowsRows { get; init; } = true;

    public bool OpensAnywhere { get; init; }

    public string Signature { get; init; } = "";

    /// <summary>The rows that it says it has, where that is a lie.</summary>
    public long? Lie { get; init; }

    /// <summary>Changes a row that is read.</summary>
    public RowChange? Change { get; init; }

    public RowFormat Format => data.Format;

    public long? Rows => Lie ?? (KnowsRows ? data.Rows : null);

    /// <summary>The readers that are open.</summary>
    public int Open { get; private set; }

    IRowReader IRowSource.Open(long seed, int epoch, long firstRow)
    {
        Open++;
        return new Reader(this, data.Open(seed, epoch, firstRow)) { Next = firstRow };
    }

    private sealed class Reader(PlainSource source, IRowReader inner) : IRowReader
    {
        private bool isClosed;

        public long Next { get; set; }

        public int Read(in RowSpans rows)
        {
            int read = inner.Read(rows);
            for (int i = 0; i < read && source.Change is not null; i++)
                source.Change(Next + i, rows.Slice(i, 1));
            Next += read;
            return read;
        }

        public long Skip(long rows)
        {
            long skipped = inner.Skip(rows);
            Next += skipped;
            return skipped;
        }

        public void Dispose()
        {
            inner.Dispose();
            source.Open -= isClosed ? 0 : 1;
            isClosed = true;
        }
    }
}

internal delegate void RowChange(long row, RowSpans values);
