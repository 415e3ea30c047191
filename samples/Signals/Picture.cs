using NeuralNet;
using Samples;
using SkiaSharp;

namespace Signals;

/// <summary>Recordings as curves, each above two bands: what was to be heard, and what the network said at each moment.</summary>
internal static class Picture
{
    private const int Shown = 3;
    private const float Left = 110, Right = 24, Top = 92, Wave = 96, Band = 18, Line = 178, StepWidth = 2.5f;

    // Of the classes, in their order.
    private static readonly SKColor[] colors = [Palette.Grid, Palette.Orange, Palette.Blue, Palette.Green];

    public static void Save(string path, Dataset recordings, float[] answers)
    {
        using var canvas = new Canvas((int)(Left + (Recordings.Steps * StepWidth) + Right), (int)(Top + (Line * Shown) + 18));
        canvas.Text("What the sensor hears, and what the network says while it comes", 24, 36, 19, Palette.Ink, bold: true);
        float x = Left;
        for (int c = 0; c < colors.Length; c++)
        {
            canvas.Fill(SKRect.Create(x, 56, 14, 14), colors[c]);
            x += 20 + canvas.Text(Recordings.Names[c], x + 20, 68, 13, Palette.Ink) + 24;
        }

        canvas.Text("paler: less sure", x, 68, 13, Palette.Muted);
        for (int row = 0; row < Shown; row++)
        {
            ReadOnlySpan<float> said = answers.AsSpan(row * Recordings.Steps * 4);
            DrawRecording(canvas, Top + (Line * row), recordings.InputRow(row), recordings.DesiredRow(row), said);
        }

        for (int step = 0; step <= Recordings.Steps; step += 50)
            canvas.Text($"{step}", Left + (step * StepWidth), Top + (Line * Shown) - 14, 12, Palette.Muted, SKTextAlign.Center);
        canvas.Text("step", 24, Top + (Line * Shown) - 14, 12, Palette.Muted);
        canvas.Save(path);
    }

    private static void DrawRecording(Canvas canvas, float top, ReadOnlySpan<float> signal, ReadOnlySpan<float> classes, ReadOnlySpan<float> answers)
    {
        const float Loudest = 3;
        float truth = top + Wave + 4, said = truth + Band + 4;
        canvas.Text("signal", 24, top + (Wave / 2) + 4, 13, Palette.Ink);
        canvas.Text("is", 24, truth + 14, 13, Palette.Ink);
        canvas.Text("network says", 24, said + 14, 13, Palette.Ink);
        canvas.Line(Left, top + (Wave / 2), Left + (Recordings.Steps * StepWidth), top + (Wave / 2), Palette.Grid, 1);
        var points = new SKPoint[signal.Length];
        for (int step = 0; step < signal.Length; step++)
        {
            float x = Left + (step * StepWidth);
            points[step] = new SKPoint(x + (StepWidth / 2), top + (Wave / 2 * (1 - Math.Clamp(signal[step] / Loudest, -1, 1))));
            ReadOnlySpan<float> answer = answers.Slice(step * 4, 4);
            int heard = Metrics.ArgMax(answer);
            canvas.Fill(SKRect.Create(x, truth, StepWidth, Band), colors[(int)classes[step]]);
            canvas.Fill(SKRect.Create(x, said, StepWidth, Band), Palette.Between(Palette.Paper, colors[heard], answer[heard]));
        }

        canvas.Curve(points, Palette.Ink, width: 1.2f);
    }
}
