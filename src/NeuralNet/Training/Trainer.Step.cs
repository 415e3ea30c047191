using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>One step: gradient, penalty, guard, clipping, and the optimizer's move.</content>
public sealed partial class Trainer
{
    // The square of a larger gradient, which Adam takes, would be infinite; so would soon be parameters that move further.
    private const float LargestGradient = 1.8e19f, LargestMove = 1e30f;

    /// <summary>Makes one step on spans.</summary>
    /// <remarks>Steps are no epochs: in a loop of your own <see cref="EndEpoch"/> says where one ends, which schedules that count epochs wait for.
    /// </remarks>
    /// <param name="inputs">The inputs, [rows, input size].</param>
    /// <param name="desired">What is desired, [rows, output size], or as the divergence has it (<see cref="Divergence.DesiredWidth"/>): class ids,
    /// [rows, vectors of an output row].</param>
    /// <param name="rows">How many rows, at least 1; any number, whatever <see cref="BatchSize"/>.</param>
    /// <returns>The mean divergence of the rows before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit, what is desired is not what the divergence is meant for
    /// (<see cref="Divergence.DesiredRange"/>), or <see cref="Rates"/> name what the network does not have.</exception>
    /// <exception cref="NotFiniteNumberException"> The divergence or a gradient is NaN, infinite or too large for a step; nothing has changed, and
    /// the message says where it comes from.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another call of Step is under way, the schedule gives no finite rate of at least 0, the
    /// <see cref="Shards"/> cannot be divided evenly among the processes of the <see cref="Cluster"/>, or it is
    /// called from the progress of a Fit of several processes.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public float Step(ReadOnlySpan<float> inputs, ReadOnlySpan<float> desired, int rows) =>
        Step(new Batch { Rows = rows, Inputs = inputs, Desired = desired });

    /// <summary>Makes one step on a batch.</summary>
    /// <param name="batch">The batch; without a stream the trainer's own is used. One of <see cref="Batch.Inference"/> leaves the statistics.</param>
    /// <returns>The mean divergence of the batch before the step; with <see cref="Batch.TotalWeight"/>, by which the gradient is divided too, the
    /// batch's share in that mean.</returns>
    /// <exception cref="ArgumentException">
    /// A size does not fit, a weight is not allowed, what is desired is not what the divergence is meant for
    /// (<see cref="Divergence.DesiredRange"/>), or <see cref="Rates"/> name what the network does not have.
    /// </exception>
    /// <exception cref="ClusterException">Another process of the <see cref="Cluster"/> failed, left, does something else, or was given other rows.
    /// </exception>
    /// <inheritdoc cref="Step(ReadOnlySpan{float}, ReadOnlySpan{float}, int)"/>
    public float Step(in Batch batch)
    {
        if (IsTogether)
            return StepTogether(batch);
        float divergence;
        using (turns.BeginStep())
        {
            BeginByHand();
            divergence = StepAlone(WithStream(batch));
        }

        if (told.Length > 0)
            TellStep(batch.Rows, divergence);
        return divergence;
    }

    // One of several processes: where it fails, the others are told.
    private float StepTogether(in Batch batch)
    {
        float divergence;
        try
        {
            using TrainerTurns.Turn turn = turns.BeginStep();
            if (turns.IsFitting)
                throw new InvalidOperationException("Fit is under way, and tells process 0 alone of its progress: a step by hand from there would be "
                    + "one that the other processes do not make. Make it after Fit, on each process.");
            BeginByHand();
            divergence = StepAlone(WithStream(batch));
        }
        catch (Exception failure)
        {
            Cluster!.Tell(failure);
            throw;
        }

        if (told.Length > 0)
            TellStep(batch.Rows, divergence);
        return divergence;
    }

    // After a step by hand no interrupted call of Fit can be gone on with. In the progress of Fit its rates go on.
    private void BeginByHand()
    {
        if (turns.IsFitting)
            return;
        fit = null;
        if (ratePlan is not null || Rates.Places.Count > 0)
            ReadRates();
    }

    private Batch WithStream(in Batch batch) => batch.Stream is null && Network.Chain.IsRandom ? batch with { Stream = StepStream } : batch;

    private void ReadRates()
    {
        ratePlan = Network.PlanOf(Rates, followsSchedules: true);
        Optimizer.CheckRates(ratePlan);
        if (ratePlan is not { Schedules.Length: > 0 })
            scheduledRates = null;
        else if (scheduledRates?.Read != ratePlan)
            scheduledRates = new ScheduledRates(Checked(ratePlan));
    }

    // That the schedules freeze their places, which a network may refuse, is tried before the first step.
    private RatePlan Checked(RatePlan plan)
    {
        Optimizer.CheckRates(plan.With(new float[plan.Schedules.Length]));
        return plan;
    }

    // The rates of the step that begins, where they follow schedules.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FollowRates(ScheduledRates rates)
    {
        ratePlan = rates.At(Now);
        Optimizer.CheckRates(ratePlan);
    }

    private RandomStream StepStream => RandomPurpose.Of(Seed, RandomPurpose.Layers).AtStep(StepCount);

