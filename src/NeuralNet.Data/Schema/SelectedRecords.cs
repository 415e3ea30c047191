namespace NeuralNet;

/// <summary>A person's own records.</summary>
/// <typeparam name="T">The type of a record.</typeparam>
internal sealed class SelectedRecords<T>(IEnumerable<T> records, RecordColumns<T> columns) : RecordReader
{
    private readonly IEnumerator<T> records = records.GetEnumerator();
    private long row = -1;

    public override IReadOnlyList<string> Names { get; } = [.. columns.Names];

    public override TableCell this[int column] => columns.Value(records.Current, column).ToCell();

    public override bool Next()
    {
        row++;
        return records.MoveNext();
    }

    public override Exception Refuse(int column, string what) => new InvalidDataException(FormattableString.Invariant(
        $"Record {row}, column \"{Names[column]}\": {what}"));

    public override void Dispose()
    {
        records.Dispose();
        base.Dispose();
    }
}
