using Apache.Arrow;
using Apache.Arrow.Ipc;
using NeuralNet;
using Table = NeuralNet.Table;

namespace DataFrames;

/// <summary>
/// Batches of records and files (.arrow, Feather 2) of Apache Arrow, by the package Apache.Arrow, as tables of NeuralNet.Data, and back. To have it
/// in your project, copy this file and Columns.cs.
/// </summary>
internal static class ArrowTable
{
    /// <summary>The batches, which have the same columns, as one table of its own. A moment with a time zone is given in UTC.</summary>
    /// <exception cref="NotSupportedException">A column has values of another kind, lists say; the message names it.</exception>
    /// <exception cref="ArgumentException">There are no rows, or a number is infinite.</exception>
    public static Table From(params IReadOnlyList<RecordBatch> batches)
    {
        if (batches.Count == 0)
            throw new ArgumentException("Expected at least one batch.", nameof(batches));
        return new Table([.. batches[0].Schema.FieldsList.Select((field, i) =>
        {
            (Type Type, IEnumerable<object?> Values)[] parts = [.. batches.Select(batch => Values(field.Name, batch.Column(i)))];
            return Columns.Of(field.Name, parts[0].Type, parts.SelectMany(part => part.Values));
        })]);
    }

    /// <summary>The table as a batch: numbers as doubles, texts as strings, missing ones as nulls.</summary>
    public static RecordBatch ToRecordBatch(this Table table)
    {
        var batch = new RecordBatch.Builder();
        foreach (TableColumn column in table.Columns)
        {
            var numbers = new DoubleArray.Builder();
            foreach (double? number in Columns.Numbers(column))
                numbers.Append(number);
            batch.Append<IArrowArray>(column.Name, nullable: true,
                column.IsNumber ? numbers.Build() : new StringArray.Builder().AppendRange(Columns.Texts(column)).Build());
        }

        return batch.Build();
    }

    /// <summary>Reads a file. For a compressed one, as pandas writes it, give a <c>new CompressionCodecFactory()</c> of the package
    /// Apache.Arrow.Compression.</summary>
    public static Table Read(string path, ICompressionCodecFactory? compression = null)
    {
        using var reader = new ArrowFileReader(File.OpenRead(path), compression);
        var batches = new List<RecordBatch>();
        while (reader.ReadNextRecordBatch() is { } batch)
            batches.Add(batch);
        return From(batches);
    }

    /// <summary>Writes a file with one batch.</summary>
    public static void WriteArrow(this Table table, string path)
    {
        using RecordBatch batch = table.ToRecordBatch();
        using FileStream file = File.Create(path);
        using var writer = new ArrowFileWriter(file, batch.Schema);
        writer.WriteRecordBatch(batch);
        writer.WriteEnd();
    }

    private static (Type Type, IEnumerable<object?> Values) Values(string name, IArrowArray array)
    {
        return array switch
        {
            // Dates and moments are stored as numbers, and so are times of day, which a table does not have.
            Date32Array dates => Each(dates.GetDateOnly),
            Date64Array dates => Each(dates.GetDateTime),
            TimestampArray moments => Each(moments.GetTimestamp),
            Time32Array or Time64Array or DurationArray => throw Columns.Refusal(name, array.Data.DataType.Name),
            IReadOnlyList<string?> texts => (typeof(string), texts),
            BooleanArray truths => Each(truths.GetValue),
            PrimitiveArray<sbyte> numbers => Each(numbers.GetValue),
            PrimitiveArray<byte> numbers => Each(numbers.GetValue),
            PrimitiveArray<short> numbers => Each(numbers.GetValue),
            PrimitiveArray<ushort> numbers => Each(numbers.GetValue),
            PrimitiveArray<int> numbers => Each(numbers.GetValue),
            PrimitiveArray<uint> numbers => Each(numbers.GetValue),
            PrimitiveArray<long> numbers => Each(numbers.GetValue),
            PrimitiveArray<ulong> numbers => Each(numbers.GetValue),
            PrimitiveArray<Half> numbers => Each(numbers.GetValue),
            PrimitiveArray<float> numbers => Each(numbers.GetValue),
            PrimitiveArray<double> numbers => Each(numbers.GetValue),
            Decimal128Array numbers => Each(numbers.GetValue),
            DictionaryArray words => Looked(Values(name, words.Dictionary), Values(name, words.Indices).Values),
            NullArray => (typeof(double), new object?[array.Length]),
            _ => throw Columns.Refusal(name, array.Data.DataType.Name),
        };

        (Type, IEnumerable<object?>) Each<T>(Func<int, T?> value) where T : struct =>
            (typeof(T), Enumerable.Range(0, array.Length).Select(row => (object?)value(row)));

        // A category of pandas: each row has the place of its value in a list.
        static (Type, IEnumerable<object?>) Looked((Type Type, IEnumerable<object?> Values) words, IEnumerable<object?> places)
        {
            object?[] list = [.. words.Values];
            return (words.Type, places.Select(place => place is null ? null : list[Convert.ToInt32(place)]));
        }
    }
}
