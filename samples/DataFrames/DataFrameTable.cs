using Microsoft.Data.Analysis;
using NeuralNet;

namespace DataFrames;

/// <summary>
/// Tables of the package Microsoft.Data.Analysis, which notebooks and SQL readers give, as tables of NeuralNet.Data, and back. To have it in your
/// project, copy this file and Columns.cs.
/// </summary>
internal static class DataFrameTable
{
    /// <summary>The frame as a table of its own; nulls are missing.</summary>
    /// <exception cref="NotSupportedException">A column has values of another kind, vectors say; the message names it.</exception>
    /// <exception cref="ArgumentException">There are no rows, or a number is infinite.</exception>
    public static Table From(DataFrame frame) =>
        new([.. frame.Columns.Select(column => Columns.Of(column.Name, column.DataType, Values(column)))]);

    /// <summary>The table as a frame: numbers as doubles, texts as strings, missing ones as nulls.</summary>
    public static DataFrame ToDataFrame(this Table table) => new(table.Columns.Select(column => column.IsNumber
        ? (DataFrameColumn)new DoubleDataFrameColumn(column.Name, Columns.Numbers(column))
        : new StringDataFrameColumn(column.Name, Columns.Texts(column))));

    private static IEnumerable<object?> Values(DataFrameColumn column)
    {
        for (long row = 0; row < column.Length; row++)
            yield return column[row];
    }
}
