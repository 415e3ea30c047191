using NeuralNet;
using Parquet;
using Parquet.Schema;

namespace DataFrames;

/// <summary>
/// Files of Apache Parquet, by the package Parquet.Net (6 or later), as tables of NeuralNet.Data, and back. To have it in your project, copy this
/// file and Columns.cs.
/// </summary>
internal static class ParquetTable
{
    /// <summary>Reads a file: all of its row groups.</summary>
    /// <exception cref="NotSupportedException">A column has values of another kind, lists say; the message names it.</exception>
    /// <exception cref="ArgumentException">There are no rows, or a number is infinite.</exception>
    public static async Task<Table> ReadAsync(string path)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path);
        var columns = new List<TableColumn>();
        foreach (Field field in reader.Schema.Fields)
        {
            if (field is not DataField { IsArray: false } data)
                throw Columns.Refusal(field.Name, field.SchemaType);
            var values = new List<object?>();
            foreach (ParquetRowGroupReader group in reader.RowGroups)
                await AddAsync(values, group, data);
            columns.Add(Columns.Of(data.Name, IsText(data) ? typeof(string) : data.ClrType, values));
        }

        return new Table([.. columns]);
    }

    /// <summary>Writes a file with one row group: numbers as doubles, texts as strings, missing ones as nulls.</summary>
    public static async Task WriteParquetAsync(this Table table, string path)
    {
        var schema = new ParquetSchema(table.Columns.Select(column =>
            new DataField(column.Name, column.IsNumber ? typeof(double) : typeof(string), isNullable: true)));
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        foreach ((TableColumn column, DataField field) in table.Columns.Zip(schema.DataFields))
            await (column.IsNumber ? group.WriteAsync<double>(field, Columns.Numbers(column)) : group.WriteAsync(field, Columns.Texts(column)!));
    }

    private static bool IsText(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private static Task AddAsync(List<object?> values, ParquetRowGroupReader group, DataField field)
    {
        return Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.Boolean => AddAllAsync<bool>(),
            TypeCode.SByte => AddAllAsync<sbyte>(),
            TypeCode.Byte => AddAllAsync<byte>(),
            TypeCode.Int16 => AddAllAsync<short>(),
            TypeCode.UInt16 => AddAllAsync<ushort>(),
            TypeCode.Int32 => AddAllAsync<int>(),
            TypeCode.UInt32 => AddAllAsync<uint>(),
            TypeCode.Int64 => AddAllAsync<long>(),
            TypeCode.UInt64 => AddAllAsync<ulong>(),
            TypeCode.Single => AddAllAsync<float>(),
            TypeCode.Double => AddAllAsync<double>(),
            TypeCode.Decimal => AddAllAsync<decimal>(),
            TypeCode.DateTime => AddAllAsync<DateTime>(),
            _ when field.ClrType == typeof(DateOnly) => AddAllAsync<DateOnly>(),
            _ when IsText(field) => AddTextsAsync(),
            _ => throw Columns.Refusal(field.Name, field.ClrType),
        };

        async Task AddAllAsync<T>() where T : struct
        {
            // A column without nulls says nothing about which values are null, and the package then gives some as null at random.
            if (!field.IsNullable)
            {
                var all = new T[group.RowCount];
                await group.ReadAsync<T>(field, all.AsMemory());
                values.AddRange(all.Cast<object?>());
                return;
            }

            var some = new T?[group.RowCount];
            await group.ReadAsync<T>(field, some.AsMemory());
            values.AddRange(some.Cast<object?>());
        }

        async Task AddTextsAsync()
        {
            var texts = new string?[group.RowCount];
            await group.ReadAsync(field, texts.AsMemory());
            values.AddRange(texts);
        }
    }
}
