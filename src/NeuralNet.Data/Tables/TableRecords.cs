namespace NeuralNet;

/// <summary>The rows of a table as records.</summary>
internal sealed class TableRecords(Table table) : RecordReader
{
    private readonly TableColumn[] columns = [.. table.Columns];
    private int row = -1;

    public override IReadOnlyList<string> Names { get; } = [.. table.Columns.Select(column => column.Name)];

    public override TableCell this[int column] => columns[column].Cell(row);

    public override bool Next() => ++row < table.Rows;

    public override Exception Refuse(int column, string what) => new InvalidDataException(FormattableString.Invariant(
        $"Row {row}, column \"{Names[column]}\": {what}"));
}
