using System.Globalization;
using System.Text;

namespace NeuralNet.Tests.Data;

/// <summary>Files with a few bytes changed, cut, doubled or inserted: read, or refused as documented.</summary>
public class CsvFuzzTests
{
    private const string Alphabet = "0123456789.,;-+e\"\"\n\r \t|#Na?";

    private static readonly string[] files =
    [
        "1,2.5,0\n3,-4e1,1\n5,6,2\n",
        "3,2,no,yes\n1,2,0\n3,4,yes\n5,6,no\n",
        "\uFEFFa,\"b, c\",d\r\n1,\"2\",0\r\n3,4,1\r\n\r\n",
        "name;size;kind\n\"x; \"\"y\"\"\nz\";1,5;red\nw;2,25;blue\n# end\n",
        "18.0  8  307.0    130.0\tchevrolet chevelle malibu\"\n15.0  8  350.0    ?\tbuick skylark 320\"\n",
        "a\tb\tc\n\t1\t2\nx\t\tNA\n007\t1e5\tü\n",
    ];

    private static int Times => int.TryParse(Environment.GetEnvironmentVariable("NEURALNET_FUZZ_CSV"), CultureInfo.InvariantCulture, out int times)
        ? times : 5000;

    [Fact]
    public void Damaged_files_are_read_or_refused_with_words()
    {
        int read = 0, refused = 0;
        Parallel.For(0, Times, i =>
        {
            var random = new Random(i);
            byte[] whole = Encoding.UTF8.GetBytes(files[random.Next(files.Length)]), damaged = Damage(whole, random);
            if (random.Next(8) == 0)
                damaged = random.Next(2) == 0 ? TempFolder.Gzip(damaged) : Damage(TempFolder.Gzip(damaged), random);
            var options = new CsvOptions { Comment = random.Next(3) == 0 ? '#' : null, Header = random.Next(4) == 0 ? random.Next(2) == 0 : null };
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Table table = Table.FromCsv(new MemoryStream(damaged), options);
                Assert.All(table.Columns, column => Assert.DoesNotContain(column.Numbers.ToArray(), double.IsInfinity));
                Interlocked.Increment(ref read);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith("the stream", e.Message, StringComparison.Ordinal);
                Interlocked.Increment(ref refused);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        });

        // Both outcomes must occur, or the test looks at nothing.
        read.Should().BeGreaterThan(Times / 20);
        refused.Should().BeGreaterThan(Times / 20);
    }

    [Fact]
    public void Random_tables_come_back_as_they_were_written_in_any_dialect()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            int rows = random.Next(1, 30), columns = random.Next(1, 6);
            char separator = ",;\t|"[random.Next(4)];
            string end = new[] { "\n", "\r\n", "\r" }[random.Next(3)];
            string[][] fields = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => Text(random)).ToArray())];
            var text = new StringBuilder(string.Join(separator, Enumerable.Range(0, columns).Select(c => $"c{c}"))).Append(end);
            foreach (string[] row in fields)
                text.Append(string.Join(separator, row.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))).Append(end);
            string[] titles = [.. Enumerable.Range(0, columns).Select(c => $"c{c}")];
            var options = new CsvOptions { Separator = separator, Header = true, Missing = [], Text = titles };

            Table table = Table.FromCsv(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())), options);

            table.Rows.Should().Be(rows);
            for (int row = 0; row < rows; row++)
            {
                for (int c = 0; c < columns; c++)
                    Assert.Equal(fields[row][c], table.Columns[c][row].ToString());
            }
        }
    }

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "ab \",;\n\r\t|é€"[random.Next(12)]));

    private static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = new List<byte>(whole);
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            byte value = random.Next(4) > 0 ? (byte)Alphabet[random.Next(Alphabet.Length)] : (byte)random.Next(256);
            switch (random.Next(5))
            {
                case 0: bytes[at] = value; break;
                case 1: bytes.Insert(at, value); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 6), bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 6), bytes.Count - at))); break;
            }
        }

        return [.. bytes];
    }
}
