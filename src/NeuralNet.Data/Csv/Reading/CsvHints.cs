using System.Buffers;

namespace NeuralNet;

/// <summary>What a person meant by a text that is no number.</summary>
internal static class CsvHints
{
    private static readonly SearchValues<char> thousands = SearchValues.Create(",.'’ \u00A0\u202F");
    private static readonly SearchValues<char> signs = SearchValues.Create("%$€£¥:/'’\u00A0\u202F\u200B");

    /// <summary>Whether it has separators of thousands: 1,234,567 or 1.234,56 or 1 234.5.</summary>
    public static bool HasThousands(ReadOnlySpan<char> field)
    {
        field = field.TrimStart("+-\u2212");
        int first = field.IndexOfAny(thousands);
        if (first is < 1 or > 3 || field[..first].ContainsAnyExceptInRange('0', '9'))
            return false;
        char mark = field[first];
        int groups = 0;
        while (field.Length >= first + 4 && field[first] == mark && !field.Slice(first + 1, 3).ContainsAnyExceptInRange('0', '9'))
            (first, groups) = (first + 4, groups + 1);
        if (first == field.Length)
            return groups > 1 || (groups == 1 && mark is not (',' or '.'));
        return groups > 0 && field[first] != mark && field[first] is ',' or '.' && !field[(first + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Whether it is a word of truth, or a number or a date with signs that belong to no plain number.</summary>
    public static bool IsMeant(ReadOnlySpan<char> field) =>
        field.Equals("true", StringComparison.OrdinalIgnoreCase) || field.Equals("false", StringComparison.OrdinalIgnoreCase)
        || (field.ContainsAnyInRange('0', '9') && (field.ContainsAny(signs) || field[1..].Contains('-')
            || field.StartsWith("0x", StringComparison.OrdinalIgnoreCase)));
}
