using System.Globalization;

namespace NeuralNet;

/// <summary>What a first line <c>rows,features,name0,name1,…</c> says.</summary>
/// <param name="Line">The line.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Features">The number of features.</param>
/// <param name="ClassNames">The names of the classes.</param>
internal sealed record CsvCounts(long Line, int Rows, int Features, string[] ClassNames)
{
    /// <summary>How many fields a row has: the features, and the class.</summary>
    public int Columns => Features == int.MaxValue ? int.MaxValue : Features + 1;

    /// <summary>What the fields of a first line say; null: it is no such line.</summary>
    public static CsvCounts? Of(string[] fields, long line, CsvFile file)
    {
        if (fields.Length < 4 || !TryCount(fields[0], out int rows) || !TryCount(fields[1], out int features)
            || fields.Skip(2).Any(text => CsvNumber.Parse(text, CsvMarks.Point, out _, out _) != CsvNumberKind.None))
            return null;
        string[] names = fields[2..];
        return names.All(name => name.Length > 0) && names.Distinct(StringComparer.Ordinal).Count() == names.Length
            ? new CsvCounts(line, rows, features, names)
            : throw file.Refuse(FormattableString.Invariant($"line {line}"),
                $"expected different names of classes, but got {string.Join(", ", names.Select(name => $"'{CsvWords.Escape(name)}'"))}.");
    }

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
