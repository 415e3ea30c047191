namespace NeuralNet;

/// <summary>Which kind a column is, where nobody has said so.</summary>
internal static class ColumnChoice
{
    // So many words on average are sentences, not names.
    private const double WordsOfText = 4;

    /// <summary>The kind of a column: numbers are numbers; of texts it depends on what they say, and how many different ones there are.</summary>
    /// <param name="column">The values.</param>
    /// <param name="remark">Takes what was chosen, and why.</param>
    public static SchemaColumn Column(TableColumn column, Action<string> remark)
    {
        string name = column.Name;
        int there = column.Rows - column.Missing;
        if (there == 0)
        {
            remark("skipped, because it has no values");
            return new SkippedColumn(name);
        }

        if (column.IsNumber)
        {
            if (IsCount(column.Numbers))
                remark("its numbers count the rows; if they are only a row's number, skip it");
            return new NumberColumn(name);
        }

        List<(string Text, int Rows)> counts = Cells.Counts(column);
        if (counts.Count > 1 && Truth.Of(counts) is { } truth)
        {
            remark($"a boolean, because its texts are {truth.Yes} and {truth.No}");
            return new BooleanColumn(name);
        }

        if (counts.TrueForAll(count => IsoDate.TryParse(count.Text, out _)))
        {
            remark("a date, because all its texts are dates");
            return new DateColumn(name);
        }

        if (counts.Count > there / 2 && counts.Average(count => WordsIn(count.Text)) >= WordsOfText)
        {
            remark("text, because most of its texts differ and are sentences");
            return new TextColumn(name);
        }

        if (counts.Count == there && there > 1)
        {
            remark(FormattableString.Invariant($"skipped, because all its {there} texts differ, as ids do"));
            return new SkippedColumn(name);
        }

        remark(FormattableString.Invariant($"a category, because it has {counts.Count} different texts in {there} rows"));
        int numbers = counts.Count(count => Cells.Number(TableCell.Of(count.Text), out _) is null);
        if (numbers > counts.Count / 2)
            remark($"most of its texts are numbers; if the others, such as {Words.Few(Others(counts))}, stand for missing ones, say so where "
                + "the table is read");
        return new CategoryColumn(name);
    }

    /// <summary>The kind of a target.</summary>
    /// <inheritdoc cref="Column"/>
    /// <exception cref="ArgumentException">It is none that can be guessed.</exception>
    public static SchemaTarget Target(TableColumn column, Action<string> remark)
    {
        List<(string Text, int Rows)> counts = Cells.Counts(column);
        if (counts.Count > 1 && Truth.Of(counts) is { } truth)
        {
            remark($"yes or no, because its values are {truth.Yes} and {truth.No}");
            return new YesNoTarget(column.Name);
        }

        if (column.IsNumber)
            return new NumberTarget(column.Name);
        if (counts.Count > 2 && counts.Count > column.Rows / 2)
            throw new ArgumentException(FormattableString.Invariant(
                $"Target \"{column.Name}\" has {counts.Count} different texts in {column.Rows} rows, such as ")
                + $"{Words.Few([.. counts.Take(3).Select(count => count.Text)])}: hardly classes. "
                + $"If they are, say so: new ClassTarget(\"{column.Name}\").");
        remark(FormattableString.Invariant($"a class, because it has {counts.Count} different texts"));
        return new ClassTarget(column.Name);
    }

    private static string[] Others(List<(string Text, int Rows)> counts) =>
        [.. counts.Where(count => Cells.Number(TableCell.Of(count.Text), out _) is not null).Take(3).Select(count => count.Text)];

    // n, n + 1, n + 2 …
    private static bool IsCount(ReadOnlySpan<double> numbers)
    {
        for (int row = 1; row < numbers.Length; row++)
        {
            if (numbers[row] != numbers[0] + row)
                return false;
        }

        return numbers.Length > 2;
    }

    private static int WordsIn(string text)
    {
        int words = 0;
        for (int i = 0; i < text.Length; i++)
            words += !char.IsWhiteSpace(text[i]) && (i == 0 || char.IsWhiteSpace(text[i - 1])) ? 1 : 0;
        return words;
    }
}
