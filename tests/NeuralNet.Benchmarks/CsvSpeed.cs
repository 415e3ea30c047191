using System.Diagnostics;
using System.Globalization;
using nietras.SeparatedValues;

namespace NeuralNet.Benchmarks;

/// <summary>Reads a large file of text in columns: every field to a number with the parser alone, and as rows that are trained on.</summary>
internal static class CsvSpeed
{
    private const int Columns = 20, SomeRows = 1000, Rounds = 4;
    private const double Megabyte = 1 << 20;

    public static void Report(string folder, int megabytes, Action<string, double> report)
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, "speed.csv");
        long bytes = (long)(megabytes * Megabyte);
        if (!File.Exists(path) || Math.Abs(new FileInfo(path).Length - bytes) > Megabyte)
            Make(path, bytes);
        double size = new FileInfo(path).Length / Megabyte;
        using (FileStream file = File.OpenRead(path))
            file.CopyTo(Stream.Null);                       // so that all are read from the system's cache

        (string Name, Func<long> Read)[] readers =
        [
            ("the parser alone, every field to float", () => WithSep<float>(path)),
            ("the parser alone, every field to double", () => WithSep<double>(path)),
            ("Csv.OpenRows", () => WithRows(path, skip: false)),
            ("Csv.OpenRows, passed over", () => WithRows(path, skip: true)),
        ];
        double[] best = [.. readers.Select(_ => double.MaxValue)];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < readers.Length; i++)
                best[i] = Math.Min(best[i], Seconds(readers[i].Read));
        }

        for (int i = 0; i < readers.Length; i++)
            report("MB/s, " + readers[i].Name, size / best[i]);
        report("megabytes of memory at most, so far", Process.GetCurrentProcess().PeakWorkingSet64 / Megabyte);
        report("MB/s, Table.FromCsv", size / Math.Min(Seconds(() => Table.FromCsv(path).Rows), Seconds(() => Table.FromCsv(path).Rows)));
        report("megabytes of memory at most, with the table", Process.GetCurrentProcess().PeakWorkingSet64 / Megabyte);
    }

    // Numbers of one to nine digits, as measured data have, and a class.
    private static void Make(string path, long bytes)
    {
        var stream = new RandomStream(1);
        using var file = new StreamWriter(path, append: false, System.Text.Encoding.ASCII, 1 << 20);
        file.Write(string.Join(',', Enumerable.Range(0, Columns).Select(c => $"x{c}")) + ",class\n");
        for (int row = 0; file.BaseStream.Position < bytes; row++)
        {
            for (int c = 0; c < Columns; c++)
            {
                file.Write(string.Create(CultureInfo.InvariantCulture, $"{stream.Normal(row, c)}"));
                file.Write(',');
            }

            file.Write((char)('0' + (row % 10)));
            file.Write('\n');
        }
    }

    private static double Seconds(Func<long> read)
    {
        long start = Stopwatch.GetTimestamp();
        return read() > 0 ? Stopwatch.GetElapsedTime(start).TotalSeconds : throw new InvalidOperationException("Nothing was read.");
    }

    private static long WithSep<T>(string path)
        where T : struct, ISpanParsable<T>
    {
        using SepReader reader = Sep.New(',').Reader(options => options with { CultureInfo = CultureInfo.InvariantCulture }).FromFile(path);
        long rows = 0;
        foreach (SepReader.Row row in reader)
        {
            rows += row[..].Parse<T>().Length / (Columns + 1);
        }

        return rows;
    }

    private static long WithRows(string path, bool skip)
    {
        IRowSource source = Csv.OpenRows(path, label: "class", classes: 10);
        using IRowReader reader = source.Open(seed: 0, epoch: 0, firstRow: 0);
        if (skip)
            return reader.Skip(long.MaxValue);
        float[] inputs = new float[SomeRows * Columns], desired = new float[SomeRows * 10];
        long rows = 0;
        for (int read = SomeRows; read == SomeRows; rows += read)
            read = reader.Read(new RowSpans { Rows = SomeRows, Inputs = inputs, Desired = desired });
        return rows;
    }
}
