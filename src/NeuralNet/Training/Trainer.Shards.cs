using System.Numerics;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Steps in shards, which several threads and processes take, and add up in an order that does not depend on how many they are.</content>
public sealed partial class Trainer
{
    private ShardLane[] lanes = [];
    private GradientExchange? exchange; // of a gradient that is exchanged in parts
    private Workers? laneWorkers;

    /// <summary>Into how many parts the rows of a step are divided, a power of two; 1 unless set.</summary>
    /// <remarks><para>Shard s of S has rows ⌊sR/S⌋ to ⌊(s+1)R/S⌋ − 1 of the step's R (<see cref="BatchSize"/> ·
    /// <see cref="AccumulateSteps"/>, in <see cref="Step(in Batch)"/> those of the batch), in batches of <see cref="BatchSize"/>. The gradients of
    /// shards are added up in a balanced binary tree over s: gradient = ((g₀ + g₁) + (g₂ + g₃)) + … So the bits depend on S, but not on how many
    /// threads or processes (<see cref="Cluster"/>) take the shards.</para>
    /// <para>Layers that mix rows (<see cref="Layer.MixesRows"/>) do so within a batch of a shard. Statistics are brought up to date by each shard on
    /// its own, and become the mean over the shards, weighted by their Σ w: with σ before the step and σₛ after shard s,
    /// σ + Σ wₛ (σₛ − σ) / Σ w, so that what no shard changes keeps its bits.</para>
    /// <para>With several <see cref="Threads"/> each thread takes whole shards, which suits small layers, recurrent ones and convolutions better than
    /// sharing the work within a layer. Each then has memory for the network's values and for a gradient or more (at most log₂ S + 1).</para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is no power of two of at least 1.</exception>
    public int Shards
    {
        get;
        init => field = value > 0 && BitOperations.IsPow2(value)
            ? value
            : throw Guard.OutOfRange(nameof(Shards), value, "A power of two was expected: 1, 2, 4, ….");
    }
    = 1;

    private StepPlan Plan => new(BatchSize, AccumulateSteps, Shards);

    private bool IsInShards => Shards > 1 || Cluster is { Size: > 1 };

    // Who does what is not divided among the lanes.
    private Workers LaneWorkers => laneWorkers ?? lanes[0].Workspace!.Workers;

    // The shards of this process.
    private (int First, int Count) OwnShards => Cluster is { Size: > 1 } cluster
        ? (cluster.Rank * (Shards / cluster.Size), Shards / cluster.Size)
        : (0, Shards);

    private float StepInShards(scoped in Batch batch, float rate)
    {
        if (!hasMet)
            MeetBefore();
        Network.Check(batch, training: true, ratePlan?.Statistics);
        CheckDesiredIfNeeded(batch);
        if (!batch.State.IsEmpty && IsTogether)
            throw new ArgumentException(
                "A step of several processes cannot carry State: each would have the states of its own rows alone.", nameof(batch));
        if (!batch.State.IsEmpty)
            KeepState(batch);
        try
        {
            var step = new ShardedStep(batch, Shards);
            WeightedSum sum = AddShards(step);
            float divergence = MoveInShards(sum, step, rate);
            byHand += sum;
            return divergence;
        }
        catch
        {
            if (!batch.State.IsEmpty)
                RestoreState(batch);
            throw;
        }
    }

    // All processes have the same gradient, and refuse the same steps.
    private float MoveInShards(WeightedSum sum, scoped in ShardedStep step, float rate)
    {
        Workers workers = LaneWorkers;
        float divergence = (float)sum.ShareOf(step.TotalWeight);
        try
        {
            Span<float> g = gradient.Span[..Network.Parameters.Length];
            if (!CanMove(divergence, g, rate, workers, out float largest))
                throw Agree(NotMade(step, divergence, largest));
            if (told.Length > 0)
                TellGradient(SomeBatch(step, out _), sum.Mean, rate, g);
            Apply(g, rate, workers);
            return divergence;
        }
        catch
        {
            Gradient.Clear();
            throw;
        }
    }

    private NotFiniteNumberException NotMade(scoped in ShardedStep step, float divergence, float largest)
    {
        Batch batch = SomeBatch(step, out bool isCause);
        if (!isCause && !float.IsFinite(divergence) && IsTogether)
            return new(FormattableString.Invariant(
                $"The step was not made, nothing has changed: the mean divergence is {divergence}, because of rows of another process, ")
                + "which says more.");
        return new(NotFinite.Explain(Network, Divergence, batch, divergence, Gradient, largest), divergence);
    }

    // The first batch whose divergence is not finite; where there is none, one that has rows. Of a step with fewer rows than processes a row of
    // another process is shown.
    private Batch SomeBatch(scoped in ShardedStep step, out bool isCause)
    {
        foreach (ShardLane lane in lanes)
        {
            isCause = lane.NotFinite is not null;
            if (lane.NotFinite is { } place)
                return step.Batch(place.Shard, place.Batch, lane);
        }

        isCause = false;
        for (int lane = lanes.Length - 1; lane >= 0; lane--)
        {
            (int first, int count) = ShardsOf(lane);
            for (int shard = first + count - 1; shard >= first; shard--)
            {
                if (step.BatchesOf(shard) is > 0 and var batches)
                    return step.Batch(shard, batches - 1, lanes[lane]);
            }
        }

        return step.Row(OwnShards.First, lanes[0]);
    }

