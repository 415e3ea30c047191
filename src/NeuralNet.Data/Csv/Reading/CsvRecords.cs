using System.Globalization;
using System.Runtime.CompilerServices;
using nietras.SeparatedValues;

namespace NeuralNet;

/// <summary>The records of a file of text in columns, one after the other; no record allocates, and the memory has a bound.</summary>
internal sealed class CsvRecords : RecordReader
{
    /// <summary>What is passed over around a field: blanks, tabs, and the blanks at which no line breaks.</summary>
    public const string Blanks = " \t\u00A0";

    private readonly CsvFile file;
    private readonly CsvText text;
    private readonly SepReader reader;
    private readonly CsvMissing missing;
    private readonly string[] names;
    private readonly int[] places;
    private readonly bool[] isText;
    private readonly CsvMarks marks;
    private readonly int columns;
    private readonly bool hasIndex;

    // The first record is not the first row if it has titles.
    private bool isHeld;
    private long record;
    private char[] unquoted = [];
    private int used;

    // Where the first number with a point, and the first with a comma, stands.
    private (CsvMarks Mark, string Where, string Text) firstMark;

    /// <summary>Opens a file, and reads what its beginning says.</summary>
    /// <param name="file">The file; it is closed with the records.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="takesCounts">Whether the first line may be <c>rows,features,name0,name1,…</c>.</param>
    public CsvRecords(CsvFile file, CsvOptions options, bool takesCounts = false)
    {
        options.Check();
        this.file = file;
        try
        {
            text = new CsvText(file, options);
            missing = new CsvMissing(options.Missing);
            CsvDialect dialect = CsvDialect.Find(file, text, options, missing, takesCounts);
            marks = dialect.Marks;
            text.Begin(dialect.Separator);
            reader = Parse(dialect.Separator, text);
            if (!Advance())
                throw file.Refuse("the file is empty.");
            columns = reader.Current.ColCount;
            HasTitles = dialect.HasHeader && dialect.Counts is null;
            Counts = dialect.Counts;
            hasIndex = dialect.HasIndex && options.Columns.Count == 0;
            string[] titles = ReadTitles(options);
            isHeld = !dialect.HasHeader;
            if (Counts is { } counts)
                columns = counts.Columns;
            (names, places) = Choose(titles, options);
            isText = new bool[names.Length];
            foreach (string name in options.Text)
            {
                int place = CsvWords.IndexOf(names, name);
                if (place >= 0)
                    isText[place] = true;
                else if (CsvWords.IndexOf(titles, name) < 0)
                    throw NoColumn(name, titles, nameof(CsvOptions.Text));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The titles of the columns that are read.</summary>
    public override IReadOnlyList<string> Names => names;

    /// <summary>Whether the titles are those of the file.</summary>
    public bool HasTitles { get; }

    /// <summary>What a first line <c>rows,features,name0,name1,…</c> says; null: there is no such line.</summary>
    public CsvCounts? Counts { get; }

    /// <summary>The column that has no title and counts the rows, unless it was asked for; −1: there is none.</summary>
    public int Index => hasIndex ? Array.IndexOf(places, 0) : -1;

    /// <summary>When the file was written to.</summary>
    public (long Length, DateTime Written) Stamp => file.Stamp;

    /// <summary>The line that the present record begins in.</summary>
    public long Line { get; private set; }

    /// <summary>Whether a number stands for a missing value.</summary>
    public bool HasMissingNumbers => missing.HasNumbers;

    /// <summary>Whether a column has texts, whatever they look like.</summary>
    public bool IsText(int column) => isText[column];

    /// <summary>Takes the values of a column as texts, whatever they look like.</summary>
    public void KeepText(int column) => isText[column] = true;

    /// <summary>The value of a column: missing, a number, or a text.</summary>
    /// <exception cref="InvalidDataException">It is a number that is infinite.</exception>
    public override TableCell this[int column]
    {
        get
        {
            ReadOnlySpan<char> field = Field(column);
            if (missing.Contains(field))
                return TableCell.Missing;
            double value = 0;
            CsvNumberKind kind = isText[column] ? CsvNumberKind.None : ParseNumber(column, field, out value, out _);
            return kind == CsvNumberKind.Number ? TableCell.Of(value)
                : kind == CsvNumberKind.Infinite ? throw RefuseNumber(column, field) : TableCell.Of(field);
        }
    }

    public override bool Next()
    {
        if (isHeld)
        {
            isHeld = false;
        }
        else
        {
            record++;
            if (!Advance())
                return false;
        }

        used = 0;
        int count = CountFields(reader.Current, columns);
        return count == columns ? true : throw RefuseRagged(count);
    }

    /// <summary>How many fields a record has; nothing behind a separator that ends the line is none, where there would be one too many.</summary>
    public static int CountFields(SepReader.Row row, int columns) =>
        row.ColCount - 1 == columns && row[columns].Span.IsWhiteSpace() ? columns : row.ColCount;

    /// <summary>The text of a field, without the blanks and quotes around it; it is gone with the next record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<char> Field(int column)
    {
        ReadOnlySpan<char> field = reader.Current[places[column]].Span;
        if (field.IsEmpty)
            return field;
        if (field[0] == '"')
            return Unquote(field[1..^1]);
        return field[0] is ' ' or '\t' or '\u00A0' || field[^1] is ' ' or '\t' or '\u00A0' ? field.Trim(Blanks) : field;
    }

    /// <summary>Whether a field stands for a missing value.</summary>
    public bool IsMissing(ReadOnlySpan<char> field) => missing.Contains(field);

    /// <summary>Reads a field as a number.</summary>
    public CsvNumberKind Parse(ReadOnlySpan<char> field, out double value, out CsvMarks mark) => CsvNumber.Parse(field, marks, out value, out mark);

    /// <summary>The float of a column that has numbers only.</summary>
    /// <exception cref="InvalidDataException">It is none, or there is no such float, or a point stands where other numbers have a comma.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Number(int column, out double exact)
    {
        ReadOnlySpan<char> field = Field(column);
        CsvNumberKind kind = ParseNumber(column, field, out exact, out CsvMarks mark);
        if (kind is CsvNumberKind.Number or CsvNumberKind.Code && !(missing.HasNumbers && missing.Contains(field)))
        {
            float value = CsvNumber.ToFloat(field, mark, exact);
            if (float.IsFinite(value))
                return value;
        }

        throw RefuseNumber(column, field);
    }

    /// <summary>The refusal of a field that is no finite number.</summary>
    public Exception RefuseNumber(int column, ReadOnlySpan<char> field)
    {
        string remedy = missing.Contains(field) ? " A value is missing here: Table.FromCsv reads such files." + WhereBehindLast(column, field)
            : CsvHints.HasThousands(field) ? " There are no separators of thousands: write the number without them."
            : field.Contains(',') && (marks & CsvMarks.Comma) == 0 ? " If the comma stands before decimals: CsvOptions { DecimalComma = true }."
                + (field.LastIndexOf(',') == field.Length - 4 ? " There are no separators of thousands." : "")
            : CsvHints.IsMeant(field) ? " Table.FromCsv reads such columns as texts, and CsvOptions.Skip leaves them out." : "";
        return Refuse(column, $"expected a finite number, but got {CsvWords.Quote(field)}.{remedy}");
    }

    /// <summary>The remedy where a class is missing because each line ends with a separator; elsewhere nothing.</summary>
    public string WhereBehindLast(int column, ReadOnlySpan<char> field) => IsBehindLast(column, field) ? BehindLast : "";

    private string BehindLast => FormattableString.Invariant($" If all lines end with a separator, CsvOptions {{ Skip = [\"column {columns}\"] }} ")
        + "leaves out the column behind it.";

    private bool IsBehindLast(int column, ReadOnlySpan<char> field) => field.IsEmpty && places[column] == columns - 1
        && names[column].AsSpan().StartsWith("column ", StringComparison.Ordinal);

    public override Exception Refuse(int column, string what) => file.Refuse(Where(column), what);

    /// <summary>The refusal of the file's content.</summary>
    public InvalidDataException Refuse(string what) => file.Refuse(what);

    /// <summary>The refusal of something at a place of the file.</summary>
    public InvalidDataException Refuse(string where, string what) => file.Refuse(where, what);

    /// <summary>The refusal of more values than fit, because of their number or, with a cause, of the memory.</summary>
    public InvalidDataException RefuseSize(OutOfMemoryException? cause) => new(
        FormattableString.Invariant($"{file.Name}, line {Line}: more values than one data set {(cause is null ? "" : "or the memory ")}can hold."),
        cause);

    /// <summary>A field that may be refused later.</summary>
    public CsvRefusal ToRefuse(int column, ReadOnlySpan<char> field) => new(file.Name, Where(column), CsvWords.Quote(field));

    /// <summary>The line and column of a field.</summary>
    public string Where(int column) => string.Create(CultureInfo.InvariantCulture,
        $"line {Line}, column {places[column] + 1}{(HasTitles ? " " + CsvWords.Title(names[column]) : "")}");

    public override void Dispose()
    {
        reader?.Dispose();
        text?.Dispose();
        file.Dispose();
        base.Dispose();
    }

    /// <summary>The parser, over text that <see cref="CsvText"/> has made fit for it.</summary>
    internal static SepReader Parse(CsvSeparator separator, CsvText text) => new Sep(separator.Char)
        .Reader(options => options with { HasHeader = false, DisableColCountCheck = true, DisableFastFloat = true }).From(text);

    private bool Advance()
    {
        if (!reader.MoveNext())
        {
            if (text.Fault is { } fault)
                throw fault;
            file.CheckUnchanged();
            return false;
        }

        Line = text.LineOf(record);
        return true;
    }

    private CsvNumberKind ParseNumber(int column, ReadOnlySpan<char> field, out double value, out CsvMarks mark)
    {
        CsvNumberKind kind = CsvNumber.Parse(field, marks, out value, out mark);
        if (mark != firstMark.Mark && mark != CsvMarks.None && kind != CsvNumberKind.None && !isText[column])
            CheckMark(column, field, mark);
        return kind;
    }

    private void CheckMark(int column, ReadOnlySpan<char> field, CsvMarks mark)
    {
        if (firstMark.Mark != CsvMarks.None)
            throw Refuse(column, MixedMarks(CsvWords.Quote(field), firstMark.Where, firstMark.Text));
        firstMark = (mark, Where(column), CsvWords.Quote(field));
    }

    /// <summary>What is said where numbers have both marks.</summary>
    internal static string MixedMarks(string field, string otherWhere, string other) =>
        $"got {field}, but {other} in {otherWhere}: which is the decimal mark? State CsvOptions {{ DecimalComma = true }} or "
        + "{ DecimalComma = false }; columns of texts are named in CsvOptions.Text.";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<char> Unquote(ReadOnlySpan<char> field)
    {
        if (!field.Contains('"'))
            return field;
        if (unquoted.Length - used < field.Length)
            (unquoted, used) = (new char[Math.Max(2 * unquoted.Length, field.Length)], 0);
        int first = used;
        for (int i = 0; i < field.Length; i++)
        {
            unquoted[used++] = field[i];
            if (field[i] == '"')
                i++;
        }

        return unquoted.AsSpan(first, used - first);
    }

    private string[] ReadTitles(CsvOptions options)
    {
        int count = Counts?.Columns ?? columns;
        if (options.Titles.Count > 0)
        {
            return options.Titles.Count == count ? [.. options.Titles] : throw file.Refuse(FormattableString.Invariant($"line {Line}"),
                FormattableString.Invariant($"expected {options.Titles.Count} fields, as many as CsvOptions.Titles, but got {count}."));
        }

        // A line may state any number.
        if (count > CsvText.MaxRecord)
        {
            throw file.Refuse(FormattableString.Invariant($"line {Line}"),
                FormattableString.Invariant($"the header says {Counts!.Features} features, more than a record can have."));
        }

        if (!HasTitles)
            return [.. Enumerable.Range(1, count).Select(i => FormattableString.Invariant($"column {i}"))];
        var titles = new string[count];
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var times = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<char> field = reader.Current[i].Span;
            string title = (field.Length > 1 && field[0] == '"' ? Unquote(field[1..^1]) : field).Trim().Trim('\uFEFF').Trim().ToString();
            title = title.Length > 0 ? title : FormattableString.Invariant($"column {i + 1}");
            for (titles[i] = title; !taken.Add(titles[i]);)
                titles[i] = FormattableString.Invariant($"{title}.{times[title] = times.GetValueOrDefault(title) + 1}");
        }

        return titles;
    }

    private static (string[] Names, int[] Places) Choose(string[] titles, CsvOptions options)
    {
        if (options.Columns.Count == 0 && options.Skip.Count == 0)
            return (titles, [.. Enumerable.Range(0, titles.Length)]);
        var place = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < titles.Length; i++)
            place.Add(titles[i], i);
        foreach (string name in options.Skip)
        {
            if (!place.ContainsKey(name))
                throw NoColumn(name, titles, nameof(CsvOptions.Skip));
        }

        foreach (string name in options.Columns)
        {
            if (!place.ContainsKey(name))
                throw NoColumn(name, titles, nameof(CsvOptions.Columns));
        }

        string[] names = [.. (options.Columns.Count > 0 ? options.Columns : titles).Where(name => !options.Skip.Contains(name))];
        return names.Length > 0 ? (names, [.. names.Select(name => place[name])])
            : throw new ArgumentException("Expected at least one column that CsvOptions.Skip does not leave out.", nameof(options));
    }

    private static ArgumentException NoColumn(string name, string[] titles, string option) => new(
        $"CsvOptions.{option} has {CsvWords.Title(name)}, which is no column of the file; expected {CsvWords.List(titles)}.", option);

    private InvalidDataException RefuseRagged(int actual)
    {
        string reason = Counts is { } counts
            ? FormattableString.Invariant($"{counts.Features} features and the class, as line {counts.Line} says") : "as in the first line";
        string more = !HasTitles || record != 1 ? ""
            : actual == columns + 1 ? " If the first column has no title, as R's write.table leaves it: col.names = NA writes one."
            : names[^1] == FormattableString.Invariant($"column {columns}") && actual == columns - 1
                ? " The line of titles ends with a separator, and the others do not: take it off."
            : " If the titles stand further below: CsvOptions { SkipLines = [1] } passes over line 1, and Comment over lines that begin with a sign.";
        return file.Refuse(FormattableString.Invariant($"line {Line}"),
            FormattableString.Invariant($"expected {columns} fields, {reason}, but got {actual}.{more}"));
    }
}
