using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>One step: gradient, penalty, guard, clipping, and the optimizer's move.</content>
public sealed partial class Trainer
{
    // The square of a larger gradient, which Adam takes, would be infinite; so would soon be parameters that move further.
    private const float LargestGradient = 1.8e19f, LargestMove = 1e30f;

    /// <summary>Makes one step on spans.</summary>
    /// <param name="inputs">The inputs, [rows, input size].</param>
    /// <param name="desired">What is desired, [rows, output size].</param>
    /// <param name="rows">How many rows, at least 1; any number, whatever <see cref="BatchSize"/>.</param>
    /// <returns>The mean divergence of the rows before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    /// <exception cref="NotFiniteNumberException"> The divergence or a gradient is NaN, infinite or too large for a step; nothing has changed, and
    /// the message says where it comes from.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another call of Step is under way, or the schedule gives no finite rate of at least 0.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public float Step(ReadOnlySpan<float> inputs, ReadOnlySpan<float> desired, int rows) =>
        Step(new Batch { Rows = rows, Inputs = inputs, Desired = desired });

    /// <summary>Makes one step on a batch.</summary>
    /// <param name="batch">The batch; without a stream the trainer's own is used.</param>
    /// <returns>The mean divergence of the batch before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not allowed.</exception>
    /// <inheritdoc cref="Step(ReadOnlySpan{float}, ReadOnlySpan{float}, int)"/>
    public float Step(in Batch batch)
    {
        using (turns.BeginStep())
        {
            if (!turns.IsFitting)
                fit = null; // after a step by hand no interrupted call of Fit can be gone on with
            return (float)StepAlone(batch.Stream is null ? batch with { Stream = StepStream } : batch).Mean;
        }
    }

    private RandomStream StepStream => RandomPurpose.Of(Seed, RandomPurpose.Layers).AtStep(StepCount);

    private WeightedSum StepAlone(in Batch batch)
    {
        float rate = LearningRate;

        // AddGradient refuses what is wrong; but a workspace is made only for a batch that is known to be right.
        if (workspace is null || workspace.MaxRows < batch.Rows)
            Network.CheckDesired(batch, Divergence, Network.Check(batch, training: true));
        Workspace memory = WorkspaceFor(batch.Rows);
        Span<float> g = gradient.Span;
        int states = batch.State.Length;
        if (stateBefore.Length < states + batch.StateGradient.Length)
            stateBefore = new float[states + batch.StateGradient.Length];
        batch.State.CopyTo(stateBefore);
        batch.StateGradient.CopyTo(stateBefore.AsSpan(states));
        try
        {
            WeightedSum sum = Network.AddPart(batch, Divergence, g, memory);
            float divergence = (float)sum.Mean;
            Penalty?.AddGradient(Network.Parameters, g, penalized, memory.Workers);
            float largest = Reduction.MaxMagnitude(g, memory.Workers), clipped = largest;
            if (Clipping is not null && float.IsFinite(largest))
                clipped = Clipping.Apply(g, largest, memory.Workers);
            if (!float.IsFinite(divergence) || !(clipped <= LargestGradient) || !(clipped * rate <= LargestMove))
                throw new NotFiniteNumberException(NotFinite.Explain(Network, batch, divergence, g, largest), divergence);
            Optimizer.Step(Network.Parameters, g, state, rate, memory.Workers);
            Network.UpdateStatistics(batch, memory);
            return sum;
        }
        catch
        {
            g.Clear();
            stateBefore.AsSpan(0, states).CopyTo(batch.State);
            stateBefore.AsSpan(states, batch.StateGradient.Length).CopyTo(batch.StateGradient);
            throw;
        }
    }

    private Workspace WorkspaceFor(int rows)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (workspace is null || workspace.MaxRows < rows)
        {
            Workspace larger = Network.CreateWorkspace(rows, Threads);
            workspace?.Dispose();
            workspace = larger;
        }

        return workspace;
    }
}
