using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Whether a network can train on a batch of so many rows, of such lengths.</summary>
internal delegate bool BatchTest(int rows, ReadOnlySpan<int> lengths);

/// <summary>The rows of a source, read into memory for one step and one batch more: what follows a step decides whether it is the last, and whether
/// a few last rows join the batch before.</summary>
/// <remarks>The memory is a ring, of places for whole batches, so that no row is moved when the next step begins. Behind it there is a place for rows
/// that join the batch in its last one.</remarks>
internal sealed class SourceRows : EpochRows
{
    private readonly IRowSource source;
    private readonly Network network;
    private readonly Divergence form;
    private readonly BatchPlan plan; // of so many rows as the source says that it has
    private readonly BatchTest canTrainOn;
    private readonly RowMemory memory;
    private readonly long[] rowBehind; // for each row in memory, the row of the source that follows it
    private readonly int[] places;
    private readonly int batchSize, stepRows, ring; // the rows of a batch, those of a step, and those that there is room for
    private RowCursor? cursor;
    private int start, present, ofStep, batches; // the place of the first row; rows in memory; those of the step
    private bool hasEnded;

    public SourceRows(IRowSource source, Network network, Divergence form, BatchPlan plan, BatchTest canTrainOn)
    {
        (this.source, this.network, this.form, this.plan, this.canTrainOn) = (source, network, form, plan, canTrainOn);
        long known = Math.Min(source.Rows ?? int.MaxValue, int.MaxValue);
        batchSize = (int)Math.Min(plan.BatchSize, known + 1); // where an epoch is one batch, memory for the epoch is enough
        int rows = Guard.Size(
            (Int128)(Math.Min(plan.BatchesPerStep, (known / batchSize) + 1) + 2) * batchSize, nameof(plan),
            "Memory for the rows of a step, and of two batches more, would have", Array.MaxLength);
        (stepRows, ring) = (rows - (2 * batchSize), rows - batchSize);
        memory = new RowMemory(source.Format, rows);
        rowBehind = new long[ring];
        places = [.. Enumerable.Range(0, rows)];
    }

    public override int? Steps => source.Rows is null ? null : plan.Steps;

    public override bool HasNext => present > ofStep;

    public override long Position => rowBehind[At(ofStep - 1)];

    public override int Batches => batches;

    public override int LargestBatch => Math.Max(RowsOf(0).Rows, RowsOf(batches - 1).Rows);

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
        if (hasEnded && MustJoin(ofStep, present))
            ofStep = present;
        batches = (ofStep + batchSize - 1) / batchSize;
        if (batches > 1 && MustJoin((batches - 1) * batchSize, ofStep))
            Join();
    }

    public override void Dispose()
    {
        cursor?.Dispose();
        base.Dispose();
    }

    protected override (int First, int Rows) RowsOf(int batch)
    {
        int first = batch * batchSize;
        return (first, batch == batches - 1 ? ofStep - first : batchSize);
    }

    protected override Batch Take(int first, int rows, bool withInputs, Workers workers) => memory.Batch(At(first), rows) with { FirstRow = first };

    protected override ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places)
    {
        places = this.places.AsSpan(At(first), rows);
        return memory.Inputs;
    }

    // Where a row lies, counted from the first one of the step.
    private int At(int row) => (start + row) % ring;

    // The rows of the last batch join the one before, and must lie behind it.
    private void Join()
    {
        batches--;
        int first = batches * batchSize;
        if (At(first) == 0)
            memory.Slice(0, ofStep - first).CopyTo(memory.Slice(ring, ofStep - first));
    }

    // Whether the rows up to an end are fewer than a batch, and too few to train on by themselves.
    private bool MustJoin(int first, int end)
    {
        int rows = end - first;
        return rows > 0 && rows < batchSize && !canTrainOn(rows, memory.Slice(At(first), rows).Lengths);
    }

    private void Fill(RowCursor from)
    {
        bool someMayNotCount = source.Format.WeightsPerRow > 0 || form.TakesIds;
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
                if (someMayNotCount && network.OwnWeight(memory.Batch(row, 1), form.TakesIds) == 0)
                    continue;
                int place = At(present++);
                memory.Move(row, place, 1);
                rowBehind[place] = first + (row - begin) + 1;
            }
        }
    }
}
