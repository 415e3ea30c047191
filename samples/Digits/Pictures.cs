using NeuralNet;

namespace Digits;

/// <summary>The pictures of a training: how it went, and what the network still gets wrong.</summary>
internal static class Pictures
{
    // So many mistakes are shown at most, the surest first: they teach most.
    private const int MaxMistakes = 25;
    private const int MaxColumns = 5;
    private const double CardWidth = 232, CardHeight = 178, Gap = 14;

    private static readonly ChartColor black = new(0, 0, 0);

    public static void Save(string folder, Experiment experiment, TestResult result)
    {
        if (experiment.Epochs.Count > 0)
            Save(folder, "learning-curves.svg", DrawCurves(experiment));
        Save(folder, "mistakes.svg", DrawMistakes(experiment.TestPixels, result));
    }

    private static void Save(string folder, string name, Chart picture)
    {
        string path = Path.Combine(folder, name);
        picture.Save(path);
        Console.WriteLine(path);
    }

    private static Chart DrawCurves(Experiment experiment)
    {
        IReadOnlyList<EpochResult> epochs = experiment.Epochs;
        var axis = new ChartAxis("epoch");
        return Charts.Grid("", columns: 2,
        [
            Charts.Lines("Divergence", axis, new ChartAxis("mean, logarithmic", IsLogarithmic: true),
            [
                ChartLine.Over("training", ChartColor.First, epochs.Select(epoch => epoch.TrainingDivergence)),
                ChartLine.Over("test", ChartColor.Second, epochs.Select(epoch => epoch.ValidationDivergence ?? double.NaN)),
            ]),
            Charts.Lines("Accuracy", axis, new ChartAxis("share of digits read right", IsPercent: true, Maximum: 1),
            [
                ChartLine.Over("training", ChartColor.First, experiment.TrainingAccuracies),
                ChartLine.Over("test", ChartColor.Second, epochs.Select(epoch => epoch.ValidationAccuracy ?? double.NaN)),
            ]),
        ]);
    }

    private static Chart DrawMistakes(Dataset digits, TestResult result)
    {
        int[] mistakes =
        [
            .. Enumerable.Range(0, digits.Rows)
                .Where(row => Read(result, row) != digits.Labels[row])
                .OrderByDescending(row => Outputs(result, row).Max())
        ];
        int shown = Math.Min(mistakes.Length, MaxMistakes), lines = Math.Max(1, (shown + MaxColumns - 1) / MaxColumns);
        int columns = Math.Max(3, (shown + lines - 1) / lines);
        string title = Report.Text($"{digits.Rows - mistakes.Length} of {digits.Rows} unseen digits read right ({result.Accuracy * 100:0.0} %)");
        title += mistakes.Length switch
        {
            0 => ": no mistakes",
            1 => "; the mistake:",
            <= MaxMistakes => Report.Text($"; the {mistakes.Length} mistakes:"),
            _ => Report.Text($"; the surest {shown} of {mistakes.Length} mistakes:"),
        };
        var chart = new Chart((columns * (CardWidth + Gap)) + Gap, 56 + (lines * (CardHeight + Gap)), title);
        chart.Text(title, Gap, 34, 17, ChartColor.Ink, bold: true);
        for (int i = 0; i < shown; i++)
        {
            double x = Gap + (i % columns * (CardWidth + Gap)), y = 56 + (i / columns * (CardHeight + Gap));
            DrawMistake(chart, x, y, digits.InputRow(mistakes[i]), digits.Labels[mistakes[i]], Outputs(result, mistakes[i]));
        }

        return chart;
    }

    // The digit, what it is and what it was taken for; beside it how sure the network was of each of the ten.
    private static void DrawMistake(Chart chart, double x, double y, ReadOnlySpan<float> pixels, int actual, ReadOnlySpan<float> outputs)
    {
        const double BarHeight = 9, BarLeft = 158, BarWidth = 60;
        chart.Fill(x, y, CardWidth, CardHeight, ChartColor.Card, radius: 8);
        float[] inks = pixels.ToArray();
        chart.Pixels(x + 12, y + 12, 112, 112, columns: 8, rows: 8,
            (column, row) => ChartColor.Between(ChartColor.Paper, black, inks[(row * 8) + column] / 16));

        int read = Metrics.ArgMax(outputs);
        for (int c = 0; c < outputs.Length; c++)
        {
            double top = y + 12 + (c * 11.4);
            ChartColor color = c == read ? ChartColor.Wrong : c == actual ? ChartColor.Right : ChartColor.Muted;
            chart.Text(Report.Text($"{c}"), x + BarLeft - 8, top + BarHeight - 0.5, 10.5, color, ChartAlign.Right, bold: c == read || c == actual);
            chart.Fill(x + BarLeft, top, BarWidth, BarHeight, ChartColor.Grid);
            chart.Fill(x + BarLeft, top, BarWidth * outputs[c], BarHeight, color);
        }

        double width = chart.Text(Report.Text($"is {actual}"), x + 12, y + 147, 14, ChartColor.Right, bold: true);
        chart.Text(Report.Text($"read as {read}"), x + 12 + width + 8, y + 147, 14, ChartColor.Wrong, bold: true);
        chart.Text(Report.Text($"{outputs[read] * 100:0.0} % sure, {outputs[actual] * 100:0.0} % for {actual}"), x + 12, y + 165, 11.5,
            ChartColor.Muted);
    }

    private static int Read(TestResult result, int row) => Metrics.ArgMax(Outputs(result, row));

    private static float[] Outputs(TestResult result, int row) => result.Outputs[(row * 10)..((row + 1) * 10)];
}
