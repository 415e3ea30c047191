using System.Globalization;
using System.Text;

namespace NeuralNet.Tests.Data;

public sealed class DatasetFromCsvTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Dataset Read(string text, int? classes = null, char? separator = null, CsvColumn label = default, CsvOptions? options = null) =>
        Dataset.FromCsv(folder.Write("data.csv", text), classes, separator, label, options);

    [Fact]
    public void A_file_without_a_header_is_rows()
    {
        Dataset data = Read("1,2.5,0\n-3,4e1,2\n");

        (data.Rows, data.InputWidth, data.Classes).Should().Be((2, 2, 3));
        data.Inputs.ToArray().Should().Equal(1, 2.5f, -3, 40);
        data.Labels.ToArray().Should().Equal(0, 2);
        data.Desired.ToArray().Should().Equal(1, 0, 0, 0, 0, 1);
        data.ClassNames.Should().Equal("0", "1", "2");
    }

    [Fact]
    public void The_first_line_may_state_rows_features_and_names()
    {
        Dataset data = Read("3,2,no,yes\n1,2,0\n3,4,yes\n5,6,no\n");

        data.Labels.ToArray().Should().Equal(0, 1, 0);
        data.ClassNames.Should().Equal("no", "yes");
        data.Inputs.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Theory]
    [InlineData("length,width,species\n1,2,0\n3,4,1\n")]
    [InlineData("länge,x2,(class)\n1,2,0\n3,4,1\n")]
    [InlineData("\"length, in cm\",\"width\",species\n1,2,0\n3,4,1\n")]
    public void Titles_are_skipped(string text) => Read(text).Inputs.ToArray().Should().Equal(1, 2, 3, 4);

    [Theory]
    [InlineData("1,2,0\r\n3,4,1\r\n")]
    [InlineData("1,2,0\n3,4,1")]
    [InlineData("1,2,0\n3,4,1\n\n\r\n  \n")]
    [InlineData("\n1,2,0\n\n3,4,1\n")]
    [InlineData("1,2,0\r3,4,1\r")]
    [InlineData("1,2,0\r\n3,4,1\r")]
    [InlineData("1;2;0\n3;4;1\n")]
    [InlineData("1 2 0\n3 4 1\n")]
    [InlineData("1,\"2\",0\n\"3\",4, \"1\" \n")]
    [InlineData("a,b,c\r1,2,0\r3,4,1")]
    [InlineData(",length,species\n1,2,0\n3,4,1\n")]
    [InlineData("\uFEFF1,2,0\n3,4,1\n")]
    [InlineData(" 1 ,\t2, 0 \n3,4 ,1\n")]
    [InlineData("\"1\",\"2\",0\n3, \"4\" ,\"1\"\n")]
    [InlineData("1,2,0.0\n3,4,1.0\n")]
    public void Forms_that_mean_the_same_are_read_the_same(string text)
    {
        Dataset data = Read(text);

        data.Inputs.ToArray().Should().Equal(1, 2, 3, 4);
        data.Labels.ToArray().Should().Equal(0, 1);
    }

    [Theory]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData(' ')]
    [InlineData('|')]
    public void The_separator_may_be_another(char separator)
    {
        Dataset data = Read("1,2,0\n3,4,1\n".Replace(',', separator), separator: separator);

        data.Inputs.ToArray().Should().Equal(1, 2, 3, 4);
    }

    [Fact]
    public void The_culture_does_not_matter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "~";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Read("-1.5;2.12345678901;0\n3;4;1\n", separator: ';').Inputs.ToArray().Should().Equal(-1.5f, 2.12345678901f, 3, 4);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void More_classes_may_be_stated_than_occur() => Read("1,0\n2,1\n", classes: 5).OutputWidth.Should().Be(5);

    [Fact]
    public void Desired_outputs_may_be_any_numbers()
    {
        string path = folder.Write("targets.csv", "a,b,p,q\n1,2,3.5,-4\n5,6,7,8e3\n");

        Dataset data = Dataset.FromCsvWithTargets(path, targets: 2);

        (data.Rows, data.InputWidth, data.OutputWidth, data.Classes).Should().Be((2, 2, 2, 0));
        data.Inputs.ToArray().Should().Equal(1, 2, 5, 6);
        data.Desired.ToArray().Should().Equal(3.5f, -4, 7, 8000);
        data.Labels.Length.Should().Be(0);
    }

    [Fact]
    public void Random_finite_floats_come_back_as_they_were()
    {
        var random = new Random(2);
        foreach (string name in new[] { "round.csv", "round.csv.gz" })
        {
            var values = new float[1500 * 7];
            for (int i = 0; i < values.Length; i++)
            {
                do
                    values[i] = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
                while (!float.IsFinite(values[i]));
            }

            var text = new StringBuilder();
            for (int row = 0; row < 1500; row++)
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{string.Join(",", values.Skip(row * 7).Take(7).Select(v => v.ToString("R", CultureInfo.InvariantCulture)))},{row % 3}");
            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            bytes.Length.Should().BeGreaterThan(1 << 16, "lines must cross the buffer's end");

            Dataset data = Dataset.FromCsv(folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? TempFolder.Gzip(bytes) : bytes));

            data.Inputs.SequenceEqual(values).Should().BeTrue();
            data.Labels.ToArray().Should().Equal(Enumerable.Range(0, 1500).Select(row => row % 3));
        }
    }

    [Fact]
    public void A_line_may_be_longer_than_the_buffer()
    {
        string line = string.Join(",", Enumerable.Range(0, 50_000).Select(i => i % 1000));

        Dataset data = Read($"{line},0\n{line},1\n");

        (data.Rows, data.InputWidth).Should().Be((2, 50_000));
        data.InputRow(1)[49_999].Should().Be(999);
    }

    [Theory]
    [InlineData("", "the file is empty.")]
    [InlineData("\n\n", "the file is empty.")]
    [InlineData("\uFEFF", "the file is empty.")]
    [InlineData("a,b,c\n", "expected rows after the first line, but got none.")]
    [InlineData("2,2,no,yes\n\n", "expected rows after the first line, but got none.")]
    [InlineData("1\n2\n", "line 1: expected features beside the class*")]
    [InlineData("1:2:0\n", "line 1, column 1: the line could be titles or a row*")]
    [InlineData("1,2,0\n3,4\n", "line 2: expected 3 fields, as in the first line, but got 2.")]
    [InlineData("1,2,0\n3,4,5,1\n", "line 2: expected 3 fields, as in the first line, but got 4.")]
    [InlineData("1,2,0\n3,x,4,1\n", "line 2: expected 3 fields, as in the first line, but got 4.")]
    [InlineData("a,b,c\n1,2,3,0\n", "line 2: expected 3 fields, as in the first line, but got 4.*col.names = NA*")]
    [InlineData("2,2,no,yes\n1,2,0\n3,4\n", "line 3: expected 3 fields, 2 features and the class, as line 1 says, but got 2.")]
    [InlineData("3,2,no,yes\n1,2,0\n3,4,1\n", "line 1: the header says 3 rows, but got 2.")]
    [InlineData("1,2,no,yes\n1,2,0\n3,4,1\n", "line 1: the header says 1 rows, but got 2.")]
    [InlineData("1,2,no,no\n1,2,0\n", "line 1: expected different names of classes, but got 'no', 'no'.")]
    [InlineData("1,2,no,\n1,2,0\n", "line 1: expected different names of classes, but got 'no', ''.")]
    [InlineData("1,2,0\n3,abc,1\n", "line 1, column 2: expected a text, as in the lines after it, but got '2'*state CsvOptions*")]
    [InlineData("1,2,0\n3,4,1\n3,abc,1\n", "line 3, column 2: expected a finite number, but got 'abc'.")]
    [InlineData("1,abc,0\n3,4,1\n", "line 1, column 2: expected a number, as in the lines after it, but got 'abc'*")]
    [InlineData("1,2,0\n3,,1\n", "line 2, column 2: expected a finite number, but got an empty field. A value is missing here: Table.FromCsv*")]
    [InlineData("1,2,0\nNaN,4,1\n", "line 2, column 1: expected a finite number, but got 'NaN'.*")]
    [InlineData("NaN,4,1\n", "line 1, column 1: expected a finite number, but got 'NaN'.*")]
    [InlineData("1,2,0\n-Infinity,4,1\n", "line 2, column 1: expected a finite number, but got '-Infinity'.")]
    [InlineData("1,2,0\n3,1e39,1\n", "line 2, column 2: expected a finite number, but got '1e39'.")]
    [InlineData("1,2,0\n3,\"1,5\",1\n2,3,1\n", "line 2, column 2: expected a finite number, but got '1,5'. If the comma*DecimalComma = true }.")]
    [InlineData("1;2.5;0\n3;1,5;1\n2;3;1\n", "line 2, column 2: got '1,5', but '2.5' in line 1, column 2: which is the decimal mark?*")]
    [InlineData("1,2,0\n3,4,-1\n", "line 2, column 3: expected a class, an integer 0, 1, …, but got '-1'.")]
    [InlineData("1,2,0\n3,4,1.5\n", "line 2, column 3: expected a class, an integer 0, 1, …, but got '1.5'.")]
    [InlineData("1,2,setosa\n", "every row is of class 'setosa'; expected at least two classes.")]
    [InlineData("1,2,0\n2,3,1\n1,2,setosa\n", "line 3, column 3: expected a class, an integer 0, 1, …, but got 'setosa'.")]
    [InlineData("1,2,cat\n2,3,dog\n1,2,0\n", "line 3, column 3: expected a class in words, such as 'cat', but got '0': if both are names*")]
    [InlineData("1,2,cat\n2,3,dog\n1,2,NA\n", "line 3, column 3: expected a class, but got 'NA'.")]
    [InlineData("2,2,no,yes\n1,2,0\n3,4,maybe\n",
        "line 3, column 3: expected a class 0 … 1, or one of the names \"no\", \"yes\", but got 'maybe'.")]
    [InlineData("2,2,no,yes\n1,2,0\n3,4,2\n", "line 3, column 3: expected a class 0 … 1, or one of the names \"no\", \"yes\", but got '2'.")]
    [InlineData("1,2,0\n\"3,4,1\n", "line 2: a quote opens in column 1 and is not closed up to the end of the file.")]
    [InlineData("1,2,0\n\"3\"\"\",4,1\n4,5,1\n", "line 2, column 1: expected a finite number, but got '3\"'.")]
    [InlineData("1,2,0\n3,\"4\"x,1\n", "line 2: there is text after a closing quote in column 2: a quotation mark*is doubled.")]
    [InlineData("\"a,b,c\n1,2,0\n", "line 1: a quote opens in column 1 and is not closed up to the end of the file.")]
    [InlineData("1,0\n2,0\n", "every row is of class 0, so the number of classes is unknown: state classes.")]
    [InlineData("1,0\n2,250000\n", "the greatest class is 250000 in 2 rows: if these are classes, state their number.")]
    [InlineData("1,1\n2,2\n3,3\n", "the classes go from 1 to 3, and class 0 never occurs: state classes: 4 if there is one, or name the column*")]
    [InlineData("1,2,0\n3,4,1\n3,0123456789012345678901234567890123456789x,1\n",
        "line 3, column 2: expected a finite number, but got '0123456789012345678901234567890123456789…'.")]
    public void What_is_wrong_is_refused_with_file_line_and_column(string text, string message)
    {
        Action read = () => Read(text);

        string path = folder.PathOf("data.csv");
        read.Should().Throw<InvalidDataException>()
            .WithMessage(path + (message.StartsWith("line", StringComparison.Ordinal) ? ", " : ": ") + message);
    }

    [Fact]
    public void A_class_beyond_the_stated_number_is_refused()
    {
        Action read = () => Read("1,2,0\n3,4,10\n", classes: 10);

        read.Should().Throw<InvalidDataException>().WithMessage("*data.csv, line 2, column 3: expected a class, an integer 0 … 9, but got '10'.");
    }

    [Fact]
    public void A_stated_number_of_classes_must_be_the_headers()
    {
        Action read = () => Read("2,2,no,yes\n1,2,0\n3,4,1\n", classes: 3);

        read.Should().Throw<InvalidDataException>().WithMessage("*data.csv, line 1: expected 3 classes, the header names 2.");
    }

    [Fact]
    public void A_stated_number_of_classes_without_room_is_refused()
    {
        Action read = () => Read("1,0\n2,1\n", classes: int.MaxValue);

        read.Should().Throw<ArgumentException>().WithParameterName("classes")
            .WithMessage("2 rows × 2147483647 classes would be 4294967294 floats, more than an array can hold.*");
    }

    [Fact]
    public void One_great_class_in_a_small_file_does_not_take_memory()
    {
        string text = string.Concat(Enumerable.Repeat("1,0\n", 30_000)) + "1,29999\n";
        Action read = () => Read(text);
        long before = GC.GetAllocatedBytesForCurrentThread();

        read.Should().Throw<InvalidDataException>().WithMessage(
            "*data.csv: the greatest class is 29999, so 30001 rows × 30000 classes would be 900030000 floats: if there are so many classes, state " +
            "classes.");

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(16 << 20);
    }

    [Theory]
    [InlineData("1O,0\n11,1\n")]
    [InlineData("1,x,O\n1,2,1\n")]
    [InlineData("-x,0\n1,1\n")]
    [InlineData(".x,+y\n1,1\n")]
    [InlineData("x,y,0\n1,2,1\n")]
    [InlineData("x,NaN,y\n1,2,1\n")]
    [InlineData("length,2010,species\n1,2,0\n3,4,1\n")]
    [InlineData("length,width,2010\n1,2,0\n3,4,1\n")]
    [InlineData("0,1,2,3\n1.5,2,1,0\n")]
    [InlineData(",0,1\n0,2,1\n1,3,0\n")]
    public void A_first_line_that_is_neither_surely_a_row_nor_surely_titles_is_refused(string text)
    {
        Action read = () => Read(text);

        read.Should().Throw<InvalidDataException>().WithMessage(
            $"{folder.PathOf("data.csv")}, line 1, column *state CsvOptions {{ Header = true }} or {{ Header = false }}.");
    }

    [Theory]
    [InlineData("?,?,0\n1,2,1\n", "'?'")]
    [InlineData(",,0\n1,2,1\n", "an empty field")]
    public void A_first_row_with_missing_values_is_refused(string text, string actual)
    {
        Action read = () => Read(text);

        read.Should().Throw<InvalidDataException>().WithMessage($"*data.csv, line 1, column 1: expected a finite number, but got {actual}.*");
    }

    [Fact]
    public void Slips_in_the_first_row_of_desired_outputs_are_refused()
    {
        Action read = () => Dataset.FromCsvWithTargets(folder.Write("data.csv", "?,x,3,4\n1,2,3,4\n"), targets: 2);

        read.Should().Throw<InvalidDataException>().WithMessage("*data.csv, line 1, column 2: expected a number*but got 'x'*");
    }

    [Fact]
    public void Numbers_of_fields_beyond_an_int_are_said_as_they_are()
    {
        Action header = () => Read("2,2147483647,cat,dog\n1,2,0\n3,4,1\n");
        Action targets = () => Dataset.FromCsvWithTargets(folder.Write("data.csv", "1,2\n"), targets: int.MaxValue);

        header.Should().Throw<InvalidDataException>().WithMessage(
            "*data.csv, line 1: the header says 2147483647 features, more than a record can have.");
        targets.Should().Throw<InvalidDataException>().WithMessage("*data.csv, line 1: expected at least 2147483648 fields*");
    }

    [Fact]
    public void More_values_than_a_data_set_can_hold_are_refused_with_their_line()
    {
        string path = folder.Write("data.csv.gz", TempFolder.Gzip("a,b,c\n1,2,0\n3,4,1\n5,6,1\n"));
        Func<int, Dataset> classes = most =>
        {
            using var reader = new CsvDatasetReader(path, default, new CsvOptions()) { MaxValues = most };
            return reader.ReadClasses(null);
        };
        Func<int, Dataset> targets = most =>
        {
            using var reader = new CsvDatasetReader(path, new CsvOptions(), _ => [1, 2]) { MaxValues = most };
            return reader.ReadTargets();
        };

        foreach (Func<int, Dataset> read in new[] { classes, targets })
        {
            read(6).Rows.Should().Be(3);
            read.Invoking(r => r(5)).Should().Throw<InvalidDataException>()
                .WithMessage("*data.csv.gz, line 4: more values than one data set can hold.");
            read.Invoking(r => r(3)).Should().Throw<InvalidDataException>()
                .WithMessage("*data.csv.gz, line 3: more values than one data set can hold.");
        }
    }

    [Theory]
    [InlineData("1,2,0\n3,4,1\n3,\u00014\t5,1\n", @"line 3, column 2: expected a finite number, but got '\x014\t5'.")]
    [InlineData("2,2,a\u001b[1m,a\u001b[1m\n1,2,0\n", @"line 1: expected different names of classes, but got 'a\x1B[1m', 'a\x1B[1m'.")]
    public void Control_characters_are_not_quoted_raw(string text, string message)
    {
        Action read = () => Read(text);

        read.Should().Throw<InvalidDataException>().Which.Message.Should().EndWith(message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Utf16_is_read_by_its_byte_order_mark(bool bigEndian)
    {
        var encoding = new UnicodeEncoding(bigEndian, byteOrderMark: true);
        string path = folder.Write("data.csv", [.. encoding.GetPreamble(), .. encoding.GetBytes("1,2,0\n3,4,1\n")]);

        Dataset.FromCsv(path).Inputs.ToArray().Should().Equal(1, 2, 3, 4);
    }

    [Theory]
    [InlineData("1,2,3\n1,2,3\n4,x,6\n", "line 3, column 2: expected a finite number, but got 'x'.")]
    [InlineData("1,2,3\n4,5,NaN\n", "line 2, column 3: expected a finite number, but got 'NaN'.*")]
    [InlineData("1,2\n", "line 1: expected at least 3 fields, features before 2 desired outputs, but got 2.")]
    public void Wrong_desired_outputs_are_refused(string text, string message)
    {
        Action read = () => Dataset.FromCsvWithTargets(folder.Write("data.csv", text), targets: 2);

        read.Should().Throw<InvalidDataException>().WithMessage($"*data.csv, {message}");
    }

    [Fact]
    public void No_desired_outputs_are_refused()
    {
        Action read = () => Dataset.FromCsvWithTargets(folder.Write("data.csv", "1,2\n"), targets: 0);

        read.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("targets");
    }

    [Theory]
    [InlineData('.')]
    [InlineData('e')]
    [InlineData('5')]
    [InlineData('-')]
    [InlineData('"')]
    [InlineData('\n')]
    [InlineData('·')]
    [InlineData('#')]
    [InlineData('\0')]
    public void A_separator_that_can_be_part_of_a_field_is_refused(char separator)
    {
        Action read = () => Read("1,2\n", separator: separator);

        read.Should().Throw<ArgumentException>().WithParameterName(nameof(separator)).WithMessage("Expected an ASCII character*");
    }

    [Fact]
    public void A_file_without_line_ends_is_refused_before_it_fills_the_memory()
    {
        string path = folder.PathOf("endless.csv.gz");
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest))
        {
            var zeros = new byte[1 << 20];
            zeros.AsSpan().Fill((byte)'0');
            for (int i = 0; i < 17; i++)
                gzip.Write(zeros);
        }

        Action read = () => Dataset.FromCsv(path);

        read.Should().Throw<InvalidDataException>().WithMessage("*endless.csv.gz, line 1: expected a line end within 8,388,608 characters*");
    }
}
