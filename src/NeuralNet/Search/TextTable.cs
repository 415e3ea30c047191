using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>A table as text: columns that are as wide as what is in them, the first flush left and the others flush right.</summary>
internal static class TextTable
{
    /// <summary>The text.</summary>
    /// <param name="rows">The rows, the headings first, all of the same length.</param>
    public static string Of(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. rows[0].Select((_, k) => rows.Max(row => row[k].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            string line = string.Join("  ", row.Select((cell, k) => k == 0 ? cell.PadRight(widths[k]) : cell.PadLeft(widths[k])));
            text.Append(line.TrimEnd()).Append('\n');
        }

        return text.ToString(0, text.Length - 1);
    }

    /// <summary>A measure; – where there is none.</summary>
    public static string Number(double value) => double.IsNaN(value) ? "–" : value.ToString("G5", CultureInfo.InvariantCulture);
}
