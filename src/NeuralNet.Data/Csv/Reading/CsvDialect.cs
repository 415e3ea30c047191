using nietras.SeparatedValues;

namespace NeuralNet;

/// <summary>How a file is written: what was stated, and what its first lines show.</summary>
/// <param name="Separator">What separates the fields.</param>
/// <param name="Marks">Which marks of decimals numbers may have.</param>
/// <param name="HasHeader">Whether the first record is no row.</param>
/// <param name="Counts">What it says instead of titles, or null.</param>
internal sealed record CsvDialect(CsvSeparator Separator, CsvMarks Marks, bool HasHeader, CsvCounts? Counts)
{
    private const int MostRecords = 100, FewNumbers = 4;

    /// <summary>Finds it out.</summary>
    public static CsvDialect Find(CsvFile file, char[] sample, CsvOptions options, CsvMissing missing, bool takesCounts)
    {
        (List<string[]> Records, long Line)? seen = null;
        CsvSeparator separator = options.Separator is { } stated and not ' ' ? new CsvSeparator(stated)
            : Guess(file, sample, options.Comment, runsOnly: options.Separator == ' ', out seen);
        CsvMarks marks = options.DecimalComma switch
        {
            true => CsvMarks.Comma,
            false => CsvMarks.Point,
            _ => separator.Char == ',' ? CsvMarks.Point : CsvMarks.Point | CsvMarks.Comma,
        };
        if (options.Header is { } hasHeader && !takesCounts)
            return new CsvDialect(separator, marks, hasHeader, null);
        (List<string[]> records, long line) = seen ?? Read(file, sample, options.Comment, separator);
        if (records.Count == 0)
            return new CsvDialect(separator, marks, options.Header ?? false, null);
        CsvCounts? counts = takesCounts && options.Header is null ? CsvCounts.Of(records[0], line, file) : null;
        bool found = counts is not null || (options.Header ?? Header(
            new Lines(file, [.. records.Where(record => record.Length == records[0].Length)], line, marks, missing)));
        if (found && counts is null && options.Titles.Count > 0 && options.Header is null)
        {
            throw file.Refuse(FormattableString.Invariant($"line {line}"),
                "the file has titles of its own: state CsvOptions { Header = true } to have those of CsvOptions.Titles in their place.");
        }

        return new CsvDialect(separator, marks, found, counts);
    }

    // The separator that gives the most lines as many fields as the first; where several give as many, the rarer one in texts.
    private static CsvSeparator Guess(CsvFile file, char[] sample, char? comment, bool runsOnly, out (List<string[]> Records, long Line)? seen)
    {
        seen = null;
        CsvSeparator[] candidates = runsOnly ? [CsvSeparator.Runs, CsvSeparator.WideRuns]
            : [new('\t'), new(';'), new('|'), new(','), CsvSeparator.WideRuns, CsvSeparator.Runs];
        CsvSeparator best = runsOnly ? CsvSeparator.Runs : new('\u001F');
        double bestShare = 0;
        int bestFields = 1;
        foreach (CsvSeparator candidate in candidates)
        {
            if (candidate.IsRuns ? sample.AsSpan().IndexOfAny(' ', '\t') < 0 : !sample.AsSpan().Contains(candidate.Char))
                continue;
            (List<string[]> Records, long Line) read = Read(file, sample, comment, candidate);
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
    private static (List<string[]> Records, long Line) Read(CsvFile file, char[] sample, char? comment, CsvSeparator separator)
    {
        var records = new List<string[]>();
        using var text = new CsvText(file, sample, comment, separator);
        using SepReader reader = CsvRecords.Parse(separator, text);
        while (records.Count < MostRecords && reader.MoveNext())
        {
            var fields = new string[reader.Current.ColCount];
            for (int i = 0; i < fields.Length; i++)
            {
                ReadOnlySpan<char> field = reader.Current[i].Span;
                fields[i] = field.Length > 1 && field[0] == '"' ? field[1..^1].ToString().Replace("\"\"", "\"", StringComparison.Ordinal)
                    : field.Trim(" \t").ToString();
            }

            records.Add(fields);
        }

        return (records, text.LineOf(0));
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
        int again = Array.FindIndex(first, text => text.Length > 0 && first.Count(other => other == text) > 1);
        for (int c = 0; c < columns && again < 0; c++)
            again = first[c].Length > 0 && lines.Occurs(c, first[c]) ? c : -1;
        return again < 0 ? true : throw lines.Refuse(again,
            $"all columns have texts, and {CsvWords.Quote(first[again])} occurs more than once, so this could be titles or a row", again);
    }

    /// <summary>The first records, and what their fields look like.</summary>
    private sealed record Lines(CsvFile File, List<string[]> Records, long Line, CsvMarks Marks, CsvMissing Missing)
    {
        public bool IsNumber(string text) => !IsMissing(text) && CsvNumber.Parse(text, Marks, out _, out _) != CsvNumberKind.None;

        public bool IsMissing(string text) => Missing.Contains(text) || text.Length == 0;

        public bool HasOnlyNumbers(int column) => Below(column).Any(IsNumber) && Below(column).All(text => IsNumber(text) || IsMissing(text));

        public bool HasOnlyTexts(int column) => Below(column).Any(text => !IsMissing(text)) && !Below(column).Any(IsNumber);

        public bool Occurs(int column, string text) => Below(column).Contains(text, StringComparer.Ordinal);

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