    private float StepAlone(in Batch batch)
    {
        float rate = LearningRate;
        if (scheduledRates is not null)
            FollowRates(scheduledRates);
        if (IsInShards)
            return StepInShards(batch, rate);

        // AddPart refuses what is wrong; but a workspace is made only for a batch that is known to be right.
        if (!HasRoomFor(batch.Rows))
            CheckFirst(batch);
        else
            CheckDesiredIfNeeded(batch);
        Workspace memory = WorkspaceFor(batch.Rows);
        if (!batch.State.IsEmpty)
            KeepState(batch);
        try
        {
            if (statistics.Length > 0)
                Network.Statistics.CopyTo(statistics);
            WeightedSum sum = AddPart(batch, memory);
            float divergence = Move(sum, batch, rate, memory);
            byHand += sum;
            return divergence;
        }
        catch
        {
            gradient.Span.Clear();
            if (!batch.State.IsEmpty)
                RestoreState(batch);
            throw;
        }
    }

    private void CheckDesiredIfNeeded(in Batch batch)
    {
        if (outputs is null ? Pairing.MayBeWrong(desiredRange, batch.Desired) : Pairing.MayBeWrong(Network, outputs, batch))
            CheckDesired(batch);
    }

    private void CheckFirst(in Batch batch)
    {
        Network.Check(batch, training: true, ratePlan?.Statistics);
        CheckDesired(batch);
    }

    private void CheckDesired(in Batch batch)
    {
        int steps = batch.Steps == 0 ? Network.Input.Steps : batch.Steps;
        Pairing.CheckDesired(Network, Network.CheckDesired(batch, Divergence, steps).Of, batch, steps, nameof(batch));
    }

    private void KeepState(in Batch batch)
    {
        int states = batch.State.Length;
        if (stateBefore.Length < states + batch.StateGradient.Length)
            stateBefore = new float[states + batch.StateGradient.Length];
        batch.State.CopyTo(stateBefore);
        batch.StateGradient.CopyTo(stateBefore.AsSpan(states));
    }

    private void RestoreState(in Batch batch)
    {
        stateBefore.AsSpan(0, batch.State.Length).CopyTo(batch.State);
        stateBefore.AsSpan(batch.State.Length, batch.StateGradient.Length).CopyTo(batch.StateGradient);
    }

    // Adds a part's gradient to that of the step, and brings the step's copy of the statistics up to date.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private WeightedSum AddPart(in Batch batch, Workspace memory)
    {
        WeightedSum sum = Network.AddPart(batch, Divergence, Gradient, memory, ratePlan);
        if (statistics.Length > 0 && !batch.Inference)
            Network.UpdateStatistics(batch, statistics, memory);
        return double.IsFinite(sum.Sum) ? sum : throw NotMade(sum, batch, largest: 0);
    }

    private Span<float> Gradient => gradient.Span[..Network.GradientLength];

    // Moves the parameters, once the gradient of the whole step is there. Gives the step's divergence.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Move(WeightedSum sum, in Batch batch, float rate, Workspace memory)
    {
        Span<float> g = gradient.Span[..Network.Parameters.Length];
        float divergence = (float)sum.ShareOf(batch.TotalWeight);
        if (!CanMove(divergence, g, rate, memory.Workers, out float largest))
            throw NotMade(sum, batch, largest);
        if (told.Length > 0)
            TellGradient(batch, sum.Mean, rate, g);
        Apply(g, rate, memory.Workers);
        return divergence;
    }

    // Ties, penalty and clipping; and whether a step can be made with what comes out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool CanMove(float divergence, Span<float> g, float rate, Workers workers, out float largest)
    {
        if (Network.GradientLength > g.Length)
            Network.FoldTies(Gradient, workers);
        Penalty?.AddGradient(Network.Parameters, g, ratePlan?.Penalized ?? penalized, workers, Optimizer.IsLazy);
        float clipped;
        if (Clipping is null)
            clipped = largest = Reduction.MaxMagnitude(g, workers);
        else
            (largest, clipped) = Clipping.Apply(g, workers);
        return float.IsFinite(divergence) && clipped <= LargestGradient && clipped * (rate * (ratePlan?.LargestFactor ?? 1)) <= LargestMove;
    }

    // The optimizer's step; the statistics become the network's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply(Span<float> g, float rate, Workers workers)
    {
        Optimizer.Step(Network.Parameters, g, state, rate, workers, ratePlan);
        if (statistics.Length > 0)
            statistics.CopyTo(Network.Statistics);
        if (average is not null)
            AverageStep(average, workers);
    }

    private NotFiniteNumberException NotMade(WeightedSum sum, in Batch batch, float largest)
    {
        double divergence = sum.ShareOf(batch.TotalWeight);
        return new(NotFinite.Explain(Network, Divergence, batch, (float)divergence, Gradient, largest), divergence);
    }

    private Workspace WorkspaceFor(int rows)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (!HasRoomFor(rows))
        {
            Workspace larger = Network.CreateWorkspace(Network.RowsAtOnce(rows, Threads), Threads);
            workspace?.Dispose();
            workspace = larger;
        }

        return workspace;
    }

    [MemberNotNullWhen(true, nameof(workspace))]
    private bool HasRoomFor(int rows) => workspace is not null && workspace.MaxRows >= Network.RowsAtOnce(rows, Threads);
}
