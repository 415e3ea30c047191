using nietras.SeparatedValues;

namespace NeuralNet;

/// <summary>How a file is written: what was stated, and what its first lines show.</summary>
/// <param name="Separator">What separates the fields.</param>
/// <param name="Marks">Which marks of decimals numbers may have.</param>
/// <param name="HasHeader">Whether the first record is no row.</param>
/// <param name="Counts">What it says instead of titles, or null.</param>
/// <param name="HasIndex">Whether the first column has no title and counts the rows.</param>
internal sealed record CsvDialect(CsvSeparator Separator, CsvMarks Marks, bool HasHeader, CsvCounts? Counts, bool HasIndex = false)
{
    private const int MostRecords = 100, FewNumbers = 4;
    private const char NoSeparator = '\u001F';
    private static readonly string[] joints = ["::", ",", ";", "\t", "|"];

    /// <summary>Finds it out.</summary>
    public static CsvDialect Find(CsvFile file, CsvText text, CsvOptions options, CsvMissing missing, bool takesCounts)
    {
        Sampled? seen = null;
        char? separatorLine = text.PassSeparatorLine();
        char[] sample = text.Sample();
        CsvSeparator separator = (options.Separator ?? separatorLine) is { } stated and not ' ' ? new CsvSeparator(stated)
            : Guess(file, sample, text.FirstLine, options, runsOnly: options.Separator == ' ', out seen);
        CsvMarks marks = options.DecimalComma switch
        {
            true => CsvMarks.Comma,
            false => CsvMarks.Point,
            _ => separator.Char == ',' ? CsvMarks.Point : CsvMarks.Point | CsvMarks.Comma,
        };
        Sampled read = seen ?? Read(file, sample, text.FirstLine, options, separator);
        (List<string[]> records, long line) = (read.Records, read.Line);
        if (records.Count == 0)
            return new CsvDialect(separator, marks, options.Header ?? false, null);
        CsvCounts? counts = takesCounts && options.Header is null ? CsvCounts.Of(records[0], line, file) : null;
        var lines = new Lines(file, [.. records.Where(record => record.Length == records[0].Length)], line, marks, missing);
        if (separator.Char == NoSeparator)
            CheckJoints(lines, read);
        if (counts is null && options.Header != false)
            CheckWords(lines, read, options);
        bool found = counts is not null || (options.Header ?? Header(lines));
        if (found && counts is null && options.Titles.Count > 0 && options.Header is null)
        {
            throw file.Refuse(FormattableString.Invariant($"line {line}"),
                "the file has titles of its own: state CsvOptions { Header = true } to have those of CsvOptions.Titles in their place.");
        }

        return new CsvDialect(separator, marks, found, counts, found && counts is null && options.Titles.Count == 0 && lines.HasIndex());
    }

    // A line of units, or of words before the titles, would turn columns of numbers into texts without a word.
    private static void CheckWords(Lines lines, Sampled read, CsvOptions options)
    {
        int c = lines.WordsAboveNumbers();
        if (c < 0)
            return;
        string title = options.Titles.Count > c ? options.Titles[c] : lines.Records[0][c];
        if (options.Text.Contains(title) || options.Skip.Contains(title) || (options.Columns.Count > 0 && !options.Columns.Contains(title)))
            return;
        bool isEmpty = lines.Records[0].All(lines.IsMissing) || lines.Records[0][0].StartsWith('#');
        throw lines.File.Refuse(FormattableString.Invariant($"line {read.Second}, column {c + 1}"),
            $"expected a number, as in the lines after it, but got {CsvWords.Quote(lines.Records[1][c])}: a line that is no row is passed over by "
            + FormattableString.Invariant($"CsvOptions {{ SkipLines = [{(isEmpty ? read.Line : read.Second)}] }}; ")
            + "a word for a missing value is named in CsvOptions.Missing, and a column of texts in CsvOptions.Text.");
    }

    // Lines that were put into quotes as a whole look like one column, and so do those with a separator of two characters, or below a line of words.
    private static void CheckJoints(Lines lines, Sampled read)
    {
        foreach (string joint in joints)
        {
            int count = read.Records[0][0].AsSpan().Count(joint);
            if (count > 0 && read.Records.Count > 1
                && read.Records.TrueForAll(record => record.Length == 1 && record[0].AsSpan().Count(joint) == count))
            {
                string reason = joint.Length > 1 ? "a separator of two characters is not read; put a tab in its place"
                    : "if these are lines of a table, take off the quotation marks around each of them";
                throw lines.File.Refuse(FormattableString.Invariant($"line {read.Line}"), FormattableString.Invariant(
                    $"each line has one field, and '{CsvWords.Escape(joint)}' in it as often as the others, {count} times: {reason}; ")
                    + "if it is one column of texts, state CsvOptions { Separator = ',' }.");
            }

            if (count == 0 && lines.EndsAsTable(joint))
            {
                throw lines.File.Refuse(FormattableString.Invariant($"line {read.Line}"),
                    $"expected '{CsvWords.Escape(joint)}', as in the last lines, but got {CsvWords.Quote(read.Records[0][0])}: if the titles stand "
                    + FormattableString.Invariant($"further below, CsvOptions {{ SkipLines = [{read.Line}] }} passes over a line before them; ")
                    + "if it is one column of texts, state CsvOptions { Separator = '|' }.");
            }
        }
    }

