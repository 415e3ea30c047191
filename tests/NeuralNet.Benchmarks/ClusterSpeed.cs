using System.Diagnostics;
using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet.Benchmarks;

/// <summary>What a training step of several processes costs: measured on those that mpiexec has started, and computed for any number and network.
/// </summary>
/// <remarks>step(W) = compute(rows / W) + exchange(W), where compute is measured on one process, with the optimizer's part, which each process does
/// as a whole. The exchange has ⌈log₂ W⌉ messages for a few bytes; then a short gradient as many times as a whole, and a long one of B bytes
/// 2 (W − 1)/W · B bytes in 2 log₂ W turns, of which half are added up. That parts of it are exchanged while others are computed is
/// left out.</remarks>
internal static class ClusterSpeed
{
    private const int Shards = 2, Rounds = 7, ShortBytes = 32 << 10;

    /// <summary>A network with the rows of its step, and how many steps take some tenths of a second.</summary>
    private static readonly (string Name, Func<Network> Build, int Rows, int Steps)[] workloads =
    [
        ("64-64-10", () => Workloads.Mlp([64, 64, 10]), 128, 2000),
        ("784-256-128-10", () => Workloads.Mlp([784, 256, 128, 10]), 128, 100),
        ("64-3200-3200-10", () => Workloads.Mlp([64, 3200, 3200, 10]), 256, 4),
        ("64-11x1024-10", () => Workloads.Mlp([64, .. Enumerable.Repeat(1024, 11), 10]), 256, 4),
        ("lstm-t50-32-h64-10", Workloads.Lstm, 32, 100),
        ("resnet8", () => Workloads.ResNet8().Dense(10, Activation.Softmax).Build(seed: 1), 32, 8),
    ];

    /// <summary>What moves bytes between two processes: seconds for a message, and bytes a second.</summary>
    private static readonly (string Name, double Latency, double Bandwidth)[] networks =
    [
        ("1 Gb/s", 30e-6, 0.118e9),
        ("10 Gb/s", 15e-6, 1.18e9),
        ("100 Gb/s", 5e-6, 11.8e9),
    ];

    /// <summary>Times steps and exchanges; run by mpiexec, or alone, with several threads for comparison.</summary>
    public static void Measure(int threads, int shards, bool spare, string filter, Action<string, double> report)
    {
        using MpiCluster cluster = MpiCluster.Join();
        if (spare)
            ComputeOnOneCore();
        Action<string, double> told = cluster.Rank == 0 ? report : (_, _) => { };
        string who = string.Create(CultureInfo.InvariantCulture, $"{cluster.Size} processes, {threads} threads, {shards} shards");
        foreach ((string name, Func<Network> build, int rows, int steps) in workloads)
        {
            if (name.Contains(filter, StringComparison.Ordinal))
                told($"cluster/{name}/b{rows}/{who}", Step(build(), rows, shards, threads, steps, cluster.Size > 1 ? cluster : null));
        }

        if (cluster.Size == 1 || !"exchange".Contains(filter, StringComparison.Ordinal))
            return;
        told($"cluster/exchange/a notice/{who}", Best(2000, () => cluster.Meet(new Notice { Meeting = Meeting.Step })));
        foreach (int bytes in (int[])[20 << 10, 1 << 20, 42_000_000])
        {
            float[] values = new float[bytes / sizeof(float)];
            told($"cluster/exchange/{bytes} bytes/{who}", Best(Math.Clamp(40_000_000 / bytes, 4, 2000), () => cluster.Sum(values, Workers.Alone)));
        }
    }

