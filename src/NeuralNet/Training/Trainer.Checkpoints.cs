using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <content>Checkpoints: all that training goes on from, in one file.</content>
public sealed partial class Trainer
{
    private FitState? fit, resumed;
    private bool ignoresData; // of the call that is resumed

    /// <summary>Where and how often <see cref="Fit"/> saves checkpoints; null unless set: never.</summary>
    public Checkpointing? Checkpointing { get; init; }

    /// <summary>
    /// Saves all that training goes on from: the network, what the optimizer remembers, the steps, epochs and divergences, and
    /// how far <see cref="Fit"/> has come. For loops of one's own; <see cref="Fit"/> does it by itself with <see cref="Checkpointing"/>.
    /// </summary>
    /// <remarks>
    /// Between two steps, not during one: from the progress of <see cref="Fit"/>, say. The file is replaced as a whole or not at
    /// all. What is random or scheduled is a function of (seed, epoch, step), so nothing else has to be kept.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">A layer of your own has the kind of one of the library's.</exception>
    /// <exception cref="InvalidOperationException">A call of Step is under way.</exception>
    /// <exception cref="IOException">The file cannot be written; an older one is still whole.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void SaveCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        BeginStep();
        try
        {
            CheckpointFile.Write(path, Network, new Checkpoint
            {
                Settings = SettingsInWords(),
                Step = StepCount,
                Epoch = Epoch,
                Divergences = divergences,
                Fit = fit ?? resumed,
                Values = state.Buffer,
            });
        }
        finally
        {
            Volatile.Write(ref stepping, 0);
        }
    }

    /// <summary>Takes training up again where a checkpoint was saved.</summary>
    /// <remarks>
    /// <para>The trainer is made as it was then: the same layers, optimizer and settings (<see cref="Threads"/> may differ). The
    /// next call of <see cref="Fit"/>, on the same data, then <i>is</i> the one that saved the checkpoint: its number of epochs
    /// counts from where that one began, and at the end the network has the bits that it would have had without a stop. So a
    /// program that always begins with <c>trainer.Resume(path)</c> can be stopped and started again at will.</para>
    /// <para>Where something is wrong, nothing has changed.</para>
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="allowOtherSettings">Whether settings and data may be others than they were: training goes on, but to another end. (The optimizer must remember as many values as that one did.)</param>
    /// <returns>False if there is no such file; then nothing has happened, and training begins at the beginning.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, no checkpoint, or of another network, optimizer or settings; the message says what was expected and what came.</exception>
    /// <exception cref="InvalidOperationException">A call of Step or Fit is under way.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public bool Resume(string path, bool allowOtherSettings = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            return false;
        if (Volatile.Read(ref fitting) != 0)
            throw new InvalidOperationException("Fit is under way; a checkpoint cannot be taken up from its own progress, or from a second thread.");
        BeginStep();
        try
        {
            (Checkpoint checkpoint, Network network) = CheckpointFile.Read(path, Network, Optimizer.ValuesPerParameter, allowOtherSettings ? null : SettingsInWords());
            Copy(network, Network);
            checkpoint.Values.Span.CopyTo(state.Values);
            state.Step = checkpoint.Step;
            Epoch = checkpoint.Epoch;
            divergences.Clear();
            divergences.AddRange(checkpoint.Divergences);
            factorEpoch = -1;
            (fit, resumed, ignoresData) = (null, checkpoint.Fit, allowOtherSettings);
            History = resumed?.History ?? new TrainingHistory();
            return true;
        }
        finally
        {
            Volatile.Write(ref stepping, 0);
        }
    }

    // The call of Fit that a checkpoint was saved in, or a new one.
    private FitState BeginFit(Dataset data)
    {
        string? mark = Checkpointing is null && resumed is null ? null : Mark(data);
        if (resumed is { } state && !ignoresData && state.Data is { } expected && expected != mark)
            throw new ArgumentException($"The data are not those that the checkpoint was saved with: {expected} was expected, {mark} came (rows × inputs × outputs, checksum).", nameof(data));
        fit = resumed ?? new FitState { FirstEpoch = Epoch };
        resumed = null;
        fit.Data = mark ?? fit.Data;
        fit.Best = KeepBest ? fit.Best ?? Network.Clone() : null;
        fit.Step = Math.Min(fit.Step, Steps(data));
        return fit;
    }

    private void SaveAfterStep(int step, int steps)
    {
        // After the last step of an epoch comes what ends it.
        if (Checkpointing is { EverySteps: { } every } && step < steps && StepCount % every == 0)
            SaveCheckpoint(Checkpointing.Path);
    }

    private void SaveAfterEpoch(bool isLast)
    {
        if (Checkpointing is { } plan && (isLast || Epoch % plan.EveryEpochs == 0 || plan.EverySteps is { } every && StepCount % every == 0))
            SaveCheckpoint(plan.Path);
    }

    private List<(string Name, string Words)> SettingsInWords() =>
    [
        ("optimizer", Optimizer.ToString()),
        ("divergence", Divergence.ToString()),
        ("schedule", Schedule?.ToString() ?? "none"),
        ("clipping", Clipping?.ToString() ?? "none"),
        ("penalty", Penalty?.ToString() ?? "none"),
        ("batch size", Invariant(BatchSize)),
        ("seed", Invariant(Seed)),
        ("shuffle", Invariant(Shuffle)),
        ("keep best", Invariant(KeepBest)),
        ("patience", Patience is { } patience ? Invariant(patience) : "none"),
    ];

    private static string Mark(Dataset data)
    {
        var checksum = new Checksum();
        checksum.Add(MemoryMarshal.AsBytes(data.Inputs));
        checksum.Add(MemoryMarshal.AsBytes(data.Desired));
        checksum.Add(MemoryMarshal.AsBytes(data.Lengths));
        return string.Create(CultureInfo.InvariantCulture, $"{data.Rows} × {data.InputWidth} × {data.OutputWidth}, {checksum.Value:x8}");
    }

    private static string Invariant<T>(T value) => string.Create(CultureInfo.InvariantCulture, $"{value}");
}
