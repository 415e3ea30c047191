using System.Diagnostics;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Epochs over a data set.</content>
public sealed partial class Trainer
{
    /// <summary>Trains for some epochs: each takes every row of the data once, in batches.</summary>
    /// <remarks>An epoch that was cancelled is not counted: the next call begins it anew, with the same order of rows. To go on within it,
    /// take up a checkpoint of it (<see cref="Resume"/>).</remarks>
    /// <param name="data">The training data.</param>
    /// <param name="epochs">How many epochs, at least 1; a second call goes on where the first ended.</param>
    /// <param name="validation">Measured after each epoch; null: none.</param>
    /// <param name="progress">Told after every step; null: nobody.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    /// <returns>The course of the training.</returns>
    /// <exception cref="ArgumentException">
    /// The widths or lengths of the data do not fit the network, they are not the data of the checkpoint that was taken up, or
    /// <see cref="Rates"/> name what the network does not have.
    /// </exception>
    /// <exception cref="IOException"> A checkpoint cannot be written (<see cref="Checkpointing"/>); an older one is still whole. The first one is
    /// written before the first step.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">A checkpoint may not be written.</exception>
    /// <exception cref="NotSupportedException">A checkpoint cannot hold the network: see <c>Network.Save</c>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the network keeps the parameters of the last finished step.</exception>
    /// <exception cref="NotFiniteNumberException">Training diverged; the network keeps the parameters of the last finished step.</exception>
    /// <exception cref="InvalidOperationException">Another call of Fit is under way, or the schedule gives no finite rate of at least 0.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public TrainingHistory Fit(
        Dataset data, int epochs, Dataset? validation = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        Evaluation.CheckFit(Network, data);
        if (validation is not null)
            Evaluation.CheckFit(Network, validation);

        using (turns.BeginFit())
            return FitAlone(data, epochs, validation, progress, cancellationToken);
    }

    private static void Copy(Network? from, Network? to)
    {
        if (from is null || to is null)
            return;
        from.Parameters.CopyTo(to.Parameters);
        from.Statistics.CopyTo(to.Statistics);
    }

    private TrainingHistory FitAlone(
        Dataset data, int epochs, Dataset? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ReadRates();
        FitState state = BeginFit(data, validation);
        int lastEpoch = (int)Math.Min(int.MaxValue, (long)state.FirstEpoch + epochs);
        History = state.History;
        int[] order = new int[data.Rows];
        while (Epoch < lastEpoch && !History.StoppedEarly)
        {
            EpochResult result = RunEpoch(state, data, order, lastEpoch, validation, progress, cancellationToken);
            Epoch++;
            state.BeginEpoch();
            divergences.Add(result.ValidationDivergence ?? result.TrainingDivergence);
            if (History.Add(result))
            {
                state.SinceBest = 0;
                Copy(Network, state.Best);
            }
            else if (++state.SinceBest >= Patience)
            {
                History.StoppedEarly = true;
            }

            SaveAfterEpoch(isLast: Epoch == lastEpoch || History.StoppedEarly);
            int steps = Steps(data);
            progress?.Report(new TrainingProgress(Epoch, lastEpoch, steps, steps, result.TrainingDivergence, result));
        }

        Copy(state.Best, Network);
        fit = null;
        return History;
    }

    private int Steps(Dataset data) => (int)(((long)data.Rows + BatchSize - 1) / BatchSize);

    private EpochResult RunEpoch(
        FitState state, Dataset data, int[] order, int lastEpoch, Dataset? validation, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (Shuffle)
            RandomPurpose.Of(Seed, RandomPurpose.Shuffle).AtStep(Epoch).Permute(order);
        int steps = Steps(data);
        while (state.Step < steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            int first = state.Step * BatchSize, rows = Math.Min(BatchSize, data.Rows - first);
            state.LearningRate = LearningRate;
            state.Sum += Shuffle ? StepOn(data, order.AsSpan(first, rows)) : StepOn(data, first, rows);
            state.Step++;
            state.Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            SaveAfterStep(state.Step, steps);

            // The last step of an epoch is reported together with the epoch's result.
            if (progress is not null && state.Step < steps)
                progress.Report(new TrainingProgress(Epoch + 1, lastEpoch, state.Step, steps, state.Sum.Mean, null));
        }

        Evaluation? measured = validation is null ? null : Evaluate(validation);
        return new EpochResult(Epoch + 1, state.Sum.Mean, measured?.Divergence, measured?.Accuracy, state.Seconds, state.LearningRate);
    }

    private WeightedSum StepOn(Dataset data, int first, int rows)
    {
        var batch = new Batch
        {
            Rows = rows,
            Inputs = data.Inputs.Slice(first * data.InputWidth, rows * data.InputWidth),
            Desired = data.Desired.Slice(first * data.OutputWidth, rows * data.OutputWidth),
            Lengths = Evaluation.LengthsOf(data, first, rows),
            Stream = StepStream,
        };
        using (turns.BeginStep())
            return StepAlone(batch);
    }

    private WeightedSum StepOn(Dataset data, ReadOnlySpan<int> rows)
    {
        // The threads that gather are those of the step.
        using (turns.BeginStep())
        {
            Span<float> inputs = Grown(ref gatheredInputs, rows.Length * data.InputWidth);
            Span<float> desired = Grown(ref gatheredDesired, rows.Length * data.OutputWidth);
            Workers workers = WorkspaceFor(rows.Length).Workers;
            GatherKernels.Rows(data.Inputs, rows, inputs, data.InputWidth, workers);
            GatherKernels.Rows(data.Desired, rows, desired, data.OutputWidth, workers);
            var batch = new Batch
            {
                Rows = rows.Length,
                Inputs = inputs,
                Desired = desired,
                Lengths = GatherLengths(data, rows),
                Stream = StepStream,
            };
            return StepAlone(batch);
        }
    }

    private ReadOnlySpan<int> GatherLengths(Dataset data, ReadOnlySpan<int> rows)
    {
        if (data.Lengths.IsEmpty)
            return default;
        if (gatheredLengths.Length < rows.Length)
            gatheredLengths = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            gatheredLengths[i] = data.Lengths[rows[i]];
        return gatheredLengths.AsSpan(0, rows.Length);
    }

    private static Span<float> Grown(ref AlignedBuffer? buffer, int length)
    {
        if (buffer is null || buffer.Length < length)
            buffer = new AlignedBuffer(length);
        return buffer.Span[..length];
    }
}
