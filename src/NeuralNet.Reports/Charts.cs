namespace NeuralNet;

/// <summary>Charts of trainings and of what networks say. Blue is the training and what is said, orange is the validation and what is apart
/// from that.</summary>
/// <remarks>Names and titles may be of any length: what there is no room for ends in "…". All charts are made of
/// <see cref="Chart"/>, on which more can be drawn.</remarks>
public static partial class Charts
{
    private const double Width = 480, Height = 340;

    /// <summary>Lines over an axis. Lines of up to 12 points have a dot at each, unless they are dashed.</summary>
    /// <param name="title">The title; may be empty.</param>
    /// <param name="x">The axis at the bottom.</param>
    /// <param name="y">The axis at the left.</param>
    /// <param name="lines">The lines; later ones lie above earlier ones.</param>
    /// <param name="width">How wide the chart is.</param>
    /// <param name="height">How high it is.</param>
    /// <returns>The chart.</returns>
    /// <exception cref="ArgumentException">There is no line.</exception>
    public static Chart Lines(string title, ChartAxis x, ChartAxis y, IReadOnlyList<ChartLine> lines, double width = Width, double height = Height)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(lines);
        if (lines.Count == 0)
            throw new ArgumentException("Expected at least one line, but got none.", nameof(lines));
        return Lines(title, x, y, lines, [], width, height);
    }

    /// <summary>A bar for each of some names, in groups beside each other.</summary>
    /// <param name="title">The title; may be empty.</param>
    /// <param name="names">The names. Of more than <paramref name="most"/> the first are shown, and how many there are besides.</param>
    /// <param name="groups">The bars: each with as many values as there are names.</param>
    /// <param name="axis">What the values are; null: plain numbers.</param>
    /// <param name="most">How many names are shown at most.</param>
    /// <returns>The chart; its height goes by the names.</returns>
    /// <exception cref="ArgumentException">There is no name or no group, or a group has not as many values as there are names.</exception>
    public static Chart Bars(string title, IReadOnlyList<string> names, IReadOnlyList<ChartBars> groups, ChartAxis? axis = null, int most = 30)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        if (names.Count == 0 || groups.Count == 0)
            throw new ArgumentException(
                $"Expected at least one name and one group of bars, but got {names.Count} and {groups.Count}.", nameof(names));
        if (groups.FirstOrDefault(group => group.Values.Count != names.Count) is { } wrong)
            throw new ArgumentException($"Expected {names.Count} values, one for each name, but got {wrong.Values.Count} of \"{wrong.Name}\".",
                nameof(groups));

        const double Thick = 12, Between = 8, Left = 16, Size = 12.5;
        int shown = Math.Min(names.Count, most);
        double each = (groups.Count * Thick) + Between, room = Math.Min(150, names.Take(shown).Max(name => TextWidth.Of(name, Size)));
        Plot.Entry[] legend =
            [.. groups.Where(group => group.Name.Length > 0).Select(group => new Plot.Entry(group.Name, group.Color, EntryKind.Area))];
        bool hasMore = shown < names.Count, hasAxisTitle = axis?.Title.Length > 0;
        double top = Plot.Head(new Chart(Width, Height, title), title, legend) + (hasAxisTitle ? 16 : 0);
        var chart = new Chart(Width, top + (shown * each) + (hasMore ? 24 : 0) + 14, title);
        Plot.Head(chart, title, legend);
        if (hasAxisTitle)
            chart.Text(TextWidth.Fit(axis!.Title, 12, Width - (2 * Left)), Left, top - 8, 12, ChartColor.Muted);

        // From 0 on, also where all values are on one side of it. At the right there is room for the numbers.
        double[] values = [.. groups.SelectMany(group => group.Values.Take(shown)).Where(double.IsFinite)];
        double low = Math.Min(0, values.DefaultIfEmpty(0).Min()), high = Math.Max(0, values.DefaultIfEmpty(0).Max());
        string Label(double value) => axis?.IsPercent == true ? Markup.Percent(value) : Markup.Value(value);
        double numbers = groups.SelectMany(group => group.Values.Take(shown)).Max(value => TextWidth.Of(Label(value), 11.5)) + 8;
        double left = Left + room + 10, right = Width - Left - numbers, zero = left + Share(0);
        for (int i = 0; i < shown; i++)
        {
            double y = top + (i * each);
            chart.Text(TextWidth.Fit(names[i], Size, room), left - 10, y + ((each - Between) / 2) + 4.5, Size, ChartColor.Ink, ChartAlign.Right);
            for (int g = 0; g < groups.Count; g++)
            {
                double value = groups[g].Values[i], at = y + (g * Thick), end = double.IsFinite(value) ? left + Share(value) : zero;
                chart.Fill(Math.Min(zero, end), at + 1, Math.Abs(end - zero), Thick - 2, groups[g].Color, radius: 1);
                chart.Text(Label(value), Math.Max(zero, end) + 5, at + 10, 11.5, ChartColor.Muted);
            }
        }

        chart.Line(zero, top - 3, zero, top + (shown * each) - Between + 3, ChartColor.Axis);
        if (hasMore)
            chart.Text($"and {Markup.Value(names.Count - shown)} more", left, top + (shown * each) + 10, 12, ChartColor.Muted);
        return chart;

        double Share(double value) => high > low ? (value - low) / (high - low) * (right - left) : 0;
    }

    /// <summary>How often values are where: the count of those in each of some bins of equal width.</summary>
    /// <param name="title">The title; may be empty.</param>
    /// <param name="values">The values; those that are not finite are left out, and the chart says how many they are.</param>
    /// <param name="axis">What the values are.</param>
    /// <param name="bins">How many bins there are.</param>
    /// <param name="color">The colour; null: blue.</param>
    /// <returns>The chart.</returns>
    public static Chart Histogram(string title, IEnumerable<double> values, ChartAxis axis, int bins = 30, ChartColor? color = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(axis);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        double[] all = [.. values], there = [.. all.Where(double.IsFinite)];
        double low = axis.Minimum ?? there.DefaultIfEmpty(0).Min(), high = axis.Maximum ?? there.DefaultIfEmpty(1).Max();
        (low, high) = high > low ? (low, high) : (low - 0.5, low + 0.5);
        double each = (high - low) / bins;
        double[] counts = new double[bins];
        foreach (double value in there.Where(value => value >= low && value <= high))
            counts[Math.Min(bins - 1, (int)((value - low) / each))]++;
        string missing = all.Length == there.Length ? "" : $"; {Markup.Value(all.Length - there.Length)} not finite";
        var plot = new Plot(
            title, axis with { IsLogarithmic = false, Minimum = low, Maximum = high },
            new ChartAxis($"how many of {Markup.Value(all.Length)}{missing}", Minimum: 0), [],
            [low, high], counts, Width, Height);
        double width = plot.AtX(low + each) - plot.Left;
        for (int bin = 0; bin < bins; bin++)
        {
            double y = plot.AtY(counts[bin]);
            if (counts[bin] > 0)
                plot.Chart.Fill(plot.AtX(low + (bin * each)) + 0.5, y, Math.Max(width - 1, 0.5), plot.Bottom - y, color ?? ChartColor.First);
        }

        return plot.Chart;
    }

    /// <summary>Charts beside and below each other, with a title and a legend for all.</summary>
    /// <param name="title">The title; may be empty.</param>
    /// <param name="columns">How many are beside each other.</param>
    /// <param name="charts">The charts, line by line.</param>
    /// <param name="legend">What colours mean in all of them; none unless given.</param>
    /// <returns>A chart that has them all.</returns>
    /// <exception cref="ArgumentException">There is no chart.</exception>
    public static Chart Grid(string title, int columns, IReadOnlyList<Chart> charts, params ReadOnlySpan<(string Name, ChartColor Color)> legend)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(charts);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (charts.Count == 0)
            throw new ArgumentException("Expected at least one chart, but got none.", nameof(charts));
        double width = charts.Max(chart => chart.Width), all = width * Math.Min(columns, charts.Count);
        Plot.Entry[] entries = new Plot.Entry[legend.Length];
        for (int i = 0; i < legend.Length; i++)
            entries[i] = new Plot.Entry(legend[i].Name, legend[i].Color, EntryKind.Area);
        bool hasHead = title.Length > 0 || entries.Length > 0;
        double top = hasHead ? Plot.Head(new Chart(all, Height, ""), title, entries) : 0;
        double[] heights = [.. charts.Chunk(columns).Select(line => line.Max(chart => chart.Height))];
        var grid = new Chart(all, top + heights.Sum(), title.Length > 0 ? title : string.Join("; ", charts.Select(chart => chart.Name)));
        if (hasHead)
            Plot.Head(grid, title, entries);
        double y = top;
        for (int i = 0; i < charts.Count; i++)
        {
            grid.Add(charts[i], i % columns * width, y);
            y += i % columns == columns - 1 ? heights[i / columns] : 0;
        }

        return grid;
    }

    // A mark is a line upward from a place of the axis.
    private static Chart Lines(
        string title, ChartAxis x, ChartAxis y, IReadOnlyList<ChartLine> lines, (string Name, double X)[] marks, double width = Width,
        double height = Height)
    {
        Plot.Entry[] legend =
        [
            .. lines.Where(line => line.Name.Length > 0)
                .Select(line => new Plot.Entry(line.Name, line.Color, line.IsDashed ? EntryKind.Dashes : EntryKind.Line)),
            .. marks.Select(mark => new Plot.Entry(mark.Name, ChartColor.Muted, EntryKind.Dashes)),
        ];
        (double X, double Y)[] points = [.. lines.SelectMany(line => line.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))];
        bool isWhole = lines.All(line => line.Points.All(point => point.X == Math.Floor(point.X)));
        var plot = new Plot(title, x, y, legend, points.Select(point => point.X), points.Select(point => point.Y), width, height, isWhole);
        foreach ((_, double at) in marks)
            plot.Chart.Line(plot.AtX(at), plot.Top, plot.AtX(at), plot.Bottom, ChartColor.Muted, 1.2, dashed: true);
        foreach (ChartLine line in lines)
        {
            (double X, double Y)[] course = [.. line.Points.Select(point => plot.At(point.X, point.Y))];
            plot.Chart.Curve(course, line.Color, line.Width, line.IsDashed);

            // A few points are no curve yet.
            if (course.Length > 12 || line.IsDashed)
                continue;
            foreach ((double px, double py) in course.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)))
                plot.Chart.Dot(px, py, 1.5 * line.Width, line.Color);
        }

        return plot.Chart;
    }
}
