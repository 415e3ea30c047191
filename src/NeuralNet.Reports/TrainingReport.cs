using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>A training as one HTML page: settings, network, data, curves, measures, confusion, calibration, X-ray, time and memory, and sections of
/// your own. It needs no other file, no script and no network, and is light or dark as the reader prefers.</summary>
/// <remarks><c>new TrainingReport(trainer, train, test).Save("report.html");</c> What there is none of is left out. The page has no date and no
/// name of a machine: only the times that were measured differ from run to run. A source that is no <see cref="Dataset"/> is read once more for the
/// balance of its classes, as in its first epoch, if it has 2²⁸ values at most; of a larger one the page says that they were not counted.</remarks>
/// <param name="trainer">The trainer, after its training.</param>
/// <param name="training">What it was trained on; null: the report says nothing of it.</param>
/// <param name="test">What it is measured on, best what it has neither learned from nor been chosen by; null: there are no measures, unless
/// <see cref="Evaluation"/> is set.</param>
public sealed class TrainingReport(Trainer trainer, IRowSource? training = null, IRowSource? test = null)
{
    private readonly Trainer trainer = trainer ?? throw new ArgumentNullException(nameof(trainer));
    private readonly List<(string Heading, string Text, Chart[] Charts)> sections = [];

    /// <summary>The title of the page; "Training" unless set.</summary>
    public string Title { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = "Training";

    /// <summary>The measures; null unless set: the network is measured on the test set when the page is made.</summary>
    public Evaluation? Evaluation { get; init; }

    /// <summary>The X-ray that watched the training: its findings and charts are a section. None unless set.</summary>
    public XRay? XRay { get; init; }

    /// <summary>Adds a section at the end: what was found out besides, in words and charts.</summary>
    /// <param name="heading">Its heading.</param>
    /// <param name="text">Its text; each line is a paragraph.</param>
    /// <param name="charts">Its charts.</param>
    public void AddSection(string heading, string text, params ReadOnlySpan<Chart> charts)
    {
        ArgumentNullException.ThrowIfNull(heading);
        ArgumentNullException.ThrowIfNull(text);
        foreach (Chart chart in charts)
            ArgumentNullException.ThrowIfNull(chart, nameof(charts));
        sections.Add((heading, text, charts.ToArray()));
    }

    /// <summary>The page.</summary>
    /// <returns>The text of the HTML file; its lines end in \n.</returns>
    /// <exception cref="ArgumentException">The test set does not fit the network.</exception>
    /// <exception cref="InvalidDataException">A source gives a row that does not fit.</exception>
    public string ToHtml()
    {
        Evaluation? evaluation = Evaluation ?? (test is null ? null : trainer.Evaluate(test));
        var page = new ReportPage(Title);
        WriteHead(page, evaluation);
        Chart[] course = Charts.CourseCharts(trainer.History);
        if (course.Length > 0)
            page.Section("How it went", () => page.Charts(course));
        if (evaluation is not null)
            page.Section("How good it is", () => new ReportMeasures(page).Write(evaluation));
        if (XRay is not null)
            page.Section("X-ray", () =>
            {
                page.Pre($"{XRay.Findings()}");
                page.Charts(Charts.XRayCharts(XRay));
            });
        foreach ((string heading, string text, Chart[] charts) in sections)
            page.Section(heading, () =>
            {
                page.Paragraphs(text);
                page.Charts(charts);
            });
        page.Section("Settings", () => page.Table([.. Settings()]));
        page.Section("Network", () => page.Pre(trainer.Network.Summary()));
        ReportRows? trained = training is null ? null : ReportRows.Of("training", ChartColor.First, training, trainer.Seed);
        ReportRows? tested = test is null ? null : ReportRows.Of("test", ChartColor.Second, test, trainer.Seed);
        if (trained is not null || tested is not null)
            page.Section("Data", () => WriteData(page, [.. new[] { trained, tested }.OfType<ReportRows>()]));
        page.Section("Time and memory", () => page.Table([.. Costs(trained?.Rows)]));
        return page.ToString();
    }

    /// <summary>Saves the page: the whole file or none.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="ArgumentException">The test set does not fit the network.</exception>
    /// <exception cref="InvalidDataException">A source gives a row that does not fit.</exception>
    /// <exception cref="IOException">The file cannot be written, or a source cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void Save(string path)
    {
        byte[] page = Encoding.UTF8.GetBytes(ToHtml());
        AtomicFile.Write(path, file => file.Write(page));
    }

    private void WriteHead(ReportPage page, Evaluation? evaluation)
    {
        TrainingHistory history = trainer.History;
        string best = history.Best is { } b && b != history.Epochs[^1] ? Text($" The best was epoch {b.Epoch}.") : "";
        string early = history.StoppedEarly ? " It stopped early, since nothing became better." : "";
        page.Paragraphs(Text($"{Count(trainer.Epoch, "epoch")}, {Count(trainer.StepCount, "step")}.{best}{early}"), isMuted: true);
        var tiles = new List<(string, string)>();
        if (evaluation is { Accuracy: { } accuracy })
            tiles.Add((Markup.Percent(accuracy), "accuracy"));
        if (evaluation is { R2: { } r2 })
            tiles.Add((Markup.Value(r2), "R²"));
        if (evaluation is not null && !double.IsNaN(evaluation.Divergence))
            tiles.Add((Markup.Value(evaluation.Divergence), "divergence"));
        tiles.Add((Markup.Value(trainer.Network.Parameters.Length, 7), "parameters"));
        if (history.Epochs.Count > 0)
            tiles.Add((Seconds(history.Epochs.Sum(epoch => epoch.Seconds)), "training"));
        page.Tiles([.. tiles]);
    }

    private IEnumerable<(string, string)> Settings()
    {
        yield return ("divergence", $"{trainer.Divergence}");
        yield return ("optimizer", $"{trainer.Optimizer}");
        if (trainer.Schedule is { } schedule)
            yield return ("schedule", $"{schedule}");
        yield return ("learning rate at the end", Markup.Value(trainer.LearningRate));
        yield return ("batch size", Markup.Value(trainer.BatchSize));
        if (trainer.AccumulateSteps > 1)
            yield return ("batches of a step", Markup.Value(trainer.AccumulateSteps));
        yield return ("seed", Text($"{trainer.Seed}"));
        if (!trainer.Shuffle)
            yield return ("order of rows", "as in the data");
        if (trainer.Augmentation is { } augmentation)
            yield return ("augmentation", $"{augmentation}");
        if (trainer.Clipping is { } clipping)
            yield return ("clipping", $"{clipping}");
        if (trainer.Penalty is { } penalty)
            yield return ("penalty", $"{penalty}");
        if (trainer.Average is { } average)
            yield return ("average of weights", $"{average}");
        if (trainer.Rates.Places.Count > 0)
            yield return ("rates by place", $"{trainer.Rates}");
        yield return ("epochs are judged by", trainer.Monitor.Name);
        yield return ("parameters in the end", trainer.KeepBest ? "those of the best epoch" : "those of the last epoch");
        if (trainer.Patience is { } patience)
            yield return ("patience", Count(patience, "epoch"));
    }

    private static void WriteData(ReportPage page, ReportRows[] parts)
    {
        Chart[] balance = [];
        if (parts.All(part => part.Balance is not null && part.Balance.Length == parts[0].Balance!.Length))
        {
            ChartBars[] bars = [.. parts.Select(part => new ChartBars(part.Name, part.Color, part.Balance!))];
            var axis = new ChartAxis("share of what is labelled", IsPercent: true);
            balance = [Charts.Bars("Balance of the classes", parts[0].Source.Format.ClassNames, bars, axis)];
        }

        page.Charts(balance, () => page.Table(
            ["", "rows", "inputs", "desired"],
            [.. parts.Select(part => (string[])[part.Name, part.RowsText, $"{part.Source.Format.InputShape}", part.DesiredText])]));
        foreach (ReportRows part in parts.Where(part => part.Omitted is not null))
            page.Paragraphs(part.Omitted!, isMuted: true);
    }

    private IEnumerable<(string, string)> Costs(long? rows)
    {
        IReadOnlyList<EpochResult> epochs = trainer.History.Epochs;
        double seconds = epochs.Sum(epoch => epoch.Seconds);
        if (epochs.Count > 0)
        {
            yield return ("training, validation aside", Seconds(seconds));
            yield return ("an epoch", Seconds(seconds / epochs.Count));

            // The history has all steps if it has all epochs; a loop of one's own measures no time.
            if (epochs.Count == trainer.Epoch && trainer.StepCount > 0)
                yield return ("a step", Seconds(seconds / trainer.StepCount));
            if (rows is { } trained)
                yield return ("rows in a second", Markup.Value(Math.Round(epochs.Count * (double)trained / seconds), 3));
        }

        long parameters = trainer.Network.Parameters.Length, learned = trainer.Network.GradientLength;
        yield return ("threads", Markup.Value(trainer.Threads));
        yield return ("multiply-adds of a row", Markup.Value(trainer.Network.MultiplyAdds, 5));
        yield return ("parameters", Bytes(parameters * sizeof(float)));
        yield return ("gradient, and what the optimizer remembers", Bytes(learned * sizeof(float) * (1 + trainer.Optimizer.ValuesPerParameter)));
        if (trainer.WorkspaceBytes > 0)
            yield return ("memory of a step", Bytes(trainer.WorkspaceBytes));
    }

    private static string Count(long count, string one, string? many = null) => $"{Markup.Value(count, 7)} {(count == 1 ? one : many ?? one + "s")}";

    private static string Seconds(double seconds) => seconds switch
    {
        >= 5400 => Text($"{seconds / 3600:0.0}\u00a0h"),
        >= 90 => Text($"{seconds / 60:0.0}\u00a0min"),
        >= 1 => Text($"{seconds:0.00}\u00a0s"),
        >= 1e-3 => $"{Markup.Value(seconds * 1e3, 3)}\u00a0ms",
        _ => $"{Markup.Value(seconds * 1e6, 3)}\u00a0µs",
    };

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => Text($"{bytes / 1e9:0.##}\u00a0GB"),
        >= 1_000_000 => Text($"{bytes / 1e6:0.##}\u00a0MB"),
        >= 1000 => Text($"{bytes / 1e3:0.#}\u00a0kB"),
        _ => Text($"{bytes}\u00a0bytes"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