    // The gradient of the step, Σ w D and Σ w over all shards of all processes; the statistics are up to date.
    private WeightedSum AddShards(scoped in ShardedStep step)
    {
        (_, int own) = OwnShards;
        PrepareLanes(step, own);
        try
        {
            double total = step.TotalWeight > 0 ? step.TotalWeight : TotalWeight(step);
            exchange?.Begin(NoticeOf(default, step.Mark, out string? compared), compared);
            var job = new LaneJob { Trainer = this, Step = step, TotalWeight = total };
            (laneWorkers ?? Workers.Alone).Run(ref job, lanes.Length);
            WeightedSum sum = ShardLane.AddUp(lanes);
            if (exchange is null)
                ShardLane.AddUp(lanes, 0, gradient.Length, LaneWorkers);
            if (IsTogether)
                sum = SumOverProcesses(sum, step.Mark);
            Span<float> changes = lanes[0].Result[Network.GradientLength..];
            for (int i = 0; i < changes.Length; i++)
                statistics[i] = changes[i] == 0 ? Network.Statistics[i] : Network.Statistics[i] + (changes[i] / (float)sum.Weight);
            changes.Clear();
            return sum;
        }
        catch (Exception problem)
        {
            exchange?.Abandon(problem, LaneWorkers);
            foreach (ShardLane lane in lanes)
                lane.Clear();
            throw;
        }
    }

    // One for each thread, as far as there are shards; further threads share the work within a shard.
    private void PrepareLanes(scoped in ShardedStep step, int shards)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        int count = Math.Min(1 << BitOperations.Log2((uint)Threads), shards);
        if (lanes.Length != count)
        {
            var made = new ShardLane[count];
            for (int lane = 0; lane < count; lane++)
                made[lane] = new ShardLane(Network, lane == 0 ? gradient : new AlignedBuffer(gradient.Length));
            laneWorkers = count > 1 ? new Workers(count) : null;
            lanes = made; // all of them, or none where there is not enough memory
            exchange = IsTogether ? GradientExchange.For(Network, Cluster, lanes) : null;
            foreach (ShardLane lane in lanes)
                lane.Exchange = exchange;
        }

        for (int lane = 0; lane < count; lane++)
        {
            (int first, int each) = ShardsOf(lane);
            int threads = Threads / count, rows = Math.Max(1, step.LargestBatch(first, each));
            lanes[lane].WorkspaceFor(Network.RowsAtOnce(rows, threads), threads);
            lanes[lane].Begin(each);
        }
    }

    private (int First, int Count) ShardsOf(int lane)
    {
        (int first, int count) = OwnShards;
        int each = count / lanes.Length;
        return (first + (lane * each), each);
    }

    private void RunLane(ShardLane lane, scoped in ShardedStep step, (int First, int Count) shards, double total)
    {
        Workspace memory = lane.Workspace!;
        for (int shard = shards.First; shard < shards.First + shards.Count; shard++)
        {
            lane.BeginShard();
            WeightedSum sum = default;
            int batches = step.BatchesOf(shard);
            for (int batch = 0; batch < batches; batch++)
            {
                Batch part = step.Batch(shard, batch, lane) with { TotalWeight = total };
                bool isLast = shard == shards.First + shards.Count - 1 && batch == batches - 1;
                WeightedSum added = AddBatch(part, shard, lane, isLast && exchange is not null ? lane : null);
                if (statistics.Length > 0 && !part.Inference)
                    Network.UpdateStatistics(part, lane.Statistics, memory);
                sum += added;

                // Said when all processes know of it.
                if (!double.IsFinite(added.Sum))
                    lane.NotFinite ??= (shard, batch);
            }

            lane.EndShard(shard - shards.First, sum);
        }

        if (exchange is null)
            lane.AddWaiting(0, gradient.Length, memory.Workers);
    }

    // The step as a whole has been checked; a layer that mixes rows may find too few that count in a shard.
    private WeightedSum AddBatch(in Batch batch, int shard, ShardLane lane, IBackwardListener? listener)
    {
        try
        {
            return Network.AddPart(batch, Divergence, lane.Gradient, lane.Workspace!, ratePlan, listener);
        }
        catch (ArgumentException refusal)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"In shard {shard} of {Shards}: {refusal.Message} Fewer Shards have more rows each."), refusal);
        }
    }

    // Σ w over all rows of the step, added up as the gradients are.
    private double TotalWeight(scoped in ShardedStep step)
    {
        if (step.IsWeightKnown(Network, Divergence, out double known))
            return known;
        (int first, int count) = OwnShards;
        double own = TreeWeight(step, first, count);
        return Cluster is { Size: > 1 } cluster
            ? cluster.Meet(new Notice { Meeting = Meeting.Weigh, Number = StepCount, Rows = step.Mark, Weight = own }).Weight
            : own;
    }

    private double TreeWeight(scoped in ShardedStep step, int first, int count)
    {
        if (count > 1)
            return TreeWeight(step, first, count / 2) + TreeWeight(step, first + (count / 2), count / 2);
        double weight = 0;
        int batches = step.BatchesOf(first);
        for (int batch = 0; batch < batches; batch++)
            weight += step.WeightOf(first, batch, lanes[0], Network, Divergence);
        return weight;
    }

    private ref struct LaneJob : IJob<LaneJob>
    {
        public required Trainer Trainer;
        public required ShardedStep Step;
        public required double TotalWeight;

        public static void Part<TVector>(ref LaneJob job, int part, int parts) where TVector : struct, ISimdVector<TVector> =>
            job.Trainer.RunLane(job.Trainer.lanes[part], job.Step, job.Trainer.ShardsOf(part), job.TotalWeight);
    }
}
