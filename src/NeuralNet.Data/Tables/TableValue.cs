using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>A value of a record: a number, a text, true or false, a date, or nothing where it is missing.</summary>
/// <remarks>It is made by conversion: <c>model.Predict(("rooms", 3), ("district", "north"))</c>. A null, a NaN and <c>default</c> are
/// missing.</remarks>
public readonly struct TableValue : IEquatable<TableValue>
{
    private readonly string? text;

    // The bits of a number, the ticks of a date, or 1 for true.
    private readonly long bits;

    private TableValue(TableValueKind kind, string? text, long bits) => (Kind, this.text, this.bits) = (kind, text, bits);

    /// <summary>No value.</summary>
    public static TableValue Missing => default;

    /// <summary>What it is.</summary>
    public TableValueKind Kind { get; }

    /// <summary>Whether there is no value.</summary>
    public bool IsMissing => Kind == TableValueKind.Missing;

    /// <summary>A number; NaN is missing.</summary>
    public static implicit operator TableValue(double number) =>
        double.IsNaN(number) ? default : new(TableValueKind.Number, null, BitConverter.DoubleToInt64Bits(number));

    /// <summary>A number, or nothing.</summary>
    public static implicit operator TableValue(double? number) => number ?? double.NaN;

    /// <summary>A text; null is missing.</summary>
    public static implicit operator TableValue(string? text) => text is null ? default : new(TableValueKind.Text, text, 0);

    /// <summary>True or false.</summary>
    public static implicit operator TableValue(bool truth) => new(TableValueKind.Boolean, null, truth ? 1 : 0);

    /// <summary>True, false or nothing.</summary>
    public static implicit operator TableValue(bool? truth) => truth is { } value ? value : default(TableValue);

    /// <summary>A moment; its time zone is not kept.</summary>
    public static implicit operator TableValue(DateTime moment) => new(TableValueKind.Date, null, moment.Ticks);

    /// <summary>A moment, or nothing.</summary>
    public static implicit operator TableValue(DateTime? moment) => moment is { } value ? value : default(TableValue);

    /// <summary>A date.</summary>
    public static implicit operator TableValue(DateOnly date) => date.ToDateTime(TimeOnly.MinValue);

    /// <summary>Whether two values are the same.</summary>
    public static bool operator ==(TableValue one, TableValue other) => one.Equals(other);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(TableValue one, TableValue other) => !one.Equals(other);

    /// <summary>The value of an object: what a dictionary of objects or a JSON reader gives.</summary>
    /// <param name="value">A number of any type, a text, a bool, a date, null, one of these in JSON, or a value already.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentException">It is an object of another type.</exception>
    public static TableValue From(object? value) => value switch
    {
        null => default,
        TableValue known => known,
        string text => text,
        bool truth => truth,
        DateTime moment => moment,
        DateTimeOffset moment => moment.DateTime,
        DateOnly date => date,
        char letter => letter.ToString(),
        double or float or decimal or Half or byte or sbyte or short or ushort or int or uint or long or ulong =>
            Convert.ToDouble(value is Half half ? (double)half : value, CultureInfo.InvariantCulture),
        Enum constant => constant.ToString(),
        JsonElement { ValueKind: JsonValueKind.Number } json => json.GetDouble(),
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        JsonElement { ValueKind: JsonValueKind.True or JsonValueKind.False } json => json.GetBoolean(),
        JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => default,
        JsonElement json => throw new ArgumentException(
            $"Expected a number, a text, true, false or null, but got JSON that is an {json.ValueKind}; give one of its properties.", nameof(value)),
        _ => throw new ArgumentException(
            $"Expected a number, a text, a bool, a date or null, but got a {value.GetType()}; give one of its properties.", nameof(value)),
    };

    /// <inheritdoc/>
    public bool Equals(TableValue other) => (Kind, bits) == (other.Kind, other.bits) && string.Equals(text, other.text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TableValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, bits, text);

    /// <summary>The value as a text, the same in every culture.</summary>
    /// <returns>The text; of a missing value the empty one.</returns>
    public override string ToString() => ToCell().ToString();

    /// <summary>The value as a column of a schema takes it.</summary>
    internal TableCell ToCell() => Kind switch
    {
        TableValueKind.Number => TableCell.Of(BitConverter.Int64BitsToDouble(bits)),
        TableValueKind.Text => TableCell.Of(text),
        TableValueKind.Boolean => TableCell.Of(bits != 0),
        TableValueKind.Date => TableCell.Of(new DateTime(bits)),
        _ => TableCell.Missing,
    };
}
