using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <content>Checkpoints: all that training goes on from, in one file.</content>
public sealed partial class Trainer
{
    /// <summary>Where and how often <see cref="Fit"/> saves checkpoints; null unless set: never.</summary>
    public Checkpointing? Checkpointing { get; init; }

    /// <summary>Saves all that a trainer goes on from: the network, what the optimizer remembers, the steps, epochs and divergences, and
    /// how far <see cref="Fit"/> has come. For loops of your own; <see cref="Fit"/> does it by itself with <see cref="Checkpointing"/>.</summary>
    /// <remarks>Between two steps, not during one: from the progress of <see cref="Fit"/>, say, where that is told at once
    /// (<see cref="Progress{T}"/> tells later, on another thread, which is refused). The file is replaced as a whole or not at
    /// all. What is random or scheduled is a function of (seed, epoch, step), so nothing of it has to be kept; state that a loop
    /// of your own carries from batch to batch (<see cref="Batch.State"/>) is yours to keep.</remarks>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">A file cannot hold the network: see <c>Network.Save</c>.</exception>
    /// <exception cref="InvalidOperationException">A call of Step is under way, or Fit on another thread.</exception>
    /// <exception cref="IOException">The file cannot be written; an older one is still whole.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void SaveCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (turns.IsFittingElsewhere)
            throw new InvalidOperationException("Fit is under way on another thread; while it is, a checkpoint can be saved from its progress, if "
                + "that is told at once: System.Progress<T> tells later, on another thread. Checkpointing saves by itself.");

