namespace NeuralNet;

/// <summary>What a <see cref="SettingsSearch"/> came to: its trials, the best first.</summary>
public sealed class SearchResult
{
    private const int Width = 80, UsualTrials = 20;

    internal SearchResult(IMetric measure, IReadOnlyList<TrialResult> trials)
    {
        Measure = measure;
        Trials = trials;
    }

    /// <summary>What trials were measured by.</summary>
    public IMetric Measure { get; }

    /// <summary>All trials, the best first: those that were trained for the most epochs, of these by the measure, of equal ones by their index; those
    /// that diverged come last.</summary>
    public IReadOnlyList<TrialResult> Trials { get; }

    /// <summary>The best trial; if all diverged the first of them.</summary>
    public TrialResult Best => Trials[0];

    /// <summary>How many epochs were trained in all.</summary>
    public long Epochs => Trials.Sum(trial => (long)trial.Epochs);

    /// <summary>The best trials as text: a line each, with the settings.</summary>
    /// <param name="trials">How many at most, at least 1.</param>
    /// <returns>The lines, joined by \n. Settings for which 80 columns have no room are left out, those given last first.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="trials"/> is not positive.</exception>
    public string Table(int trials = int.MaxValue)
    {
        Guard.Count(trials, nameof(trials));
        TrialResult[] shown = [.. Trials.Take(trials)];
        int settings = Trials[0].Settings.Count;
        string table = Of(settings);
        while (settings > 0 && table.IndexOf('\n') > Width)
            table = Of(--settings);
        string left = Missing(Trials.Count - shown.Length, "trial") + Missing(Trials[0].Settings.Count - settings, "setting");
        return table + left;

        string Of(int count)
        {
            List<string[]> rows = [["trial", .. Trials[0].Settings.Take(count).Select(one => one.Key), "epochs", Measure.Name]];
            rows.AddRange(shown.Select(trial => (string[])
            [
                $"{trial.Index}", .. trial.Settings.Take(count).Select(one => TrialSettings.InWords(one.Value)), $"{trial.Epochs}",
                trial.Diverged is null ? TextTable.Number(trial.Measure) : "diverged",
            ]));
            return TextTable.Of(rows);
        }

        static string Missing(int count, string what) =>
            count == 0 ? "" : FormattableString.Invariant($"\n… and {count} more {what}{(count == 1 ? "" : "s")}");
    }

    /// <summary>The best 20 trials.</summary>
    /// <returns>The lines of <see cref="Table"/>.</returns>
    public override string ToString() => Table(UsualTrials);
}
