using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Whether a network can train on a batch of so many rows, of such lengths.</summary>
internal delegate bool BatchTest(int rows, ReadOnlySpan<int> lengths);

/// <summary>The rows of a source, read into memory for one step and one batch more: what follows a step decides whether it is the last, and whether
/// a few last rows join the batch before.</summary>
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
    private RowCursor? cursor;
    private int present, ofStep, batches; // the rows in memory, and those of the present step
    private bool hasEnded;

    public SourceRows(IRowSource source, Network network, Divergence form, BatchPlan plan, BatchTest canTrainOn)
    {
        (this.source, this.network, this.form, this.plan, this.canTrainOn) = (source, network, form, plan, canTrainOn);
        long most = ((long)plan.BatchesPerStep + 1) * plan.BatchSize;
        int rows = Guard.Size(most, nameof(plan), "Memory for the rows of a step, and of a batch more, would have", Array.MaxLength);
        memory = new RowMemory(source.Format, rows);
        rowBehind = new long[rows];
        places = [.. Enumerable.Range(0, rows)];
    }

    public override int? Steps => source.Rows is null ? null : plan.Steps;

    public override bool HasNext => present > ofStep;

    public override long Position => rowBehind[ofStep - 1];

    public override int Batches => batches;

    public override int LargestBatch => Math.Max(RowsOf(0).Rows, RowsOf(batches - 1).Rows);

    public override void Begin(int epoch, int step, long row)
    {
        cursor?.Dispose();
        cursor = new RowCursor(source, Seed, epoch, row);
        (present, ofStep, hasEnded) = (0, 0, false);
        Fill(cursor);
        if (present == 0 && row == 0)
            throw new InvalidDataException(FormattableString.Invariant($"The source gave no row that counts in epoch {epoch + 1}."));
    }

    public override void MoveNext()
    {
        memory.Move(ofStep, 0, present - ofStep);
        rowBehind.AsSpan(ofStep, present - ofStep).CopyTo(rowBehind);
        present -= ofStep;
        Fill(cursor!);

        ofStep = Math.Min(present, plan.BatchesPerStep * plan.BatchSize);
        if (hasEnded && MustJoin(ofStep, present))
            ofStep = present;
        batches = (ofStep + plan.BatchSize - 1) / plan.BatchSize;
        if (batches > 1 && MustJoin((batches - 1) * plan.BatchSize, ofStep))
            batches--;
    }

    public override void Dispose()
    {
        cursor?.Dispose();
        base.Dispose();
    }

    protected override (int First, int Rows) RowsOf(int batch)
    {
        int first = batch * plan.BatchSize;
        return (first, batch == batches - 1 ? ofStep - first : plan.BatchSize);
    }

    protected override Batch Take(int first, int rows, bool withInputs, Workers workers) => memory.Batch(first, rows) with { FirstRow = first };

    protected override ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places)
    {
        places = this.places.AsSpan(first, rows);
        return memory.Inputs;
    }

    // Whether the rows up to an end are fewer than a batch, and too few to train on by themselves.
    private bool MustJoin(int first, int end)
    {
        int rows = end - first;
        return rows > 0 && rows < plan.BatchSize && !canTrainOn(rows, memory.Slice(first, rows).Lengths);
    }

    private void Fill(RowCursor from)
    {
        while (present < memory.Rows && !hasEnded)
        {
            int wanted = memory.Rows - present, begin = present;
            long first = from.Position;
            int read = from.Read(memory.Slice(present, wanted));
            hasEnded = read < wanted;
            if (read == 0)
                return;
            RowFit.CheckRead(network, form, memory.Batch(begin, read), first);
            bool someMayNotCount = source.Format.WeightsPerRow > 0 || form.TakesIds;
            for (int row = begin; row < begin + read; row++)
            {
                if (someMayNotCount && network.OwnWeight(memory.Batch(row, 1), form.TakesIds) == 0)
                    continue;
                memory.Move(row, present, 1);
                rowBehind[present++] = first + (row - begin) + 1;
            }
        }
    }
}
