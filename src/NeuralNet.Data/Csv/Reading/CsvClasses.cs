namespace NeuralNet;

/// <summary>The classes of a column: integers, words, or names that are stated.</summary>
/// <param name="records">The file.</param>
/// <param name="column">The column.</param>
/// <param name="names">The names of the classes, in their order; null: unknown.</param>
/// <param name="stated">The number of classes, if it is stated.</param>
internal sealed class CsvClasses(CsvRecords records, int column, string[]? names, int? stated)
{
    private const int ModestWords = 1000;

    private readonly List<int> labels = [];
    private readonly CsvClassNames? known = names is null ? null : new CsvClassNames(names);
    private readonly Dictionary<string, int> found = new(StringComparer.Ordinal);
    private bool? areWords = names is not null ? false : records.IsText(column) ? true : null;
    private int greatest = -1, least = int.MaxValue;

    /// <summary>Whether every row has the same class.</summary>
    public bool IsOne => areWords == true ? found.Count == 1 : least == greatest;

    /// <summary>Adds the class of the present record.</summary>
    public void Add()
    {
        ReadOnlySpan<char> field = records.Field(column);
        int label = areWords == true ? Word(field) : known is not null ? known.Read(records, column, field) : Integer(field);
        (greatest, least) = (Math.Max(greatest, label), Math.Min(least, label));
        labels.Add(label);
    }

    /// <summary>The class of each row, their number and their names; null: "0", "1" ….</summary>
    public (int[] Labels, int Classes, string[]? Names) Finish()
    {
        int[] all = [.. labels];
        if (stated is { } number && names is not null && number != names.Length)
            throw records.Refuse("line 1", FormattableString.Invariant($"expected {number} classes, the header names {names.Length}."));
        if (areWords == true)
            return Words(all);
        if (stated is null && names is null && least > 0)
        {
            throw records.Refuse(FormattableString.Invariant($"the classes go from {least} to {greatest}, and class 0 never occurs: ")
                + FormattableString.Invariant($"state classes: {(long)greatest + 1} if there is one, or name the column in CsvOptions.Text, and the ")
                + "classes are those that occur, under their numbers as names.");
        }

        int count = names?.Length ?? stated ?? ClassCount.Infer(records.Refuse, greatest, all.Length);
        ClassCount.Check(all.Length, count, stated is null ? records.Refuse : null);
        return (all, count, names);
    }

    // Names in the order of their characters: it does not depend on that of the rows.
    private (int[] Labels, int Classes, string[]? Names) Words(int[] all)
    {
        if (found.Count == 1)
            throw records.Refuse($"every row is of class {CsvWords.Quote(found.Keys.First())}; expected at least two classes.");
        if (stated is { } number && number != found.Count)
        {
            throw records.Refuse(FormattableString.Invariant(
                $"expected {number} classes, but {found.Count} different ones occur in column {Title}."));
        }

        if (stated is null && found.Count > Math.Max(ModestWords, all.Length / 2))
        {
            throw records.Refuse(FormattableString.Invariant(
                $"{found.Count} different texts occur in column {Title} of {all.Length} rows: if these are classes, state their number."));
        }

        string[] sorted = [.. found.Keys.Order(StringComparer.Ordinal)];
        int[] place = new int[sorted.Length];
        for (int c = 0; c < sorted.Length; c++)
            place[found[sorted[c]]] = c;
        for (int i = 0; i < all.Length; i++)
            all[i] = place[all[i]];
        ClassCount.Check(all.Length, sorted.Length, stated is null ? records.Refuse : null);
        return (all, sorted.Length, sorted);
    }

    private string Title => CsvWords.Title(records.Names[column]);

    private int Integer(ReadOnlySpan<char> field)
    {
        if (records.Parse(field, out double value, out _) is CsvNumberKind.Number or CsvNumberKind.Code)
        {
            areWords = false;
            if (value >= 0 && value < (stated ?? int.MaxValue) && value == Math.Floor(value))
                return (int)value;
        }
        else if (areWords is null && !records.IsMissing(field))
        {
            areWords = true;
            return Word(field);
        }

        throw records.Refuse(
            column, $"expected a class, an integer {Range(stated)}, but got {CsvWords.Quote(field)}.{records.WhereBehindLast(column, field)}");
    }

    private int Word(ReadOnlySpan<char> field)
    {
        if (records.IsMissing(field))
            throw records.Refuse(column, $"expected a class, but got {CsvWords.Quote(field)}.");
        if (!records.IsText(column) && records.Parse(field, out _, out _) != CsvNumberKind.None)
        {
            throw records.Refuse(column, $"expected a class in words, such as {CsvWords.Quote(found.Keys.First())}, but got {CsvWords.Quote(field)}: "
                + "if both are names, name the column in CsvOptions.Text.");
        }

        if (!found.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(field, out int label))
            found.Add(field.ToString(), label = found.Count);
        return label;
    }

    internal static string Range(int? classes) => classes is { } count ? FormattableString.Invariant($"0 … {count - 1}") : "0, 1, …";
}

/// <summary>Classes whose names are known.</summary>
internal sealed class CsvClassNames
{
    private readonly IReadOnlyList<string> names;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> labelOf;

    public CsvClassNames(IReadOnlyList<string> names)
    {
        this.names = names;
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
            labels.Add(names[i], i);
        labelOf = labels.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The class of a field: one of the names, or its number.</summary>
    public int Read(CsvRecords records, int column, ReadOnlySpan<char> field)
    {
        if (labelOf.TryGetValue(field, out int label))
            return label;
        CsvNumberKind kind = records.Parse(field, out double value, out _);
        if (kind == CsvNumberKind.Number && value >= 0 && value < names.Count && value == Math.Floor(value))
            return (int)value;
        throw records.Refuse(column, $"expected a class {CsvClasses.Range(names.Count)}, or one of the names {CsvWords.List(names)}, but got "
            + $"{CsvWords.Quote(field)}.");
    }
}
