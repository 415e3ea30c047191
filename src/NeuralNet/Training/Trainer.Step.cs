using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>One step: gradient, penalty, guard, clipping, and the optimizer's move.</content>
public sealed partial class Trainer
{
    // A larger gradient cannot be squared, as Adam does, and a larger move would soon make parameters infinite.
    private const float LargestGradient = 1.8e19f, LargestMove = 1e30f;

    /// <summary>Makes one step on spans.</summary>
    /// <param name="inputs">The inputs, [rows, input size].</param>
    /// <param name="desired">What is desired, [rows, output size].</param>
    /// <param name="rows">How many rows, at least 1; any number, whatever <see cref="BatchSize"/>.</param>
    /// <returns>The mean divergence of the rows before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    /// <exception cref="NotFiniteNumberException">The divergence or a gradient is NaN, infinite or too large for a step; nothing has changed, and the message says where it comes from.</exception>
    /// <exception cref="InvalidOperationException">Another call of Step is under way, or the schedule gives no finite rate of at least 0.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public float Step(ReadOnlySpan<float> inputs, ReadOnlySpan<float> desired, int rows) =>
        Step(new Batch { Rows = rows, Inputs = inputs, Desired = desired });

    /// <summary>Makes one step on a batch.</summary>
    /// <param name="batch">The batch; without a stream the trainer's own is used.</param>
    /// <returns>The mean divergence of the batch before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not allowed.</exception>
    /// <exception cref="NotFiniteNumberException">The divergence or a gradient is NaN, infinite or too large for a step; nothing has changed, and the message says where it comes from.</exception>
    /// <exception cref="InvalidOperationException">Another call of Step is under way, or the schedule gives no finite rate of at least 0.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public float Step(in Batch batch)
    {
        BeginStep();
        if (Volatile.Read(ref fitting) == 0)
            (fit, resumed) = (null, null); // a step by hand leaves the Fit that was under way
        try
        {
            return StepAlone(batch.Stream is null ? batch with { Stream = StepStream } : batch);
        }
        finally
        {
            Volatile.Write(ref stepping, 0);
        }
    }

    private RandomStream StepStream => RandomPurpose.Of(Seed, RandomPurpose.Layers).AtStep(StepCount);

    private void BeginStep()
    {
        if (Interlocked.Exchange(ref stepping, 1) != 0)
            throw new InvalidOperationException("Another call of Step is under way; a trainer is for one thread at a time.");
    }

    private float StepAlone(in Batch batch)
    {
        float rate = LearningRate;

        // Gradient refuses what is wrong; only before room is made for a batch must it be known to be right.
        if (workspace is null || workspace.MaxRows < batch.Rows)
            Network.CheckDesired(batch, Divergence, Network.Check(batch, training: true));
        Workspace room = Room(batch.Rows);
        Span<float> g = gradient.Span;
        if (stateBefore.Length < batch.State.Length)
            stateBefore = new float[batch.State.Length];
        batch.State.CopyTo(stateBefore);
        try
        {
            float divergence = Network.AddGradient(batch, Divergence, g, room);
            Penalty?.AddGradient(Network.Parameters, g, penalized, room.Workers);
            float largest = Reduction.MaxMagnitude(g, room.Workers), clipped = largest;
            if (Clipping is not null && float.IsFinite(largest))
                clipped = Clipping.Apply(g, largest, room.Workers);
            if (!float.IsFinite(divergence) || !(clipped <= LargestGradient) || !(clipped * rate <= LargestMove))
                throw new NotFiniteNumberException(NotFinite.Explain(Network, batch, divergence, g, largest), divergence);
            Optimizer.Step(Network.Parameters, g, state, rate, room.Workers);
            Network.UpdateStatistics(batch, room);
            return divergence;
        }
        catch
        {
            g.Clear();
            stateBefore.AsSpan(0, batch.State.Length).CopyTo(batch.State);
            throw;
        }
    }

    private Workspace Room(int rows)
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
