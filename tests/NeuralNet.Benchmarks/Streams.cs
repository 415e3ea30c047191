using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralNet.Benchmarks;

/// <summary>
/// Trains from a file of rows, shuffled and read ahead: what a step takes beside one from memory, how much memory the process takes, and
/// whether a training that is killed at random steps ends with the same bits.
/// </summary>
internal static class Streams
{
    private const int Pixels = 784, Classes = 10, BatchSize = 64, BufferRows = 10_000, AheadRows = 5_000, RowsInMemory = 20_000, SaveEvery = 100;
    private const double Megabyte = 1 << 20;

    public static void Report(string folder, int megabytes, int kills, Action<string, double> report)
    {
        Directory.CreateDirectory(folder);
        long rows = (long)(megabytes * Megabyte) / (sizeof(float) * (Pixels + Classes));
        Make(RowsOf(folder), rows, report);
        IRowSource source = RowSource.FromFile(RowsOf(folder));
        report("microseconds per step, from memory", FromMemory(source));

        File.Delete(CheckpointOf(folder));
        string[] whole = Child(folder, share: -1)!;
        report("microseconds per step, from the file", Number(whole[1]));
        report("megabytes of memory at most, of the process", Number(whole[2]));
        report("megabytes of memory, of the garbage collector", Number(whole[3]));

        var draws = new RandomStream(7);
        int killed = 0, wrong = 0, runs = 0;
        for (; killed < kills; runs++)
        {
            File.Delete(CheckpointOf(folder));
            string[]? end = null;
            for (int draw = 0; end is null; draw++)
            {
                end = Child(folder, killed < kills ? 0.5 * draws.Uniform(runs, draw) : 1);
                killed += end is null ? 1 : 0;
            }

            wrong += end[0] == whole[0] ? 0 : 1;
        }

        report("killed at random steps", killed);
        report("trainings that came to their end all the same", runs);
        report("of which with other bits", wrong);
        File.Delete(CheckpointOf(folder));
    }

    /// <summary>One epoch, or what a checkpoint has left of it; it may kill its own process behind a share of the steps that are left.
    /// Without checkpoints where the share is negative.</summary>
    public static void Train(string folder, double share)
    {
        IRowSource source = RowSource.FromFile(RowsOf(folder));
        using var trainer = Trainer(share < 0 ? null : new Checkpointing(CheckpointOf(folder), everySteps: SaveEvery));
        trainer.Resume(CheckpointOf(folder));
        long first = trainer.StepCount, steps = (source.Rows!.Value + BatchSize - 1) / BatchSize;
        long last = first + 1 + (long)(share * (steps - first));
        var watch = new Watch(() =>
        {
            if (trainer.StepCount == last)
                Process.GetCurrentProcess().Kill();
        });
        TrainingHistory history = trainer.Fit(source.Shuffled(BufferRows).ReadAhead(AheadRows), 1, progress: watch);
        double microseconds = history.Epochs[0].Seconds * 1e6 / steps;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{HashOf(trainer)} {microseconds:R} {Process.GetCurrentProcess().PeakWorkingSet64 / Megabyte:R} ")
            + string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().HeapSizeBytes / Megabyte:R}"));
    }

    private static string RowsOf(string folder) => Path.Combine(folder, "streams.rows");

    private static string CheckpointOf(string folder) => Path.Combine(folder, "streams.checkpoint");

    private static void Make(string path, long rows, Action<string, double> report)
    {
        if (File.Exists(path) && RowSource.FromFile(path).Rows == rows)
            return;
        long start = Stopwatch.GetTimestamp();
        string[] names = [.. Enumerable.Range(0, Classes).Select(name => name.ToString(CultureInfo.InvariantCulture))];
        RowSource.Generate(new RowFormat(Pixels, Classes) { ClassNames = names }, rows, (stream, row, values) =>
        {
            int label = (int)(row * Classes / rows); // sorted by class
            values.Desired[label] = 1;
            for (int i = 0; i < Pixels; i++)
                values.Inputs[i] = stream.Uniform(0, i) + (i % Classes == label ? 0.2f : 0);
        }).Save(path);
        report("seconds to make the file", Stopwatch.GetElapsedTime(start).TotalSeconds);
        report("megabytes of the file", new FileInfo(path).Length / Megabyte);
    }

    private static double FromMemory(IRowSource source)
    {
        int rows = (int)Math.Min(RowsInMemory, source.Rows!.Value);
        float[] inputs = new float[rows * Pixels], desired = new float[rows * Classes];
        using (IRowReader reader = source.Open(0, 0, 0))
            reader.Read(new RowSpans { Rows = rows, Inputs = inputs, Desired = desired });
        Dataset data = Dataset.FromArrays(inputs, desired, rows);
        using var trainer = Trainer(null);
        TrainingHistory history = trainer.Fit(data, 10);
        return history.Epochs.Skip(1).Min(epoch => epoch.Seconds) * 1e6 / ((rows + BatchSize - 1) / BatchSize);
    }

    private static Trainer Trainer(Checkpointing? checkpointing) => new(
        Network.Create(Pixels).Dense(128, Activation.Relu).Dense(Classes, Activation.Softmax).Build(1), Divergence.CrossEntropy, new AdamW(1e-3f))
    {
        BatchSize = BatchSize,
        Seed = 1,
        Checkpointing = checkpointing,
    };

    // What the process said: hash, microseconds, megabytes; null: it was killed.
    private static string[]? Child(string folder, double share)
    {
        string program = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? ["exec", typeof(Streams).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. host, "streams", folder, "--child=" + share.ToString("R", CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using Process child = Process.Start(start)!;
        string answer = child.StandardOutput.ReadToEnd().Trim();
        child.WaitForExit();
        return answer.Length == 0 ? null : answer.Split(' ');
    }

    private static string HashOf(Trainer trainer) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(trainer.Network.Parameters)));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed class Watch(Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action();
    }
}
