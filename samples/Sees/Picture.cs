using NeuralNet;
using Samples;
using SkiaSharp;

namespace Sees;

/// <summary>A line for each image: the image, what the first two convolutions find in it, the gradient and Grad-CAM.</summary>
internal static class Picture
{
    private const float Large = 120, Small = 56, Gap = 8, Between = 30, Line = 168, Head = 112;

    // The left edges of the five columns; the maps are four in a line, then eight.
    private const float ImageLeft = 28, FirstLeft = ImageLeft + Large + Between, SecondLeft = FirstLeft + (4 * (Small + Gap)) - Gap + Between,
        SaliencyLeft = SecondLeft + (8 * (Small + Gap)) - Gap + Between, CamLeft = SaliencyLeft + Large + Between;

    private static readonly SKColor strong = new(0xff14532d);

    public static void Save(string path, Sight sight, Dataset test, double accuracy)
    {
        int[] rows = Choose(sight, test);
        using var canvas = new Canvas((int)(CamLeft + Large + ImageLeft), (int)(Head + (Line * (rows.Length + 1)) + 4));
        canvas.Text("What a convolutional network looks at", ImageLeft, 40, 22, Palette.Ink, bold: true);
        canvas.Text(
            FormattableString.Invariant($"test images that it has not learned from; it reads {accuracy * 100:0.0} % of them right"),
            canvas.Width - ImageLeft, 40, 13, Palette.Muted, SKTextAlign.Right);
        DrawHead(canvas, sight);
        for (int i = 0; i < rows.Length; i++)
            DrawImage(canvas, Head + (Line * (i + 1)), sight, test, rows[i]);
        canvas.Save(path);
    }

    // The first image of each of four classes that is read right, and the mistake that the network was surest of.
    private static int[] Choose(Sight sight, Dataset test)
    {
        float[][] answers = [.. Enumerable.Range(0, test.Rows).Select(row => sight.Answer(test.InputRow(row)))];
        ILookup<bool, int> right = Enumerable.Range(0, test.Rows).ToLookup(row => Metrics.ArgMax(answers[row]) == test.Labels[row]);
        return [.. right[true].DistinctBy(row => test.Labels[row]).Take(4), .. right[false].OrderByDescending(row => answers[row].Max()).Take(1)];
    }

    // The names of the columns, then the filters above what they find, and what the colours mean.
    private static void DrawHead(Canvas canvas, Sight sight)
    {
        Map filters = sight.Filters;
        Name(ImageLeft, "image", "and answer");
        Name(FirstLeft, "first convolution", "its filters, and what each finds");
        Name(SecondLeft, "second convolution", "what it finds in the maps of the first");
        Name(SaliencyLeft, "gradient", "of the answer's z");
        Name(CamLeft, "Grad-CAM", "of the answer's z");

        DrawMaps(canvas, filters, FirstLeft, Head, columns: 4, value => Signed(value / filters.Largest));
        Legend(ImageLeft, Signed, -1, "weights of the filters", "negative", "positive");
        Legend(SecondLeft, Found, 0, "maps of both convolutions", "nothing", "most");
        Legend(SaliencyLeft, Signed, -1, "a darker pixel", "lowers z", "raises z");
        Legend(CamLeft, share => Cam(share, ink: 0), 0, "for the answer", "nothing", "most");

        void Name(float x, string name, string about)
        {
            canvas.Text(name, x, Head - 34, 15, Palette.Ink, bold: true);
            canvas.Text(about, x, Head - 16, 12, Palette.Muted);
        }

        void Legend(float x, Func<float, SKColor> color, float lowest, string what, string low, string high)
        {
            const int Shades = 60;
            canvas.Text(what, x, Head + 76, 12, Palette.Muted);
            for (int i = 0; i < Shades; i++)
            {
                canvas.Fill(
                    SKRect.Create(x + (i * Large / Shades), Head + 84, Large / Shades, 12), color(lowest + ((1 - lowest) * i / (Shades - 1))));
            }

            canvas.Text(low, x, Head + 112, 12, Palette.Muted);
            canvas.Text(high, x + Large, Head + 112, 12, Palette.Muted, SKTextAlign.Right);
        }
    }

    private static void DrawImage(Canvas canvas, float top, Sight sight, Dataset test, int row)
    {
        ReadOnlySpan<float> x = test.InputRow(row);
        var image = new Map(x.ToArray(), test.InputShape);
        float[] answer = sight.Answer(x);
        int read = Metrics.ArgMax(answer);
        Map first = sight.Found(0, x), second = sight.Found(1, x), saliency = sight.Saliency(x, read), cam = sight.GradCam(x, read);

        DrawMap(canvas, image, ImageLeft, top, Large, (y, x) => Ink(image[y, x, 0]));
        DrawMaps(canvas, first, FirstLeft, top, columns: 4, value => Found(value / first.Largest));
        DrawMaps(canvas, second, SecondLeft, top, columns: 8, value => Found(value / second.Largest));
        DrawMap(canvas, saliency, SaliencyLeft, top, Large, (y, x) => Signed(saliency[y, x, 0] / saliency.Largest));
        DrawMap(canvas, cam, CamLeft, top, Large, (y, x) => Cam(cam[y, x, 0] / cam.Largest, image[y, x, 0]));

        bool isRight = read == test.Labels[row];
        string words = isRight ? test.ClassNames[read] : $"{test.ClassNames[read]}, but is {test.ClassNames[test.Labels[row]]}";
        canvas.Text(
            FormattableString.Invariant($"{words}  {answer[read] * 100:0.0} %"), ImageLeft, top + Large + 20, 13,
            isRight ? Palette.Green : Palette.Red, bold: true);
    }

    // All channels of a map in lines of so many, each pixel in the colour of its value.
    private static void DrawMaps(Canvas canvas, Map map, float left, float top, int columns, Func<float, SKColor> color)
    {
        for (int c = 0; c < map.Shape.FeatureCount; c++)
        {
            float x = left + (c % columns * (Small + Gap)), y = top + (c / columns * (Small + Gap));
            DrawMap(canvas, map, x, y, Small, (i, j) => color(map[i, j, c]));
        }
    }

    private static void DrawMap(Canvas canvas, Map map, float left, float top, float size, Func<int, int, SKColor> color)
    {
        // An edge, so that one sees where white pixels end.
        canvas.Fill(SKRect.Create(left - 1, top - 1, size + 2, size + 2), Palette.Grid);
        float height = size / map.Shape.Height, width = size / map.Shape.Width;
        for (int y = 0; y < map.Shape.Height; y++)
        {
            for (int x = 0; x < map.Shape.Width; x++)
                canvas.Fill(SKRect.Create(left + (x * width), top + (y * height), width, height), color(y, x));
        }
    }

    private static SKColor Ink(float share) => Palette.Between(Palette.Paper, Palette.Ink, share);

    private static SKColor Found(float share) => Palette.Between(Palette.Paper, strong, share);

    // From -1 to 1: blue, white, orange.
    private static SKColor Signed(float share) => Palette.Between(Palette.Paper, share < 0 ? Palette.Blue : Palette.Orange, MathF.Abs(share));

    // The image in pale grey, so that one sees what lies beneath.
    private static SKColor Cam(float share, float ink) =>
        Palette.Between(Palette.Between(Palette.Paper, Palette.Ink, 0.5f * ink), Palette.Red, 0.75f * share);
}
