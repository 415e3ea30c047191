namespace NeuralNet;

/// <summary>How rows are cut: into steps, each step into shards, each shard into batches, which go through the network one at a time.</summary>
/// <param name="BatchSize">The rows of a batch; the last one of a shard may have fewer.</param>
/// <param name="BatchesPerStep">The rows of a step, in batches; the last step may have fewer.</param>
/// <param name="Shards">The shards of a step.</param>
internal readonly record struct StepPlan(int BatchSize, int BatchesPerStep, int Shards)
{
    /// <summary>The rows of a step but for the last one.</summary>
    public long StepRows => (long)BatchSize * BatchesPerStep;

    /// <summary>The rows of a shard, counted in a step of so many rows.</summary>
    public (int First, int Rows) ShardOf(int shard, int rows)
    {
        if (Shards == 1)
            return (0, rows);
        int first = (int)((long)shard * rows / Shards);
        return (first, (int)((shard + 1L) * rows / Shards) - first);
    }

    /// <summary>The rows of the smallest batch that a step of so many rows has: of a shard that has fewer than a batch, or a whole one.</summary>
    public int SmallestBatch(int rows)
    {
        int smallest = BatchSize;
        for (int shard = 0; shard < Shards; shard++)
        {
            if (ShardOf(shard, rows).Rows is > 0 and var count)
                smallest = Math.Min(smallest, count);
        }

        return smallest;
    }
}
