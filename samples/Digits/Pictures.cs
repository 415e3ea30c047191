using NeuralNet;
using Samples;
using SkiaSharp;

namespace Digits;

/// <summary>The pictures of a training: how it went, and what the network still gets wrong.</summary>
internal static class Pictures
{
    // So many mistakes are shown at most, the surest first: they teach most.
    private const int MaxMistakes = 25;
    private const int MaxColumns = 5;
    private const float CardWidth = 232, CardHeight = 178, Gap = 14;

    public static void Save(string folder, Experiment experiment, TestResult result)
    {
        try
        {
            if (experiment.Epochs.Count > 0)
                Save(folder, "learning-curves.png", () => DrawCurves(experiment));
            Save(folder, "mistakes.png", () => DrawMistakes(experiment.TestPixels, result));
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException)
        {
            Console.Error.WriteLine("No pictures: SkiaSharp has no native library for this system here.");
        }
    }

    private static void Save(string folder, string name, Func<Canvas> draw)
    {
        string path = Path.Combine(folder, name);
        using Canvas canvas = draw();
        canvas.Save(path);
        Console.WriteLine(path);
    }

    private static Canvas DrawCurves(Experiment experiment)
    {
        IReadOnlyList<EpochResult> epochs = experiment.Epochs;
        var canvas = new Canvas(1000, 380);
        Chart.Logarithmic(
            "Divergence (mean, logarithmic)",
            new Line("training", Palette.Blue, [.. epochs.Select(epoch => epoch.TrainingDivergence)]),
            new Line("test", Palette.Orange, [.. epochs.Select(epoch => epoch.ValidationDivergence ?? 0)]))
            .Draw(canvas, new SKRect(8, 8, 496, 372));
        Chart.Percent(
            "Accuracy",
            new Line("training", Palette.Blue, experiment.TrainingAccuracies),
            new Line("test", Palette.Orange, [.. epochs.Select(epoch => epoch.ValidationAccuracy ?? 0)]))
            .Draw(canvas, new SKRect(504, 8, 992, 372));
        return canvas;
    }

    private static Canvas DrawMistakes(Dataset digits, TestResult result)
    {
        int[] mistakes =
        [
            .. Enumerable.Range(0, digits.Rows)
                .Where(row => Read(result, row) != digits.Labels[row])
                .OrderByDescending(row => Outputs(result, row).Max())
        ];
        int shown = Math.Min(mistakes.Length, MaxMistakes), lines = Math.Max(1, (shown + MaxColumns - 1) / MaxColumns);
        int columns = Math.Max(3, (shown + lines - 1) / lines);
        var canvas = new Canvas((int)((columns * (CardWidth + Gap)) + Gap), (int)(56 + (lines * (CardHeight + Gap))));
        string title = Report.Text($"{digits.Rows - mistakes.Length} of {digits.Rows} unseen digits read right ({result.Accuracy * 100:0.0} %)");
        title += mistakes.Length switch
        {
            0 => ": no mistakes",
            1 => "; the mistake:",
            <= MaxMistakes => Report.Text($"; the {mistakes.Length} mistakes:"),
            _ => Report.Text($"; the surest {shown} of {mistakes.Length} mistakes:"),
        };
        canvas.Text(title, Gap, 34, 17, Palette.Ink, bold: true);
        for (int i = 0; i < shown; i++)
        {
            float x = Gap + (i % columns * (CardWidth + Gap)), y = 56 + (i / columns * (CardHeight + Gap));
            DrawMistake(canvas, x, y, digits.InputRow(mistakes[i]), digits.Labels[mistakes[i]], Outputs(result, mistakes[i]));
        }

        return canvas;
    }

    // The digit, what it is and what it was taken for; beside it how sure the network was of each of the ten.
    private static void DrawMistake(Canvas canvas, float x, float y, ReadOnlySpan<float> pixels, int actual, ReadOnlySpan<float> outputs)
    {
        const float Pixel = 14, BarHeight = 9, BarLeft = 158, BarWidth = 60;
        canvas.Fill(SKRect.Create(x, y, CardWidth, CardHeight), Palette.Card, radius: 8);
        for (int i = 0; i < pixels.Length; i++)
        {
            byte shade = (byte)(255 - (pixels[i] * 255 / 16));
            canvas.Fill(SKRect.Create(x + 12 + (i % 8 * Pixel), y + 12 + (i / 8 * Pixel), Pixel, Pixel), new SKColor(shade, shade, shade));
        }

        int read = Metrics.ArgMax(outputs);
        for (int c = 0; c < outputs.Length; c++)
        {
            float top = y + 12 + (c * 11.4f);
            SKColor color = c == read ? Palette.Red : c == actual ? Palette.Green : Palette.Muted;
            canvas.Text(Report.Text($"{c}"), x + BarLeft - 8, top + BarHeight - 0.5f, 10.5f, color, SKTextAlign.Right, bold: c == read
                || c == actual);
            canvas.Fill(SKRect.Create(x + BarLeft, top, BarWidth, BarHeight), Palette.Grid);
            canvas.Fill(SKRect.Create(x + BarLeft, top, BarWidth * outputs[c], BarHeight), color);
        }

        float width = canvas.Text(Report.Text($"is {actual}"), x + 12, y + 147, 14, Palette.Green, bold: true);
        canvas.Text(Report.Text($"read as {read}"), x + 12 + width + 12, y + 147, 14, Palette.Red, bold: true);
        canvas.Text(Report.Text($"{outputs[read] * 100:0.0} % sure, {outputs[actual] * 100:0.0} % for {actual}"), x + 12, y + 165, 11.5f,
            Palette.Muted);
    }

    private static int Read(TestResult result, int row) => Metrics.ArgMax(Outputs(result, row));

    private static float[] Outputs(TestResult result, int row) => result.Outputs[(row * 10)..((row + 1) * 10)];
}
