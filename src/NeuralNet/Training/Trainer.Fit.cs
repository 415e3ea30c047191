using System.Diagnostics;

namespace NeuralNet;

/// <content>Epochs over a data set.</content>
public sealed partial class Trainer
{
    /// <summary>Trains for some epochs: each takes every row of the data once, in batches.</summary>
    /// <remarks><para>A <see cref="Dataset"/> is shuffled anew in each epoch (<see cref="Shuffle"/>). Other sources have an order of their own, and
    /// are read as the steps need them: the rows of one step and of one batch more lie in memory.</para>
    /// <para>Rows of which nothing counts (<see cref="Dataset.WithWeights"/>) are left out: the course is that of the data without them.
    /// </para>
    /// <para><see cref="KeepBest"/> and <see cref="Patience"/> go by the epochs of this call alone. An epoch that was cancelled is not counted:
    /// the next call begins it anew, with the same order of rows. To go on within it, take up a checkpoint of it (<see cref="Resume"/>).</para>
    /// <para>What it does can be seen from outside, with <c>dotnet-counters</c> for instance: the meter "NeuralNet" and the activity source of the
    /// same name tell of calls, epochs and steps, and cost nothing when nobody listens.</para></remarks>
    /// <param name="data">The training data: a data set, or another source of rows.</param>
    /// <param name="epochs">How many epochs, at least 1; a second call goes on where the first ended.</param>
    /// <param name="validation">Measured after each epoch; null: none.</param>
    /// <param name="progress">Told after every step; null: nobody.</param>
    /// <param name="cancellationToken">Looked at before every step. A Fit that is asked to stop saves a checkpoint first, where
    /// <see cref="Checkpointing"/> is set; so does one whose <see cref="Cluster"/> is asked to.</param>
    /// <returns>The course of the training.</returns>
    /// <exception cref="ArgumentException">
    /// The widths, lengths, weights or class ids of the rows do not fit the network, or its desired values the divergence; the augmentation is not
    /// for rows such as the data's; a layer refuses a batch as small as the smallest; the data are not those of the checkpoint that was taken up;
    /// <see cref="Monitor"/> is nothing that can be measured; or <see cref="Rates"/> name what the network does not have. All of it is said before
    /// the first step.
    /// </exception>
    /// <exception cref="InvalidDataException">A source gives a row that does not fit, or none that counts; the network keeps the parameters of the
    /// last finished step.</exception>
    /// <exception cref="IOException">A source cannot be read, or a checkpoint cannot be written (<see cref="Checkpointing"/>); an older one is still
    /// whole. The first one is written before the first step.</exception>
    /// <exception cref="UnauthorizedAccessException">A checkpoint may not be written.</exception>
    /// <exception cref="NotSupportedException">A checkpoint cannot hold the network: see <c>Network.Save</c>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the network keeps the parameters of the last finished step.</exception>
    /// <exception cref="NotFiniteNumberException">Training diverged; the network keeps the parameters of the last finished step.</exception>
    /// <exception cref="InvalidOperationException">Another call of Fit is under way, the schedule gives no finite rate of at least 0, or the
    /// <see cref="Shards"/> cannot be divided evenly among the processes of the <see cref="Cluster"/>.</exception>
    /// <exception cref="ClusterException">Another process of the <see cref="Cluster"/> failed, left, does something else, or has other settings,
    /// data or parameters.</exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of.</exception>
    public TrainingHistory Fit(
        IRowSource data, int epochs, IRowSource? validation = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        Guard.Count(epochs, nameof(epochs));
        return Together(() => FitTogether(data, epochs, validation, progress, cancellationToken));
    }

