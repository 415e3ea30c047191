using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>How much room a text takes, whichever font of the list the viewer has.</summary>
internal static class TextWidth
{
    // Of the characters from space to tilde in thousandths of the size, as in Helvetica and Arial.
    private static readonly short[] widths =
    [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278,
        584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944,
        667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
        278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ];

    // Of the fonts that a viewer may have instead, Inter and DejaVu Sans are wider by so much, and bold letters by as much again.
    private const double Widest = 1.1, Bold = 1.07;

    /// <summary>At least the width of the text, in the unit of the size.</summary>
    public static double Of(string text, double size, bool bold = false)
    {
        double sum = 0;
        foreach (Rune rune in text.EnumerateRunes())
            sum += Of(rune);
        return sum / 1000 * size * Widest * (bold ? Bold : 1);
    }

    /// <summary>As much of the text as there is room for, with … where some is left out.</summary>
    public static string Fit(string text, double size, double room, bool bold = false)
    {
        if (Of(text, size, bold) <= room)
            return text;
        int[] starts = StringInfo.ParseCombiningCharacters(text);
        int kept = starts.Length - 1;
        while (kept > 1 && Of(text[..starts[kept]] + "…", size, bold) > room)
            kept--;
        return kept <= 0 ? text : text[..starts[kept]].TrimEnd() + "…";
    }

    private static int Of(Rune rune) => rune.Value switch
    {
        >= ' ' and <= '~' => widths[rune.Value - ' '],
        '…' or >= 0x1100 => 1000,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Control ? 0 : 600,
    };
}
