using System.Diagnostics;

namespace NeuralNet.Benchmarks;

/// <summary>
/// Saves and loads a network of 100 MB, beside reading the file alone and into memory: in milliseconds and megabytes.
/// </summary>
internal static class Files
{
    private const int Rounds = 5;

    public static void Report(Action<string, double> print)
    {
        string path = Path.Combine(Path.GetTempPath(), $"neuralnet-files-{Environment.ProcessId}.safetensors");
        try
        {
            Network network = Network.Create(5000).Dense(4000, Activation.Relu).Dense(1280).Build(1);
            print("save/first ms", Milliseconds(() => network.Save(path)));
            print("save ms", Best(() => network.Save(path)));
            print("file MB", new FileInfo(path).Length / 1e6);
            network = null!;

            byte[] buffer = new byte[1 << 20];
            print("read ms", Best(() =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
                while (file.Read(buffer) > 0)
                {
                }
            }));
            print("load/first ms", Milliseconds(() => Network.Load(path)));
            long before = GC.GetTotalAllocatedBytes(precise: true);
            print("load ms", Best(() => Network.Load(path)));
            print("load/allocated MB", (GC.GetTotalAllocatedBytes(precise: true) - before) / (1e6 * Rounds));

            // What the machine takes to give a process memory that it has not had yet is a part of both.
            print("ReadAllBytes ms", Best(() => File.ReadAllBytes(path)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double Best(Action action) => Enumerable.Range(0, Rounds).Min(_ => Milliseconds(action));

    private static double Milliseconds(Action action)
    {
        GC.Collect();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
