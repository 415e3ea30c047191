namespace NeuralNet;

/// <summary>A chart with a title, a legend and two axes under way: it makes room for all of them, and says where values lie.</summary>
internal sealed class Plot
{
    private const double Edge = 16, TitleSize = 16, LegendSize = 13, Small = 12, Line = 20;

    public Plot(string title, ChartAxis x, ChartAxis y, Entry[] legend, IEnumerable<double> xs, IEnumerable<double> ys, double width, double height,
        bool isWholeX = false, bool isTightY = false)
    {
        Chart = new Chart(width, height, title);
        Top = Head(Chart, title, legend);
        if (y.Title.Length > 0)
        {
            Chart.Text(TextWidth.Fit(y.Title, Small, width - (2 * Edge)), Edge, Top + 6, Small, ChartColor.Muted);
            Top += 16;
        }

        Top += 6;
        Bottom = height - (x.Title.Length > 0 ? 46 : 28);
        Y = new Scale(y, ys, Math.Clamp((int)((Bottom - Top) / 30), 2, 7), isTight: isTightY);
        Left = Edge + Math.Max(24, Y.Ticks.Max(tick => TextWidth.Of(Y.Label(tick), Small))) + 8;
        Right = width - Edge - 6;
        X = new Scale(x, xs, Math.Clamp((int)((Right - Left) / 56), 2, 14), isTight: true, isWholeX);
        Chart.Text(TextWidth.Fit(x.Title, Small, Right - Left), (Left + Right) / 2, height - 12, Small, ChartColor.Muted, ChartAlign.Center);
        DrawAxes();
    }

    public Chart Chart { get; }

    public Scale X { get; }

    public Scale Y { get; }

    public double Left { get; }

    public double Right { get; }

    public double Top { get; }

    public double Bottom { get; }

    /// <summary>Draws the title and below it the legend, in as many lines as it needs, and returns where what comes next may begin.</summary>
    public static double Head(Chart chart, string title, Entry[] legend)
    {
        double room = chart.Width - (2 * Edge), x = Edge, y = 28;
        if (title.Length > 0)
            chart.Text(TextWidth.Fit(title, TitleSize, room, bold: true), Edge, y, TitleSize, ChartColor.Ink, bold: true);
        else
            y = 4;
        if (legend.Length == 0)
            return y + 16;
        y += Line + 2;
        foreach (Entry entry in legend)
        {
            string name = TextWidth.Fit(entry.Name, LegendSize, room - 24);
            double width = 24 + TextWidth.Of(name, LegendSize);
            if (x > Edge && x + width > chart.Width - Edge)
                (x, y) = (Edge, y + Line);
            entry.Draw(chart, x, y);
            chart.Text(name, x + 24, y, LegendSize, ChartColor.Ink);
            x += width + 18;
        }

        return y + 20;
    }

    public (double X, double Y) At(double x, double y) => (AtX(x), AtY(y));

    public double AtX(double x) => Left + (X.Share(x) * (Right - Left));

    public double AtY(double y) => Bottom - (Math.Clamp(Y.Share(y), 0, 1) * (Bottom - Top));

    private void DrawAxes()
    {
        foreach (double tick in Y.Ticks)
        {
            double y = AtY(tick);
            Chart.Line(Left, y, Right, y, ChartColor.Grid);
            Chart.Text(Y.Label(tick), Left - 8, y + 4, Small, ChartColor.Muted, ChartAlign.Right);
        }

        Chart.Line(Left, Bottom, Right, Bottom, ChartColor.Axis);
        double free = double.NegativeInfinity;
        foreach (double tick in X.Ticks)
        {
            // Labels are in the middle below their ticks, and none touches another.
            double x = AtX(tick), half = TextWidth.Of(X.Label(tick), Small) / 2;
            Chart.Line(x, Bottom, x, Bottom + 4, ChartColor.Axis);
            if (x - half < free)
                continue;
            double from = Math.Min(x - half, Chart.Width - 4 - (2 * half));
            Chart.Text(X.Label(tick), from + half, Bottom + 18, Small, ChartColor.Muted, ChartAlign.Center);
            free = from + (2 * half) + 6;
        }
    }

    /// <summary>What a colour means.</summary>
    internal readonly record struct Entry(string Name, ChartColor Color, EntryKind Kind = EntryKind.Line)
    {
        public void Draw(Chart chart, double x, double y)
        {
            if (Kind == EntryKind.Area)
                chart.Fill(x + 3, y - 10, 12, 12, Color, radius: 2);
            else if (Kind == EntryKind.Dot)
                chart.Dot(x + 9, y - 4.5, 4.5, Color);
            else
                chart.Line(x, y - 4.5, x + 18, y - 4.5, Color, 2.5, dashed: Kind == EntryKind.Dashes);
        }
    }
}

/// <summary>As what a colour is shown in a legend.</summary>
internal enum EntryKind
{
    Line,
    Dashes,
    Area,
    Dot,
}
