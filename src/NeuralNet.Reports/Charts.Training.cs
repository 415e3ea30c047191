namespace NeuralNet;

/// <content>How a training went, and how right a network is.</content>
public static partial class Charts
{
    private static readonly ChartAxis epochs = new("epoch");

    /// <summary>The course of a training: the divergence on a logarithmic axis, and beside it the accuracy on the validation set, or the measure by
    /// which the training is judged (<see cref="Trainer.Monitor"/>), where there is one. A dashed line is at the best epoch.</summary>
    /// <param name="history">The course: <see cref="Trainer.History"/>, or what <see cref="Trainer.Fit"/> gave.</param>
    /// <returns>The chart.</returns>
    /// <exception cref="ArgumentException">No epoch was finished.</exception>
    public static Chart Course(TrainingHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        Chart[] charts = CourseCharts(history);
        return charts.Length == 0 ? throw new ArgumentException("Expected at least one finished epoch, but got none.", nameof(history))
            : Grid("", columns: 2, [.. charts.Take(2)]);
    }

    /// <summary>What a confusion matrix counts: a line for each class that rows are of, a column for each that the network names, and at
    /// the right the share of each class that is found. Blue is right, orange is wrong; the stronger, the more of the line.</summary>
    /// <remarks>Of more than 30 classes the cells have no numbers and are pixels of an image; of more than 70 they have no names either.</remarks>
    /// <param name="matrix">The matrix: <see cref="Evaluation.Confusion"/>.</param>
    /// <returns>The chart; its size goes by the number of classes.</returns>
    public static Chart Confusion(ConfusionMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        const double Edge = 16, Most = 150;
        int classes = matrix.Classes;
        bool hasNone = Enumerable.Range(0, classes).Any(actual => matrix[actual, -1] > 0), hasNumbers = classes <= 30;
        string[] columns = [.. matrix.ClassNames, .. hasNone ? ["none"] : Array.Empty<string>()];
        double cell = classes switch { <= 4 => 56, <= 12 => 36, <= 30 => 28, _ => 720.0 / classes }, size = Math.Min(12, cell * 0.4);
        bool hasNames = cell >= 10;
        double room = hasNames ? Math.Min(Most, columns.Max(name => TextWidth.Of(name, 12))) : 0, found = hasNames ? 54 : 0;
        double[] rows = [.. Enumerable.Range(0, classes).Select(actual => columns.Select((_, column) => Count(actual, column)).Sum())];
        bool isUpright = room <= cell - 4;

        // The names of the columns stand where their cells are wide enough, and otherwise read upward.
        double left = Edge + 20 + room + 8, top = 88 + (isUpright || !hasNames ? 16 : room + 8);
        double width = Math.Max(360, Math.Ceiling(left + (cell * columns.Length) + found + Edge)), bottom = top + (cell * classes);
        var chart = new Chart(width, Math.Ceiling(bottom + Edge), "Confusion");
        Plot.Head(
            chart, $"Confusion: {Markup.Percent(matrix.Accuracy)} of {Markup.Value(matrix.Total, 6)} right",
            [new("right", ChartColor.First, EntryKind.Area), new("wrong", ChartColor.Second, EntryKind.Area)]);
        chart.Text("the network says", left, 78, 12, ChartColor.Muted);
        chart.TextUpward("it is", Edge + 10, Math.Min(top + 44, bottom), 12, ChartColor.Muted);
        if (hasNames)
            chart.Text("found", left + (cell * columns.Length) + found - 4, top - 6, 12, ChartColor.Muted, ChartAlign.Right);

        for (int column = 0; hasNames && column < columns.Length; column++)
        {
            double middle = left + (cell * (column + 0.5));
            string name = TextWidth.Fit(columns[column], 12, Most);
            if (isUpright)
                chart.Text(name, middle, top - 6, 12, ChartColor.Ink, ChartAlign.Center);
            else
                chart.TextUpward(name, middle + 4, top - 6, 12, ChartColor.Ink);
        }

        if (!hasNumbers)
        {
            chart.Fill(left, top, cell * columns.Length, cell * classes, ChartColor.Card);
            chart.Pixels(left, top, cell * columns.Length, cell * classes, columns.Length, classes, (column, actual) => Color(actual, column));
        }

        for (int actual = 0; actual < classes; actual++)
        {
            double y = top + (cell * actual), line = y + (cell / 2) + 4.5;
            for (int column = 0; hasNumbers && column < columns.Length; column++)
            {
                double count = Count(actual, column), x = left + (cell * column);
                chart.Fill(x, y, cell - 1, cell - 1, count > 0 ? Color(actual, column) : ChartColor.Card);
                if (count > 0)
                {
                    string number = TextWidth.Fit(Markup.Value(count, 3), size, cell);
                    ChartColor onCell = Color(actual, column).Opacity > 0.62 ? ChartColor.Paper : ChartColor.Ink;
                    chart.Text(number, x + (cell / 2), line, size, onCell, ChartAlign.Center);
                }
            }

            if (!hasNames)
                continue;
            chart.Text(TextWidth.Fit(matrix.ClassNames[actual], 12, Most), left - 8, line, 12, ChartColor.Ink, ChartAlign.Right);
            chart.Text(
                Markup.Percent(matrix.Recall(actual)), left + (cell * columns.Length) + found - 4, line, 12, ChartColor.Muted, ChartAlign.Right);
        }

        return chart;

        double Count(int actual, int column) => matrix[actual, column < classes ? column : -1];

        ChartColor Color(int actual, int column)
        {
            double strength = Count(actual, column) > 0 ? 0.15 + (0.85 * Math.Sqrt(Count(actual, column) / rows[actual])) : 0;
            return (actual == column ? ChartColor.First : ChartColor.Second) with { Opacity = strength };
        }
    }

