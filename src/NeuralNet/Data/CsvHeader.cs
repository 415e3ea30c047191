using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>What the first line of a table says.</summary>
/// <param name="IsPresent">False if the first line is a row already.</param>
/// <param name="Rows">The number of rows that it states, where it names classes.</param>
/// <param name="Features">The number of features that it states, where it names classes.</param>
/// <param name="ClassNames">The names of the classes; empty if it states none.</param>
internal readonly record struct CsvHeader(bool IsPresent, int Rows, int Features, string[] ClassNames)
{
    public static CsvHeader None => new(false, 0, 0, []);

    private static CsvHeader Titles => new(true, 0, 0, []);

    /// <summary>Tells a row from titles and from <c>rows,features,name0,name1,…</c>.</summary>
    /// <param name="fields">The fields of the line, more than <paramref name="targets"/>.</param>
    /// <param name="targets">How many of them are no features.</param>
    /// <param name="withClasses">Whether the last field of a row is a class.</param>
    /// <param name="problem">What is wrong with the line, and where in the file, or null.</param>
    public static CsvHeader Recognize(
        List<string> fields, int targets, bool withClasses, out (string Where, string What)? problem)
    {
        problem = null;
        if (withClasses && fields.Count >= 4
            && TryParseCount(fields[0], out int rows) && TryParseCount(fields[1], out int features)
            && !fields.Skip(2).Any(IsNumber))
        {
            string[] names = [.. fields.Skip(2)];
            if (names.Any(string.IsNullOrEmpty) || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            {
                string quoted = string.Join(", ", names.Select(name => $"'{CsvFields.Escape(name)}'"));
                problem = ("line 1", $"expected different names of classes, but got {quoted}.");
            }

            return new CsvHeader(true, rows, features, names);
        }

        // A row with a mistake must not be taken for titles, or it would be left out silently.
        IEnumerable<string> left = fields.Take(fields.Count - targets);
        if (left.All(IsNumber) || (left.Any(IsNumber) && fields.TakeLast(targets).All(IsNumber)))
            return None;
        int wrong = fields.FindIndex(text => !IsTitle(text));
        if (wrong < 0)
            return Titles;

        int slip = fields.FindIndex(text => !IsNumber(text));
        problem = ($"line 1, column {slip + 1}",
            $"expected a finite number, but got {Quote(fields[slip])}; nor are these titles, with {Quote(fields[wrong])} in column {wrong + 1}: " +
            "a title is not empty, is no number and begins with no digit, sign, point or '?'.");
        return None;
    }

    private static bool IsTitle(string text) => text.Length > 0 && !char.IsDigit(text[0]) && !"+-−.?".Contains(text[0]) && !IsNumber(text);

    private static bool IsNumber(string text) => CsvNumber.TryParse(Encoding.UTF8.GetBytes(text), out _);

    private static string Quote(string text) => CsvFields.Quote(Encoding.UTF8.GetBytes(text));

    private static bool TryParseCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
