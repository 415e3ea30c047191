using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace NeuralNet.Benchmarks;

/// <summary>How the cost of a training step grows with the batch and with the width of the layers: measured, and drawn.</summary>
internal static class Growth
{
    // Whoever else uses the machine disturbs some rounds, hardly all.
    private const int Rounds = 3;

    private const int Classes = 10;

    // Without a font at hand OxyPlot guesses the width of a text, too narrow, and cuts it there.
    private const string RoomInLegend = "\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0";

    /// <summary>Measures, and writes growth-batch.svg and growth-width.svg.</summary>
    public static void Draw(string folder, int threads, Action<string, double> report)
    {
        double peak = Peak.MultiplyAdds();
        report("peak, GFLOP/s", peak);
        Chart("Rows of a batch", "growth-batch.svg", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], rows => ([256, 256, Classes], rows),
            "256-256-10, Adam");
        Chart("Width of the layers", "growth-width.svg", [16, 32, 64, 128, 256, 512, 1024, 2048], width => ([width, width, Classes], 64),
            "w-w-10, 64 rows, Adam");

        void Chart(string axis, string file, int[] sizes, Func<int, (int[] Sizes, int Rows)> of, string title)
        {
            var measured = new LineSeries { Title = "a step", MarkerType = MarkerType.Circle, Color = OxyColors.SteelBlue };
            var arithmetic = new LineSeries { Title = "arithmetic alone" + RoomInLegend, LineStyle = LineStyle.Dash, Color = OxyColors.Gray };
            double[] best = new double[sizes.Length];
            Array.Fill(best, double.MaxValue);
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < sizes.Length; i++)
                    best[i] = Math.Min(best[i], Workloads.Step(of(sizes[i]).Sizes, of(sizes[i]).Rows, threads, adam: true));
            }

            foreach ((int size, double time) in sizes.Zip(best))
            {
                (int[] layers, int rows) = of(size);
                report($"growth/{string.Join('-', layers)}/b{rows}/adam", time);
                measured.Points.Add(new DataPoint(size, time));
                arithmetic.Points.Add(new DataPoint(size, Operations(layers, rows) / peak * 1e-3));
            }

            var model = new PlotModel { Title = title, Background = OxyColors.White, DefaultFontSize = 13 };
            model.Axes.Add(new LogarithmicAxis
            {
                Position = AxisPosition.Bottom,
                Base = 2,
                Title = axis,
                AxisTitleDistance = 12,
                MajorGridlineStyle = LineStyle.Dot,
            });
            model.Axes.Add(new LogarithmicAxis
            {
                Position = AxisPosition.Left,
                Base = 10,
                Title = "µs",
                AxisTitleDistance = 14,
                MajorGridlineStyle = LineStyle.Dot,
            });
            model.Legends.Add(new Legend { LegendPosition = LegendPosition.TopLeft, LegendLineSpacing = 6 });
            model.Series.Add(measured);
            model.Series.Add(arithmetic);
            using FileStream stream = File.Create(Path.Combine(folder, file));
            new SvgExporter { Width = 640, Height = 400, UseVerticalTextAlignmentWorkaround = true }.Export(model, stream);
        }
    }

    // Forward and ∇W in every layer, ∇y₋ in all but the first; two operations for each weight and row.
    private static double Operations(int[] sizes, int rows)
    {
        double operations = 0;
        for (int layer = 0; layer + 1 < sizes.Length; layer++)
            operations += 2.0 * rows * sizes[layer] * sizes[layer + 1] * (layer == 0 ? 2 : 3);
        return operations;
    }
}