    /// <summary>Measures what one process computes, and tells and draws what many would take.</summary>
    /// <param name="folder">Where the pictures go.</param>
    /// <param name="latency">Between two processes of this machine, µs for a notice, to compare with what was measured.</param>
    /// <param name="bandwidth">The same, bytes a microsecond.</param>
    /// <param name="report">Is told each number.</param>
    public static void Model(string folder, double latency, double bandwidth, Action<string, double> report)
    {
        double adds = AddBandwidth();
        report("model/add, bytes a µs", adds * 1e-6);
        foreach ((string name, Func<Network> build, int rows, int steps) in workloads)
        {
            Network network = build();
            double bytes = (double)network.GradientLength * sizeof(float);
            foreach (int processes in (int[])[1, 2])
            {
                double alone = Step(network, rows / processes, Shards / processes, 1, steps, null);
                double both = alone + (processes == 1 ? 0 : 1e6 * Exchange(processes, bytes, latency * 1e-6, bandwidth * 1e6, adds));
                report($"model/{name}/b{rows}/{processes} processes of this machine", both);
            }

            // Many rows, for many processes: with few, there is nothing to divide. In one batch they would take too much memory where they mix.
            if (network.Chain.MixesRows)
                continue;
            const int ManyRows = 8192, MostProcesses = 1024;
            var ideal = new List<(double, double)>();
            var lines = networks.Select(_ => new List<(double, double)>()).ToArray();
            double one = 0;
            for (int processes = 1; processes <= MostProcesses; processes *= 2)
            {
                int calls = (int)Math.Max(1, (long)steps * rows * processes / ManyRows);
                double compute = Step(network, ManyRows / processes, 1, 1, calls, null, rounds: 2);
                one = processes == 1 ? compute : one;
                report($"model/{name}/b{ManyRows}/{processes} processes, compute", compute);
                ideal.Add((processes, processes));
                for (int k = 0; k < networks.Length; k++)
                {
                    double exchange = processes == 1 ? 0 : 1e6 * Exchange(processes, bytes, networks[k].Latency, networks[k].Bandwidth, adds);
                    lines[k].Add((processes, one / (compute + exchange)));
                    report($"model/{name}/b{ManyRows}/{processes} processes, {networks[k].Name}", compute + exchange);
                }
            }

            ChartColor[] colors = [ChartColor.First, ChartColor.Second, ChartColor.Right];
            Charts.Lines($"{name}, {ManyRows} rows a step, {bytes / 1e6:F2} MB", new ChartAxis("Processes", IsLogarithmic: true),
                new ChartAxis("Times as fast as one", IsLogarithmic: true),
                [
                    .. networks.Select((net, k) => new ChartLine(net.Name, colors[k], lines[k])),
                    new ChartLine("ideal", ChartColor.Muted, ideal, 1.5, IsDashed: true),
                ], width: 640, height: 400).Save(Path.Combine(folder, $"cluster-{name}.svg"));
        }
    }

    // Seconds.
    private static double Exchange(int processes, double bytes, double latency, double bandwidth, double adds)
    {
        double turns = Math.Log2(processes), share = (processes - 1.0) / processes;
        return bytes <= ShortBytes
            ? turns * ((2 * latency) + (bytes / bandwidth) + (bytes / adds))
            : (3 * turns * latency) + (share * bytes * ((2 / bandwidth) + (1 / adds)));
    }

    // The bytes of a sum a second, of what does not fit into caches.
    private static double AddBandwidth()
    {
        const int Floats = 10 << 20;
        AlignedBuffer y = new(Floats), x = new(Floats);
        return Floats * sizeof(float) / (1e-6 * Timing.Best(() => GradientKernels.Add(y.Span, x.Span)));
    }

    // The calling thread stays on core 0; those of the pool, which exist by then, go where they like.
    private static void ComputeOnOneCore()
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Only on Linux can one thread be given a core by itself.");
        using var running = new CountdownEvent(Environment.ProcessorCount);
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            ThreadPool.QueueUserWorkItem(_ =>
            {
                running.Signal();
                running.Wait();
            });
        }

        running.Wait();
        Process.GetCurrentProcess().ProcessorAffinity = 1;
    }

    // Microseconds. All processes make the same number of steps.
    private static double Step(Network network, int rows, int shards, int threads, int steps, Cluster? cluster, int rounds = Rounds)
    {
        using var trainer = new Trainer(network.Clone(), Divergence.CrossEntropy, new Adam())
        {
            Threads = threads,
            Shards = shards,
            Cluster = cluster,
        };
        float[] x = Workloads.Values(rows * network.Input.Size), desired = new float[rows * network.Output.Size];
        for (int row = 0; row < rows; row++)
            desired[(row * network.Output.Size) + (row % network.Output.Size)] = 1;
        return Best(steps, () => trainer.Step(x, desired, rows), rounds);
    }

    private static double Best(int calls, Action body, int rounds = Rounds)
    {
        double best = double.MaxValue;
        for (int round = -2; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int call = 0; call < calls; call++)
                body();
            double time = Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
            best = round < 0 ? best : Math.Min(best, time);
        }

        return best;
    }
}
