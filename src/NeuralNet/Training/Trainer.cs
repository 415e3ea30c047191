using System.Diagnostics;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Trains a network by gradient descent: each step computes the mean divergence of a batch, its gradient, and moves the
/// parameters against it.
/// </summary>
/// <remarks>
/// <para>What is random or scheduled is a function of (<see cref="Seed"/>, epoch, step) alone: the same seed and data give
/// the same parameters, bit for bit, for any number of threads and on any machine.</para>
/// <para>A step allocates nothing after the first. A step that is refused, because sizes do not fit or a number is not
/// finite, changes nothing (an optimizer of your own that throws may have moved parameters). A trainer is for one thread at a time; predict meanwhile on a <see cref="Network.Clone"/>.</para>
/// </remarks>
public sealed class Trainer : IDisposable
{
    // A larger gradient cannot be squared, as Adam does, and a larger move would soon make parameters infinite.
    private const float LargestGradient = 1.8e19f, LargestMove = 1e30f;

    private readonly OptimizerState state;
    private readonly AlignedBuffer gradient;
    private Workspace? workspace, evaluationWorkspace;
    private AlignedBuffer? gatheredInputs, gatheredDesired;
    private float[] stateBefore = [];
    private int stepping, fitting;
    private bool isDisposed;

    /// <summary>Makes a trainer for a network.</summary>
    /// <param name="network">The network; its parameters are what training changes.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="optimizer">How parameters follow the gradient.</param>
    public Trainer(Network network, Divergence divergence, Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(divergence);
        ArgumentNullException.ThrowIfNull(optimizer);
        Network = network;
        Divergence = divergence;
        Optimizer = optimizer;
        state = optimizer.CreateState(network);
        gradient = new AlignedBuffer(network.Parameters.Length);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>What is to become small.</summary>
    public Divergence Divergence { get; }

    /// <summary>How parameters follow the gradient.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The rows of a batch in <see cref="Fit"/>; the last batch of an epoch may have fewer. 32 unless set.</summary>
    public int BatchSize { get; init => field = Positive(value, nameof(BatchSize)); } = 32;

    /// <summary>How many threads share the work of a step, at most 1024; 1 unless set, and then none is started.</summary>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Workspace.MostThreads, nameof(Threads));
            field = Positive(value, nameof(Threads));
        }
    } = 1;


    /// <summary>What shuffling and random layers draw from; 0 unless set.</summary>
    public long Seed { get; init; }

    /// <summary>Whether <see cref="Fit"/> takes the rows in a new order each epoch; true unless set.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// Whether <see cref="Fit"/> ends with the parameters of the best epoch (see <see cref="TrainingHistory.Best"/>) instead
    /// of the last; false unless set.
    /// </summary>
    public bool KeepBest { get; init; }

    /// <summary>After how many epochs without a better one <see cref="Fit"/> stops early; null unless set: never.</summary>
    public int? Patience { get; init => field = value is null ? null : Positive(value.Value, nameof(Patience)); }

    /// <summary>The epochs that have been finished, over all calls of <see cref="Fit"/>.</summary>
    public int Epoch { get; private set; }

    /// <summary>The steps that have been made.</summary>
    public long StepCount => state.Step;

    /// <summary>The course of the last <see cref="Fit"/>, also of one that was cancelled.</summary>
    public TrainingHistory History { get; private set; } = new();

    /// <summary>Makes one step on spans.</summary>
    /// <param name="inputs">The inputs, [rows, input size].</param>
    /// <param name="desired">What is desired, [rows, output size].</param>
    /// <param name="rows">How many rows, at least 1; any number, whatever <see cref="BatchSize"/>.</param>
    /// <returns>The mean divergence of the rows before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    /// <exception cref="NotFiniteNumberException">The divergence or a gradient is NaN, infinite or too large for a step; nothing has changed, and the message says where it comes from.</exception>
    /// <exception cref="InvalidOperationException">Another call of Step is under way.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public float Step(ReadOnlySpan<float> inputs, ReadOnlySpan<float> desired, int rows) =>
        Step(new Batch { Rows = rows, Inputs = inputs, Desired = desired });

    /// <summary>Makes one step on a batch.</summary>
    /// <param name="batch">The batch; without a stream the trainer's own is used.</param>
    /// <returns>The mean divergence of the batch before the step.</returns>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not allowed.</exception>
    /// <exception cref="NotFiniteNumberException">The divergence or a gradient is NaN, infinite or too large for a step; nothing has changed, and the message says where it comes from.</exception>
    /// <exception cref="InvalidOperationException">Another call of Step is under way.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public float Step(in Batch batch)
    {
        BeginStep();
        try
        {
            return StepAlone(batch.Stream is null ? batch with { Stream = StepStream } : batch);
        }
        finally
        {
            Volatile.Write(ref stepping, 0);
        }
    }

    /// <summary>Trains for some epochs: each takes every row of the data once, in batches.</summary>
    /// <remarks>An epoch that was cancelled is not counted: the next call begins it anew, with the same order of rows.</remarks>
    /// <param name="data">The training data.</param>
    /// <param name="epochs">How many epochs, at least 1; a second call goes on where the first ended.</param>
    /// <param name="validation">Measured after each epoch; null: none.</param>
    /// <param name="progress">Told after every step; null: nobody.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <returns>The course of the training.</returns>
    /// <exception cref="ArgumentException">The data does not fit the network.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the network keeps the parameters of the last finished step.</exception>
    /// <exception cref="NotFiniteNumberException">Training diverged; the network keeps the parameters of the last finished step.</exception>
    /// <exception cref="InvalidOperationException">Another call of Fit is under way.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public TrainingHistory Fit(
        Dataset data, int epochs, Dataset? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        Evaluation.CheckFit(Network, data);
        if (validation is not null)
            Evaluation.CheckFit(Network, validation);

        if (Interlocked.Exchange(ref fitting, 1) != 0)
            throw new InvalidOperationException("Fit is under way already; it cannot be called from its own progress, or from a second thread.");

        try
        {
            return FitAlone(data, (int)Math.Min(int.MaxValue, (long)Epoch + epochs), validation, progress, cancellation);
        }
        finally
        {
            Volatile.Write(ref fitting, 0);
        }
    }

    /// <summary>Measures the network on a data set: divergence, errors and, where there are classes, accuracy and confusions.</summary>
    /// <param name="data">The data.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">The widths of the data do not fit the network.</exception>
    public Evaluation Evaluate(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        Evaluation.CheckFit(Network, data);

        // Not the workspace of the steps: predictions need no room for backward.
        int rows = Evaluation.ChunkOf(Network, data);
        if (evaluationWorkspace is null || evaluationWorkspace.MaxRows < rows)
        {
            evaluationWorkspace?.Dispose();
            evaluationWorkspace = Network.CreateWorkspace(rows, Threads, training: false);
        }

        return Evaluation.Of(Network, data, Divergence, evaluationWorkspace);
    }

    /// <summary>Stops the helping threads; at one thread there are none, and nothing needs to be disposed of.</summary>
    public void Dispose()
    {
        isDisposed = true;
        workspace?.Dispose();
        evaluationWorkspace?.Dispose();
    }

    private RandomStream StepStream => RandomPurpose.Of(Seed, RandomPurpose.Layers).AtStep(StepCount);

    private void BeginStep()
    {
        if (Interlocked.Exchange(ref stepping, 1) != 0)
            throw new InvalidOperationException("Another call of Step is under way; a trainer is for one thread at a time.");
    }

    private float StepAlone(in Batch batch)
    {
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
            float divergence = Network.Gradient(batch, Divergence, g, room);
            float largest = Reduction.MaxMagnitude(g, room.Workers);
            if (!float.IsFinite(divergence) || !(largest <= LargestGradient) || !(largest * Optimizer.LearningRate <= LargestMove))
                throw new NotFiniteNumberException(NotFinite.Explain(Network, batch, divergence, g, largest), divergence);
            Optimizer.Step(Network.Parameters, g, state, room.Workers);
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

    private static int Positive(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    private static void Copy(Network? from, Network? to)
    {
        if (from is null || to is null)
            return;
        from.Parameters.CopyTo(to.Parameters);
        from.Statistics.CopyTo(to.Statistics);
    }

    private TrainingHistory FitAlone(
        Dataset data, int lastEpoch, Dataset? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        History = new TrainingHistory();
        int[] order = new int[data.Rows];
        Network? best = KeepBest ? Network.Clone() : null;
        int sinceBest = 0;
        while (Epoch < lastEpoch)
        {
            EpochResult result = RunEpoch(data, order, lastEpoch, validation, progress, cancellation);
            Epoch++;
            if (History.Add(result))
            {
                sinceBest = 0;
                Copy(Network, best);
            }
            else if (++sinceBest == Patience)
            {
                History.StoppedEarly = true;
            }

            int steps = Steps(data);
            progress?.Report(new TrainingProgress(Epoch, lastEpoch, steps, steps, result.TrainingDivergence, result));
            if (History.StoppedEarly)
                break;
        }

        Copy(best, Network);
        return History;
    }

    private int Steps(Dataset data) => (int)(((long)data.Rows + BatchSize - 1) / BatchSize);

    private EpochResult RunEpoch(
        Dataset data, int[] order, int lastEpoch, Dataset? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (Shuffle)
            RandomPurpose.Of(Seed, RandomPurpose.Shuffle).AtStep(Epoch).Permute(order);
        int steps = Steps(data);
        double sum = 0;
        var watch = Stopwatch.StartNew();
        for (int step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = step * BatchSize, rows = Math.Min(BatchSize, data.Rows - first);
            float divergence = Shuffle
                ? StepOn(data, order.AsSpan(first, rows))
                : Step(data.Inputs.Slice(first * data.InputWidth, rows * data.InputWidth), data.Desired.Slice(first * data.OutputWidth, rows * data.OutputWidth), rows);
            sum += (double)divergence * rows;

            // The last step of an epoch is reported together with the epoch's result.
            if (progress is not null && step + 1 < steps)
                progress.Report(new TrainingProgress(Epoch + 1, lastEpoch, step + 1, steps, sum / (first + rows), null));
        }

        double seconds = watch.Elapsed.TotalSeconds;
        Evaluation? measured = validation is null ? null : Evaluate(validation);
        return new EpochResult(Epoch + 1, sum / data.Rows, measured?.Divergence, measured?.Accuracy, seconds);
    }

    private float StepOn(Dataset data, ReadOnlySpan<int> rows)
    {
        BeginStep(); // the threads that gather are those of the step
        try
        {
            Span<float> inputs = Room(ref gatheredInputs, rows.Length * data.InputWidth), desired = Room(ref gatheredDesired, rows.Length * data.OutputWidth);
            Workers workers = Room(rows.Length).Workers;
            Gather.Rows(data.Inputs, rows, inputs, data.InputWidth, workers);
            Gather.Rows(data.Desired, rows, desired, data.OutputWidth, workers);
            return StepAlone(new Batch { Rows = rows.Length, Inputs = inputs, Desired = desired, Stream = StepStream });
        }
        finally
        {
            Volatile.Write(ref stepping, 0);
        }
    }

    private static Span<float> Room(ref AlignedBuffer? buffer, int length)
    {
        if (buffer is null || buffer.Length < length)
            buffer = new AlignedBuffer(length);
        return buffer.Span[..length];
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
