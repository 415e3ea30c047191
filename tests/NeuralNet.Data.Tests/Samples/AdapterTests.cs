using Apache.Arrow;
using Apache.Arrow.Types;
using DataFrames;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using NeuralNet.Tests.Data;
using Parquet;
using Parquet.Schema;
using Field = Parquet.Schema.Field;

namespace NeuralNet.Tests;

/// <summary>The files of samples/DataFrames, which people copy: tables of other packages as tables of NeuralNet.Data, and back.</summary>
public sealed class AdapterTests : IDisposable
{
    private const long Long = (1L << 53) + 1;
    private static readonly DateTime moment = new(2024, 2, 29, 13, 5, 0, DateTimeKind.Utc);
    private readonly TempFolder folder = new();

    public static TheoryData<string> Ways => new("frame", "parquet", "batch", "arrow", "view");

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_table_comes_back_the_same(string way)
    {
        var table = new Table(
            TableColumn.OfNumbers("a number/of.things", 1, double.NaN, -0.1, 1e300),
            TableColumn.OfTexts("wörds", "x", null, "naïve \"x\"\n", "x"),
            TableColumn.OfNumbers("nothing", double.NaN, double.NaN, double.NaN, double.NaN),
            TableColumn.OfTexts("no words", null, null, null, null));

        Table back = await Through(way, table);

        back.Columns.Select(column => column.Name).Should().Equal(table.Columns.Select(column => column.Name));
        foreach ((TableColumn column, TableColumn other) in table.Columns.Zip(back.Columns))
        {
            other.IsNumber.Should().Be(column.IsNumber);
            Values(other).Should().Equal(Values(column));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_empty_text_is_a_text_except_where_there_are_no_missing_ones(string way)
    {
        Table back = await Through(way, new Table(TableColumn.OfTexts("text", "", null, "x")));

        back["text"].Missing.Should().Be(way == "view" ? 2 : 1);
    }

    [Fact]
    public void A_frame_has_numbers_bools_dates_and_long_numbers()
    {
        Table table = DataFrameTable.From(new DataFrame(
            new SByteDataFrameColumn("sbyte", [(sbyte?)-1, null]),
            new UInt64DataFrameColumn("ulong", [ulong.MaxValue, null]),
            new Int64DataFrameColumn("long", [Long - 2, -Long + 2]),
            new Int64DataFrameColumn("longer", [Long, 3L]),
            new DecimalDataFrameColumn("decimal", [12345678901234567890m, 1.5m]),
            new SingleDataFrameColumn("float", [0.1f, null]),
            new BooleanDataFrameColumn("bool", [true, null]),
            new CharDataFrameColumn("char", ['a', null]),
            new DateTimeDataFrameColumn("date", [moment, moment.Date])));

        Check(table, "sbyte", -1.0, null);
        Check(table, "ulong", "18446744073709551615", null);
        Check(table, "long", (double)(Long - 2), (double)(-Long + 2));
        Check(table, "longer", "9007199254740993", "3");
        Check(table, "decimal", "12345678901234567890", "1.5");
        Check(table, "float", (double)0.1f, null);
        Check(table, "bool", "true", null);
        Check(table, "char", "a", null);
        Check(table, "date", "2024-02-29T13:05:00", "2024-02-29");
    }

    [Fact]
    public async Task A_parquet_file_has_each_type_with_nulls_and_without_in_several_groups()
    {
        await CheckParquet<sbyte>(-1, -1.0);
        await CheckParquet<byte>(200, 200.0);
        await CheckParquet<short>(-300, -300.0);
        await CheckParquet<ushort>(60000, 60000.0);
        await CheckParquet(int.MinValue, (double)int.MinValue);
        await CheckParquet(uint.MaxValue, (double)uint.MaxValue);
        await CheckParquet(7L, 7.0);
        await CheckParquet(Long, "9007199254740993");
        await CheckParquet(ulong.MaxValue, "18446744073709551615");
        await CheckParquet(0.1f, (double)0.1f);
        await CheckParquet(0.1, 0.1);
        await CheckParquet(1.5m, 1.5);
        await CheckParquet(true, "true");
        await CheckParquet(moment, "2024-02-29T13:05:00");
        await CheckParquet(new DateOnly(2024, 2, 29), "2024-02-29");
    }

    [Fact]
    public async Task A_parquet_column_of_another_kind_is_refused_by_name()
    {
        await Refused(new DataField<Guid>("id"));
        await Refused(new DataField("bytes", typeof(byte[])));
        await Refused(new DataField("some", typeof(int[])));
        await Refused(new ListField("list", new DataField<int>("element")));
        await Refused(new StructField("struct", new DataField<int>("x")));

        async Task Refused(Field field)
        {
            string path = folder.PathOf("refused.parquet");
            await using (FileStream file = File.Create(path))
            await using (await ParquetWriter.CreateAsync(new ParquetSchema(field), file))
            {
            }

            await FluentActions.Awaiting(() => ParquetTable.ReadAsync(path)).Should().ThrowAsync<NotSupportedException>()
                .WithMessage($"Column \"{field.Name}\" is of type *convert the column first, or leave it out.");
        }
    }

    [Fact]
    public void A_batch_has_numbers_bools_dates_categories_and_long_numbers()
    {
        StringArray words = new StringArray.Builder().Append("north").Append("south").Build();
        RecordBatch batch = new RecordBatch.Builder()
            .Append("sbyte", true, new Int8Array.Builder().Append(-1).AppendNull().Build())
            .Append("half", true, new HalfFloatArray.Builder().Append((Half)0.5).AppendNull().Build())
            .Append("ulong", true, new UInt64Array.Builder().Append(ulong.MaxValue).AppendNull().Build())
            .Append("longer", true, new Int64Array.Builder().Append(-Long).Append(3).Build())
            .Append("decimal", true, new Decimal128Array.Builder(new Decimal128Type(10, 2)).Append(1.5m).AppendNull().Build())
            .Append("bool", true, new BooleanArray.Builder().Append(false).AppendNull().Build())
            .Append("date32", true, new Date32Array.Builder().Append(moment).AppendNull().Build())
            .Append("date64", true, new Date64Array.Builder().Append(moment.Date).AppendNull().Build())
            .Append("moment", true, new TimestampArray.Builder(TimeUnit.Millisecond, "UTC").Append(moment).AppendNull().Build())
            .Append("view", true, new StringViewArray.Builder().Append("x").AppendNull().Build())
            .Append("category", true, new DictionaryArray(new DictionaryType(Int8Type.Default, StringType.Default, false),
                new Int8Array.Builder().Append(1).AppendNull().Build(), words))
            .Append("nothing", true, new NullArray(2))
            .Build();

        Table table = ArrowTable.From(batch);

        Check(table, "sbyte", -1.0, null);
        Check(table, "half", 0.5, null);
        Check(table, "ulong", "18446744073709551615", null);
        Check(table, "longer", "-9007199254740993", "3");
        Check(table, "decimal", 1.5, null);
        Check(table, "bool", "false", null);
        Check(table, "date32", "2024-02-29", null);
        Check(table, "date64", "2024-02-29", null);
        Check(table, "moment", "2024-02-29T13:05:00", null);
        Check(table, "view", "x", null);
        Check(table, "category", "south", null);
        Check(table, "nothing", null, null);
        ArrowTable.From(batch, batch.Slice(0, 1)).Rows.Should().Be(3);
    }

    [Fact]
    public void An_arrow_column_of_another_kind_is_refused_by_name()
    {
        foreach (IArrowArray array in new IArrowArray[]
        {
            new BinaryArray.Builder().Append(1).Build(), new Time32Array.Builder().Append(1).Build(),
            new ListArray.Builder(Int32Type.Default).Append().Build(),
        })
        {
            RecordBatch batch = new RecordBatch.Builder().Append("odd", true, array).Build();
            FluentActions.Invoking(() => ArrowTable.From(batch)).Should().Throw<NotSupportedException>().WithMessage("Column \"odd\" is of type *");
        }

        FluentActions.Invoking(() => ArrowTable.From()).Should().Throw<ArgumentException>().WithMessage("Expected at least one batch.*");
    }

    [Fact]
    public void A_view_has_numbers_bools_and_dates_and_refuses_keys_and_vectors_by_name()
    {
        var context = new MLContext(seed: 1);
        var row = new Row { Float = 0.1f, Long = Long, Truth = true, Moment = moment, Word = "a" };
        IDataView view = context.Data.LoadFromEnumerable([row, new Row()]);

        Table table = DataViewTable.From(view);

        Check(table, nameof(Row.Float), (double)0.1f, 0.0);
        Check(table, nameof(Row.Long), "9007199254740993", "0");
        Check(table, nameof(Row.Truth), "true", "false");
        table[nameof(Row.Moment)][0].Should().Be((TableValue)"2024-02-29T13:05:00");
        Check(table, nameof(Row.Word), "a", null);
        IDataView keys = context.Transforms.Conversion.MapValueToKey(nameof(Row.Word)).Fit(view).Transform(view);
        FluentActions.Invoking(() => DataViewTable.From(keys)).Should().Throw<NotSupportedException>().WithMessage("Column \"Word\" is of type Key*");
        IDataView vectors = context.Transforms.Concatenate("Both", nameof(Row.Float), nameof(Row.Float)).Fit(view).Transform(view);
        FluentActions.Invoking(() => DataViewTable.From(vectors)).Should().Throw<NotSupportedException>()
            .WithMessage("Column \"Both\" is of type Vector*");
    }

    [Fact]
    public void ML_NET_transforms_a_view_of_a_table()
    {
        var context = new MLContext(seed: 1);
        IDataView view = new Table(TableColumn.OfNumbers("x", 1, 3, 5), TableColumn.OfTexts("word", "a", null, "b")).ToDataView();

        view = context.Transforms.Conversion.ConvertType("x", outputKind: Microsoft.ML.Data.DataKind.Single)
            .Append(context.Transforms.NormalizeMinMax("x", fixZero: false)).Fit(view).Transform(view);

        Check(DataViewTable.From(context.Data.TakeRows(view, 2)), "x", 0.0, 0.5);
        view.GetRowCount().Should().Be(3);
    }

    public void Dispose() => folder.Dispose();

    private static object?[] Values(TableColumn column) => [.. Enumerable.Range(0, column.Rows).Select(row => (object)column[row])];

    private static void Check(Table table, string column, params object?[] values)
    {
        table[column].IsNumber.Should().Be(values.All(value => value is null or double), column);
        Values(table[column]).Should().Equal([.. values.Select(value => (object)TableValue.From(value))], column);
    }

    private async Task<Table> Through(string way, Table table)
    {
        string path = folder.PathOf(way);
        switch (way)
        {
            case "frame":
                return DataFrameTable.From(table.ToDataFrame());
            case "parquet":
                await table.WriteParquetAsync(path);
                return await ParquetTable.ReadAsync(path);
            case "batch":
                return ArrowTable.From(table.ToRecordBatch());
            case "arrow":
                table.WriteArrow(path);
                return ArrowTable.Read(path);
            default:
                return DataViewTable.From(table.ToDataView());
        }
    }

    private async Task CheckParquet<T>(T value, object expected)
        where T : struct
    {
        string path = folder.PathOf("types.parquet");
        var schema = new ParquetSchema(new DataField<T>("all"), new DataField<T?>("some"));
        await using (FileStream file = File.Create(path))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file))
        {
            for (int part = 0; part < 2; part++)
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync<T>(schema.DataFields[0], new[] { value, value });
                await group.WriteAsync<T>(schema.DataFields[1], new T?[] { null, value });
            }
        }

        Table table = await ParquetTable.ReadAsync(path);
        Check(table, "all", expected, expected, expected, expected);
        Check(table, "some", null, expected, null, expected);
    }

    private sealed class Row
    {
        public float Float { get; set; }

        public long Long { get; set; }

        public bool Truth { get; set; }

        public DateTime Moment { get; set; }

        public string? Word { get; set; }
    }
}
