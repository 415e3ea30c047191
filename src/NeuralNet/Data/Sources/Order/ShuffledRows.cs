namespace NeuralNet;

/// <summary>The rows of a source in another order, with some of them in memory.</summary>
internal sealed class ShuffledRows(IRowSource inner, int buffer) : IRowView
{
    private readonly SpareMemory spare = new(inner.Format);

    public RowFormat Format => inner.Format;

    public int Augmentations { get; } = IRowView.AugmentationsOf(inner);

    public long? Rows => inner.Rows;

    // Each opening fills the buffer.
    public bool OpensAnywhere => false;

    public string Signature => RowSource.Sign(inner, FormattableString.Invariant($"shuffled by {buffer}"));

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        return new Reader(inner, spare, new ShuffleOrder(inner, buffer, seed, epoch), seed, epoch, firstRow);
    }

    private sealed class Reader(
        IRowSource source, SpareMemory spare, ShuffleOrder order, long seed, int epoch, long next) : IRowReader
    {
        private readonly RowPlaces places = new(source, seed, epoch);
        private RowMemory? memory;
        private int[] permutation = [];
        private long window = -1, first; // the window in memory, and its first row
        private int present; // its rows
        private long next = next;

        public int Read(in RowSpans rows)
        {
            rows.Check(source.Format);
            int done = 0;
            while (done < rows.Rows && Fill())
            {
                int at = (int)(next - first), some = Math.Min(rows.Rows - done, present - at);
                for (int i = 0; i < some; i++)
                    memory!.Slice(permutation[at + i], 1).CopyTo(rows.Slice(done + i, 1));
                done += some;
                next += some;
            }

            return done;
        }

        public long Skip(long rows)
        {
            if (source.Rows is { } all)
            {
                long skipped = Math.Clamp(rows, 0, Math.Max(0, all - next));
                next += skipped;
                return skipped;
            }

            long done = 0;
            while (done < rows && Fill())
            {
                long some = Math.Min(rows - done, first + present - next);
                done += some;
                next += some;
            }

            return done;
        }

        public void Dispose()
        {
            places.Dispose();
            spare.Return(ref memory);
        }

        // Whether there is a next row; then it is in memory.
        private bool Fill()
        {
            long wanted = order.WindowOf(next);
            if (wanted == window)
                return next < first + present;
            int most = order.Window(wanted).Rows;
            if (source.Rows is { } all)
                most = (int)Math.Min(most, all - order.Window(wanted).First);
            if (most <= 0)
                return false;
            memory ??= spare.Rent((int)Math.Min(order.WindowRows, source.Rows ?? int.MaxValue));
            if (permutation.Length == 0)
                permutation = new int[memory.Rows];
            (window, first, present) = (-1, order.Window(wanted).First, 0);
            while (present < most)
            {
                (long from, int rows) = order.HasRuns ? order.RunAt(first + present) : (first, most);
                int begin = present;
                present += Read(from, rows);
                if (present - begin == rows)
                    continue;
                if (order.HasRuns)
                    throw new InvalidDataException(FormattableString.Invariant(
                        $"The source says that it has {source.Rows} rows, but there are fewer than {rows} from row {from} on."));
                break;
            }

            order.Permute(wanted, permutation.AsSpan(0, present));
            window = wanted;
            return next < first + present;
        }

        // A run may begin at the end of the source, and go on at its beginning.
        private int Read(long from, int rows)
        {
            int before = order.HasRuns ? (int)Math.Min(rows, source.Rows!.Value - from) : rows;
            int read = places.Read(from, memory!.Slice(present, before));
            return read < before || before == rows ? read : read + places.Read(0, memory.Slice(present + before, rows - before));
        }
    }
}
