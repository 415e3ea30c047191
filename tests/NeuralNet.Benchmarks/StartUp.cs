using System.Diagnostics;

namespace NeuralNet.Benchmarks;

/// <summary>What the first steps of a process cost: the JIT compiles while they run. Public API only, so that it compiles natively too.</summary>
internal static class StartUp
{
    /// <summary>Reports milliseconds since the process began, and microseconds of a step early and late.</summary>
    public static void Report(Action<string, double> report)
    {
        report("ms from the start of the process to here", (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds);
        long start = Stopwatch.GetTimestamp();
        Network network = Network.Create(inputs: 64).Dense(64, Activation.Relu).Dense(10, Activation.Softmax).Build(seed: 1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(1e-3f));
        report("ms to build a network and a trainer", Stopwatch.GetElapsedTime(start).TotalMilliseconds);

        float[] x = new float[32 * 64], desired = new float[32 * 10];
        for (int i = 0; i < x.Length; i++)
            x[i] = (i * 37 % 101) / 101f;
        for (int row = 0; row < 32; row++)
            desired[(row * 10) + (row % 10)] = 1;

        int step = 1;
        foreach (int last in (int[])[1, 2, 10, 100, 1_000, 10_000, 100_000])
        {
            int first = step;
            start = Stopwatch.GetTimestamp();
            for (; step <= last; step++)
                trainer.Step(x, desired, 32);
            report($"us a step, steps {first} to {last}", Stopwatch.GetElapsedTime(start).TotalMicroseconds / (last - first + 1));
        }
    }
}