    /// <summary>How often predictions were right beside how probable they were said to be. Where the network means what it says, the
    /// points lie on the dashed line; the bars at the bottom say how many rows each point is of.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="bins">The number of bins.</param>
    /// <returns>The chart.</returns>
    /// <exception cref="ArgumentException">The outputs are no probabilities (<see cref="Evaluation.Calibration"/> is null).</exception>
    public static Chart Calibration(Evaluation evaluation, int bins = 10)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return Calibration(evaluation.Calibration(bins) ?? throw new ArgumentException(
            "Expected an evaluation of probabilities, but got one of other outputs: it has no calibration.", nameof(evaluation)));
    }

    /// <summary>How often predictions were right beside how probable they were said to be.</summary>
    /// <param name="bins">The curve: of <see cref="Evaluation.Calibration"/> or <see cref="Metrics.Calibration"/>.</param>
    /// <returns>The chart.</returns>
    /// <exception cref="ArgumentException">There is no bin.</exception>
    public static Chart Calibration(IReadOnlyList<CalibrationBin> bins)
    {
        ArgumentNullException.ThrowIfNull(bins);
        if (bins.Count == 0)
            throw new ArgumentException("Expected at least one bin, but got none.", nameof(bins));
        ChartAxis said = new("how probable the network said it is", IsPercent: true, Minimum: 0, Maximum: 1);
        var plot = new Plot(
            $"Calibration: off by {Markup.Percent(Metrics.ExpectedCalibrationError(bins))} on average", said,
            said with { Title = "how often it was so" },
            [
                new("what happened", ChartColor.First), new("as said", ChartColor.Muted, EntryKind.Dashes),
                new("share of rows", ChartColor.First with { Opacity = BarOpacity }, EntryKind.Area),
            ], [0, 1], [0, 1], 400, 400);

        // Bars take a quarter of the height at most, so that they hide nothing.
        double most = bins.Max(bin => bin.Weight);
        foreach (CalibrationBin bin in bins.Where(bin => bin.Weight > 0))
        {
            double height = bin.Weight / most * (plot.Bottom - plot.Top) / 4, x = plot.AtX(bin.Lower);
            plot.Chart.Fill(x + 1, plot.Bottom - height, plot.AtX(bin.Upper) - x - 2, height, ChartColor.First with { Opacity = BarOpacity });
        }

        plot.Chart.Curve([plot.At(0, 0), plot.At(1, 1)], ChartColor.Muted, 1.2, dashed: true);
        (double X, double Y)[] points = [.. bins.Where(bin => bin.Weight > 0).Select(bin => plot.At(bin.Said, bin.Happened))];
        plot.Chart.Curve(points, ChartColor.First);
        foreach ((double x, double y) in points)
            plot.Chart.Dot(x, y, 4, ChartColor.First);
        return plot.Chart;
    }

    private const double BarOpacity = 0.25;

    private static ChartColor White => new(254, 254, 254); // on a colour, on dark pages too

    // All that a history has curves of: divergence, the measure by which it is judged or the accuracy, the learning rate where it changes.
    internal static Chart[] CourseCharts(TrainingHistory history)
    {
        IReadOnlyList<EpochResult> all = history.Epochs;
        if (all.Count == 0)
            return [];
        var charts = new List<Chart>();
        (string, double)[] best = history.Best is { } b && b != all[^1] ? [($"best epoch: {b.Epoch}", b.Epoch)] : [];
        Add("Divergence", "mean", isLogarithmic: true, isPercent: false,
            Of("training", ChartColor.First, epoch => epoch.TrainingDivergence),
            Of("validation", ChartColor.Second, epoch => epoch.ValidationDivergence));
        string? monitor = all[^1].Monitor;
        if (monitor is not null && monitor != Metric.Accuracy.Name)
            Add(char.ToUpperInvariant(monitor[0]) + monitor[1..], "by which epochs are judged", false, false,
                Of("validation", ChartColor.Second, epoch => epoch.Monitor == monitor ? epoch.Monitored : null));
        Add("Accuracy", "share of what is predicted right", false, true, Of("validation", ChartColor.Second, epoch => epoch.ValidationAccuracy));
        if (all.Any(epoch => epoch.LearningRate != all[0].LearningRate))
            Add("Learning rate", "of the last step of each epoch", false, false, Of("", ChartColor.First, epoch => epoch.LearningRate));
        return [.. charts];

        ChartLine Of(string name, ChartColor color, Func<EpochResult, double?> value) =>
            new(name, color, [.. all.Select(epoch => ((double)epoch.Epoch, value(epoch) ?? double.NaN))]);

        // What there is nothing of is left out. A divergence that is 0 or negative has no logarithm.
        void Add(string title, string axis, bool isLogarithmic, bool isPercent, params ChartLine[] lines)
        {
            lines = [.. lines.Where(line => line.Points.Any(point => double.IsFinite(point.Y)))];
            if (lines.Length == 0)
                return;
            isLogarithmic &= lines.All(line => line.Points.All(point => !(point.Y < 0)))
                && lines.Any(line => line.Points.Any(point => point.Y > 0 && double.IsFinite(point.Y)));
            double? most = isPercent ? 1 : null;
            charts.Add(Lines(
                title, epochs, new ChartAxis(isLogarithmic ? $"{axis}, logarithmic" : axis, isLogarithmic, isPercent, Maximum: most), lines, best));
        }
    }
}