    // The separator that gives the most lines as many fields as the first; where several give as many, the rarer one in texts.
    private static CsvSeparator Guess(CsvFile file, char[] sample, long firstLine, CsvOptions options, bool runsOnly, out Sampled? seen)
    {
        seen = null;
        CsvSeparator[] candidates = runsOnly ? [CsvSeparator.Runs, CsvSeparator.WideRuns]
            : [new('\t'), new(';'), new('|'), new(','), CsvSeparator.WideRuns, CsvSeparator.Runs];
        CsvSeparator best = runsOnly ? CsvSeparator.Runs : new(NoSeparator);
        double bestShare = 0;
        int bestFields = 1;
        foreach (CsvSeparator candidate in candidates)
        {
            if (candidate.IsRuns ? sample.AsSpan().IndexOfAny(' ', '\t') < 0 : !sample.AsSpan().Contains(candidate.Char))
                continue;
            Sampled read = Read(file, sample, firstLine, options, candidate);
            List<string[]> records = read.Records;
            int fields = records.Count == 0 ? 0 : records[0].Length;
            if (fields < 2)
                continue;
            double share = records.Count(record => record.Length == fields) / (double)records.Count;

            // Tabs and wide blanks mixed: a name behind a tab, say. Tabs alone would find fewer fields.
            bool isFiner = candidate == CsvSeparator.WideRuns && best == new CsvSeparator('\t') && share == bestShare && fields > bestFields;
            if (share > bestShare || isFiner)
                (best, bestShare, bestFields, seen) = (candidate, share, fields, read);
        }

        return best;
    }

    // The first records, as far as the sample goes.
    private static Sampled Read(CsvFile file, char[] sample, long firstLine, CsvOptions options, CsvSeparator separator)
    {
        var records = new List<string[]>();
        using var text = new CsvText(file, sample, firstLine, options, separator);
        using SepReader reader = CsvRecords.Parse(separator, text);
        while (records.Count < MostRecords && reader.MoveNext())
        {
            var fields = new string[CsvRecords.CountFields(reader.Current, records.Count == 0 ? int.MaxValue : records[0].Length)];
            for (int i = 0; i < fields.Length; i++)
            {
                ReadOnlySpan<char> field = reader.Current[i].Span;
                fields[i] = field.Length > 1 && field[0] == '"' ? field[1..^1].ToString().Replace("\"\"", "\"", StringComparison.Ordinal)
                    : field.Trim(CsvRecords.Blanks).ToString();
            }

            records.Add(fields);
        }

        return new Sampled(records, text.LineOf(0), text.LineOf(1));
    }

    // Numbers in the lines below titles are the surest sign, numbers among them the surest that it is a row. What could be both is refused:
    // a row taken for titles is lost without a word, and titles taken for a row turn numbers into texts.
    private static bool Header(Lines lines)
    {
        string[] first = lines.Records[0];
        int numbers = first.Count(lines.IsNumber), columns = first.Length;
        if (numbers > 0)
        {
            int oneNumber = Array.FindIndex(first, lines.IsNumber);
            for (int c = 0; c < columns; c++)
            {
                bool isText = !lines.IsNumber(first[c]) && !lines.IsMissing(first[c]);
                if (isText && lines.HasOnlyNumbers(c))
                    throw lines.Refuse(c, $"expected a number, as in the lines after it, but got {CsvWords.Quote(first[c])}", oneNumber);
                if (lines.IsNumber(first[c]) && lines.HasOnlyTexts(c))
                    throw lines.Refuse(c, $"expected a text, as in the lines after it, but got {CsvWords.Quote(first[c])}", c);
            }

            if (lines.CountsUp(first, first[0].Length == 0 ? 2 : FewNumbers) && !(lines.Records.Count > 1 && lines.CountsUp(lines.Records[1], 2)))
                throw lines.Refuse(0, "the numbers count up, as titles without names do", oneNumber);
            return false;
        }

        if (first.All(lines.IsMissing))
            return false;
        bool isBelowNumbers = Enumerable.Range(0, columns).Any(c => lines.HasOnlyNumbers(c));
        int strange = Array.FindIndex(first, text => text.Length > 0 && lines.IsMissing(text));
        if (strange < 0 && first.All(text => text.Length == 0 || char.IsDigit(text[0]) || "+-−.?".Contains(text[0])))
            strange = Array.FindIndex(first, text => text.Length > 0);
        if (strange >= 0 && (isBelowNumbers || lines.Records.Count == 1))
            throw lines.Refuse(strange, "the line could be titles or a row", strange);
        if (isBelowNumbers || lines.Records.Count == 1)
            return true;
        var once = new HashSet<string>(StringComparer.Ordinal);
        string? twice = first.FirstOrDefault(text => text.Length > 0 && !once.Add(text));
        int again = twice is null ? -1 : Array.IndexOf(first, twice);
        for (int c = 0; c < columns && again < 0; c++)
            again = first[c].Length > 0 && lines.Occurs(c, first[c]) ? c : -1;
        return again < 0 ? true : throw lines.Refuse(again,
            $"all columns have texts, and {CsvWords.Quote(first[again])} occurs more than once, so this could be titles or a row", again);
    }

