using System.Diagnostics;
using System.Text;
using static NeuralNet.Tests.Data.ShownTable;

namespace NeuralNet.Tests.Data;

/// <summary>Files as Excel, pandas, R, databases and instruments write them: read as they are meant, or refused with a remedy.</summary>
public sealed class CsvInTheWildTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Table Read(string text, CsvOptions? options = null) => Table.FromCsv(folder.Write("w.csv", text), options);

    [Theory]
    [InlineData("sep=;\r\na;b\r\n1,5;x\r\n2;y\r\n", "a b: 1.5 'x' / 2 'y'")]
    [InlineData("\uFEFF\"sep=|\"\r\na|b\r\n1;5|x\r\n", "a b: '1;5' 'x'")]
    [InlineData("a,b\n1,2,\n3,4, \n", "a b: 1 2 / 3 4")]
    [InlineData("a;b\n1,5;2,5;\n3,5;4\n", "a b: 1.5 2.5 / 3.5 4")]
    [InlineData("a,b\n\u22121.5,x\n2e\u22123,y\n", "a b: '\u22121.5' 'x' / '2e\u22123' 'y'")]
    [InlineData("a,b\n\u22121.5,x\n2,y\n", "a b: -1.5 'x' / 2 'y'")]
    [InlineData("a,b\n1.5\u00A0,x\n\u00A02,y\n", "a b: 1.5 'x' / 2 'y'")]
    [InlineData("1\tfoo\t\\N\n2\tbar\t3.5\n", "column 1 column 2 column 3: 1 'foo' . / 2 'bar' 3.5")]
    [InlineData("a,b\n-nan,1\n2,#NA\n", "a b: . 1 / 2 .")]
    [InlineData("column 3,b,\n1,2,3\n", "column 3 b column 3.1: 1 2 3")]
    [InlineData("\"\";\"a\";\"b\"\n\"1\";1,5;\"x\"\n\"2\";NA;\"y\"\n", "column 1 a b: 1 1.5 'x' / 2 . 'y'")]
    [InlineData("name,age\n\"Smith, John\",41\n\"O\"\"Hara\",42\n", "name age: 'Smith, John' 41 / 'O\"Hara' 42")]
    [InlineData("x\n1,5\n2,5\n", "x: 1.5 / 2.5")]
    [InlineData("text\n\"Hello, you\"\n\"foo, bar\"\n", "text: 'Hello, you' / 'foo, bar'")]
    [InlineData("a,b\r1,2\r\n3,4\r\r\n5,6", "a b: 1 2 / 3 4 / 5 6")]
    public void What_programs_write_is_read(string text, string expected) => Show(Read(text)).Should().Be(expected);

    [Theory]
    [InlineData("t,v\ns,m/s\n1,2\n3,4\n", "w.csv, line 2, column 1: expected a number, as in the lines after it, but got 's'*SkipLines = [2] }*")]
    [InlineData("\n,,\na,b,c\n1,2,3\n4,5,6\n", "w.csv, line 3, column 1: expected a number*but got 'a'*SkipLines = [2] }*")]
    [InlineData("# made, 2024\na,b\n1,2\n3,4\n", "w.csv, line 2, column 1: expected a number*SkipLines = [1] }*")]
    [InlineData("Sales\n2024\na,b,c\n1,2,3\n1,2,3\n", "w.csv, line 1: expected ',', as in the last lines, but got 'Sales'*SkipLines = [1] }*")]
    [InlineData("# by x\na,b,c\n1,2,3\n4,5,6\n",
        "w.csv, line 2: expected 3 fields, as in the first line, but got 1. If the titles*SkipLines = [1] }*")]
    [InlineData("a,b,\n1,2\n3,4\n", "w.csv, line 2: expected 3 fields*but got 2. The line of titles ends with a separator*")]
    [InlineData("\"a,b\"\n\"1,2\"\n\"3,4\"\n",
        "w.csv, line 1: each line has one field, and ',' in it*take off the quotation marks*Separator = ',' }.")]
    [InlineData("1::1193::5\n1::661::3\n", "w.csv, line 1: each line has one field, and '::'*a separator of two characters is not read*")]
    [InlineData("a,b\n\"x \\\"y\\\" z\",1\n", "w.csv, line 2: there is text after a closing quote in column 1*has a backslash before it*")]
    [InlineData("a\tb\n\"Weird Al\" Yankovic\t1\n", "w.csv, line 2: there is text after*Quotes = CsvQuotes.Literal }.")]
    [InlineData("id,text\n1,\"good\n5, ok\nend\"\n2,x\n", "w.csv, line 2: a quote opens in column 2*look like rows*Quotes = CsvQuotes.Trusted }.")]
    [InlineData("[\n {\"a\": 1}]", "w.csv: expected text in columns, but it seems to be JSON*")]
    [InlineData("@RELATION iris\n@DATA\n1,2\n", "w.csv: expected text in columns, but it seems to be ARFF*")]
    public void What_would_be_read_wrongly_is_refused_with_a_remedy(string text, string message)
    {
        Action read = () => Read(text);

        read.Should().Throw<InvalidDataException>().WithMessage("*" + message);
    }

    [Theory]
    [InlineData("12%", "*but got '12%'. Table.FromCsv reads such columns as texts*")]
    [InlineData("$12", "*Table.FromCsv*")]
    [InlineData("True", "*Table.FromCsv*")]
    [InlineData("2024-01-31", "*Table.FromCsv*")]
    [InlineData("0x1F", "*Table.FromCsv*")]
    [InlineData("1\u00A0234", "*but got '1\\u00A0234'. There are no separators of thousands*")]
    [InlineData("1.234,5", "*There are no separators of thousands*")]
    [InlineData("\"1,234\"", "*DecimalComma = true }. There are no separators of thousands.")]
    [InlineData("\"1,234,567\"", "*There are no separators of thousands*")]
    [InlineData("12\u200B", "*but got '12\\u200B'.*")]
    [InlineData("3\"", "*but got '3\"'.")]
    public void A_field_that_is_no_number_is_refused_with_a_remedy(string field, string message)
    {
        string separator = field[0] != '"' && field.Contains(',') ? ";" : ",";
        Action read = () => Dataset.FromCsv(folder.Write("w.csv", $"a,y\n1,0\n{field},1\n".Replace(",y", separator + "y", StringComparison.Ordinal)
            .Replace(",0", separator + "0", StringComparison.Ordinal).Replace(",1\n", separator + "1\n", StringComparison.Ordinal)));

        read.Should().Throw<InvalidDataException>().WithMessage("*w.csv, line 3, column 1 \"a\": expected a finite number" + message);
    }

    [Fact]
    public void Lines_that_are_no_rows_can_be_passed_over()
    {
        Show(Read("Sales of\n\"2024\n\nt,v\ns,m/s\n1,2\n3,4\n", new CsvOptions { SkipLines = [5, 1, 2] })).Should().Be("t v: 1 2 / 3 4");
        Show(Read("a,b\n1,2\n3,4", new CsvOptions { SkipLines = [3, 9] })).Should().Be("a b: 1 2");
        FluentActions.Invoking(() => Read("x\na,b\n1,\"y\nz\"\n3\n", new CsvOptions { SkipLines = [1] })).Should().Throw<InvalidDataException>()
            .WithMessage("*line 5: expected 2 fields*");
        FluentActions.Invoking(() => Read("a,b\n1,2\n", new CsvOptions { SkipLines = [0] })).Should().Throw<ArgumentException>()
            .WithMessage("Expected numbers of lines, from 1, but got 0.*");
        FluentActions.Invoking(() => Read("a\n1\n", new CsvOptions { SkipLines = [1, 2] })).Should().Throw<InvalidDataException>()
            .WithMessage("*the file is empty.");
        new CsvOptions { SkipLines = [2], Quotes = CsvQuotes.Literal }.ToString().Should().Be("SkipLines 2, Quotes Literal");
    }

    [Fact]
    public void One_column_of_texts_with_separators_and_numbers_can_be_stated() =>
        Show(Read("text\n\"a, 5\"\n\"b, 6\"\n", new CsvOptions { Separator = '|' })).Should().Be("text: 'a, 5' / 'b, 6'");

    [Fact]
    public void Words_above_numbers_are_texts_where_the_options_say_so()
    {
        const string File = "a,b\nnone,x\n1,y\n2,z\n";

        FluentActions.Invoking(() => Read(File)).Should().Throw<InvalidDataException>().WithMessage("*line 2, column 1*CsvOptions.Missing*");
        Show(Read(File, new CsvOptions { Text = ["a"] })).Should().Be("a b: 'none' 'x' / '1' 'y' / '2' 'z'");
        Show(Read(File, new CsvOptions { Missing = ["none"] })).Should().Be("a b: . 'x' / 1 'y' / 2 'z'");
        Show(Read(File, new CsvOptions { Skip = ["a"] })).Should().Be("b: 'x' / 'y' / 'z'");
    }

    [Fact]
    public void Quotes_are_trusted_or_literal_where_the_options_say_so()
    {
        Show(Read("id,text\n1,\"good\n5, ok\nend\"\n2,x\n", new CsvOptions { Quotes = CsvQuotes.Trusted }))
            .Should().Be("id text: 1 'good\\n5, ok\\nend' / 2 'x'");
        Show(Read("a\tb\n\"Weird Al\" Y\t1\n\"x\t2\n\"\"\t3\n", new CsvOptions { Quotes = CsvQuotes.Literal }))
            .Should().Be("a b: '\"Weird Al\" Y' 1 / '\"x' 2 / '\"\"' 3");
        FluentActions.Invoking(() => Read("a,b\n1,2\n", new CsvOptions { Quotes = (CsvQuotes)3 })).Should().Throw<ArgumentException>()
            .WithMessage("Expected Checked, Trusted or Literal, but got 3.*");
    }

    [Fact]
    public void Row_numbers_without_a_title_are_no_feature()
    {
        string path = folder.Write("w.csv", ",a,y\n0,1.5,0\n1,2.5,1\n2,3.5,1\n");

        foreach (Action read in new Action[] { () => Dataset.FromCsv(path), () => Csv.OpenRows(path, "y", 2) })
            read.Should().Throw<InvalidDataException>().WithMessage("*w.csv, line 1, column 1: the column has no title*Skip = [\"column 1\"] }*");
        Dataset.FromCsv(path, options: new CsvOptions { Skip = ["column 1"] }).Inputs.ToArray().Should().Equal(1.5f, 2.5f, 3.5f);
        Dataset.FromCsv(path, options: new CsvOptions { Columns = ["column 1", "y"] }).Inputs.ToArray().Should().Equal(0, 1, 2);
        Table.FromCsv(path).Columns.Count.Should().Be(3);
    }

    [Fact]
    public void Lines_that_all_end_with_a_separator_have_no_class()
    {
        string path = folder.Write("w.csv", "a,y,\n1,0,\n2,1,\n");

        FluentActions.Invoking(() => Dataset.FromCsv(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*line 2, column 3*but got an empty field. If all lines end with a separator, CsvOptions { Skip = [\"column 3\"] }*");
        Dataset.FromCsv(path, options: new CsvOptions { Skip = ["column 3"] }).Labels.ToArray().Should().Equal(0, 1);
    }

    [Fact]
    public void Windows_1252_is_not_taken_for_Latin_1()
    {
        string path = folder.Write("w.csv", [.. "a;b\r\n1;M"u8, 0xFC, .. "ller\r\n2;5 "u8, 0x80, .. "\r\n"u8]);

        FluentActions.Invoking(() => Table.FromCsv(path, new CsvOptions { Encoding = Encoding.Latin1 })).Should().Throw<InvalidDataException>()
            .WithMessage("*w.csv, line 3: the byte 0x80 is no letter or sign in Latin-1*GetEncoding(1252) } reads.");
        Show(Table.FromCsv(path, new CsvOptions { Encoding = CodePagesEncodingProvider.Instance.GetEncoding(1252) }))
            .Should().Be("a b: 1 'Müller' / 2 '5 €'");
    }

    [Fact]
    public void A_character_0_is_refused_wherever_it_is()
    {
        string path = folder.Write("w.csv", "a,b\n" + string.Concat(Enumerable.Repeat("1,2\n", 50_000)) + "\0\0\0");

        FluentActions.Invoking(() => Table.FromCsv(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*w.csv, line 50002: there is a character 0, which no text has*");
    }

    [Fact]
    public void A_file_that_is_written_to_while_it_is_read_is_refused()
    {
        string path = folder.Write("w.csv", "a,y\n" + string.Concat(Enumerable.Repeat("1,0\n", 100_000)));
        IRowSource source = Csv.OpenRows(path, "y", 2);
        using IRowReader reader = source.Open(0, 0, 0);
        reader.Skip(10).Should().Be(10);

        File.SetLastWriteTimeUtc(path, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        reader.Invoking(r => r.Skip(1_000_000)).Should().Throw<InvalidDataException>().WithMessage("*w.csv: the file has changed while it was read*");
    }

    [Fact]
    public void Many_columns_of_one_title_take_no_time_to_tell_apart()
    {
        const int Columns = 100_000;
        string titles = string.Join(',', Enumerable.Repeat("x", Columns)), row = string.Join(',', Enumerable.Repeat("1", Columns));
        var watch = Stopwatch.StartNew();

        Table table = Read($"{titles}\n{row}\n");

        (table.Columns.Count, table.Columns[^1].Name).Should().Be((Columns, $"x.{Columns - 1}"));
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void No_quoted_row_allocates()
    {
        string path = folder.Write("w.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"\"{i}.5\" , \"{i % 2}\"\r\n")));
        using IRowReader reader = Csv.OpenRows(path, label: 1, classes: 2).Open(0, 0, 0);
        float[] x = new float[1000], d = new float[2000];
        reader.Skip(20_000);
        reader.Read(new RowSpans { Rows = 1000, Inputs = x, Desired = d });
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 30; i++)
            reader.Read(new RowSpans { Rows = 1000, Inputs = x, Desired = d }).Should().BeGreaterThan(0);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(60_000);
        x[999].Should().Be(50_999.5f);
    }
}
