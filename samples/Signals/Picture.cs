using NeuralNet;

namespace Signals;

/// <summary>Recordings as curves, each above two bands: what was to be heard, and what the network said at each moment.</summary>
internal static class Picture
{
    private const int Shown = 3;
    private const double Left = 110, Right = 24, Top = 92, Wave = 96, Band = 18, Line = 178, StepWidth = 2.5f;

    // Of the classes, in their order.
    private static readonly ChartColor[] colors = [ChartColor.Grid, ChartColor.Second, ChartColor.First, ChartColor.Right];

    public static void Save(string path, Dataset recordings, float[] answers)
    {
        const string Title = "What the sensor hears, and what the network says while it comes";
        var chart = new Chart(Left + (Recordings.Steps * StepWidth) + Right, Top + (Line * Shown) + 18, Title);
        chart.Text(Title, 24, 36, 19, ChartColor.Ink, bold: true);
        double x = Left;
        for (int c = 0; c < colors.Length; c++)
        {
            chart.Fill(x, 56, 14, 14, colors[c]);
            x += 20 + chart.Text(Recordings.Names[c], x + 20, 68, 13, ChartColor.Ink) + 24;
        }

        chart.Text("paler: less sure", x, 68, 13, ChartColor.Muted);
        for (int row = 0; row < Shown; row++)
        {
            ReadOnlySpan<float> said = answers.AsSpan(row * Recordings.Steps * 4);
            DrawRecording(chart, Top + (Line * row), recordings.InputRow(row), recordings.DesiredRow(row), said);
        }

        for (int step = 0; step <= Recordings.Steps; step += 50)
            chart.Text($"{step}", Left + (step * StepWidth), Top + (Line * Shown) - 14, 12, ChartColor.Muted, ChartAlign.Center);
        chart.Text("step", 24, Top + (Line * Shown) - 14, 12, ChartColor.Muted);
        chart.Save(path);
    }

    private static void DrawRecording(Chart chart, double top, ReadOnlySpan<float> signal, ReadOnlySpan<float> classes, ReadOnlySpan<float> answers)
    {
        const double Loudest = 3;
        double truth = top + Wave + 4, said = truth + Band + 4;
        chart.Text("signal", 24, top + (Wave / 2) + 4, 13, ChartColor.Ink);
        chart.Text("is", 24, truth + 14, 13, ChartColor.Ink);
        chart.Text("network says", 24, said + 14, 13, ChartColor.Ink);
        chart.Line(Left, top + (Wave / 2), Left + (Recordings.Steps * StepWidth), top + (Wave / 2), ChartColor.Grid, 1);
        var points = new (double, double)[signal.Length];
        var (isClass, heard) = (new ChartColor[signal.Length], new ChartColor[signal.Length]);
        for (int step = 0; step < signal.Length; step++)
        {
            double loudness = Math.Clamp(signal[step] / Loudest, -1, 1);
            points[step] = (Left + ((step + 0.5) * StepWidth), top + (Wave / 2 * (1 - loudness)));
            ReadOnlySpan<float> answer = answers.Slice(step * 4, 4);
            int best = Metrics.ArgMax(answer);
            (isClass[step], heard[step]) = (Color((int)classes[step], 1), Color(best, answer[best]));
        }

        // Where it is quiet one sees the ground.
        chart.Fill(Left, truth, Recordings.Steps * StepWidth, Band, colors[0]);
        chart.Fill(Left, said, Recordings.Steps * StepWidth, Band, colors[0]);
        chart.Pixels(Left, truth, Recordings.Steps * StepWidth, Band, Recordings.Steps, 1, (step, _) => isClass[step]);
        chart.Pixels(Left, said, Recordings.Steps * StepWidth, Band, Recordings.Steps, 1, (step, _) => heard[step]);
        chart.Curve(points, ChartColor.Ink, width: 1.2);

        static ChartColor Color(int heard, float sureness) => colors[heard] with { Opacity = heard == 0 ? 0 : sureness };
    }
}
