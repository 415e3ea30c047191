using Microsoft.ML;
using Microsoft.ML.Data;
using NeuralNet;

namespace DataFrames;

/// <summary>A table as ML.NET looks at data: row by row, with a getter for each column. Nothing is copied.</summary>
internal sealed class TableView(Table table) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema { get; } = SchemaOf(table);

    public long? GetRowCount() => table.Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(table, Schema);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [new Cursor(table, Schema)];

    private static DataViewSchema SchemaOf(Table table)
    {
        var schema = new DataViewSchema.Builder();
        foreach (TableColumn column in table.Columns)
            schema.AddColumn(column.Name, column.IsNumber ? NumberDataViewType.Double : TextDataViewType.Instance);
        return schema.ToSchema();
    }

    private sealed class Cursor(Table table, DataViewSchema schema) : DataViewRowCursor
    {
        private int row = -1;

        public override long Position => row;

        public override long Batch => 0;

        public override DataViewSchema Schema => schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        // Behind the last row the position is that before the first one: −1.
        public override bool MoveNext()
        {
            row = row + 1 < table.Rows ? row + 1 : -1;
            return row >= 0;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)row, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            TableColumn values = table.Columns[column.Index];
            IReadOnlyList<string> texts = values.Texts;
            Delegate getter = values.IsNumber
                ? (ValueGetter<double>)((ref double number) => number = values.Numbers[row])
                : (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> text) =>
                    text = values.Codes[row] < 0 ? default : texts[values.Codes[row]].AsMemory());
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
                $"Column \"{column.Name}\" is of type {column.Type}, but values of type {typeof(TValue)} are asked for.");
        }
    }
}
