using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>Text and numbers as SVG and HTML take them, the same in every culture.</summary>
internal static class Markup
{
    /// <summary>A text in which nothing is markup; characters that XML does not know become U+FFFD.</summary>
    public static string Escape(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                (< 0x20 and not ('\n' or '\t')) or (>= 0x7f and < 0xa0) or 0xfffe or 0xffff => result.Append('\ufffd'),
                _ => result.Append(rune),
            };
        }

        return result.ToString();
    }

    /// <summary>A place or size in hundredths.</summary>
    public static string Number(double value) => (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A value to be read, with so many digits at most; very large and very small ones with a power of ten.</summary>
    public static string Value(double value, int digits = 4)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
        if (value == Math.Floor(value) && Math.Abs(value) < 1e7)
            return value.ToString(Math.Abs(value) < 1e4 ? "0" : "#,0", CultureInfo.InvariantCulture).Replace('-', '−'); // 2026 may be a year
        string[] parts = value.ToString($"G{digits}", CultureInfo.InvariantCulture).Replace('-', '−').Split('E');
        if (parts.Length == 1)
            return parts[0];
        string power = string.Concat(parts[1].TrimStart('+').Replace("−0", "−", StringComparison.Ordinal).TrimStart('0').Select(
            sign => sign == '−' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign - '0']));
        return parts[0] == "1" ? $"10{power}" : $"{parts[0]}·10{power}";
    }

    /// <summary>A share as percents.</summary>
    public static string Percent(double share, string format = "0.0") =>
        double.IsNaN(share) ? "–" : (share * 100).ToString(format, CultureInfo.InvariantCulture).Replace('-', '−') + " %";
}