    /// <summary>The first records, and the lines of the first two.</summary>
    private sealed record Sampled(List<string[]> Records, long Line, long Second);

    /// <summary>The first records, and what their fields look like.</summary>
    private sealed record Lines(CsvFile File, List<string[]> Records, long Line, CsvMarks Marks, CsvMissing Missing)
    {
        public bool IsNumber(string text) => !IsMissing(text) && CsvNumber.Parse(text, Marks, out _, out _) != CsvNumberKind.None;

        public bool IsMissing(string text) => Missing.Contains(text) || text.Length == 0;

        public bool HasOnlyNumbers(int column) => Below(column).Any(IsNumber) && Below(column).All(text => IsNumber(text) || IsMissing(text));

        public bool HasOnlyTexts(int column) => Below(column).Any(text => !IsMissing(text)) && !Below(column).Any(IsNumber);

        public bool Occurs(int column, string text) => Below(column).Contains(text, StringComparer.Ordinal);

        /// <summary>The first column that has a word in the second record, which has no number, and numbers only in all others, two at least; −1:
        /// there is none.</summary>
        public int WordsAboveNumbers()
        {
            if (Records.Count < 4 || (Records[0].Any(IsNumber) && !Records[0][0].StartsWith('#')) || Records[1].Any(IsNumber))
                return -1;
            for (int c = 0; c < Records[1].Length; c++)
            {
                string[] below = [.. Records.Skip(2).Select(record => record[c])];
                if (!IsMissing(Records[1][c]) && below.Count(IsNumber) > 1 && below.All(text => IsNumber(text) || IsMissing(text)))
                    return c;
            }

            return -1;
        }

        /// <summary>Whether a third of the lines, the last of them, have a separator as often as each other, and a number beside it.</summary>
        public bool EndsAsTable(string joint)
        {
            int count = Records[^1][0].AsSpan().Count(joint), alike = 0;
            while (count > 0 && alike < Records.Count && Records[^(alike + 1)][0] is var line && !IsNumber(line)
                && line.AsSpan().Count(joint) == count && line.Split(joint).Any(IsNumber))
                alike++;
            return alike > 1 && 3 * alike >= Records.Count;
        }

        /// <summary>Whether the first column has no title and counts from 0 or 1, as the row numbers of pandas and R do.</summary>
        public bool HasIndex() => Records.Count > 2 && Records[0].Length > 1 && Records[0][0].Length == 0 && Records[1][0] is "0" or "1"
            && Below(0).All(IsNumber) && CountsUp([.. Below(0)], Records.Count - 1);

        // Whether the numbers of a record are whole and each is the one before + 1.
        public bool CountsUp(string[] record, int least)
        {
            double[] numbers = [.. record.Where(IsNumber).Select(text => CsvNumber.Parse(text, Marks, out double value, out _) == 0 ? 0 : value)];
            return numbers.Length >= least && numbers.Skip(1).Zip(numbers).All(pair => pair.First == pair.Second + 1);
        }

        public InvalidDataException Refuse(int column, string what, int no) => File.Refuse(
            FormattableString.Invariant($"line {Line}, column {column + 1}"),
            FormattableString.Invariant($"{what}; nor are these surely titles, with {CsvWords.Quote(Records[0][no])} in column {no + 1}: ")
            + "state CsvOptions { Header = true } or { Header = false }.");

        private IEnumerable<string> Below(int column) => Records.Skip(1).Select(record => record[column]);
    }
}
