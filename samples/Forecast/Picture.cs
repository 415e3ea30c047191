using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Forecast;

/// <summary>What was measured and what was forecast each New Year: above the temperatures, below how far they are from normal.</summary>
internal static class Picture
{
    private static readonly OxyColor measured = OxyColor.FromRgb(0x33, 0x41, 0x55), forecast = OxyColor.FromRgb(0xEA, 0x58, 0x0C),
        normal = OxyColor.FromRgb(0x94, 0xA3, 0xB8);

    public static void Save(string path, Series series, Climate climate, Windows windows, float[] forecasts)
    {
        int first = windows.Start(0);
        var model = new PlotModel
        {
            Title = "The sea off Peru: each New Year's forecast, and what was measured",
            TitleFontSize = 17,
            DefaultFont = "Arial, Helvetica, sans-serif",
            DefaultFontSize = 13,
            Background = OxyColors.White,
            PlotAreaBorderColor = normal,
            PlotMargins = new OxyThickness(64, 8, 16, 28),
        };
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom,
            Minimum = Year(first),
            Maximum = Year(series.Months),
            MajorStep = 1,
            MinorStep = 1,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColor.FromAColor(60, normal),
        });
        model.Axes.Add(Vertical("celsius", "°C", start: 0.44, end: 1, step: 2));
        model.Axes.Add(Vertical("apart", "°C from normal", start: 0, end: 0.4, step: 2));
        model.Legends.Add(new Legend
        {
            LegendPosition = LegendPosition.TopRight,
            LegendOrientation = LegendOrientation.Horizontal,
            LegendItemSpacing = 24,
            LegendBackground = OxyColors.White,
        });

        Line("celsius", "normal", normal, 1).Points.AddRange(Points(first, series.Months, climate.Normal));
        Line("celsius", "measured", measured, 2).Points.AddRange(Points(first, series.Months, month => series[month]));
        Line("apart", null, normal, 1).Points.AddRange(Points(first, series.Months, _ => 0));
        Line("apart", null, measured, 2).Points.AddRange(Points(first, series.Months, month => series[month] - climate.Normal(month)));
        LineSeries above = Line("celsius", "forecast", forecast, 2), below = Line("apart", null, forecast, 2);
        for (int i = 0; i < windows.Count; i++)
        {
            int start = windows.Start(i), row = i * Windows.Ahead;
            if (start % 12 != 0)
                continue;
            above.Points.AddRange(Points(start, start + Windows.Ahead, month => forecasts[row + month - start]));
            below.Points.AddRange(Points(start, start + Windows.Ahead, month => forecasts[row + month - start] - climate.Normal(month)));

            // Each forecast is a line of its own.
            above.Points.Add(DataPoint.Undefined);
            below.Points.Add(DataPoint.Undefined);
        }

        using FileStream stream = File.Create(path);
        new SvgExporter { Width = 1100, Height = 560, UseVerticalTextAlignmentWorkaround = true }.Export(model, stream);

        LineSeries Line(string axis, string? title, OxyColor color, double thickness)
        {
            var line = new LineSeries
            {
                YAxisKey = axis,
                Title = title + RoomInLegend,
                Color = color,
                StrokeThickness = thickness,
                RenderInLegend = title is not null,
            };
            model.Series.Add(line);
            return line;
        }
    }

    // Without a font at hand OxyPlot guesses the width of a text, too narrow, and cuts it there.
    private const string RoomInLegend = "\u00a0\u00a0\u00a0\u00a0";

    private static LinearAxis Vertical(string key, string title, double start, double end, double step) => new()
    {
        Key = key,
        Title = title,
        Position = AxisPosition.Left,
        StartPosition = start,
        EndPosition = end,
        MajorStep = step,
        MinorStep = step,
        AxisTitleDistance = 12,
        MajorGridlineStyle = LineStyle.Dot,
        MajorGridlineColor = normal,
    };

    // The middle of each month.
    private static IEnumerable<DataPoint> Points(int from, int to, Func<int, float> value) =>
        Enumerable.Range(from, to - from).Select(month => new DataPoint(Year(month + 0.5), value(month)));

    private static double Year(double month) => Series.FirstYear + (month / 12);
}
