using System.Diagnostics;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Epochs over a data set.</content>
public sealed partial class Trainer
{
    /// <summary>Trains for some epochs: each takes every row of the data once, in batches.</summary>
    /// <remarks><para>Rows of which nothing counts (<see cref="Dataset.WithWeights"/>) are left out: the course is that of the data without them.
    /// </para>
    /// <para><see cref="KeepBest"/> and <see cref="Patience"/> go by the epochs of this call alone. An epoch that was cancelled is not counted:
    /// the next call begins it anew, with the same order of rows. To go on within it, take up a checkpoint of it (<see cref="Resume"/>).</para>
    /// </remarks>
    /// <param name="data">The training data.</param>
    /// <param name="epochs">How many epochs, at least 1; a second call goes on where the first ended.</param>
    /// <param name="validation">Measured after each epoch; null: none.</param>
    /// <param name="progress">Told after every step; null: nobody.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    /// <returns>The course of the training.</returns>
    /// <exception cref="ArgumentException">
    /// The widths, lengths, weights or class ids of the data do not fit the network, or its desired values the divergence; the augmentation is not
    /// for rows such as the data's; a layer refuses a batch as small as the smallest; the data are not those of the checkpoint that was taken up;
    /// <see cref="Monitor"/> is nothing that can be measured; or <see cref="Rates"/> name what the network does not have. All of it is said before
    /// the first step.
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
        Guard.Count(epochs, nameof(epochs));
        Evaluation.CheckFit(Network, data, Divergence, nameof(data));
        CheckMonitor(validation, validation is null ? null : Evaluation.CheckFit(Network, validation, Divergence, nameof(validation)));

