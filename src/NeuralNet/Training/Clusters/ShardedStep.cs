namespace NeuralNet;

/// <summary>The rows of a step that is made in shards: those of an epoch, or a batch that was given.</summary>
internal readonly ref struct ShardedStep
{
    private readonly EpochRows? rows;
    private readonly long number;
    private readonly Batch whole;
    private readonly StepPlan plan;
    private readonly RandomStream? stream;

    /// <summary>A step of <see cref="Trainer.Fit"/>.</summary>
    /// <param name="rows">The rows, at this step.</param>
    /// <param name="number">The number of the step.</param>
    /// <param name="stream">What its layers draw from.</param>
    public ShardedStep(EpochRows rows, long number, RandomStream stream)
    {
        (this.rows, this.number, this.stream) = (rows, number, stream);
        plan = rows.Plan;
    }

    /// <summary>A step on a batch, of which each shard is one batch.</summary>
    /// <param name="whole">The batch.</param>
    /// <param name="shards">How many shards.</param>
    public ShardedStep(Batch whole, int shards)
    {
        this.whole = whole;
        plan = new StepPlan(int.MaxValue, 1, shards);
    }

    /// <summary>Σ w of a whole that the step is a part of; 0: it is the whole.</summary>
    public double TotalWeight => whole.TotalWeight;

    /// <summary>What all processes must have alike: how many rows the step has, and of what whole they are a part.</summary>
    public long Mark => (rows?.RowsOfStep ?? whole.Rows) ^ BitConverter.DoubleToInt64Bits(whole.TotalWeight);

    public int BatchesOf(int shard) => rows is not null ? rows.BatchesOf(shard) : plan.ShardOf(shard, whole.Rows).Rows > 0 ? 1 : 0;

    public int LargestBatch(int firstShard, int shards)
    {
        if (rows is not null)
            return rows.LargestBatch(firstShard, shards);
        int largest = 0;
        for (int shard = firstShard; shard < firstShard + shards; shard++)
            largest = Math.Max(largest, plan.ShardOf(shard, whole.Rows).Rows);
        return largest;
    }

    /// <summary>A batch to train on.</summary>
    public Batch Batch(int shard, int batch, ShardLane lane) => rows is not null
        ? rows.Batch(shard, batch, number, lane.Rows, lane.Workspace!.Workers) with { Stream = stream }
        : Part(shard);

    /// <summary>One row, also for a shard that has none.</summary>
    public Batch Row(int shard, ShardLane lane) => rows is not null
        ? rows.Row(shard, number, lane.Rows, lane.Workspace!.Workers) with { Stream = stream }
        : Network.PartOf(whole, plan.ShardOf(shard, whole.Rows).First, 1, 0);

    /// <summary>Σ w of a batch.</summary>
    public double WeightOf(int shard, int batch, ShardLane lane, Network network, Divergence divergence)
    {
        if (rows is null)
            return network.TotalWeight(Part(shard), divergence);
        Batch counted = rows.Counted(shard, batch, lane.Rows, lane.Workspace!.Workers);
        return network.OwnWeight(counted, network.For(divergence, counted.Rows, counted.Desired.Length)!.TakesIds);
    }

    /// <summary>Whether Σ w follows from the number of rows.</summary>
    public bool IsWeightKnown(Network network, Divergence divergence, out double weight)
    {
        RowFormat? format = rows?.Format;
        bool hasWeights = format is null ? !whole.Weights.IsEmpty : format.WeightsPerRow > 0;
        bool hasLengths = format is null ? !whole.Lengths.IsEmpty : format.HasLengths;
        int count = rows?.RowsOfStep ?? whole.Rows, desired = format?.OutputWidth * count ?? whole.Desired.Length;
        int steps = whole.Steps == 0 ? network.Input.Steps : whole.Steps;
        weight = (double)count * network.OutputVectors(steps);
        return !hasWeights && !hasLengths && network.For(divergence, count, desired) is { TakesIds: false };
    }

    private Batch Part(int shard)
    {
        (int first, int count) = plan.ShardOf(shard, whole.Rows);
        return Network.PartOf(whole, first, count, 0);
    }
}
