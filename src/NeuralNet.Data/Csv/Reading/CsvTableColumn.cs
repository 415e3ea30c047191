using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>A field that a refusal may be about, once the whole column has been seen.</summary>
/// <param name="File">The file.</param>
/// <param name="Where">Its line and column.</param>
/// <param name="Field">The field, as messages have it.</param>
internal sealed record CsvRefusal(string File, string Where, string Field)
{
    public InvalidDataException Refuse(string what) => new($"{File}, {Where}: {what}");
}

/// <summary>Gathers the values of a column: of numbers, as long as nothing else comes.</summary>
internal sealed class CsvTableColumn
{
    private readonly string name;
    private readonly int column;
    private readonly CsvValues<double> numbers = new();
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> codeOf;
    private readonly Dictionary<string, int> texts = new(StringComparer.Ordinal);
    private CsvValues<int>? codes;
    private bool hasNumbers;
    private CsvRefusal? infinite;

    // What the last field was: neighbours are often alike.
    private string last = "";
    private int lastCode = -1;

    public CsvTableColumn(string name, int column, bool isText)
    {
        (this.name, this.column) = (name, column);
        codes = isText ? new() : null;
        codeOf = texts.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether a text has come after numbers: the column has to be read again as texts.</summary>
    public bool IsLate { get; private set; }

    /// <summary>The first number with a point, if the column is one of numbers.</summary>
    public CsvRefusal? Point { get; private set; }

    /// <summary>The first number with a comma, if the column is one of numbers.</summary>
    public CsvRefusal? Comma { get; private set; }

    /// <summary>Adds the value of the present record.</summary>
    // A file is often the first thing that a program reads: what runs for every field is not to wait for its optimization.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(CsvRecords records)
    {
        if (IsLate)
            return;
        ReadOnlySpan<char> field = records.Field(column);
        if (codes is not null)
        {
            codes.Add(Code(records, field));
            return;
        }

        CsvNumberKind kind = records.Parse(field, out double value, out CsvMarks mark);
        if ((kind != CsvNumberKind.Number || records.HasMissingNumbers) && records.IsMissing(field))
        {
            numbers.Add(double.NaN);
        }
        else if (kind is CsvNumberKind.Number or CsvNumberKind.Infinite)
        {
            numbers.Add(value);
            hasNumbers = true;
            if (mark == CsvMarks.Comma)
                Comma ??= records.ToRefuse(column, field);
            else if (mark == CsvMarks.Point)
                Point ??= records.ToRefuse(column, field);
            if (kind == CsvNumberKind.Infinite)
                infinite ??= records.ToRefuse(column, field);
        }
        else
        {
            TurnToText(records, field);
        }
    }

    /// <summary>The column of all values; they are handed over.</summary>
    /// <exception cref="InvalidDataException">A number among numbers is infinite.</exception>
    public TableColumn ToColumn()
    {
        if (codes is not null)
            return TableColumn.OfCodes(name, [.. texts.Keys], codes.Take());
        if (infinite is not null)
            throw infinite.Refuse($"expected a finite number that a double can hold, up to 1.8e308, but got {infinite.Field}.");
        return TableColumn.OfChecked(name, numbers.Take());
    }

    private void TurnToText(CsvRecords records, ReadOnlySpan<char> field)
    {
        (Point, Comma, infinite) = (null, null, null);
        IsLate = hasNumbers;
        if (!IsLate)
        {
            codes = new();
            codes.Add(-1, times: numbers.Count);
            codes.Add(Code(records, field));
        }

        numbers.Clear();
    }

    private int Code(CsvRecords records, ReadOnlySpan<char> field)
    {
        if (lastCode >= 0 && field.SequenceEqual(last))
            return lastCode;
        if (records.IsMissing(field))
            return -1;
        if (!codeOf.TryGetValue(field, out string? text, out int code))
        {
            (text, code) = (field.ToString(), texts.Count);
            texts.Add(text, code);
        }

        (last, lastCode) = (text, code);
        return code;
    }
}
