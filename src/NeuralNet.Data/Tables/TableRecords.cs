namespace NeuralNet;

/// <summary>The rows of a table as records.</summary>
internal sealed class TableRecords(Table table) : RecordReader
{
    private int row = -1;

    public override IReadOnlyList<string> Names { get; } = [.. table.Columns.Select(column => column.Name)];

    public override TableCell this[int column] => table.Columns[column].Cell(row);

    public override bool Next() => ++row < table.Rows;

    public override Exception Refuse(int column, string what) => new InvalidDataException(FormattableString.Invariant(
        $"Row {row}, column \"{Names[column]}\": {what}"));
}
