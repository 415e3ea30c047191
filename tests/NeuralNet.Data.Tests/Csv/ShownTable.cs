namespace NeuralNet.Tests.Data;

/// <summary>A table as a line of text, to be compared with what is expected.</summary>
internal static class ShownTable
{
    /// <summary>Titles, then rows; numbers as they are, texts in quotes, a point where a value is missing.</summary>
    public static string Show(Table table) => string.Join(" ", table.Columns.Select(column => column.Name)) + ": "
        + string.Join(" / ", Enumerable.Range(0, table.Rows).Select(row => string.Join(" ", table.Columns.Select(column => Show(column[row])))));

    private static string Show(TableValue value) => value.IsMissing ? "."
        : value.Kind == TableValueKind.Text ? $"'{CsvWords.Escape(value.ToString())}'" : value.ToString();
}
