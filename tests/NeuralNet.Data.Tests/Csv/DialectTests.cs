using System.Text;
using static NeuralNet.Tests.Data.ShownTable;

namespace NeuralNet.Tests.Data;

/// <summary>Texts as they are found, each with the table that it is, or with the words that it is refused with.</summary>
public sealed class DialectTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a,b\n1,x\n2,y\n", "a b: 1 'x' / 2 'y'")]
    [InlineData("a;b\n1,5;x\n2,25;y\n", "a b: 1.5 'x' / 2.25 'y'")]
    [InlineData("a;b\n1.5;x\n2;y\n", "a b: 1.5 'x' / 2 'y'")]
    [InlineData("a\tb\n1,5\tx, y\n2\tz\n", "a b: 1.5 'x, y' / 2 'z'")]
    [InlineData("a|b\n1|x\n2|y\n", "a b: 1 'x' / 2 'y'")]
    [InlineData("a  b  c\n1   2.5  x\n-2  3    y\n", "a b c: 1 2.5 'x' / -2 3 'y'")]
    [InlineData("a b\n1 2\n3   4 \n", "a b: 1 2 / 3 4")]
    [InlineData("1  2\tford pinto\"\n3    ?\tamc \"x\" rebel\n", "column 1 column 2 column 3: 1 2 'ford pinto\"' / 3 . 'amc \"x\" rebel'")]
    [InlineData("a,b\r\n1,x\r2,y\n", "a b: 1 'x' / 2 'y'")]
    [InlineData("\uFEFFa,b\n1,x", "a b: 1 'x'")]
    [InlineData("\n\na,b\n\n1,x\n  \n2,y\n\n", "a b: 1 'x' / 2 'y'")]
    [InlineData("a,b\n\"1\",\"x, \"\"y\"\"\nz\"\n2,\"\"\n", "a b: 1 'x, \"y\"\\nz' / 2 .")]
    [InlineData("a,b\n 1 , \"x \" \n2,  y z  \n", "a b: 1 'x ' / 2 'y z'")]
    [InlineData("a,b\n1,5'11\"\n2,say \"hi\" now\n", "a b: 1 '5'11\"' / 2 'say \"hi\" now'")]
    [InlineData("a,b\nNA,x\n2,?\nnull,None\n", "a b: . 'x' / 2 . / . .")]
    [InlineData("a,b\n007,x\n8,y\n", "a b: '007' 'x' / '8' 'y'")]
    [InlineData("a,b\n1.50,x\n2,y\nn. a.,z\n", "a b: '1.50' 'x' / '2' 'y' / 'n. a.' 'z'")]
    [InlineData("a,b\n9007199254740993,1e3\n1,3504.\n", "a b: '9007199254740993' 1000 / '1' 3504")]
    [InlineData("a,b\nInfinity,x\nNissan,y\n", "a b: 'Infinity' 'x' / 'Nissan' 'y'")]
    [InlineData("a,b\n\"1,5\",x\n\"2\",y\n", "a b: '1,5' 'x' / '2' 'y'")]
    [InlineData("a,a,,a\n1,2,3,4\n", "a a.1 column 3 a.2: 1 2 3 4")]
    [InlineData("5.1,3.5,setosa\n6,3,virginica\n", "column 1 column 2 column 3: 5.1 3.5 'setosa' / 6 3 'virginica'")]
    [InlineData("label,1x1,1x2\n5,0,3\n", "label 1x1 1x2: 5 0 3")]
    [InlineData("text\nHello, world\nfoo\n", "text: 'Hello, world' / 'foo'")]
    [InlineData("name,size\nred,small\nblue,large\n", "name size: 'red' 'small' / 'blue' 'large'")]
    [InlineData("a,b,\n1,2,\n3,4,\n", "a b column 3: 1 2 . / 3 4 .")]
    [InlineData("a,b\n1,\"x\n2,y\"\n3,z\n", "a b: 1 'x\\n2,y' / 3 'z'")]
    public void Texts_are_read_as_people_mean_them(string text, string expected) =>
        Show(Table.FromCsv(folder.Write("d.csv", text))).Should().Be(expected);

    [Theory]
    [InlineData("", "d.csv: the file is empty.")]
    [InlineData("a,b\n", "d.csv: expected rows after the first line, but got none.")]
    [InlineData("a,b\n1,2\n\n3\n", "d.csv, line 4: expected 2 fields, as in the first line, but got 1.")]
    [InlineData("a,b\n1,2\n3,4,5\n", "d.csv, line 3: expected 2 fields, as in the first line, but got 3.")]
    [InlineData("a,b\n1,\"x\ny\"\n3\n", "d.csv, line 4: expected 2 fields, as in the first line, but got 1.")]
    [InlineData("a,b\n1,2\n3,\"x\n4,5\n6,7\n", "d.csv, line 3: a quote opens in column 2 and is not closed up to the end of the file.")]
    [InlineData("a,b\n1,\"x\n4,\"y\"\n6,7\n", "d.csv, line 2: there is text after a closing quote in column 2 (it opens here and closes in line 3)*")]
    [InlineData("a,b\n1,\"x\n2,y\n3,z\n4,w\"\n",
        "d.csv, line 2: a quote opens in column 2 and closes in line 5 only, but the lines between look like*")]
    [InlineData("a,b\n1,\"x\"y\n", "d.csv, line 2: there is text after a closing quote in column 2: a quotation mark*")]
    [InlineData("a,b\n1,2\n1e400,3\n",
        "d.csv, line 3, column 1 \"a\": expected a finite number that a double can hold, up to 1.8e308, but got '1e400'.")]
    [InlineData("a,b\n1,2\n-Infinity,3\n", "d.csv, line 3, column 1 \"a\": expected a finite number*but got '-Infinity'.")]
    [InlineData("a;b\n1,5;2.5\n", "d.csv, line 2, column 1 \"a\": got '1,5', but '2.5' in line 2, column 2 \"b\": which is the decimal mark?*")]
    [InlineData("p,x,p\np,y,q\n", "d.csv, line 1, column 1: all columns have texts, and 'p' occurs more than once*Header = false }.")]
    [InlineData("red,small\nblue,small\nred,large\n", "d.csv, line 1, column 1: all columns have texts, and 'red' occurs more than once*")]
    [InlineData("country,2010,2011\nDE,1.5,2.5\n", null)]
    [InlineData("0,1,2,3\n1.5,2,2,3\n", "d.csv, line 1, column 1: the numbers count up, as titles without names do*")]
    [InlineData("{\"a\": 1}", "d.csv: expected text in columns, but it seems to be JSON*")]
    [InlineData("<!DOCTYPE html><html>", "d.csv: expected text in columns, but it seems to be a web page*")]
    [InlineData("PK\u0003\u0004....", "d.csv: expected text in columns, but it seems to be a zip*xlsx*")]
    [InlineData("PAR1....", "d.csv: expected text in columns, but it seems to be Parquet*")]
    [InlineData("a,b\n1,\0\n", "d.csv: expected text, but there are bytes 0 at its beginning*UTF-16*")]
    public void What_cannot_be_meant_or_could_be_meant_otherwise_is_refused(string text, string? message)
    {
        Action read = () => Table.FromCsv(folder.Write("d.csv", text));

        if (message is null)
            Show(Table.FromCsv(folder.Write("d.csv", text))).Should().Be("column 1 column 2 column 3: 'country' 2010 2011 / 'DE' 1.5 2.5");
        else
            read.Should().Throw<InvalidDataException>().WithMessage("*" + message);
    }

    [Fact]
    public void Options_state_what_is_not_to_be_found_out()
    {
        string path = folder.Write("o.csv", "# made by hand\n0,1,2\n 01067,Dresden,\"1,5\"\n # more\n 10115,Berlin,-999\n");
        var options = new CsvOptions
        {
            Comment = '#',
            Header = true,
            Titles = ["zip", "city", "size"],
            Skip = ["city"],
            Text = ["zip"],
            DecimalComma = true,
            Missing = ["-999"],
        };

        Show(Table.FromCsv(path, options)).Should().Be("zip size: '01067' 1.5 / '10115' .");
        Show(Table.FromCsv(path, options with { Skip = [], Columns = ["size", "zip"] })).Should().Be("size zip: 1.5 '01067' / . '10115'");
        options.ToString().Should().Be("Header, DecimalComma, Comment '#', Missing \"-999\", Skip city, Text zip, Titles zip, city, size");
        new CsvOptions().ToString().Should().Be("all found out");
    }

    [Fact]
    public void Options_that_cannot_be_are_refused()
    {
        string path = folder.Write("o.csv", "a,b\n1,2\n");
        Refused(new() { Columns = ["c"] }, "CsvOptions.Columns has \"c\", which is no column of the file; expected \"a\", \"b\".*");
        Refused(new() { Skip = ["c"] }, "CsvOptions.Skip has \"c\"*");
        Refused(new() { Text = ["c"] }, "CsvOptions.Text has \"c\"*");
        Refused(new() { Skip = ["a", "b"] }, "Expected at least one column that CsvOptions.Skip does not leave out.*");
        Refused(new() { Columns = ["a", "a"] }, "Expected different titles*");
        Refused(new() { Comment = '1' }, "Expected a sign that lines with a row do not begin with*");
        Refused(new() { Separator = 'x' }, "Expected an ASCII character*");
        FluentActions.Invoking(() => Table.FromCsv(path, new CsvOptions { Titles = ["x", "y"] })).Should().Throw<InvalidDataException>()
            .WithMessage("*o.csv, line 1: the file has titles of its own*Header = true*");
        FluentActions.Invoking(() => Table.FromCsv(path, new CsvOptions { Titles = ["x"], Header = true })).Should().Throw<InvalidDataException>()
            .WithMessage("*o.csv, line 1: expected 1 fields, as many as CsvOptions.Titles, but got 2.");

        void Refused(CsvOptions options, string words) =>
            FluentActions.Invoking(() => Table.FromCsv(path, options)).Should().Throw<ArgumentException>().WithMessage(words);
    }

    [Fact]
    public void Latin_1_is_refused_by_name_and_read_where_it_is_stated()
    {
        string path = folder.Write("l.csv", Encoding.Latin1.GetBytes("a,b\n1,x\n2,Müller\n3,y\n"));

        FluentActions.Invoking(() => Table.FromCsv(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*l.csv, line 3: the byte 0xFC is not part of a character in UTF-8: if the file is in Latin-1*Encoding.Latin1 } reads it.");
        Show(Table.FromCsv(path, new CsvOptions { Encoding = Encoding.Latin1 })).Should().Be("a b: 1 'x' / 2 'Müller' / 3 'y'");
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-8")]
    public void A_byte_order_mark_says_the_encoding(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("a,b\n1,Müller €\n")];

        Show(Table.FromCsv(folder.Write("u.csv", bytes))).Should().Be("a b: 1 'Müller €'");
        Show(Table.FromCsv(folder.Write("u.csv", bytes), new CsvOptions { Encoding = encoding })).Should().Be("a b: 1 'Müller €'");
    }

    [Fact]
    public void The_cars_have_nine_columns_and_names_with_blanks()
    {
        Table cars = Table.FromCsv(Path.Combine(AppContext.BaseDirectory, "Csv", "auto-mpg.data"));

        (cars.Rows, cars.Columns.Count).Should().Be((398, 9));
        cars.Columns.Select(column => column.IsNumber).Should().Equal(true, true, true, true, true, true, true, true, false);
        cars["column 4"].Missing.Should().Be(6);
        cars["column 9"][0].ToString().Should().Be("chevrolet chevelle malibu\"");
        cars["column 5"].Numbers.ToArray().Min().Should().Be(1613);
    }

    [Fact]
    public void The_penguins_have_words_numbers_and_missing_values()
    {
        Table penguins = Table.FromCsv(Path.Combine(AppContext.BaseDirectory, "Csv", "penguins.csv"));

        penguins.Rows.Should().Be(344);
        penguins["species"].Texts.Should().Equal("Adelie", "Gentoo", "Chinstrap");
        (penguins["bill_length_mm"].Missing, penguins["sex"].Missing, penguins["year"].IsNumber).Should().Be((2, 11, true));
    }

    [Fact]
    public void A_stream_is_read_from_where_it_is_and_stays_open()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("xxxa,b\n1.50,2\nz,3\n"));
        stream.Position = 3;

        Show(Table.FromCsv(stream)).Should().Be("a b: '1.50' 2 / 'z' 3");
        stream.CanRead.Should().BeTrue();
        using var pipe = new System.IO.Compression.GZipStream(
            new MemoryStream(TempFolder.Gzip("a,b\n1.50,2\nz,3\n")), System.IO.Compression.CompressionMode.Decompress);
        Show(Table.FromCsv(pipe)).Should().Be("a b: '1.50' 2 / 'z' 3");
        FluentActions.Invoking(() => Table.FromCsv(new MemoryStream([]))).Should().Throw<InvalidDataException>()
            .WithMessage("the stream: the file is empty.");
    }
}