        Augmentation?.Check(AugmentedRows.ShapeOf(data, Network));
        using (turns.BeginFit())
            return FitAlone(data, epochs, validation, progress, cancellationToken);
    }

    /// <summary>Gives the network the parameters and statistics of the best epoch of a Fit that an exception ended, such as one that was cancelled;
    /// a Fit that ends by itself has done so (<see cref="KeepBest"/>).</summary>
    /// <remarks>The interrupted Fit cannot be gone on with then: save a checkpoint before, if it may be. What the optimizer remembers,
    /// <see cref="Epoch"/> and <see cref="Divergences"/> stay those of the last step; a next Fit goes on from these.</remarks>
    /// <returns>Whether the parameters were given back: false if <see cref="KeepBest"/> is not set, before the first epoch's end, after a Fit that
    /// ended by itself, whose best are in place, after a step by hand or <see cref="EndEpoch"/>, and when it has been done already.</returns>
    /// <exception cref="InvalidOperationException">Fit or Step is under way.</exception>
    public bool RestoreBest()
    {
        using (turns.BeginStep())
        {
            if (turns.IsFitting)
                throw new InvalidOperationException("Fit is under way; the best parameters can be given back when it has ended.");
            if (fit is not { Best: { } best, History.Best: not null })
                return false;
            Copy(best, Network);
            average?.Count = 0;
            fit = null;
            return true;
        }
    }

    /// <summary>Says in a loop of your own, which calls <see cref="Step(in Batch)"/>, that an epoch has ended: schedules that go by epochs go on.
    /// <see cref="Fit"/> does so itself.</summary>
    /// <param name="divergence">How the epoch is judged, by <see cref="Plateau"/> for example: its divergence on a validation set, or in training; of
    /// a measure of which larger is better, the value with its sign changed.</param>
    /// <exception cref="InvalidOperationException">Fit or Step is under way.</exception>
    public void EndEpoch(double divergence)
    {
        using (turns.BeginStep())
        {
            if (turns.IsFitting)
                throw new InvalidOperationException("Fit is under way, and counts its epochs itself.");
            fit = null;
            AverageEpoch();
            divergences.Add(divergence);
            Epoch++;
        }
    }

    private static void Copy(Network? from, Network? to)
    {
        if (from is null || to is null || from == to)
            return;
        from.Parameters.CopyTo(to.Parameters);
        from.Statistics.CopyTo(to.Statistics);
    }

    private TrainingHistory FitAlone(
        Dataset data, int epochs, Dataset? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ReadRates();
        int[]? counted = RowsThatCount(data);
        int[] order = [.. counted ?? Enumerable.Range(0, data.Rows)];
        BatchPlan plan = PlanFor(data, order.Length);
        FitState state = BeginFit(data, validation, plan);
        state.Counted = counted;
        int lastEpoch = (int)Math.Min(int.MaxValue, (long)state.FirstEpoch + epochs);
        History = state.History;
        while (Epoch < lastEpoch && !History.StoppedEarly)
        {
            EpochResult result = RunEpoch(state, data, plan, order, lastEpoch, validation, progress, cancellationToken);
            Epoch++;
            state.BeginEpoch();
            divergences.Add(History.Judgement(result));
            if (History.Add(result))
            {
                state.SinceBest = 0;
                Copy(Averaged, state.Best);
            }
            else if (++state.SinceBest >= Patience)
            {
                History.StoppedEarly = true;
            }

            SaveAfterEpoch(isLast: Epoch == lastEpoch || History.StoppedEarly);
            progress?.Report(new TrainingProgress(Epoch, lastEpoch, plan.Steps, plan.Steps, result.TrainingDivergence, result));
        }

        Copy(state.Best ?? Averaged, Network);
        average?.Count = 0;
        fit = null;
        return History;
    }

    // A row of which nothing counts is left out, as if the data did not have it, so that no step is without a mean. Null: all count.
    private int[]? RowsThatCount(Dataset data)
    {
        if (data.Weights.IsEmpty)
            return null;
        bool byIds = Network.For(Divergence, data.Rows, data.Desired.Length)!.TakesIds;
        int[] counted = [.. Enumerable.Range(0, data.Rows).Where(row => Network.OwnWeight(Evaluation.Counted(data, row, 1), byIds) > 0)];
        return counted.Length < data.Rows ? counted : null;
    }

    // Asks the network, before the first step, about the smallest batch, which joins the one before where the network cannot train on it.
    private BatchPlan PlanFor(Dataset data, int rows)
    {
        var plan = new BatchPlan(rows, BatchSize, AccumulateSteps, JoinsLast: false);
        (_, int last) = plan.RowsOf(plan.Batches - 1);
        Network.CheckTraining(Math.Min(rows, BatchSize), data.Lengths, ratePlan?.Statistics);
        return plan with { JoinsLast = plan.Batches > 1 && last < BatchSize && !Network.CanTrainOn(last, data.Lengths, ratePlan?.Statistics) };
    }

    private EpochResult RunEpoch(
        FitState state, Dataset data, BatchPlan plan, int[] order, int lastEpoch, Dataset? validation, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        Order(order, state.Counted);
        int steps = plan.Steps;
        while (state.Step < steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            state.LearningRate = LearningRate;
            state.Sum += StepOn(data, plan, state.Step, order);
            state.Step++;
            state.Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            SaveAfterStep(state.Step, steps);

            // The last step of an epoch is reported together with the epoch's result.
            if (progress is not null && state.Step < steps)
                progress.Report(new TrainingProgress(Epoch + 1, lastEpoch, state.Step, steps, state.Sum.Mean, null));
        }

        AverageEpoch(data, plan, order);
        Evaluation? measured =
            validation is null ? null : Evaluate(Averaged, validation, Network.For(Divergence, 1, validation.OutputWidth)!, Monitor);
        return Judged(
            new EpochResult(Epoch + 1, state.Sum.Mean, measured?.Divergence, measured?.Accuracy, state.Seconds, state.LearningRate), measured);
    }

    // The order of an epoch, of all rows or of those that count.
    private void Order(int[] order, int[]? counted)
    {
        if (!Shuffle)
            return;
        RandomPurpose.Of(Seed, RandomPurpose.Shuffle).AtStep(Epoch).Permute(order);
        for (int i = 0; i < counted?.Length; i++)
            order[i] = counted[order[i]];
    }

    private WeightedSum StepOn(Dataset data, BatchPlan plan, int step, int[] order)
    {
        using (turns.BeginStep())
        {
            float rate = LearningRate;
            if (scheduledRates is not null)
                FollowRates(scheduledRates);
            (int batch, int end) = plan.BatchesOf(step);
            int first = plan.RowsOf(batch).First;
            Workspace memory = WorkspaceFor(plan.LargestBatch);
            double total = end - batch == 1 ? 0 : TotalWeight(data, plan, batch, end, order, memory);
            WeightedSum sum = default;
            Batch part = default;
            try
            {
                Network.Statistics.CopyTo(statistics);
                for (; batch < end; batch++)
                {
                    (int row, int rows) = plan.RowsOf(batch);
                    part = Rows(data, first, row, rows, order, memory) with { TotalWeight = total, Stream = StepStream };
                    sum += AddPart(part, memory);
                }

                Move(sum, part, rate, memory);
                return sum;
            }
            catch
            {
                gradient.Span.Clear();
                throw;
            }
        }
    }

    private double TotalWeight(Dataset data, BatchPlan plan, int batch, int end, int[] order, Workspace memory)
    {
        // Class ids say which vectors count.
        bool byIds = Network.For(Divergence, data.Rows, data.Desired.Length)!.TakesIds;
        double total = 0;
        for (; batch < end; batch++)
        {
            (int row, int rows) = plan.RowsOf(batch);
            ReadOnlySpan<float> ids = byIds ? DesiredOf(data, row, rows, order, memory) : default;
            total += Network.OwnWeight(
                new Batch
                {
                    Rows = rows,
                    Inputs = default,
                    Desired = ids,
                    Weights = WeightsOf(data, row, rows, order, memory),
                    Lengths = LengthsOf(data, row, rows, order),
                },
                byIds);
        }

        return total;
    }

    // Some rows of a step, which begins at another. The threads that gather are those of the step.
    private Batch Rows(Dataset data, int firstOfStep, int first, int rows, int[] order, Workspace memory)
    {
        ReadOnlySpan<int> lengths = LengthsOf(data, first, rows, order);
        return new Batch
        {
            Rows = rows,
            Inputs = Augmentation is null ? Gathered(data.Inputs, data.InputWidth, first, rows, order, ref gatheredInputs, memory)
                : Augmented(Augmentation, data, first - firstOfStep, order.AsSpan(first, rows), lengths, memory),
            Desired = DesiredOf(data, first, rows, order, memory),
            Weights = WeightsOf(data, first, rows, order, memory),
            Lengths = lengths,
            FirstRow = first - firstOfStep,
        };
    }

    private ReadOnlySpan<float> Augmented(
        Augmentation augmentation, Dataset data, int firstRow, ReadOnlySpan<int> rows, ReadOnlySpan<int> lengths, Workspace memory)
    {
        Shape shape = AugmentedRows.ShapeOf(data, Network);
        Span<float> to = Memory(ref gatheredInputs, rows.Length * data.InputWidth);
        new AugmentedRows
        {
            Augmentation = augmentation,
            Shape = shape,
            Stream = RandomPurpose.Of(Seed, RandomPurpose.Augmentation).AtStep(StepCount),
            FirstRow = firstRow,
            From = data.Inputs,
            Rows = rows,
            Lengths = lengths,
            To = to,
            Scratch = Memory(ref augmentationScratch, AugmentedRows.Parts(memory.Workers, to.Length) * augmentation.ScratchOf(shape)),
        }.Make(memory.Workers);
        return to;
    }

    private ReadOnlySpan<float> DesiredOf(Dataset data, int first, int rows, int[] order, Workspace memory) =>
        Gathered(data.Desired, data.OutputWidth, first, rows, order, ref gatheredDesired, memory);

    private ReadOnlySpan<float> WeightsOf(Dataset data, int first, int rows, int[] order, Workspace memory) => data.Weights.IsEmpty
        ? default : Gathered(data.Weights, data.Weights.Length / data.Rows, first, rows, order, ref gatheredWeights, memory);

    // Rows of the data, in order: their own memory, where that is all of them as they lie.
    private ReadOnlySpan<float> Gathered(
        ReadOnlySpan<float> all, int width, int first, int rows, int[] order, ref AlignedBuffer? buffer, Workspace memory)
    {
        if (!Shuffle && order.Length * (long)width == all.Length)
            return all.Slice(first * width, rows * width);
        Span<float> gathered = Memory(ref buffer, rows * width);
        GatherKernels.Rows(all, order.AsSpan(first, rows), gathered, width, memory.Workers);
        return gathered;
    }

    // Memory that grows to the largest size that was asked for.
    private static Span<float> Memory(ref AlignedBuffer? buffer, int floats)
    {
        if (buffer is null || buffer.Length < floats)
            buffer = new AlignedBuffer(floats);
        return buffer.Span[..floats];
    }

    private ReadOnlySpan<int> LengthsOf(Dataset data, int first, int rows, int[] order)
    {
        if (data.Lengths.IsEmpty || (!Shuffle && order.Length == data.Rows))
            return Evaluation.LengthsOf(data, first, rows);
        if (gatheredLengths.Length < rows)
            gatheredLengths = new int[rows];
        for (int i = 0; i < rows; i++)
            gatheredLengths[i] = data.Lengths[order[first + i]];
        return gatheredLengths.AsSpan(0, rows);
    }
}