        using (turns.BeginStep())
        {
            if (!IsSpokesman)
                return;
            CheckpointFile.Write(path, Network, new Checkpoint
            {
                Settings = Settings(),
                Step = StepCount,
                Epoch = Epoch,
                Divergences = divergences,
                ByHand = byHand,
                Fit = fit,
                Values = state.Buffer,
                PassedOver = state.PassedOver,
                Average = average is { Count: > 0 } ? average.Network : null,
                AverageCount = average?.Count ?? 0,
                AverageHasStatistics = average is { HasStatistics: true },
            });
        }
    }

    /// <summary>Takes training up again where a checkpoint was saved.</summary>
    /// <remarks><para>The trainer is made as it was then: the same layers, optimizer and settings (<see cref="Threads"/> may differ). The
    /// next call of <see cref="Fit"/>, on the same data, then <i>is</i> the one that saved the checkpoint: its number of epochs
    /// counts from where that one began, and at the end the network has the bits that it would have had without a stop. So a
    /// program that begins with <c>trainer.Resume(path)</c> and calls Fit once can be stopped and started again at will. (One that
    /// calls it several times needs a trainer and a file for each.)</para>
    /// <para>Optimizer, divergence, schedule, clipping and penalty are compared by their kinds and <c>Settings</c>. Override the latter
    /// in an optimizer, schedule or divergence of your own that has any: what they do not name may differ unnoticed.</para>
    /// <para>The network has the checkpoint's <see cref="NeuralNet.Network.Metadata"/> then; set others afterwards.</para>
    /// <para>Where something is wrong, nothing has changed.</para></remarks>
    /// <param name="path">The file.</param>
    /// <param name="allowOtherSettings"> Whether settings and data may be others than they were: training goes on, but to another end. (The
    /// optimizer must remember as many values as that one did.)
    /// </param>
    /// <returns>False if there is no such file; then nothing has happened, and training begins at the beginning.</returns>
    /// <exception cref="InvalidDataException"> The file is damaged, no checkpoint, or of another network, optimizer or settings; the message says
    /// what was expected and what it got instead.
    /// </exception>
    /// <exception cref="InvalidOperationException">A call of Step or Fit is under way, or the <see cref="Shards"/> cannot be divided evenly among the
    /// processes of the <see cref="Cluster"/>.</exception>
    /// <exception cref="ClusterException">Another process of the <see cref="Cluster"/> failed, left, or does something else.</exception>
    /// <exception cref="NotSupportedException">The file has 2 GiB or more, and is to be sent to other processes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public bool Resume(string path, bool allowOtherSettings = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (turns.IsFitting)
            throw new InvalidOperationException("Fit is under way; a checkpoint cannot be taken up from its own progress, or from a second thread.");
        return Together(() =>
        {
            CheckCluster();
            using TrainerTurns.Turn turn = turns.BeginStep();
            using Stream? stream = IsTogether ? SharedFile.Open(path, Cluster) : NetworkFile.TryOpen(path);
            if (stream is not null)
                TakeUp(stream, path, allowOtherSettings);
            return stream is not null;
        });
    }

    private void TakeUp(Stream stream, string path, bool allowOtherSettings)
    {
        (Checkpoint checkpoint, Network network) = CheckpointFile.Read(
            stream, path, Network, Optimizer.ValuesPerParameter, allowOtherSettings ? null : Settings());
        Copy(network, Network);
        Network.TakeMetadata(network.Metadata);
        checkpoint.Values.Span.CopyTo(state.Values);
        state.Step = checkpoint.Step;
        state.PassedOver = checkpoint.PassedOver;
        Epoch = checkpoint.Epoch;
        byHand = checkpoint.ByHand;
        if (average is not null)
        {
            // An average of another kind begins anew: it would weigh the next weights as if it had come as far.
            Copy(checkpoint.Average, average.Network);
            average.Count = allowOtherSettings && checkpoint.Differs(Settings(), "average") ? 0 : checkpoint.AverageCount;
            average.HasStatistics = checkpoint.AverageHasStatistics;
        }

        // Values of another measure say nothing of those to come.
        divergences.Clear();
        if (!(allowOtherSettings && checkpoint.Differs(Settings(), "monitor")))
            divergences.AddRange(checkpoint.Divergences);
        scheduled = (-1, 0);
        scheduledRates = null;
        fit = checkpoint.Fit;
        if (fit is not null)
            (fit.IsWaiting, fit.AllowsOtherData) = (true, allowOtherSettings);
        History = fit?.History ?? new TrainingHistory();
    }

    // The call of Fit that a checkpoint was saved in, or a new one.
    private FitState BeginFit(IRowSource data, IRowSource? validation, EpochRows rows, int epochs)
    {
        string mark = Mark(data), validationMark = validation is null ? "none" : Mark(validation);
        FitState? resumed = fit is { IsWaiting: true } ? fit : null;
        if (resumed is { AllowsOtherData: false })
        {
            CheckSame("data", resumed.Data, mark, nameof(data));
            CheckSame("validation data", resumed.Validation, validationMark, nameof(validation));
        }

        MeetBefore(
            ("the training data", mark), ("the validation data", validationMark), ("the number of epochs", Invariant(epochs)));
        bool isNew = resumed is null;
        fit = resumed ?? new FitState { FirstEpoch = Epoch };
        if (!fit.History.JudgeBy(Monitor == Metric.Divergence ? null : Monitor.Name, Monitor.IsLargerBetter, SmallestGain))
            fit.SinceBest = 0;
        if (fit.AllowsOtherData)
            fit.History.StoppedEarly = fit.SinceBest >= Patience;
        (fit.IsWaiting, fit.AllowsOtherData) = (false, false);
        (fit.Data, fit.Validation) = (mark, validationMark);
        fit.Best = KeepBest ? fit.Best ?? Network.Clone() : null;
        fit.Step = Math.Min(fit.Step, rows.Steps ?? int.MaxValue);

        // What cannot be saved is better known now than after hours.
        if (isNew && Checkpointing is not null)
            SaveCheckpoint(Checkpointing.Path);
        return fit;
    }

    private static void CheckSame(string what, string? expected, string actual, string argument)
    {
        if (expected is not null && expected != actual)
            throw new ArgumentException(
                $"The {what} are not those that the checkpoint was saved with: {expected} was expected, but got {actual} "
                + "(rows × inputs × outputs, and what they are recognized by).",
                argument);
    }

    private void SaveAfterStep()
    {
        if (Checkpointing is { EverySteps: { } every } && StepCount % every == 0)
            SaveCheckpoint(Checkpointing.Path);
    }

    private void SaveAfterEpoch(bool isLast)
    {
        if (Checkpointing is { } plan && (isLast || Epoch % plan.EveryEpochs == 0 || plan.EverySteps is { } every && StepCount % every == 0))
            SaveCheckpoint(plan.Path);
    }

    internal JsonElement Settings() => StructureReader.Parse("The settings", StructureWriter.Json(writer =>
    {
        StructureWriter.Write(writer, "optimizer", Optimizer.Kind, Optimizer.Settings);
        StructureWriter.Write(writer, "divergence", Divergence.Kind, Divergence.Settings);
        StructureWriter.Write(writer, "schedule", Schedule?.Kind, Schedule?.Settings);
        StructureWriter.Write(writer, "clipping", Clipping?.Kind, Clipping?.Settings);
        StructureWriter.Write(writer, "penalty", Penalty is null ? null : nameof(Penalty), Penalty?.Settings);
        StructureWriter.Write(writer, "augmentation", Augmentation?.Kind, Augmentation?.Settings);
        StructureWriter.Write(writer, "average", Average?.Kind, Average?.Settings);
        writer.WriteString("rates", turns.IsFitting ? ratePlan?.Words ?? Rates.None : Rates.ToString());
        writer.WriteString("batch size", Invariant(BatchSize));
        writer.WriteString("accumulate steps", Invariant(AccumulateSteps));
        writer.WriteString("shards", Invariant(Shards));
        writer.WriteString("seed", Invariant(Seed));
        writer.WriteString("shuffle", Invariant(Shuffle));
        writer.WriteString("keep best", Invariant(KeepBest));
        writer.WriteString("monitor", Monitor.Name);
        writer.WriteString("smallest gain", Invariant(SmallestGain));
        writer.WriteString("patience", Patience is { } patience ? Invariant(patience) : "none");
    }));

    // What rows are recognized by.
    internal static string Mark(IRowSource data)
    {
        string signature = data.Signature, checksum = signature.Length > 0 ? $", {signature}" : "";
        string rows = data.Rows is { } known ? Invariant(known) : "?";
        return string.Create(CultureInfo.InvariantCulture, $"{rows} × {data.Format.InputWidth} × {data.Format.OutputWidth}{checksum}");
    }

    private static string Invariant<T>(T value) => string.Create(CultureInfo.InvariantCulture, $"{value}");
}
