using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rows of an epoch as <see cref="Trainer.Fit"/> takes them: step by step, each of one shard or several, each of these of one batch or
/// several.</summary>
/// <remarks>Rows of which nothing counts are left out, as if the source did not have them, so that no step is without a mean.</remarks>
/// <param name="format">What each row has.</param>
/// <param name="settings">What the trainer wants of them.</param>
internal abstract class EpochRows(RowFormat format, EpochSettings settings) : IDisposable
{
    private readonly Dictionary<int, bool> answers = []; // for numbers of rows whose lengths are not looked at

    /// <summary>What each row has.</summary>
    public RowFormat Format { get; } = format;

    /// <summary>How the rows are cut.</summary>
    public StepPlan Plan { get; } = settings.Plan;

    /// <summary>What random numbers are drawn from.</summary>
    protected long Seed { get; } = settings.Seed;

    /// <summary>The steps of an epoch, or at most so many; null: that is not known before its end.</summary>
    public abstract int? Steps { get; }

    /// <summary>Whether there is a next step.</summary>
    public abstract bool HasNext { get; }

    /// <summary>The row of the source behind the last of the present step.</summary>
    public abstract long Position { get; }

    /// <summary>The rows of the present step.</summary>
    public abstract int RowsOfStep { get; }

    /// <summary>Begins an epoch, or goes on in it.</summary>
    /// <param name="epoch">Which epoch, from 0.</param>
    /// <param name="step">The steps that have been made in it.</param>
    /// <param name="row">The rows of the source that have been read in it.</param>
    public abstract void Begin(int epoch, int step, long row);

    /// <summary>Goes on to the next step.</summary>
    public abstract void MoveNext();

    /// <summary>How many batches a shard of the present step has; 0 if it has no rows.</summary>
    public int BatchesOf(int shard)
    {
        (int first, int rows) = Plan.ShardOf(shard, RowsOfStep);
        if (rows <= Plan.BatchSize)
            return rows > 0 ? 1 : 0;
        int batches = (int)(((long)rows + Plan.BatchSize - 1) / Plan.BatchSize), last = rows - ((batches - 1) * Plan.BatchSize);
        return last < Plan.BatchSize && !CanTrainOn(first + rows - last, last) ? batches - 1 : batches;
    }

    /// <summary>The rows of the largest batch of some shards of the present step.</summary>
    public int LargestBatch(int firstShard, int shards)
    {
        int largest = 0;
        for (int shard = firstShard; shard < firstShard + shards; shard++)
        {
            int batches = BatchesOf(shard);
            if (batches > 0)
                largest = Math.Max(largest, batches == 1 ? RowsOf(shard, 0).Rows : Math.Max(Plan.BatchSize, RowsOf(shard, batches - 1).Rows));
        }

        return largest;
    }

    /// <summary>A batch of the present step, without inputs: what is desired, and how much of it counts.</summary>
    public Batch Counted(int shard, int batch, RowBuffers buffers, Workers workers)
    {
        (int first, int rows) = RowsOf(shard, batch);
        return Take(first, rows, withInputs: false, buffers, workers);
    }

    /// <summary>A batch of the present step.</summary>
    /// <param name="shard">Of which shard.</param>
    /// <param name="batch">Which one of these, from 0.</param>
    /// <param name="step">The number of the step, from which an augmentation draws; null: inputs as they are.</param>
    /// <param name="buffers">Where it is put together.</param>
    /// <param name="workers">The threads that put it together.</param>
    public Batch Batch(int shard, int batch, long? step, RowBuffers buffers, Workers workers)
    {
        (int first, int rows) = RowsOf(shard, batch);
        return RowsAsOf(step, first, rows, buffers, workers);
    }

    /// <summary>One row of the present step, also for a shard that has none: its first, or else the one that the next shards have.</summary>
    public Batch Row(int shard, long step, RowBuffers buffers, Workers workers) =>
        RowsAsOf(step, Plan.ShardOf(shard, RowsOfStep).First, 1, buffers, workers);

    public virtual void Dispose()
    {
    }

    /// <summary>The lengths that some rows of the present step may have: their own where these are known.</summary>
    protected abstract ReadOnlySpan<int> LengthsOf(int first, int rows, out bool areTheirOwn);

    /// <summary>Some rows of the present step.</summary>
    protected abstract Batch Take(int first, int rows, bool withInputs, RowBuffers buffers, Workers workers);

    /// <summary>Where some rows of the present step lie: among which inputs, and at which rows of these.</summary>
    protected abstract ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places);

    /// <summary>Whether the network can train on each shard of a step with so many rows.</summary>
    protected bool CanTrainOnStep(int rows)
    {
        for (int shard = 0; shard < Plan.Shards; shard++)
        {
            (int first, int count) = Plan.ShardOf(shard, rows);
            if (count > 0 && count < Plan.BatchSize && !CanTrainOn(first, count))
                return false;
        }

        return true;
    }

    /// <summary>The first row of a batch, counted in the present step, and the number of its rows.</summary>
    protected (int First, int Rows) RowsOf(int shard, int batch)
    {
        (int first, int rows) = Plan.ShardOf(shard, RowsOfStep);
        int before = batch * Plan.BatchSize;
        return (first + before, batch == BatchesOf(shard) - 1 ? rows - before : Plan.BatchSize);
    }

    // Whether the network can train on some last rows of a shard, fewer than a batch, by themselves. Threads ask only what has been answered before
    // they begin, of their shards' largest batches, or what needs no memory.
    private bool CanTrainOn(int first, int rows)
    {
        ReadOnlySpan<int> lengths = LengthsOf(first, rows, out bool areTheirOwn);
        if (areTheirOwn)
            return settings.CanTrainOn(rows, lengths);
        if (!answers.TryGetValue(rows, out bool answer))
            answers[rows] = answer = settings.CanTrainOn(rows, lengths);
        return answer;
    }

    private Batch RowsAsOf(long? step, int first, int rows, RowBuffers buffers, Workers workers)
    {
        bool isAugmented = step is not null && settings.Augmentation is not null;
        Batch taken = Take(first, rows, withInputs: !isAugmented, buffers, workers);
        return isAugmented ? taken with { Inputs = Augmented(step!.Value, first, taken, buffers, workers) } : taken;
    }

    private Span<float> Augmented(long step, int first, scoped in Batch batch, RowBuffers buffers, Workers workers)
    {
        Span<float> to = buffers.Memory(RowBuffers.Part.Augmented, batch.Rows * settings.Shape.Size);
        ReadOnlySpan<float> from = Place(first, batch.Rows, out ReadOnlySpan<int> places);
        new AugmentedRows
        {
            Augmentation = settings.Augmentation!,
            Shape = settings.Shape,
            Stream = RandomPurpose.Of(Seed, RandomPurpose.Augmentation).AtStep(step),
            FirstRow = first,
            From = from,
            Rows = places,
            Lengths = batch.Lengths,
            To = to,
            Scratch = buffers.Memory(
                RowBuffers.Part.Scratch, AugmentedRows.Parts(workers, to.Length) * settings.Augmentation!.ScratchOf(settings.Shape)),
        }.Make(workers);
        return to;
    }
}
