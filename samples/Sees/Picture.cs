using NeuralNet;

namespace Sees;

/// <summary>A line for each image: the image, what the first two convolutions find in it, the gradient and Grad-CAM.</summary>
internal static class Picture
{
    private const double Large = 120, Small = 56, Gap = 8, Between = 30, Line = 168, Head = 112;

    // The left edges of the five columns; the maps are four in a line, then eight.
    private const double ImageLeft = 28, FirstLeft = ImageLeft + Large + Between, SecondLeft = FirstLeft + (4 * (Small + Gap)) - Gap + Between,
        SaliencyLeft = SecondLeft + (8 * (Small + Gap)) - Gap + Between, CamLeft = SaliencyLeft + Large + Between;

    private static readonly ChartColor strong = new(0x14, 0x53, 0x2d);

    public static void Save(string path, Sight sight, Dataset test, double accuracy)
    {
        int[] rows = Choose(sight, test);
        const string Title = "What a convolutional network looks at";
        var chart = new Chart(CamLeft + Large + ImageLeft, Head + (Line * (rows.Length + 1)) + 4, Title);
        chart.Text(Title, ImageLeft, 40, 22, ChartColor.Ink, bold: true);
        chart.Text(
            FormattableString.Invariant($"test images that it has not learned from; it reads {accuracy * 100:0.0} % of them right"),
            chart.Width - ImageLeft, 40, 13, ChartColor.Muted, ChartAlign.Right);
        DrawHead(chart, sight);
        for (int i = 0; i < rows.Length; i++)
            DrawImage(chart, Head + (Line * (i + 1)), sight, test, rows[i]);
        chart.Save(path);
    }

    // The first image of each of four classes that is read right, and the mistake that the network was surest of.
    private static int[] Choose(Sight sight, Dataset test)
    {
        float[][] answers = [.. Enumerable.Range(0, test.Rows).Select(row => sight.Answer(test.InputRow(row)))];
        ILookup<bool, int> right = Enumerable.Range(0, test.Rows).ToLookup(row => Metrics.ArgMax(answers[row]) == test.Labels[row]);
        return [.. right[true].DistinctBy(row => test.Labels[row]).Take(4), .. right[false].OrderByDescending(row => answers[row].Max()).Take(1)];
    }

    // The names of the columns, then the filters above what they find, and what the colours mean.
    private static void DrawHead(Chart chart, Sight sight)
    {
        Map filters = sight.Filters;
        Name(ImageLeft, "image", "and answer");
        Name(FirstLeft, "first convolution", "its filters, and what each finds");
        Name(SecondLeft, "second convolution", "what it finds in the maps of the first");
        Name(SaliencyLeft, "gradient", "of the answer's z");
        Name(CamLeft, "Grad-CAM", "of the answer's z");

        DrawMaps(chart, filters, FirstLeft, Head, columns: 4, value => Signed(value / filters.Largest));
        Legend(ImageLeft, Signed, -1, "weights of the filters", "negative", "positive");
        Legend(SecondLeft, Found, 0, "maps of both convolutions", "nothing", "most");
        Legend(SaliencyLeft, Signed, -1, "a darker pixel", "lowers z", "raises z");
        Legend(CamLeft, share => Cam(share, ink: 0), 0, "for the answer", "nothing", "most");

        void Name(double x, string name, string about)
        {
            chart.Text(name, x, Head - 34, 15, ChartColor.Ink, bold: true);
            chart.Text(about, x, Head - 16, 12, ChartColor.Muted);
        }

        void Legend(double x, Func<float, ChartColor> color, float lowest, string what, string low, string high)
        {
            const int Shades = 120;
            chart.Text(what, x, Head + 76, 12, ChartColor.Muted);
            chart.Pixels(x, Head + 84, Large, 12, Shades, 1, (i, _) => color(lowest + ((1 - lowest) * i / (Shades - 1))));

            chart.Text(low, x, Head + 112, 12, ChartColor.Muted);
            chart.Text(high, x + Large, Head + 112, 12, ChartColor.Muted, ChartAlign.Right);
        }
    }

    private static void DrawImage(Chart chart, double top, Sight sight, Dataset test, int row)
    {
        ReadOnlySpan<float> x = test.InputRow(row);
        var image = new Map(x.ToArray(), test.InputShape);
        float[] answer = sight.Answer(x);
        int read = Metrics.ArgMax(answer);
        Map first = sight.Found(0, x), second = sight.Found(1, x), saliency = sight.Saliency(x, read), cam = sight.GradCam(x, read);

        DrawMap(chart, image, ImageLeft, top, Large, (y, x) => Ink(image[y, x, 0]));
        DrawMaps(chart, first, FirstLeft, top, columns: 4, value => Found(value / first.Largest));
        DrawMaps(chart, second, SecondLeft, top, columns: 8, value => Found(value / second.Largest));
        DrawMap(chart, saliency, SaliencyLeft, top, Large, (y, x) => Signed(saliency[y, x, 0] / saliency.Largest));
        DrawMap(chart, cam, CamLeft, top, Large, (y, x) => Cam(cam[y, x, 0] / cam.Largest, image[y, x, 0]));

        bool isRight = read == test.Labels[row];
        string words = isRight ? test.ClassNames[read] : $"{test.ClassNames[read]}, but is {test.ClassNames[test.Labels[row]]}";
        chart.Text(
            FormattableString.Invariant($"{words}  {answer[read] * 100:0.0} %"), ImageLeft, top + Large + 20, 13,
            isRight ? ChartColor.Right : ChartColor.Wrong, bold: true);
    }

    // All channels of a map in lines of so many, each pixel in the colour of its value.
    private static void DrawMaps(Chart chart, Map map, double left, double top, int columns, Func<float, ChartColor> color)
    {
        for (int c = 0; c < map.Shape.FeatureCount; c++)
        {
            double x = left + (c % columns * (Small + Gap)), y = top + (c / columns * (Small + Gap));
            DrawMap(chart, map, x, y, Small, (i, j) => color(map[i, j, c]));
        }
    }

    private static void DrawMap(Chart chart, Map map, double left, double top, double size, Func<int, int, ChartColor> color)
    {
        // An edge, so that one sees where white pixels end.
        chart.Fill(left - 1, top - 1, size + 2, size + 2, ChartColor.Grid);
        chart.Pixels(left, top, size, size, map.Shape.Width, map.Shape.Height, (x, y) => color(y, x));
    }

    private static ChartColor Ink(float share) => ChartColor.Between(ChartColor.Paper, ChartColor.Ink, share);

    private static ChartColor Found(float share) => ChartColor.Between(ChartColor.Paper, strong, share);

    // From -1 to 1: blue, white, orange.
    private static ChartColor Signed(float share) =>
        ChartColor.Between(ChartColor.Paper, share < 0 ? ChartColor.First : ChartColor.Second, MathF.Abs(share));

    // The image in pale grey, so that one sees what lies beneath.
    private static ChartColor Cam(float share, float ink) =>
        ChartColor.Between(ChartColor.Between(ChartColor.Paper, ChartColor.Ink, 0.5f * ink), ChartColor.Wrong, 0.75f * share);
}
