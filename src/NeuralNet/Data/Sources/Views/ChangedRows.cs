namespace NeuralNet;

/// <summary>Rows of a source whose inputs are changed, each by itself.</summary>
internal abstract class ChangedRows(IRowSource inner) : IRowView
{
    public IRowSource Inner => inner;

    public RowFormat Format => inner.Format;

    public long? Rows => inner.Rows;

    public bool OpensAnywhere => inner.OpensAnywhere;

    public string Signature => RowSource.Sign(inner, Words);

    public virtual int Augmentations => AugmentationsBefore;

    /// <summary>The augmentations that come before.</summary>
    protected int AugmentationsBefore { get; } = IRowView.AugmentationsOf(inner);

    /// <summary>What is done to the rows, in words that tell it from anything else.</summary>
    protected abstract string Words { get; }

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        RandomStream stream = RandomPurpose.Of(seed, RandomPurpose.RowAugmentation).Fork(epoch);

        // Children from 0 up are those of the parts of one augmentation.
        if (AugmentationsBefore > 0)
            stream = stream.Fork(-AugmentationsBefore);
        return new Reader(this, inner.Open(seed, epoch, firstRow), stream, Math.Min(firstRow, Rows ?? long.MaxValue));
    }

    /// <summary>Memory for <see cref="Change"/>, as a reader has it.</summary>
    protected virtual float[] Scratch() => [];

    /// <summary>Changes the inputs of one row.</summary>
    /// <param name="stream">Random numbers of the row in this epoch.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="length">How many steps are real; 0: all.</param>
    /// <param name="scratch">Memory to work in.</param>
    protected abstract void Change(RandomStream stream, Span<float> inputs, int length, Span<float> scratch);

    private sealed class Reader(ChangedRows source, IRowReader inner, RandomStream stream, long next) : ISeekingReader
    {
        private readonly float[] scratch = source.Scratch();
        private readonly int width = source.Format.InputWidth;
        private long next = next;

        public int Read(in RowSpans rows)
        {
            int read = inner.Read(rows);
            for (int i = 0; i < read; i++)
            {
                int length = rows.Lengths.IsEmpty ? 0 : rows.Lengths[i];
                source.Change(stream.AtStep(next++), rows.Inputs.Slice(i * width, width), length, scratch);
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
