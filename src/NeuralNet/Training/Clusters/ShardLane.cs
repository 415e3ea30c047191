using System.Numerics;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What one thread needs for neighbouring shards of a step: memory for the network, for rows, and for the sums that wait along the tree
/// until their neighbours are there.</summary>
internal sealed class ShardLane : IBackwardListener, IDisposable
{
    private readonly Network network;
    private readonly int learned; // statistics that are averaged
    private readonly float[] statistics;
    private readonly List<AlignedBuffer> levels = [];
    private readonly List<WeightedSum> sums = [];
    private int depth; // how many levels of the tree wait, below the shard that is under way
    private int shards;
    private volatile int finishedRanges;

    /// <summary>Makes a lane; memory for the network is made when rows are known.</summary>
    /// <param name="network">The network.</param>
    /// <param name="result">Where the sums end up: the gradient, then the statistics' changes.</param>
    public ShardLane(Network network, AlignedBuffer result)
    {
        this.network = network;
        learned = result.Length - network.GradientLength;
        statistics = new float[learned];
        levels.Add(result);
    }

    /// <summary>Memory for the network.</summary>
    public Workspace? Workspace { get; private set; }

    /// <summary>Where batches are put together.</summary>
    public RowBuffers Rows { get; } = new();

    /// <summary>Where the gradient and the statistics' changes of all shards are.</summary>
    public Span<float> Result => levels[0].Span;

    /// <summary>Who exchanges what the lane has finished while it computes the rest; null: nobody.</summary>
    public GradientExchange? Exchange { get; set; }

    /// <summary>How many ranges of that exchange the last shard has finished.</summary>
    public int FinishedRanges
    {
        get => finishedRanges;
        set => finishedRanges = value;
    }

    /// <summary>The first batch whose divergence is not finite; null: none.</summary>
    public (int Shard, int Batch)? NotFinite { get; set; }

    /// <summary>The gradient of the shard that is under way.</summary>
    public Span<float> Gradient => levels[depth].Span[..network.GradientLength];

    /// <summary>The statistics of the shard that is under way: those before the step, brought up to date by its batches.</summary>
    public Span<float> Statistics => statistics;

    /// <summary>Memory for the network, for so many rows at a time.</summary>
    public Workspace WorkspaceFor(int rows, int threads)
    {
        if (Workspace is null || Workspace.MaxRows < rows || Workspace.Threads != threads)
        {
            Workspace larger = network.CreateWorkspace(rows, threads);
            Workspace?.Dispose();
            Workspace = larger;
        }

        return Workspace;
    }

    /// <summary>Begins a step.</summary>
    /// <param name="count">How many shards the lane takes, a power of two.</param>
    public void Begin(int count) => (shards, depth, NotFinite) = (count, 0, null);

    /// <summary>Begins a shard.</summary>
    public void BeginShard()
    {
        if (depth == levels.Count)
            levels.Add(new AlignedBuffer(levels[0].Length));
        if (depth == sums.Count)
            sums.Add(default);
        if (learned > 0)
            network.Statistics.CopyTo(statistics);
    }

    /// <summary>Ends a shard, and adds up what has both its neighbours in the tree; after the last one this is left to <see cref="AddWaiting"/>.
    /// </summary>
    /// <param name="shard">Which one, counted from the first of the lane.</param>
    /// <param name="sum">Its Σ w D and Σ w.</param>
    public void EndShard(int shard, WeightedSum sum)
    {
        Span<float> changes = levels[depth].Span[network.GradientLength..];
        for (int i = 0; i < changes.Length; i++)
            changes[i] = (statistics[i] - network.Statistics[i]) * (float)sum.Weight;
        sums[depth++] = sum;
        for (; shard + 1 < shards && (shard & 1) != 0; shard >>= 1)
        {
            depth--;
            sums[depth - 1] += sums[depth];
            Merge(levels[depth - 1].Span, levels[depth].Span, Workspace!.Workers);
        }
    }

    /// <summary>Adds up what waits along the tree for the last shard, within a range of the gradient (and of the statistics' changes behind
    /// it) that the last shard has finished.</summary>
    public void AddWaiting(int start, int length, Workers workers)
    {
        for (int level = BitOperations.Log2((uint)shards); level > 0; level--)
            Merge(levels[level - 1].Span.Slice(start, length), levels[level].Span.Slice(start, length), workers);
    }

    /// <summary>Adds up what neighbouring lanes have in a range: afterwards the first one has the sum.</summary>
    public static void AddUp(ReadOnlySpan<ShardLane> lanes, int start, int length, Workers workers)
    {
        for (int distance = 1; distance < lanes.Length; distance <<= 1)
        {
            for (int lane = 0; lane + distance < lanes.Length; lane += 2 * distance)
                Merge(lanes[lane].Result.Slice(start, length), lanes[lane + distance].Result.Slice(start, length), workers);
        }
    }

    /// <summary>Adds up Σ w D and Σ w of all shards of neighbouring lanes.</summary>
    public static WeightedSum AddUp(ReadOnlySpan<ShardLane> lanes)
    {
        if (lanes.Length > 1)
            return AddUp(lanes[..(lanes.Length / 2)]) + AddUp(lanes[(lanes.Length / 2)..]);
        ShardLane lane = lanes[0];
        WeightedSum sum = lane.sums[lane.depth - 1];
        for (int level = lane.depth - 2; level >= 0; level--)
            sum = lane.sums[level] + sum;
        return sum;
    }

    void IBackwardListener.Finished(int layer) => Exchange!.Finished(this, layer);

    /// <summary>Drops what a step that failed has left.</summary>
    public void Clear()
    {
        foreach (AlignedBuffer level in levels)
            level.Span.Clear();
    }

    public void Dispose() => Workspace?.Dispose();

    // What was added is 0 again, for the next shard.
    private static void Merge(Span<float> lower, Span<float> upper, Workers workers)
    {
        GradientKernels.Add(lower, upper, workers);
        upper.Clear();
    }
}
