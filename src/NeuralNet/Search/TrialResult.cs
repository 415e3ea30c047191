namespace NeuralNet;

/// <summary>What a trial of a <see cref="SettingsSearch"/> came to.</summary>
public sealed class TrialResult
{
    internal TrialResult(int index, long seed, TrialSettings settings, IReadOnlyList<TrialRung> rungs, string? diverged)
    {
        Index = index;
        Seed = seed;
        Settings = settings;
        Rungs = rungs;
        Diverged = diverged;
    }

    /// <summary>Which trial it is, from 0.</summary>
    public int Index { get; }

    /// <summary>The seed that it was given.</summary>
    public long Seed { get; }

    /// <summary>The settings.</summary>
    public TrialSettings Settings { get; }

    /// <summary>What was measured, each time that it had trained for some more epochs; one, but in successive halving.</summary>
    public IReadOnlyList<TrialRung> Rungs { get; }

    /// <summary>How many epochs it was trained in all.</summary>
    public int Epochs => Rungs[^1].Epochs;

    /// <summary>What was measured last; NaN if training diverged.</summary>
    public double Measure => Rungs[^1].Measure;

    /// <summary>How long it took, in seconds.</summary>
    public double Seconds => Rungs.Sum(rung => rung.Seconds);

    /// <summary>Why there is no measure: what the <see cref="NotFiniteNumberException"/> said, or that the measure was not finite; null: there is
    /// one.</summary>
    public string? Diverged { get; }

    /// <summary>The result in a line, the same in every culture.</summary>
    /// <returns>For example <c>Trial 4 (width 16, rate 0.00318), 9 epochs: 0.953</c>.</returns>
    public override string ToString()
    {
        string epochs = Epochs == 1 ? "1 epoch" : FormattableString.Invariant($"{Epochs} epochs");
        return $"{new Trial(Index, Seed, Settings)}, {epochs}: {(Diverged is null ? TextTable.Number(Measure) : "diverged")}";
    }

    // By which the results of a search stand in order, the best first: those that did not diverge, of these those that were thought worth more
    // epochs, then by the measure; of equal ones the first.
    internal static IComparer<TrialResult> Order(bool isLargerBetter) => Comparer<TrialResult>.Create((a, b) =>
    {
        int order = (a.Diverged is not null).CompareTo(b.Diverged is not null);
        order = order != 0 ? order : b.Epochs.CompareTo(a.Epochs);
        order = order != 0 ? order : isLargerBetter ? b.Measure.CompareTo(a.Measure) : a.Measure.CompareTo(b.Measure);
        return order != 0 ? order : a.Index.CompareTo(b.Index);
    });

    // The result with one rung more.
    internal TrialResult With(TrialRung rung, string? diverged) => new(Index, Seed, Settings, [.. Rungs, rung], diverged);
}

/// <summary>What a trial had come to after some epochs.</summary>
/// <param name="Epochs">How many it had been trained in all.</param>
/// <param name="Measure">What was measured; NaN if training diverged.</param>
/// <param name="Seconds">How long it took since the rung before.</param>
public readonly record struct TrialRung(int Epochs, double Measure, double Seconds);
