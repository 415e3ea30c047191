namespace NeuralNet;

/// <summary>Some rows of a source that follow each other.</summary>
internal sealed class SlicedRows(IRowSource inner, long first, long most) : IRowView
{
    public RowFormat Format => inner.Format;

    public int Augmentations { get; } = IRowView.AugmentationsOf(inner);

    public long? Rows => inner.Rows is { } rows ? Math.Clamp(rows - first, 0, most) : null;

    public bool OpensAnywhere => inner.OpensAnywhere;

    public string Signature => RowSource.Sign(
        inner, FormattableString.Invariant($"rows from {first}{(most < long.MaxValue ? FormattableString.Invariant($", at most {most}") : "")}"));

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        long begin = Math.Min(firstRow, Rows ?? most);
        return new Reader(this, inner.Open(seed, epoch, first + begin), begin);
    }

    private sealed class Reader(SlicedRows source, IRowReader inner, long next) : ISeekingReader
    {
        private readonly long end = source.Rows ?? source.Most;
        private long next = next;

        public int Read(in RowSpans rows)
        {
            int read = inner.Read(rows.Slice(0, (int)Math.Min(rows.Rows, end - next)));
            next += read;
            return read;
        }

        public long Skip(long rows)
        {
            long skipped = inner.Skip(Math.Clamp(rows, 0, end - next));
            next += skipped;
            return skipped;
        }

        public bool TrySeek(long row)
        {
            row = Math.Min(row, end);
            if ((inner as ISeekingReader)?.TrySeek(source.First + row) != true)
                return false;
            next = row;
            return true;
        }

        public void Dispose() => inner.Dispose();
    }

    private long First => first;

    private long Most => most;
}
