namespace NeuralNet;

/// <summary>Where and how often <see cref="Trainer.Fit"/> saves all that training goes on from, so that a run that was stopped at any
/// moment ends, once <see cref="Trainer.Resume(string, bool)"/> has taken it up again, with the same bits as one that was not.</summary>
/// <remarks>The first one is saved before the first step, and one where Fit is asked to stop. A checkpoint is saved as a whole or not at all: a
/// process that is killed meanwhile leaves the one before. It is a safetensors file with checksums, which
/// <see cref="Network.Load(string, LayerTypes?)"/> reads too, as the network at that moment. It costs writing the network, what the optimizer
/// remembers of it and, with <see cref="Trainer.KeepBest"/> or <see cref="Trainer.Average"/>, the network once more for each, and waiting until the
/// disk has them.</remarks>
public sealed class Checkpointing
{
    /// <summary>Says where and how often.</summary>
    /// <param name="path">The file; each checkpoint replaces the one before.</param>
    /// <param name="everyEpochs">After how many epochs, at least 1, and after the last one of <see cref="Trainer.Fit"/>.</param>
    /// <param name="everySteps">After how many steps, at least 1, within epochs too; null: after whole epochs only.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public Checkpointing(string path, int everyEpochs = 1, int? everySteps = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        EveryEpochs = Guard.Count(everyEpochs, nameof(everyEpochs));
        EverySteps = everySteps is { } steps ? Guard.Count(steps, nameof(everySteps)) : null;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>After how many epochs a checkpoint is saved.</summary>
    public int EveryEpochs { get; }

    /// <summary>After how many steps a checkpoint is saved; null: after whole epochs only.</summary>
    public int? EverySteps { get; }

    /// <summary>Where and how often, in words.</summary>
    /// <returns>For example <c>"run.checkpoint" after every 1 epochs and 500 steps</c>.</returns>
    public override string ToString() => FormattableString.Invariant(
        $"\"{Path}\" after every {EveryEpochs} epochs{(EverySteps is { } steps ? FormattableString.Invariant($" and {steps} steps") : "")}");
}
