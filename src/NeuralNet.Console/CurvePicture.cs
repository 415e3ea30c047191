using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NeuralNet;

/// <summary>Two curves in dots of braille, eight to a character, with an axis of values at the left.</summary>
internal static class CurvePicture
{
    private const int LabelWidth = 8, FewestColumns = 6, DotsAcross = 2, DotsDown = 4;

    // Values that differ by more than this factor lie on an axis of logarithms.
    private const double LogFrom = 10;

    // The dots of a character, from top to bottom, of the left column and of the right one.
    private static readonly int[] dots = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];

    /// <summary>Draws.</summary>
    /// <param name="under">The curve that the other is drawn over.</param>
    /// <param name="over">The curve above it.</param>
    /// <param name="width">The columns that there are.</param>
    /// <param name="height">The lines.</param>
    /// <returns>Lines, each of segments that are together as wide; none where there is no room for a curve.</returns>
    public static List<List<Segment>> Draw((Curve Curve, Style Style) under, (Curve Curve, Style Style) over, int width, int height)
    {
        int columns = width - LabelWidth - 1;
        if (columns < FewestColumns)
            return [];
        double[] first = under.Curve.Sample(columns * DotsAcross), second = over.Curve.Sample(columns * DotsAcross);
        double[] all = [.. first.Concat(second).Where(double.IsFinite)];
        double min = all.DefaultIfEmpty(0).Min(), max = all.DefaultIfEmpty(1).Max();
        bool isLog = min > 0 && max / min > LogFrom;
        double low = At(min), high = At(max);
        if (!(high > low))
            (low, high) = (low - 0.5, high + 0.5);
        int rows = height * DotsDown;
        int[,] firstCells = Cells(first), secondCells = Cells(second);

        var lines = new List<List<Segment>>();
        for (int line = 0; line < height; line++)
        {
            double middle = high - ((high - low) * line / Math.Max(1, height - 1));
            bool isLabelled = line == 0 || line == height - 1 || (line % 2 == 0 && line != height - 2);
            string label = isLabelled && all.Length > 0 ? Label(isLog ? Math.Pow(10, middle) : middle, high - low, isLog) : "";
            List<Segment> segments = [new(label.PadLeft(LabelWidth - 1)[..(LabelWidth - 1)] + (label.Length > 0 ? " ┤" : " │"), Style.Plain)];
            for (int column = 0; column < columns; column++)
                Add(segments, firstCells[line, column], secondCells[line, column]);
            lines.Add(segments);
        }

        return lines;

        double At(double value) => isLog ? Math.Log10(value) : value;

        int[,] Cells(double[] values)
        {
            int[,] cells = new int[height, columns];
            int before = -1;
            for (int x = 0; x < values.Length; x++)
            {
                if (double.IsNaN(values[x]))
                {
                    before = -1;
                    continue;
                }

                // Steep parts are drawn through, so that the curve has no holes.
                int y = (int)Math.Round((high - At(values[x])) / (high - low) * (rows - 1));
                int from = before < 0 ? y : before + Math.Sign(y - before);
                for (int at = Math.Min(from, y); at <= Math.Max(from, y); at++)
                    cells[at / DotsDown, x / DotsAcross] |= dots[(x % DotsAcross * DotsDown) + (at % DotsDown)];
                before = y;
            }

            return cells;
        }

        // A character has one colour: where the curves meet, that of the upper one. Neighbours of one colour are one segment.
        void Add(List<Segment> segments, int below, int above)
        {
            Style style = above != 0 ? over.Style : below != 0 ? under.Style : Style.Plain;
            char character = below + above == 0 ? ' ' : (char)('\u2800' + (below | above));
            if (segments.Count > 1 && segments[^1].Style.Equals(style))
                segments[^1] = new Segment(segments[^1].Text + character, style);
            else
                segments.Add(new Segment(character.ToString(), style));
        }
    }

    /// <summary>The axis below: the first epoch and the last.</summary>
    public static List<Segment>? Axis(int firstEpoch, int lastEpoch, int width)
    {
        string left = FormattableString.Invariant($"epoch {firstEpoch} "), right = FormattableString.Invariant($" {lastEpoch}");
        int line = width - LabelWidth - 1 - left.Length - right.Length;
        return line < 0 ? null : [new Segment(new string(' ', LabelWidth) + "└" + left + new string('─', line) + right, Style.Plain)];
    }

    // As few digits as tell the labels apart.
    private static string Label(double value, double range, bool isLog)
    {
        int digits = isLog ? 2 - (int)Math.Floor(Math.Log10(Math.Abs(value) + double.Epsilon)) : 2 - (int)Math.Floor(Math.Log10(range));
        string text = digits is >= 0 and <= 5
            ? value.ToString("F" + Math.Max(0, digits - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : value.ToString("0.##E+0", CultureInfo.InvariantCulture);
        return text.Length < LabelWidth ? text : value.ToString("0.#E+0", CultureInfo.InvariantCulture);
    }
}
