using System.Globalization;

namespace NeuralNet;

/// <summary>What the kinds of columns share in reading values; a problem is returned in words, null is none.</summary>
internal static class Cells
{
    /// <summary>The number that a value is, also one that stands in a text or is true (1) or false (0).</summary>
    public static string? Number(in TableCell cell, out double number)
    {
        number = cell.Kind is TableValueKind.Number or TableValueKind.Boolean ? cell.Number : double.NaN;
        if (cell.Kind == TableValueKind.Text && !double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            number = double.NaN;
        return double.IsNaN(number) ? Expected("a number", cell)
            : float.IsFinite((float)number) ? null : Expected("a finite number up to 3.4e38", cell);
    }

    /// <summary>A constant of an enumeration, which any number could be cast to.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of them.</exception>
    public static T Defined<T>(T value, string name) where T : struct, Enum => Enum.IsDefined(value) ? value
        : throw Guard.OutOfRange(name, value.ToString(), $"Expected one of {string.Join(", ", Enum.GetNames<T>())}, but got {value}.");

    /// <summary>What was expected, and what was given instead.</summary>
    public static string Expected(string what, in TableCell cell)
    {
        string given = cell.IsMissing ? "nothing" : cell.Kind == TableValueKind.Text ? $"\"{Words.Short(cell.Text)}\"" : cell.ToString();
        return $"expected {what}, but got {given}";
    }

    /// <summary>The numbers of a column that are not missing.</summary>
    /// <param name="column">The column.</param>
    /// <param name="of">Makes a number of a value, or says what is wrong with it.</param>
    /// <exception cref="ArgumentException">There are none, or a value is none.</exception>
    public static double[] Numbers(TableColumn column, CellReader<double> of)
    {
        var numbers = new List<double>(column.Rows);
        for (int row = 0; row < column.Rows; row++)
        {
            TableCell cell = column.Cell(row);
            if (cell.IsMissing)
                continue;
            if (of(cell, out double number) is { } problem)
                throw new ArgumentException(FormattableString.Invariant($"row {row}: {problem}"));
            numbers.Add(number);
        }

        return numbers.Count > 0 ? [.. numbers] : throw new ArgumentException("it has no values; skip it: new SkippedColumn(name)");
    }

    /// <summary>The different values of a column as texts, each with the number of its rows: numbers in their order, texts in ordinal
    /// order.</summary>
    public static List<(string Text, int Rows)> Counts(TableColumn column)
    {
        if (column.IsNumber)
        {
            var numbers = new SortedDictionary<double, int>();
            foreach (double number in column.Numbers)
            {
                if (!double.IsNaN(number))
                    numbers[number] = numbers.GetValueOrDefault(number) + 1;
            }

            return [.. numbers.Select(pair => (TableCell.Of(pair.Key).ToString(), pair.Value))];
        }

        var rows = new int[column.Texts.Count];
        foreach (int code in column.Codes)
        {
            if (code >= 0)
                rows[code]++;
        }

        return [.. column.Texts.Zip(rows).Where(pair => pair.Second > 0).OrderBy(pair => pair.First, StringComparer.Ordinal)];
    }
}

/// <summary>Reads a value.</summary>
/// <typeparam name="T">What it becomes.</typeparam>
/// <param name="cell">The value.</param>
/// <param name="value">What it is.</param>
/// <returns>What is wrong with it; null: nothing.</returns>
internal delegate string? CellReader<T>(in TableCell cell, out T value);
