using NeuralNet.Tests.Data;

namespace NeuralNet.Tests.Schema;

public sealed class CsvSchemaTests : IDisposable
{
    private readonly TempFolder folder = new();
    private int files;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_gives_the_rows_of_its_table_bit_for_bit_from_any_row_on()
    {
        string path = Write("code,amount,when,kind\n1.50,3,2024-01-02,b\nx,?,2024-02-03,a\n1.5,4.25,2023-11-30,\n01,5,2024-01-02,a\n"
            + "1.50,6,2024-05-06,b\nx,7,2022-01-02,a\n1.5,8,2024-01-09,b\n01,9,2021-01-02,a\n");
        var table = Table.FromCsv(path);
        TableSchema schema = TableSchema.Learn(table, "kind");
        schema["code"].Should().BeOfType<CategoryColumn>().Which.Values.Should().Equal("01", "1.50", "x");
        Dataset data = schema.ToDataset(table);
        IRowSource rows = schema.ToRows(path);
        (rows.Format.InputWidth, rows.Rows).Should().Be((schema.Inputs, null));
        for (int first = 0; first <= data.Rows; first++)
        {
            using IRowReader reader = rows.Open(0, 0, first);
            var inputs = new float[data.Rows * schema.Inputs];
            var desired = new float[data.Rows * 2];
            int read = reader.Read(new RowSpans { Rows = data.Rows, Inputs = inputs, Desired = desired });
            read.Should().Be(data.Rows - first);
            inputs[..(read * schema.Inputs)].Should().Equal(data.Inputs[(first * schema.Inputs)..].ToArray());
            desired[..(read * 2)].Should().Equal(data.Desired[(first * 2)..].ToArray());
        }
    }

    [Fact]
    public void Numbers_that_are_categories_are_found_however_they_are_written()
    {
        var table = Table.FromCsv(Write("origin,y\n1,1.5\n2,2\n3,2.5\n1,3\n2,1\n3,0\n"));
        TableSchema schema = TableSchema.Learn(table, "y", new CategoryColumn("origin"));
        using IRowReader reader = schema.ToRows(Write("y,origin,more\n1,1.0,a\n2,3e0,b\n")).Open(0, 0, 0);
        var inputs = new float[6];
        reader.Read(new RowSpans { Rows = 2, Inputs = inputs, Desired = new float[2] }).Should().Be(2);
        inputs.Should().Equal(1, 0, 0, 0, 0, 1);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_place()
    {
        TableSchema schema = TableSchema.Learn(Table.FromCsv(Write("a,y\n1,2\n2,3\n3,5\n")), "y");
        schema.Invoking(one => one.ToRows(Write("b,y\n1,2\n"))).Should().Throw<ArgumentException>().WithMessage("The column \"a\"*");
        IRowSource rows = schema.ToRows(Write("a,y\n1,2\nmany,3\n"));
        using IRowReader reader = rows.Open(0, 0, 0);
        FluentActions.Invoking(() => reader.Read(new RowSpans { Rows = 2, Inputs = new float[2], Desired = new float[2] }))
            .Should().Throw<InvalidDataException>().WithMessage("*line 3*\"a\"*many*");
        File.AppendAllText(folder.PathOf("2.csv"), "4,4\n");
        rows.Invoking(one => one.Open(0, 0, 0)).Should().Throw<InvalidDataException>().WithMessage("*make the source anew*");
    }

    private string Write(string text) => folder.Write($"{files++}.csv", text);
}