    private TrainingHistory FitTogether(
        IRowSource data, int epochs, IRowSource? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        Divergence form = RowFit.Check(Network, data, Divergence, nameof(data));
        EvaluationPlan? measured = validation is null ? null : new EvaluationPlan(Network, validation, Divergence, nameof(validation));
        CheckMonitor(measured);
        Augmentation?.Check(AugmentedRows.ShapeOf(data.Format, Network));
        using (turns.BeginFit())
        {
            ReadRates();
            CheckCluster();
            using EpochRows rows = RowsOf(data, form, reads: Average is { IsStochastic: true } && HasLearningStatistics ? null : OwnShards);
            fitToken = cancellationToken;
            mustStop = false;
            FitState state = BeginFit(data, validation, rows, epochs);
            int lastEpoch = (int)Math.Min(int.MaxValue, (long)state.FirstEpoch + epochs);
            History = state.History;
            TrainingHistory history = Told(
                new TrainingStart(this, data, validation, Epoch + 1, lastEpoch, rows.Steps), progress,
                () => FitAlone(rows, state, lastEpoch, measured, progress));

            // Process 0 may have failed after the last step, where it tells the end or writes the last checkpoint.
            if (IsTogether)
                Cluster.Meet(new Notice { Meeting = Meeting.End });
            return history;
        }
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

    /// <summary>Says in a loop of your own, which calls <see cref="Step(in Batch)"/>, that an epoch has ended: schedules that go by epochs go on, and
    /// a stochastic <see cref="Average"/> takes in the weights. <see cref="Fit"/> does so itself.</summary>
    /// <param name="divergence">How good the epoch was, the smaller the better: its divergence on a validation set, or in training; of a measure of
    /// which larger is better, such as an accuracy, the value with its sign changed. It joins <see cref="Divergences"/>, which <see cref="Plateau"/>
    /// goes by. Observers are told it as what is monitored, and as the divergence of the training the mean over all rows of the epoch's steps, NaN
    /// if there were none.</param>
    /// <exception cref="InvalidOperationException">Fit or Step is under way.</exception>
    public void EndEpoch(double divergence)
    {
        double training;
        using (turns.BeginStep())
        {
            if (turns.IsFitting)
                throw new InvalidOperationException("Fit is under way, and counts its epochs itself.");
            fit = null;
            if (TakesEpoch)
                average!.Add(Network, ratePlan, workspace?.Workers);
            divergences.Add(divergence);
            Epoch++;
            (training, byHand) = (byHand.Mean, default);
        }

        TellEpoch(new EpochResult(Epoch, training, null, null, 0, rateOfStep) { Monitor = EpochResult.Given, Monitored = divergence });
    }

    private static void Copy(Network? from, Network? to)
    {
        if (from is null || to is null || from == to)
            return;
        from.Parameters.CopyTo(to.Parameters);
        from.Statistics.CopyTo(to.Statistics);
    }

    private TrainingHistory FitAlone(
        EpochRows rows, FitState state, int lastEpoch, EvaluationPlan? validation, IProgress<TrainingProgress>? progress)
    {
        while (Epoch < lastEpoch && !History.StoppedEarly)
        {
            EpochResult result = RunEpoch(state, rows, lastEpoch, validation, progress);
            int steps = state.Step;
            Epoch++;
            state.BeginEpoch();
            byHand = default;
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

            // Logs come before the checkpoint: what is in it has been written, also where the process is killed in between.
            TellEpoch(result);
            SaveAfterEpoch(isLast: Epoch == lastEpoch || History.StoppedEarly);
            Report(progress, new TrainingProgress(Epoch, lastEpoch, steps, steps, result.TrainingDivergence, result));
        }

        Copy(state.Best ?? Averaged, Network);
        average?.Count = 0;
        fit = null;
        return History;
    }

    // The rows of training, or those of them that some shards have. The network is asked, before the first step, about the smallest batch.
    private EpochRows RowsOf(IRowSource data, Divergence form, (int First, int Count)? reads = null)
    {
        var settings = new EpochSettings(Plan, Augmentation, AugmentedRows.ShapeOf(data.Format, Network), Seed, CanTrainOn);
        bool readsSome = reads is { } own && own.Count < Shards && SharedRows.CanRead(data, Network, form);
        EpochRows rows = data is Dataset set ? new DatasetRows(set, Network, form.TakesIds, Shuffle, settings)
            : readsSome ? new SharedRows(data, Network, form, reads!.Value.First, reads.Value.Count, settings)
            : new SourceRows(data, Network, form, settings);
        long known = rows is DatasetRows { Count: var count } ? count : Math.Max(1, data.Rows ?? Plan.StepRows);
        int smallest = Plan.SmallestBatch((int)Math.Min(int.MaxValue, Math.Min(known, Plan.StepRows)));
        Network.CheckTraining(smallest, data is Dataset { Lengths: var lengths } ? lengths : default, LearningAtMost);
        return rows;

        bool CanTrainOn(int rows, ReadOnlySpan<int> lengths) => Network.CanTrainOn(rows, lengths, LearningAtMost);
    }

    // Statistics whose rate follows a schedule may be freed at any step, and then ask for more rows: they count as learning from the beginning.
    private Learning? LearningAtMost => (scheduledRates?.Read ?? ratePlan)?.Statistics;

    private EpochResult RunEpoch(
        FitState state, EpochRows rows, int lastEpoch, EvaluationPlan? validation, IProgress<TrainingProgress>? progress)
    {
        using Activity? activity = Telemetry.BeginEpoch(Epoch + 1);
        long start = Stopwatch.GetTimestamp(); // the first step waits for the first rows
        rows.Begin(Epoch, state.Step, state.Row);
        while (rows.HasNext)
        {
            StopIfAsked();
            rows.MoveNext();
            state.LearningRate = LearningRate;
            WeightedSum sum = StepOn(rows);
            state.Sum += sum;
            (state.Step, state.Row) = (state.Step + 1, rows.Position);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            state.Seconds += seconds;
            if (Telemetry.CountsSteps)
                Telemetry.CountStep(rows.RowsOfStep, sum.Mean, seconds);

            // After the last step of an epoch come its measuring and a checkpoint, and it is reported with the epoch's result.
            bool isLast = !rows.HasNext;
            var place = new TrainingProgress(Epoch + 1, lastEpoch, state.Step, isLast ? state.Step : rows.Steps, state.Sum.Mean, null);
            if (told.Length > 0)
                TellStep(rows.RowsOfStep, sum.Mean, place, seconds);
            if (!isLast)
            {
                SaveAfterStep();
                Report(progress, place);
            }

            start = Stopwatch.GetTimestamp();
        }

        EpochResult result = MeasureEpoch(rows, state, validation);
        Telemetry.CountEpoch(activity, result);
        return result;
    }

    // What the last epoch came to on the validation set, output by output; empty where the outputs have no names.
    internal IReadOnlyList<(string Name, double Divergence, double? Accuracy)> MeasuredOutputs { get; private set; } = [];

    // An epoch that cannot be measured, because a measure of one's own throws, is not counted, and its weights are in no average.
    private EpochResult MeasureEpoch(EpochRows rows, FitState state, EvaluationPlan? validation)
    {
        AverageState? before = TakesEpoch ? average?.Copy() : average;
        try
        {
            AverageEpoch(rows);
            using Activity? measuring = validation is null ? null : Telemetry.BeginMeasuring(Epoch + 1);
            Evaluation? measured = validation is null ? null : Measure(Averaged, validation, Monitor);
            MeasuredOutputs = measured is null ? []
                : [.. measured.OutputNames.Select(name => (name, measured[name].Divergence, measured[name].Accuracy))];
            return Judged(
                new EpochResult(Epoch + 1, state.Sum.Mean, measured?.Divergence, measured?.Accuracy, state.Seconds, state.LearningRate), measured);
        }
        catch
        {
            average = before;
            throw;
        }
    }

    private WeightedSum StepOn(EpochRows rows)
    {
        using (turns.BeginStep())
        {
            float rate = LearningRate;
            if (scheduledRates is not null)
                FollowRates(scheduledRates);
            if (IsInShards)
            {
                var step = new ShardedStep(rows, StepCount, StepStream);
                WeightedSum whole = AddShards(step);
                MoveInShards(whole, step, rate);
                return whole;
            }

            int batches = rows.BatchesOf(0);
            Workspace memory = WorkspaceFor(rows.LargestBatch(0, 1));
            double total = batches == 1 ? 0 : TotalWeight(rows, batches, memory);
            WeightedSum sum = default;
            Batch part = default;
            try
            {
                if (statistics.Length > 0)
                    Network.Statistics.CopyTo(statistics);
                for (int batch = 0; batch < batches; batch++)
                {
                    part = rows.Batch(0, batch, StepCount, rowBuffers, memory.Workers) with { TotalWeight = total, Stream = StepStream };
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

    // Class ids say which vectors count.
    private double TotalWeight(EpochRows rows, int batches, Workspace memory)
    {
        double total = 0;
        for (int k = 0; k < batches; k++)
        {
            Batch batch = rows.Counted(0, k, rowBuffers, memory.Workers);
            total += Network.OwnWeight(batch, Network.For(Divergence, batch.Rows, batch.Desired.Length)!.TakesIds);
        }

        return total;
    }
}
