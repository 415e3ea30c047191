using System.Text;

namespace NeuralNet;

/// <summary>How a file of text in columns is written, where it is not as <see cref="Table.FromCsv(string, CsvOptions?)"/> finds out by
/// itself.</summary>
public sealed record CsvOptions
{
    private static readonly string[] defaultMissing =
    [
        "", "?", "NA", "N/A", "#N/A", "#NA", "n/a", "<NA>", "NaN", "-NaN", "nan", "-nan", "NULL", "null", "None", @"\N",
    ];

    /// <summary>What separates the fields of a line: an ASCII character that is no part of a number. A blank stands for runs of blanks and tabs, or,
    /// if lines have equally many fields only then, for tabs, runs of two blanks or more, and one blank behind a number. Null: found out from the
    /// first lines, among the comma, the semicolon, the tab, the bar and runs of blanks.</summary>
    public char? Separator { get; init; }

    /// <summary>Whether the first line has the titles of the columns. Null: found out; where the first line could be both, it is refused.</summary>
    public bool? Header { get; init; }

    /// <summary>Whether numbers have a comma in the place of the point: 1,5. Null: either is read where the separator is not the comma, and a file
    /// that has both kinds in its columns of numbers is refused. There are no thousands separators: 1,500 is never fifteen hundred.</summary>
    public bool? DecimalComma { get; init; }

    /// <summary>What a line begins with that is no row, '#' say; null: there are no such lines.</summary>
    public char? Comment { get; init; }

    /// <summary>The numbers of lines that are passed over, from 1, whatever they have: <c>[2]</c> for units below the titles, <c>[1, 2, 3]</c> for
    /// words before a table. None of them may be within quotes that open before it.</summary>
    public IReadOnlyList<int> SkipLines { get; init => field = value ?? throw new ArgumentNullException(nameof(SkipLines)); } = [];

    /// <summary>What quotation marks mean; unless stated, they may be around fields, and what looks like a forgotten one is refused.</summary>
    public CsvQuotes Quotes { get; init; }

    /// <summary>The texts that stand for a missing value, in their own letter case. Unless stated: the empty one, ?, NA, N/A, #N/A, #NA, n/a,
    /// &lt;NA&gt;, NaN, -NaN, nan, -nan, NULL, null, None and \N.</summary>
    public IReadOnlyList<string> Missing { get; init => field = value ?? throw new ArgumentNullException(nameof(Missing)); } = defaultMissing;

    /// <summary>The titles of the columns to be read, in the order that they are to have; empty: all.</summary>
    public IReadOnlyList<string> Columns { get; init => field = value ?? throw new ArgumentNullException(nameof(Columns)); } = [];

    /// <summary>The titles of columns that are left out.</summary>
    public IReadOnlyList<string> Skip { get; init => field = value ?? throw new ArgumentNullException(nameof(Skip)); } = [];

    /// <summary>The titles of columns whose values are texts, though they look like numbers: postal codes, say.</summary>
    public IReadOnlyList<string> Text { get; init => field = value ?? throw new ArgumentNullException(nameof(Text)); } = [];

    /// <summary>The titles of a file that has none, one for each of its columns; with <c>Header = true</c> they take the place of the file's. Empty:
    /// the file's, or "column 1", "column 2" ….</summary>
    public IReadOnlyList<string> Titles { get; init => field = value ?? throw new ArgumentNullException(nameof(Titles)); } = [];

    /// <summary>How characters are stored. Null: UTF-8, or what a byte order mark says; bytes that are no UTF-8 are refused.</summary>
    public Encoding? Encoding { get; init; }

    internal static CsvOptions Default { get; } = new();

    /// <summary>What is stated, in words.</summary>
    /// <returns>For example <c>Separator ';', Header, DecimalComma, Skip id</c>; <c>all found out</c> if nothing is.</returns>
    public override string ToString()
    {
        var said = new List<string>();
        if (Separator is { } separator)
            said.Add($"{nameof(Separator)} '{CsvWords.Escape($"{separator}")}'");
        Say(Header, nameof(Header));
        Say(DecimalComma, nameof(DecimalComma));
        if (Comment is { } comment)
            said.Add($"{nameof(Comment)} '{comment}'");
        if (SkipLines.Count > 0)
            said.Add($"{nameof(SkipLines)} {CsvWords.Numbers(SkipLines)}");
        if (Quotes != CsvQuotes.Checked)
            said.Add($"{nameof(Quotes)} {Quotes}");
        if (!ReferenceEquals(Missing, defaultMissing))
            said.Add($"{nameof(Missing)} {string.Join(", ", Missing.Select(text => $"\"{text}\""))}");
        foreach ((string what, IReadOnlyList<string> names) in new[]
            { (nameof(Columns), Columns), (nameof(Skip), Skip), (nameof(Text), Text), (nameof(Titles), Titles) })
        {
            if (names.Count > 0)
                said.Add($"{what} {string.Join(", ", names)}");
        }

        if (Encoding is { } encoding)
            said.Add($"{nameof(Encoding)} {encoding.WebName}");
        return said.Count == 0 ? "all found out" : string.Join(", ", said);

        void Say(bool? truth, string what)
        {
            if (truth is { } value)
                said.Add(value ? what : $"no {what}");
        }
    }

    internal void Check()
    {
        if (Separator is { } separator && (!char.IsAscii(separator) || char.IsAsciiLetterOrDigit(separator)
            || (char.IsControl(separator) && separator != '\t') || "+-.\"#".Contains(separator)))
            throw new ArgumentException(
                $"Expected an ASCII character that is no part of a number or line, but got '{CsvWords.Escape($"{separator}")}'.", nameof(separator));
        if (Comment is { } comment && (char.IsWhiteSpace(comment) || char.IsLetterOrDigit(comment) || comment == '"' || comment == Separator))
            throw new ArgumentException(
                $"Expected a sign that lines with a row do not begin with, but got '{CsvWords.Escape($"{comment}")}'.", nameof(Comment));
        if (SkipLines.Any(line => line < 1))
            throw new ArgumentException($"Expected numbers of lines, from 1, but got {CsvWords.Numbers(SkipLines)}.", nameof(SkipLines));
        if (!Enum.IsDefined(Quotes))
            throw new ArgumentException(FormattableString.Invariant($"Expected Checked, Trusted or Literal, but got {(int)Quotes}."), nameof(Quotes));
        foreach (IReadOnlyList<string> names in new[] { Columns, Titles })
        {
            if (names.Distinct(StringComparer.Ordinal).Count() != names.Count || names.Any(string.IsNullOrEmpty))
                throw new ArgumentException($"Expected different titles, none of them empty, but got {CsvWords.List(names)}.",
                    ReferenceEquals(names, Columns) ? nameof(Columns) : nameof(Titles));
        }
    }
}
