namespace NeuralNet;

/// <summary>Rows that are changed at random, each by itself.</summary>
internal sealed class AugmentedRowSource(IRowSource inner, Augmentation augmentation) : IRowView
{
    public IRowSource Inner => inner;

    public Augmentation Augmentation => augmentation;

    public int Augmentations { get; } = IRowView.AugmentationsOf(inner) + 1;

    public RowFormat Format => inner.Format;

    public long? Rows => inner.Rows;

    public bool OpensAnywhere => inner.OpensAnywhere;

    public string Signature => RowSource.Sign(inner, $"augmented by {augmentation}");

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        RandomStream stream = RandomPurpose.Of(seed, RandomPurpose.RowAugmentation).Fork(epoch);

        // Children from 0 up are those of the parts of one augmentation.
        if (Augmentations > 1)
            stream = stream.Fork(1 - Augmentations);
        return new Reader(this, inner.Open(seed, epoch, firstRow), stream, Math.Min(firstRow, Rows ?? long.MaxValue));
    }

    private sealed class Reader(AugmentedRowSource source, IRowReader inner, RandomStream stream, long next) : ISeekingReader
    {
        private readonly float[] scratch = new float[source.Augmentation.ScratchOf(source.Format.InputShape)];
        private readonly int width = source.Format.InputWidth;
        private long next = next;

        public int Read(in RowSpans rows)
        {
            int read = inner.Read(rows);
            for (int i = 0; i < read; i++)
            {
                int length = rows.Lengths.IsEmpty ? 0 : rows.Lengths[i];
                Span<float> inputs = rows.Inputs.Slice(i * width, width);
                AugmentedRows.Change(source.Augmentation, inputs, source.Format.InputShape, length, stream.AtStep(next++), row: 0, scratch);
            }

            return read;
        }

        public long Skip(long rows)
        {
            long skipped = inner.Skip(rows);
            next += skipped;
            return skipped;
        }

        public bool TrySeek(long row)
        {
            if ((inner as ISeekingReader)?.TrySeek(row) != true)
                return false;
            next = row;
            return true;
        }

        public void Dispose() => inner.Dispose();
    }
}
