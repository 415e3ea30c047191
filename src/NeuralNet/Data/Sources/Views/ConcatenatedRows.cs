namespace NeuralNet;

/// <summary>The rows of several sources, one source after the other.</summary>
internal sealed class ConcatenatedRows : IRowView
{
    private readonly IRowSource[] sources;

    public ConcatenatedRows(IRowSource[] sources)
    {
        this.sources = sources;
        OpensAnywhere = sources.All(source => source is { OpensAnywhere: true, Rows: not null });
        Augmentations = sources.Max(IRowView.AugmentationsOf);
    }

    public RowFormat Format => sources[0].Format;

    public long? Rows
    {
        get
        {
            long all = 0;
            foreach (IRowSource source in sources)
            {
                if (source.Rows is not { } rows)
                    return null;
                all = checked(all + rows);
            }

            return all;
        }
    }

    public bool OpensAnywhere { get; }

    public int Augmentations { get; }

    public string Signature
    {
        get
        {
            var checksum = new Checksum();
            foreach (IRowSource source in sources)
                checksum.Add(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"{source.Rows} {source.Signature}\n")));
            return FormattableString.Invariant($"{sources.Length} sources {checksum.Value:x8}");
        }
    }

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        var reader = new Reader(sources, seed, epoch);
        try
        {
            if (!reader.TrySeek(firstRow))
                reader.Skip(firstRow);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    // Two generators are not to make the same rows.
    private static long SeedOf(int source, long seed)
    {
        RandomStream own = RandomPurpose.Of(seed, RandomPurpose.Sources).Fork(source);
        return source == 0 ? seed : (long)(((ulong)own.Bits(0, 0) << 32) | own.Bits(0, 1));
    }

    private sealed class Reader(IRowSource[] sources, long seed, int epoch) : ISeekingReader
    {
        // Files that are open at a time: those of another place of the whole are soon needed again.
        private const int MostOpen = 64;

        private readonly IRowReader?[] readers = new IRowReader?[sources.Length];
        private readonly Queue<int> opened = new(MostOpen);
        private int current;
        private long inCurrent; // the row that comes next there

        public int Read(in RowSpans rows)
        {
            int done = 0;
            while (done < rows.Rows && current < sources.Length)
            {
                int read = Current().Read(rows.Slice(done, rows.Rows - done));
                done += read;
                inCurrent += read;
                if (done < rows.Rows)
                    Next();
            }

            return done;
        }

        // What is passed over as a whole is not even opened.
        public long Skip(long rows)
        {
            long done = 0;
            while (done < rows && current < sources.Length)
            {
                bool isWhole = inCurrent == 0 && sources[current].Rows <= rows - done;
                long skipped = isWhole ? sources[current].Rows!.Value : Current().Skip(rows - done);
                done += skipped;
                inCurrent += skipped;
                if (done < rows || isWhole)
                    Next();
            }

            return done;
        }

        public bool TrySeek(long row)
        {
            int place = 0;
            for (; place < sources.Length && sources[place].Rows is { } rows && row >= rows; place++)
                row -= rows;
            if (place < sources.Length && sources[place] is not { OpensAnywhere: true, Rows: not null })
                return false;
            Begin(place, place < sources.Length ? row : 0);
            return true;
        }

        public void Dispose()
        {
            for (int source = 0; source < readers.Length; source++)
                Close(source);
        }

        // A reader that was left may stand anywhere.
        private void Begin(int source, long row)
        {
            (current, inCurrent) = (source, row);
            if (source < sources.Length && (readers[source] as ISeekingReader)?.TrySeek(row) != true)
                Close(source);
        }

        private IRowReader Current()
        {
            if (readers[current] is { } present)
                return present;
            if (opened.Count == MostOpen)
                Close(opened.Dequeue());
            opened.Enqueue(current);
            return readers[current] = sources[current].Open(SeedOf(current, seed), epoch, inCurrent);
        }

        private void Close(int source)
        {
            readers[source]?.Dispose();
            readers[source] = null;
        }

        // The present source has come to its end.
        private void Next()
        {
            if (sources[current].Rows is { } rows && inCurrent < rows)
                throw new InvalidDataException(
                    FormattableString.Invariant($"Source {current} (counted from 0) says that it has {rows} rows, but it ended after {inCurrent}."));
            if (readers[current] is not ISeekingReader)
                Close(current);
            Begin(current + 1, 0);
        }
    }
}
