using Microsoft.ML;
using Microsoft.ML.Data;
using NeuralNet;

namespace DataFrames;

/// <summary>
/// Views of data of ML.NET (the package Microsoft.ML) as tables of NeuralNet.Data, and back. To have it in your project, copy this file,
/// TableView.cs and Columns.cs.
/// </summary>
internal static class DataViewTable
{
    /// <summary>The view's columns, those that are hidden by later ones left out, as a table of its own. ML.NET has no missing texts: empty ones
    /// are taken for them.</summary>
    /// <exception cref="NotSupportedException">A column has values of another kind, vectors or keys say; the message names it.</exception>
    /// <exception cref="ArgumentException">There are no rows, or a number is infinite.</exception>
    public static Table From(IDataView view)
    {
        DataViewSchema.Column[] columns = [.. view.Schema.Where(column => !column.IsHidden)];
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        (Type Type, Func<object?> Get)[] getters = Array.ConvertAll(columns, column => Getter(cursor, column));
        List<object?>[] values = Array.ConvertAll(columns, _ => new List<object?>());
        while (cursor.MoveNext())
        {
            for (int i = 0; i < columns.Length; i++)
                values[i].Add(getters[i].Get());
        }

        return new Table([.. columns.Select((column, i) => Columns.Of(column.Name, getters[i].Type, values[i]))]);
    }

    /// <summary>The table as a view of it: numbers as Double, NaN where one is missing, texts as Text, empty where one is missing. ML.NET's trainers
    /// take Single: <c>context.Transforms.Conversion.ConvertType</c>.</summary>
    public static IDataView ToDataView(this Table table) => new TableView(table);

    private static (Type, Func<object?>) Getter(DataViewRow row, DataViewSchema.Column column)
    {
        // A key is a whole number to look at, but means a place in a list.
        return column.Type is KeyDataViewType ? throw Columns.Refusal(column.Name, column.Type) : Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.Boolean => Of<bool>(),
            TypeCode.SByte => Of<sbyte>(),
            TypeCode.Byte => Of<byte>(),
            TypeCode.Int16 => Of<short>(),
            TypeCode.UInt16 => Of<ushort>(),
            TypeCode.Int32 => Of<int>(),
            TypeCode.UInt32 => Of<uint>(),
            TypeCode.Int64 => Of<long>(),
            TypeCode.UInt64 => Of<ulong>(),
            TypeCode.Single => Of<float>(),
            TypeCode.Double => Of<double>(),
            TypeCode.DateTime => Of<DateTime>(),
            _ when column.Type is DateTimeOffsetDataViewType => Of<DateTimeOffset>(),
            _ when column.Type is TextDataViewType => Text(Of<ReadOnlyMemory<char>>().Item2),
            _ => throw Columns.Refusal(column.Name, column.Type),
        };

        (Type, Func<object?>) Of<T>()
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return (typeof(T), Get);

            object? Get()
            {
                T value = default!;
                getter(ref value);
                return value;
            }
        }

        static (Type, Func<object?>) Text(Func<object?> get) => (typeof(string), () => $"{get()}" is { Length: > 0 } text ? text : null);
    }
}
