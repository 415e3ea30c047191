using System.Runtime.ExceptionServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Adds up the gradients of all lanes and processes while they are still computed: range after range from the last layer on, as soon as the
/// last shard of each lane has finished the layers of a range.</summary>
/// <remarks><para>All processes exchange the same ranges in the same order, whenever each of them comes to it, and an element's sum is the same
/// tree whatever range it is in: so no bits depend on time. A thread of the pool exchanges while layers are computed, if one is free; what it has
/// not come to by the end of the backward pass is done by the thread that trains.</para>
/// <para>The processes meet before the first range and after the last one. A process whose computation fails in between goes on exchanging what it
/// has, and says so at the second meeting; nobody uses these sums.</para></remarks>
internal sealed class GradientExchange : IThreadPoolWorkItem
{
    // The fewest floats that are exchanged by themselves.
    private const int ShortestRange = 64 << 10;

    private readonly Cluster cluster;
    private readonly ShardLane[] lanes;
    private readonly int[] starts; // of the ranges, descending; each ends where the one before it begins
    private readonly int[] finishedBy; // how many ranges are finished when a layer is
    private readonly int end; // of the first range
    private readonly int length; // of all that is added up
    private readonly Lock gate = new(); // is held by whoever exchanges
    private Notice notice;
    private string? compared;
    private int next; // the range that comes next
    private int isQueued;
    private bool hasMet;
    private bool isUnderWay; // a step has begun, and its trainer has not come to the end of it
    private volatile bool isLeftToTrainer = true; // the pool may not begin another range
    private Exception? failure;

    private GradientExchange(Cluster cluster, ShardLane[] lanes, int[] layers, int[] starts, int end)
    {
        (this.cluster, this.lanes, this.starts, this.end) = (cluster, lanes, starts, end);
        length = lanes[0].Result.Length;
        finishedBy = [.. layers.Select(start => starts.Count(range => range >= start))];
    }

    /// <summary>Makes the exchange of a network's gradient; null where it is too short, or too much of it is one layer's, to be exchanged in parts.
    /// </summary>
    public static GradientExchange? For(Network network, Cluster cluster, ShardLane[] lanes)
    {
        int[] layers = network.GradientStarts();
        int end = network.Parameters.Length, upper = end;
        var starts = new List<int>();
        foreach (int start in layers.Reverse())
        {
            if (upper - start >= ShortestRange && start > 0)
                starts.Add(upper = start);
        }

        return starts.Count == 0 ? null : new GradientExchange(cluster, lanes, layers, [.. starts], end);
    }

    /// <summary>Begins a step.</summary>
    /// <param name="own">What this process says at the first meeting.</param>
    /// <param name="what">What is compared at it, in words.</param>
    /// <exception cref="InvalidOperationException">A cluster may not be used here.</exception>
    public void Begin(in Notice own, string? what)
    {
        Cluster.RefuseApart(); // a thread of the pool is in nobody's piece of work, and would meet others
        lock (gate)
        {
            // A call that the pool comes to only now, queued by the step before, must not take that step's ranges for this one's.
            (notice, compared, next, hasMet, failure) = (own, what, 0, false, null);
            foreach (ShardLane lane in lanes)
                lane.FinishedRanges = 0;
            isUnderWay = true;
            isLeftToTrainer = false;
        }
    }

    /// <summary>A lane has finished a layer of its last shard, and all behind it.</summary>
    public void Finished(ShardLane lane, int layer)
    {
        if (finishedBy[layer] == lane.FinishedRanges)
            return;
        lane.FinishedRanges = finishedBy[layer];
        Queue();
    }

    /// <summary>Exchanges what is left, when all lanes have ended.</summary>
    /// <returns>What the processes have said at the first meeting.</returns>
    /// <exception cref="ClusterException">They do not agree, or cannot be reached.</exception>
    public Notice Finish(Workers workers)
    {
        isLeftToTrainer = true;
        lock (gate)
        {
            isUnderWay = false;
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
            while (next < starts.Length)
                AddNext(workers);
            Add(0, starts[^1], workers);
            Add(end, length - end, workers);
            return notice;
        }
    }

    /// <summary>Ends the exchange where this process has failed: what is left is exchanged, so that the others come to the second meeting, where they
    /// are told, unless they are at the first one still. Where the first one has failed for all, nobody need be told.</summary>
    /// <param name="problem">What this process throws.</param>
    /// <param name="workers">The threads that add.</param>
    public void Abandon(Exception problem, Workers workers)
    {
        if (!isUnderWay)
            return; // it has not begun, or Finish itself has failed
        isLeftToTrainer = true;
        lock (gate)
        {
            isUnderWay = false;
            if (failure is not null && failure == cluster.Agreed)
                cluster.Agree(problem);
            if (!hasMet || failure is not null)
                return;
            try
            {
                Finish(workers);
            }
            catch (Exception)
            {
                // The failure before this one is the cause, and is thrown.
            }
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (gate)
        {
            try
            {
                while (CanGoOn)
                    AddNext(Workers.Alone);
            }
            catch (Exception problem)
            {
                failure = problem;
            }
        }

        // What a lane finished meanwhile found this call queued.
        Interlocked.Exchange(ref isQueued, 0);
        if (CanGoOn)
            Queue();
    }

    private bool CanGoOn
    {
        get
        {
            int finished = int.MaxValue;
            foreach (ShardLane lane in lanes)
                finished = Math.Min(finished, lane.FinishedRanges);
            return !isLeftToTrainer && failure is null && next < finished;
        }
    }

    private void Queue()
    {
        if (CanGoOn && Interlocked.Exchange(ref isQueued, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void AddNext(Workers workers)
    {
        if (!hasMet)
            notice = cluster.Meet(notice, compared);
        hasMet = true;
        int upper = next == 0 ? end : starts[next - 1];
        Add(starts[next], upper - starts[next], workers);
        next++;
    }

    private void Add(int start, int count, Workers workers)
    {
        foreach (ShardLane lane in lanes)
            lane.AddWaiting(start, count, workers);
        ShardLane.AddUp(lanes, start, count, workers);
        cluster.Sum(lanes[0].Result.Slice(start, count), workers);
    }
}
