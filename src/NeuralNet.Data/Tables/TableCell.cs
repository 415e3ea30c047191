using System.Globalization;

namespace NeuralNet;

/// <summary>A value of a record while it is looked at: a <see cref="TableValue"/>, a value of a column, or a field of a file, without a text of its
/// own on the heap.</summary>
internal readonly ref struct TableCell
{
    // Long enough for a number or a moment in words.
    public const int MaxLength = 32;

    private TableCell(TableValueKind kind, ReadOnlySpan<char> text, double number, DateTime date)
    {
        Kind = kind;
        Text = text;
        Number = number;
        Date = date;
    }

    public static TableCell Missing => default;

    public TableValueKind Kind { get; }

    public bool IsMissing => Kind == TableValueKind.Missing;

    /// <summary>The text, where it is one.</summary>
    public ReadOnlySpan<char> Text { get; }

    /// <summary>The number, where it is one; 1 or 0 where it is true or false.</summary>
    public double Number { get; }

    /// <summary>The moment, where it is a date.</summary>
    public DateTime Date { get; }

    public static TableCell Of(double number) => double.IsNaN(number) ? default : new(TableValueKind.Number, default, number, default);

    public static TableCell Of(ReadOnlySpan<char> text) => new(TableValueKind.Text, text, double.NaN, default);

    public static TableCell Of(bool truth) => new(TableValueKind.Boolean, default, truth ? 1 : 0, default);

    public static TableCell Of(DateTime date) => new(TableValueKind.Date, default, double.NaN, date);

    /// <summary>The value as a text, the same in every culture: a number in as few digits as give it again, −0 as 0; a date as ISO 8601 has
    /// it.</summary>
    /// <param name="buffer">Memory for <see cref="MaxLength"/> characters, which the text may lie in.</param>
    /// <returns>The text; of a missing value the empty one.</returns>
    public ReadOnlySpan<char> ToText(Span<char> buffer)
    {
        int length = 0;
        switch (Kind)
        {
            case TableValueKind.Text:
                return Text;
            case TableValueKind.Number:
                (Number == 0 ? 0 : Number).TryFormat(buffer, out length, default, CultureInfo.InvariantCulture);
                break;
            case TableValueKind.Boolean:
                return Number == 0 ? "false" : "true";
            case TableValueKind.Date:
                string format = Date.TimeOfDay == default ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ss.FFFFFFF";
                Date.TryFormat(buffer, out length, format, CultureInfo.InvariantCulture);
                break;
        }

        return buffer[..length];
    }

    public override string ToString() => ToText(stackalloc char[MaxLength]).ToString();
}
