namespace NeuralNet.Tests.Schema;

/// <summary>Schemas of one column.</summary>
internal static class One
{
    /// <summary>A schema of a column and a target of numbers.</summary>
    public static TableSchema Schema(TableColumn column, params ReadOnlySpan<SchemaColumn> stated)
    {
        double[] y = [.. Enumerable.Range(0, column.Rows).Select(row => 1.5 * row)];
        return TableSchema.Learn(new Table(column, TableColumn.OfNumbers("y", y)), "y", stated);
    }

    public static float[] Row(this TableSchema schema, TableValue value)
    {
        var row = new float[schema.Inputs];
        row.AsSpan().Fill(float.NaN);
        schema.Encode([(schema.Columns[0].Name, value)], row);
        return row;
    }

    public static TableColumn Texts(params string?[] texts) => TableColumn.OfTexts("x", texts);

    public static TableColumn Numbers(params double[] numbers) => TableColumn.OfNumbers("x", numbers);

    public static T Column<T>(this TableSchema schema) where T : SchemaColumn => (T)schema.Columns[0];
}
