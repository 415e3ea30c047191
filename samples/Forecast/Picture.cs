using NeuralNet;

namespace Forecast;

/// <summary>What was measured and what was forecast each New Year: above the temperatures, below how far they are from normal.</summary>
internal static class Picture
{
    public static void Save(string path, Series series, Climate climate, Windows windows, float[] forecasts)
    {
        int first = windows.Start(0);
        Charts.Grid("The sea off Peru: each New Year's forecast, and what was measured", columns: 1,
        [
            Panel("°C", height: 290, (month, value) => value,
                new ChartLine("normal", ChartColor.Muted, Points(first, series.Months, climate.Normal), 1)),
            Panel("°C from normal", height: 220, (month, value) => value - climate.Normal(month),
                new ChartLine("", ChartColor.Muted, Points(first, series.Months, _ => 0), 1)),
        ]).Save(path);

        // The upper one has the legend for both.
        Chart Panel(string unit, double height, Func<int, float, float> of, ChartLine normal)
        {
            string Name(string name) => normal.Name.Length > 0 ? name : "";
            return Charts.Lines("", new ChartAxis("", Minimum: Year(first), Maximum: Year(series.Months)), new ChartAxis(unit),
            [
                normal,
                new ChartLine(Name("measured"), ChartColor.Ink, Points(first, series.Months, month => of(month, series[month])), 2),
                new ChartLine(Name("forecast"), ChartColor.Second, [.. Enumerable.Range(0, windows.Count)
                    .Where(i => windows.Start(i) % 12 == 0).SelectMany(i => Forecast(windows.Start(i), i * Windows.Ahead, of))], 2),
            ], width: 1000, height);
        }

        // Each forecast is a line of its own.
        IEnumerable<(double X, double Y)> Forecast(int start, int row, Func<int, float, float> of) =>
            [.. Points(start, start + Windows.Ahead, month => of(month, forecasts[row + month - start])), (double.NaN, double.NaN)];
    }

    // The middle of each month.
    private static (double X, double Y)[] Points(int from, int to, Func<int, float> value) =>
        [.. Enumerable.Range(from, to - from).Select(month => (Year(month + 0.5), (double)value(month)))];

    private static double Year(double month) => Series.FirstYear + (month / 12);
}
