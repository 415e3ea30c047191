using System.Diagnostics.CodeAnalysis;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rows of a source that the shards of one process have: it reads these, and passes over those of the others.</summary>
internal sealed class SharedRows : PlannedRows
{
    private readonly IRowSource source;
    private readonly Network network;
    private readonly Divergence form;
    private readonly int firstShard, shards;
    private RowMemory memory;
    private int[] places;
    private RowCursor? cursor;
    private int firstOwn; // counted in the step

    /// <summary>Begins with the steps of an epoch.</summary>
    /// <param name="source">The rows, of which all count, and whose number is known.</param>
    /// <param name="network">The network.</param>
    /// <param name="form">The divergence.</param>
    /// <param name="firstShard">The first shard of this process.</param>
    /// <param name="shards">How many it has.</param>
    /// <param name="settings">What the trainer wants of them.</param>
    public SharedRows(IRowSource source, Network network, Divergence form, int firstShard, int shards, EpochSettings settings)
        : base(source.Format, settings)
    {
        (this.source, this.network, this.form, this.firstShard, this.shards) = (source, network, form, firstShard, shards);
        Cut(source.Rows!.Value);
        MakeRoom();
    }

    /// <summary>Whether a source can be read so.</summary>
    public static bool CanRead(IRowSource source, Network network, Divergence form) => source.Rows is not null
        && (source.Format.EveryRowCounts || !RowFit.MayNotCount(source.Format, form))
        && !(source.Format.HasLengths && network.Chain.ChecksBatches);

    public override long Position => FirstOfStep + RowsOfStep;

    public override void Begin(int epoch, int step, long row)
    {
        if (source.Rows == 0)
            throw new InvalidDataException(FormattableString.Invariant($"The source gave no row that counts in epoch {epoch + 1}."));
        Cut(source.Rows!.Value, step, row);
        MakeRoom();
        cursor?.Dispose();
        cursor = new RowCursor(source, Seed, epoch, row);
    }

    public override void MoveNext()
    {
        base.MoveNext();
        (firstOwn, int rows) = OwnRows();
        long first = FirstOfStep + firstOwn;
        cursor!.Skip(first - cursor.Position);
        rows = Math.Max(1, rows); // one row to show where none is its own (EpochRows.Row)
        cursor.Read(memory.Slice(0, rows));
        Batch read = memory.Batch(0, rows);
        RowFit.CheckRead(network, form, read, first);
        for (int row = 0; row < rows && RowFit.MayNotCount(Format, form); row++)
            RowFit.Counts(network, form, Format, memory.Batch(row, 1), first + row);
    }

    public override void Dispose()
    {
        cursor?.Dispose();
        base.Dispose();
    }

    protected override Batch Take(int first, int rows, bool withInputs, RowBuffers buffers, Workers workers) =>
        memory.Batch(first - firstOwn, rows) with { FirstRow = first };

    protected override ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places)
    {
        places = this.places.AsSpan(first - firstOwn, rows);
        return memory.Inputs;
    }

    protected override ReadOnlySpan<int> LengthsOf(int first, int rows, out bool areTheirOwn)
    {
        areTheirOwn = false;
        return default;
    }

    [MemberNotNull(nameof(memory), nameof(places))]
    private void MakeRoom()
    {
        int rows = Guard.Size(
            (((Int128)LargestStep / Plan.Shards) + 1) * shards, nameof(LargestStep),
            "Memory for the rows of a step that this process reads would have", Array.MaxLength);
        if (memory is not null && places?.Length >= rows)
            return;
        memory = new RowMemory(source.Format, rows);
        places = [.. Enumerable.Range(0, rows)];
    }

    private (int First, int Rows) OwnRows()
    {
        int first = Plan.ShardOf(firstShard, RowsOfStep).First;
        (int last, int count) = Plan.ShardOf(firstShard + shards - 1, RowsOfStep);
        return (first, last + count - first);
    }
}
