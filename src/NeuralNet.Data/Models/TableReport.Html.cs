namespace NeuralNet;

/// <content>The report with pictures.</content>
public sealed partial class TableReport
{
    /// <summary>Saves the report as one HTML file that needs no other: measures, confusion and calibration, what matters, where it errs, the course
    /// of the training.</summary>
    /// <param name="path">The file; one that is there is replaced, as a whole or not at all.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void Save(string path) => Page().Save(path);

    /// <summary>The report as an HTML page.</summary>
    /// <returns>The text of the file that <see cref="Save"/> writes.</returns>
    public string ToHtml() => Page().ToHtml();

    private TrainingReport Page()
    {
        string name = string.Join(", ", model.Schema.Targets.Select(target => target.Name));
        var page = new TrainingReport(trainer, model.Schema.ToDataset(train), test is null ? null : model.Schema.ToDataset(test))
        {
            Title = $"Model of {name}",
            Evaluation = Evaluation,
        };
        if (Evaluation is not null && Baseline is not null)
            page.AddSection("Beside the baseline", $"Without looking at any column one says always {Baseline.Says}.", BesideBaseline());
        if (Importance.Count > 0)
        {
            double[] means = [.. Importance.Select(importance => importance.Mean)];
            page.AddSection(
                "What matters", $"By how much {Worse} if a column is shuffled, the mean of five shufflings. Of two columns that say the same neither "
                    + "seems to matter.",
                Charts.Bars(
                    HasNumbers ? "Rise of the root mean square error" : "Fall of the accuracy",
                    [.. Importance.Select(importance => importance.Column)], [new("", ChartColor.First, means)], Axis()));
        }

        if (Errors.Count > 0)
        {
            string[] names = [.. Errors.Select(errors => $"{errors.Column} {errors.Value}")];
            page.AddSection(
                "Where it errs", "Groups of rows of the test part on which the model errs clearly more or less than on all others.",
                Charts.Bars(HasNumbers ? "Mean absolute error" : "Share of wrong answers", names,
                    [
                        new("here", ChartColor.Second, [.. Errors.Select(errors => errors.Error)]),
                        new("elsewhere", ChartColor.Axis, [.. Errors.Select(errors => errors.Elsewhere)]),
                    ],
                    Axis()));
        }

        if (Histories.Count > 1)
            page.AddSection(
                "Members",
                $"{Histories.Count} networks were trained, and the model gives the mean of what they say. The curves and times of this page, its "
                    + "settings and its network are those of the first.", Members());
        page.AddSection("Schema", $"{model.Schema}\n{settings}");
        return page;

        ChartAxis? Axis() => HasNumbers ? null : new ChartAxis("", IsPercent: true);
    }

    private Chart BesideBaseline() => HasNumbers
        ? Charts.Bars(
            "Errors", ["root mean square error", "mean absolute error"],
            [
                new("model", ChartColor.First, [Evaluation!.RootMeanSquareError, Evaluation.MeanAbsoluteError]),
                new("baseline", ChartColor.Axis, [Baseline!.RootMeanSquareError!.Value, Baseline.MeanAbsoluteError!.Value]),
            ])
        : Charts.Bars(
            "Accuracy", ["accuracy"],
            [
                new("model", ChartColor.First, [Evaluation!.Accuracy ?? double.NaN]),
                new("baseline", ChartColor.Axis, [Baseline!.Accuracy ?? double.NaN]),
            ],
            new ChartAxis("", IsPercent: true));

    // The curve of each member on the rows that it has not learned from; where none are held out, on those that it has.
    private Chart Members() => Charts.Lines(
        settings.ValidationFraction > 0 ? "Divergence of each on rows held out" : "Divergence of each in training",
        new ChartAxis("epoch"), new ChartAxis("divergence", IsLogarithmic: true),
        [
            .. Histories.Take(10).Select((history, member) => ChartLine.Over(
                FormattableString.Invariant($"{member + 1}"), ChartColor.Of(member),
                history.Epochs.Select(epoch => epoch.ValidationDivergence ?? epoch.TrainingDivergence))),
        ]);
}
