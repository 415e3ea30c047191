using System.Globalization;
using Samples;
using SkiaSharp;

namespace Digits;

/// <summary>A line of a chart: one value for each epoch, from 1.</summary>
internal sealed record Line(string Name, SKColor Color, IReadOnlyList<double> Values);

/// <summary>Values over epochs, with axes, labels and a legend.</summary>
internal sealed class Chart(string title, Line[] lines, double[] ticks, bool logarithmic, Func<double, string> label)
{
    private const float Left = 58, Right = 16, Top = 62, Bottom = 46;

    private static readonly double[] percentSteps = [0.01, 0.02, 0.05, 0.1, 0.2];
    private static readonly int[] epochSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

    private readonly double low = Scale(ticks[0], logarithmic), high = Scale(ticks[^1], logarithmic);

    /// <summary>A logarithmic axis from the decade below the smallest value to the one above the greatest.</summary>
    public static Chart Logarithmic(string title, params Line[] lines)
    {
        IEnumerable<double> positive = lines.SelectMany(line => line.Values).Where(value => value > 0).DefaultIfEmpty(1);
        int first = (int)Math.Floor(Math.Log10(positive.Min())), last = (int)Math.Ceiling(Math.Log10(positive.Max()));
        double[] ticks = [.. Enumerable.Range(first, Math.Max(1, last - first) + 1).Select(power => Math.Pow(10, power))];
        return new Chart(title, lines, ticks, logarithmic: true, tick => tick.ToString("0.######", CultureInfo.InvariantCulture));
    }

    /// <summary>An axis of percents up to 100, with no more room below than the values need.</summary>
    public static Chart Percent(string title, params Line[] lines)
    {
        double lowest = lines.SelectMany(line => line.Values).Min();
        double step = percentSteps.First(s => s == 0.2 || lowest > 1 - (5 * s));
        int below = Math.Max(1, (int)Math.Ceiling((1 - lowest) / step));
        double[] ticks = [.. Enumerable.Range(0, below + 1).Select(i => 1 - ((below - i) * step))];
        return new Chart(title, lines, ticks, logarithmic: false, tick => tick.ToString("0 %", CultureInfo.InvariantCulture));
    }

    public void Draw(Canvas canvas, SKRect area)
    {
        var plot = new SKRect(area.Left + Left, area.Top + Top, area.Right - Right, area.Bottom - Bottom);
        canvas.Text(title, plot.Left, area.Top + 24, 17, Palette.Ink, bold: true);
        DrawLegend(canvas, plot.Left, area.Top + 46);

        foreach (double tick in ticks)
        {
            float y = Y(tick, plot);
            canvas.Line(plot.Left, y, plot.Right, y, tick == ticks[0] ? Palette.Axis : Palette.Grid, 1);
            canvas.Text(label(tick), plot.Left - 8, y + 4, 12, Palette.Muted, SKTextAlign.Right);
        }

        int epochs = lines.Max(line => line.Values.Count);
        foreach (int epoch in EpochTicks(epochs))
        {
            float x = X(epoch, epochs, plot);
            canvas.Line(x, plot.Bottom, x, plot.Bottom + 4, Palette.Axis, 1);
            canvas.Text(epoch.ToString(CultureInfo.InvariantCulture), x, plot.Bottom + 18, 12, Palette.Muted, SKTextAlign.Center);
        }

        canvas.Text("epoch", plot.MidX, plot.Bottom + 36, 12, Palette.Muted, SKTextAlign.Center);
        foreach (Line line in lines)
            canvas.Curve([.. line.Values.Select((value, i) => new SKPoint(X(i + 1, epochs, plot), Y(value, plot)))], line.Color);
    }

    private static double Scale(double value, bool logarithmic) => logarithmic ? Math.Log10(value) : value;

    private static float X(int epoch, int epochs, SKRect plot) =>
        epochs == 1 ? plot.MidX : plot.Left + (plot.Width * (epoch - 1) / (epochs - 1));

    // The first, the last and round numbers between, not too close to either.
    private static IEnumerable<int> EpochTicks(int epochs)
    {
        int step = epochSteps.FirstOrDefault(s => epochs <= 8 * s, epochs);
        yield return 1;
        for (int epoch = step; epoch < epochs - (step / 2); epoch += step)
        {
            if (epoch > 1)
                yield return epoch;
        }

        if (epochs > 1)
            yield return epochs;
    }

    private void DrawLegend(Canvas canvas, float x, float y)
    {
        foreach (Line line in lines)
        {
            canvas.Line(x, y - 4, x + 18, y - 4, line.Color, 2.5f);
            x += 24 + canvas.Text(line.Name, x + 24, y, 12.5f, Palette.Ink) + 20;
        }
    }

    // A value of 0 has no logarithm, and what is out of the axis stays at its edge.
    private float Y(double value, SKRect plot)
    {
        double share = (Scale(value, logarithmic) - low) / (high - low);
        return plot.Bottom - (plot.Height * (float)Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1));
    }
}
