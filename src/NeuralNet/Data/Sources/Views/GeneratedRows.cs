namespace NeuralNet;

/// <summary>Rows that a function makes.</summary>
internal sealed class GeneratedRows(RowFormat format, long rows, RowGenerator generator) : IRowSource
{
    public RowFormat Format => format;

    public long? Rows => rows;

    public bool OpensAnywhere => true;

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        return new Reader(this, RandomPurpose.Of(seed, RandomPurpose.GeneratedRows).Fork(epoch), Math.Min(firstRow, rows));
    }

    private void Make(RandomStream stream, long row, in RowSpans values)
    {
        values.Inputs.Clear();
        values.Desired.Clear();
        values.Weights.Fill(1);
        values.Lengths.Fill(format.MaxLength);
        generator(stream.AtStep(row), row, values);
    }

    private sealed class Reader(GeneratedRows source, RandomStream stream, long next) : ISeekingReader
    {
        private long next = next;

        public int Read(in RowSpans rows)
        {
            rows.Check(source.Format);
            int read = (int)Math.Min(rows.Rows, source.Rows!.Value - next);
            for (int i = 0; i < read; i++)
                source.Make(stream, next++, rows.Slice(i, 1));
            return read;
        }

        public long Skip(long rows)
        {
            long skipped = Math.Clamp(rows, 0, source.Rows!.Value - next);
            next += skipped;
            return skipped;
        }

        public bool TrySeek(long row)
        {
            next = Math.Min(row, source.Rows!.Value);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
