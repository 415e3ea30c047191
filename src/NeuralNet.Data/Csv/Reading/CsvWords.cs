using System.Globalization;

namespace NeuralNet;

/// <summary>Texts of a file as messages quote them.</summary>
internal static class CsvWords
{
    private const int LongestQuote = 40, MostNames = 20;

    /// <summary>A field as a message quotes it: its beginning, without control characters.</summary>
    public static string Quote(ReadOnlySpan<char> field) => field.IsEmpty ? "an empty field"
        : $"'{Escape(field[..Math.Min(field.Length, LongestQuote)].ToString())}{(field.Length > LongestQuote ? "…" : "")}'";

    /// <summary>The text with control characters as \r, \n, \t or \xNN, and others that nobody sees as \uNNNN.</summary>
    public static string Escape(string text) => string.Concat(text.Select(c => c switch
    {
        '\r' => @"\r",
        '\n' => @"\n",
        '\t' => @"\t",
        _ when char.IsControl(c) => $"\\x{(int)c:X2}",
        _ when (char.IsWhiteSpace(c) && c != ' ') || char.GetUnicodeCategory(c) == UnicodeCategory.Format
            => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
        _ => c.ToString(),
    }));

    /// <summary>A title as messages have it.</summary>
    public static string Title(string title) => $"\"{Escape(title.Length > LongestQuote ? title[..LongestQuote] + "…" : title)}\"";

    /// <summary>Titles one after the other, not too many.</summary>
    public static string List(IReadOnlyList<string> titles) =>
        string.Join(", ", titles.Take(MostNames).Select(title => Title(title ?? ""))) + (titles.Count > MostNames ? " …" : "");

    /// <summary>Numbers one after the other, not too many.</summary>
    public static string Numbers(IReadOnlyList<int> numbers) => string.Join(", ", numbers.Take(MostNames)
        .Select(number => number.ToString(CultureInfo.InvariantCulture))) + (numbers.Count > MostNames ? " …" : "");

    public static int IndexOf(IReadOnlyList<string> titles, string title)
    {
        for (int i = 0; i < titles.Count; i++)
        {
            if (string.Equals(titles[i], title, StringComparison.Ordinal))
                return i;
        }

        return -1;
    }
}
