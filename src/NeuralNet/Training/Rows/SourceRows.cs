using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rows of a source, read into memory for one step and some more: what follows a step decides whether it is the last, and whether a few
/// last rows join the step before.</summary>
/// <remarks>The memory is a ring, so that no row is moved when the next step begins. Behind it there is a place for the end of a batch that begins
/// before the ring's end.</remarks>
internal sealed class SourceRows : EpochRows
{
    private readonly IRowSource source;
    private readonly Network network;
    private readonly Divergence form;
    private readonly RowMemory memory;
    private readonly long[] rowBehind; // for each row in memory, the row of the source that follows it
    private readonly int[] places;
    private readonly int stepRows, ring; // the rows of a step, and those that there is room for
    private RowCursor? cursor;
    private int start, present, ofStep; // the place of the first row; rows in memory; those of the step
    private bool hasEnded;

    public SourceRows(IRowSource source, Network network, Divergence form, EpochSettings settings)
        : base(source.Format, settings)
    {
        (this.source, this.network, this.form) = (source, network, form);
        long known = Math.Min(source.Rows ?? int.MaxValue, int.MaxValue);
        long batch = Math.Min(Plan.BatchSize, known + 1), step = Math.Min(Plan.StepRows, ((known / batch) + 1) * batch); // of an epoch at most

        // A shard may be too small to train on although the step has more rows than a batch.
        long more = Plan.Shards > 1 && network.Chain.ChecksBatches ? step : batch;
        int rows = Guard.Size(
            (Int128)step + more + (2 * batch), nameof(settings), "Memory for the rows of a step, and of some more, would have",
            Array.MaxLength);
        (stepRows, ring) = ((int)step, (int)(step + more));
        memory = new RowMemory(source.Format, rows);
        rowBehind = new long[ring];
        places = [.. Enumerable.Range(0, rows)];
    }

    public override int? Steps => source.Rows is { } rows ? (int)Math.Min(int.MaxValue, (rows + Plan.StepRows - 1) / Plan.StepRows) : null;

    public override bool HasNext => present > ofStep;

    public override long Position => rowBehind[At(ofStep - 1)];

    public override int RowsOfStep => ofStep;

    public override void Begin(int epoch, int step, long row)
    {
        cursor?.Dispose();
        cursor = new RowCursor(source, Seed, epoch, row);
        (start, present, ofStep, hasEnded) = (0, 0, 0, false);
        Fill(cursor);
        if (present == 0 && row == 0)
            throw new InvalidDataException(FormattableString.Invariant($"The source gave no row that counts in epoch {epoch + 1}."));
    }

    public override void MoveNext()
    {
        start = At(ofStep);
        present -= ofStep;
        Fill(cursor!);

        ofStep = Math.Min(present, stepRows);
        if (hasEnded && present > ofStep && MustJoin())
            ofStep = present;
        if (start + ofStep > ring)
            Unroll();
    }

    public override void Dispose()
    {
        cursor?.Dispose();
        base.Dispose();
    }

    protected override Batch Take(int first, int rows, bool withInputs, RowBuffers buffers, Workers workers) =>
        memory.Batch(At(first), rows) with { FirstRow = first };

    protected override ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places)
    {
        places = this.places.AsSpan(At(first), rows);
        return memory.Inputs;
    }

    protected override ReadOnlySpan<int> LengthsOf(int first, int rows, out bool areTheirOwn)
    {
        areTheirOwn = !memory.Lengths.IsEmpty;
        if (!areTheirOwn || At(first) + rows <= ring)
            return areTheirOwn ? memory.Slice(At(first), rows).Lengths : default;

        // Rows that do not lie together.
        int[] lengths = new int[rows];
        for (int row = 0; row < rows; row++)
            lengths[row] = memory.Lengths[At(first + row)];
        return lengths;
    }

    // Where a row lies, counted from the first one of the step.
    private int At(int row) => (start + row) % ring;

    // Whether the rows behind the step are too few to be one by themselves.
    private bool MustJoin()
    {
        (int step, int rows) = (ofStep, present - ofStep);
        (start, ofStep) = (At(step), rows);
        bool mustJoin = !CanTrainOnStep(rows);
        (start, ofStep) = ((start + ring - step) % ring, step);
        return mustJoin;
    }

    // A batch that begins before the ring's end has its last rows behind that end, too.
    private void Unroll()
    {
        for (int shard = 0; shard < Plan.Shards; shard++)
        {
            for (int batch = BatchesOf(shard) - 1; batch >= 0; batch--)
            {
                (int first, int rows) = RowsOf(shard, batch);
                int over = At(first) + rows - ring;
                if (over > 0)
                    memory.Slice(0, over).CopyTo(memory.Slice(ring, over));
            }
        }
    }

    private void Fill(RowCursor from)
    {
        bool someMayNotCount = RowFit.MayNotCount(Format, form);
        while (present < ring && !hasEnded)
        {
            int begin = At(present), wanted = Math.Min(ring - present, ring - begin);
            long first = from.Position;
            int read = from.Read(memory.Slice(begin, wanted));
            hasEnded = read < wanted;
            if (read == 0)
                return;
            RowFit.CheckRead(network, form, memory.Batch(begin, read), first);
            for (int row = begin; row < begin + read; row++)
            {
                if (someMayNotCount && !RowFit.Counts(network, form, Format, memory.Batch(row, 1), first + (row - begin)))
                    continue;
                int place = At(present++);
                memory.Move(row, place, 1);
                rowBehind[place] = first + (row - begin) + 1;
            }
        }
    }
}
