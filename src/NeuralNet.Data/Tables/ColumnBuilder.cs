namespace NeuralNet;

/// <summary>Gathers the values of a column that come one by one: of numbers, as long as nothing else comes.</summary>
internal sealed class ColumnBuilder(string name)
{
    private readonly List<double> numbers = [];
    private readonly Dictionary<string, int> found = new(StringComparer.Ordinal);
    private List<int>? codes;

    /// <summary>Adds a value.</summary>
    public void Add(TableValue value)
    {
        if (value.Kind == TableValueKind.Number && !double.IsFinite(value.ToCell().Number))
            throw new ArgumentException(FormattableString.Invariant($"Column \"{name}\", row {codes?.Count ?? numbers.Count}: ")
                + $"expected a finite number, or NaN where it is missing, but got {value}.", nameof(value));
        if (codes is null && value.Kind is TableValueKind.Number or TableValueKind.Missing)
        {
            numbers.Add(value.IsMissing ? double.NaN : value.ToCell().Number);
            return;
        }

        if (codes is null)
        {
            codes = new List<int>(numbers.Count);
            foreach (double number in numbers)
                codes.Add(double.IsNaN(number) ? -1 : Code(TableCell.Of(number).ToString()));
            numbers.Clear();
        }

        codes.Add(value.IsMissing ? -1 : Code(value.ToString()));
    }

    /// <summary>The column of all values so far.</summary>
    public TableColumn ToColumn()
    {
        if (codes is null)
            return TableColumn.OfNumbers(name, [.. numbers]);
        return TableColumn.OfCodes(name, [.. found.Keys], [.. codes]);
    }

    private int Code(string text)
    {
        if (!found.TryGetValue(text, out int code))
        {
            code = found.Count;
            found.Add(text, code);
        }

        return code;
    }
}
