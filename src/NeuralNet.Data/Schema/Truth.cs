namespace NeuralNet;

/// <summary>Two words, one for yes and one for no, in any letter case.</summary>
internal sealed record Truth
{
    private static readonly Truth[] known = [new("true", "false"), new("yes", "no"), new("1", "0"), new("y", "n"), new("t", "f"), new("on", "off")];

    /// <exception cref="ArgumentException">A word is empty, or both are the same.</exception>
    public Truth(string yes, string no)
    {
        ArgumentException.ThrowIfNullOrEmpty(yes);
        ArgumentException.ThrowIfNullOrEmpty(no);
        Words.CheckUnicode(yes, nameof(yes));
        Words.CheckUnicode(no, nameof(no));
        if (Same(yes, no))
            throw new ArgumentException($"Expected two different words for yes and no, but both are \"{yes}\".", nameof(no));
        (Yes, No) = (yes, no);
    }

    public string Yes { get; }

    public string No { get; }

    /// <summary>The pair of known words that all different values of a column belong to; null: there is none.</summary>
    public static Truth? Of(IReadOnlyList<(string Text, int Rows)> counts) =>
        counts.Count == 0 ? null : Array.Find(known, truth => counts.All(count => Same(count.Text, truth.Yes) || Same(count.Text, truth.No)));

    /// <summary>The words of a column.</summary>
    /// <param name="column">The values.</param>
    /// <param name="stated">The words, if they are stated.</param>
    /// <param name="remark">Takes what is worth saying.</param>
    /// <exception cref="ArgumentException">Its values are other words, or there are none.</exception>
    public static Truth Learn(TableColumn column, Truth? stated, Action<string> remark)
    {
        List<(string Text, int Rows)> counts = Cells.Counts(column);
        if (counts.Count == 0)
            throw new ArgumentException("it has no values; skip it: new SkippedColumn(name)");
        Truth truth = stated ?? Of(counts) ?? throw new ArgumentException(
            $"expected two words such as true and false, yes and no, or 1 and 0, but it has {Words.Few([.. counts.Select(count => count.Text)])}; "
            + "say what its words are: (name, yes, no)");
        for (int row = 0; row < column.Rows; row++)
        {
            TableCell cell = column.Cell(row);
            if (!cell.IsMissing && truth.Value(cell, out _) is { } problem)
                throw new ArgumentException(FormattableString.Invariant($"row {row}: {problem}"));
        }

        if (column.Missing == 0 && counts.TrueForAll(count => Same(count.Text, counts[0].Text)))
            remark($"it is {counts[0].Text} in all rows, from which nothing can be learned");
        return truth;
    }

    /// <summary>1 or 0. Besides the two words a bool is taken, and the numbers 1 and 0.</summary>
    public string? Value(in TableCell cell, out float value)
    {
        Span<char> buffer = stackalloc char[TableCell.MaxLength];
        ReadOnlySpan<char> text = cell.ToText(buffer);
        value = 1;
        if (Same(text, Yes))
            return null;
        value = 0;
        if (Same(text, No))
            return null;
        value = (float)cell.Number;
        return cell.Kind is TableValueKind.Boolean or TableValueKind.Number && value is 0 or 1 ? null : Cells.Expected($"{Yes} or {No}", cell);
    }

    private static bool Same(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
