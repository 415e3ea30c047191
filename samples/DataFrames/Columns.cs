using System.Globalization;
using NeuralNet;

namespace DataFrames;

/// <summary>What the adapters beside this file share: values of any type as a column of a table, and back. Copy it with those you need.</summary>
internal static class Columns
{
    // From here on a double does not have every whole number, so that ids would lose their last digits.
    private const long Inexact = 1L << 53;

    /// <summary>
    /// A column of values that are of one type, or null where they are missing. Numbers stay numbers, but whole ones that a double does not have
    /// make the column one of texts; a NaN is missing. Bools become the texts true and false, dates the texts of ISO 8601.
    /// </summary>
    public static TableColumn Of(string name, Type type, IEnumerable<object?> values)
    {
        if (type == typeof(string) || type == typeof(bool) || type == typeof(char) || type == typeof(DateTime) || type == typeof(DateTimeOffset)
            || type == typeof(DateOnly))
            return TableColumn.OfTexts(name, [.. values.Select(value => value is null ? null : TableValue.From(value).ToString())]);
        if (type != typeof(Half) && (type.IsEnum || Type.GetTypeCode(type) is < TypeCode.SByte or > TypeCode.Decimal))
            throw Refusal(name, type);

        object?[] numbers = [.. values];
        if (Array.Exists(numbers, IsInexact))
            return TableColumn.OfTexts(name, Array.ConvertAll(numbers, n => (n as IFormattable)?.ToString(null, CultureInfo.InvariantCulture)));
        return TableColumn.OfNumbers(name, Array.ConvertAll(numbers, value => value switch
        {
            null => double.NaN,
            Half half => (double)half,
            _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        }));
    }

    /// <summary>What is thrown for a column that a table cannot have.</summary>
    public static NotSupportedException Refusal(string name, object type) => new(
        $"Column \"{name}\" is of type {type}, but a table has numbers, texts, bools and dates: convert the column first, or leave it out.");

    /// <summary>The values of a column of numbers, null where one is missing.</summary>
    public static double?[] Numbers(TableColumn column) =>
        Array.ConvertAll(column.Numbers.ToArray(), number => double.IsNaN(number) ? (double?)null : number);

    /// <summary>The values of a column of texts, null where one is missing.</summary>
    public static string?[] Texts(TableColumn column)
    {
        IReadOnlyList<string> texts = column.Texts;
        return Array.ConvertAll(column.Codes.ToArray(), code => code < 0 ? null : texts[code]);
    }

    private static bool IsInexact(object? value) => value switch
    {
        long number => number is >= Inexact or <= -Inexact,
        ulong number => number >= Inexact,
        decimal number => decimal.IsInteger(number) && Math.Abs(number) >= Inexact,
        _ => false,
    };
}
