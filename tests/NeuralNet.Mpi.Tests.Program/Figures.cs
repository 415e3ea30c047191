using System.Diagnostics;

namespace NeuralNet.Tests;

/// <summary>How long an exchange takes between processes 0 and 1, 2 and 3, and so on.</summary>
internal static class Figures
{
    public static void Measure(Cluster cluster)
    {
        int partner = cluster.Rank ^ 1;
        byte[] a = new byte[42_000_000], b = new byte[42_000_000];
        Array.Fill(a, (byte)1);
        Array.Fill(b, (byte)2);
        foreach (int length in (int[])[4, 20_000, 2_000_000, 42_000_000])
        {
            double[] took = new double[length == 4 ? 20_000 : length == 20_000 ? 5_000 : length == 2_000_000 ? 200 : 20];
            for (int i = -5; i < took.Length && partner < cluster.Size; i++)
            {
                long began = Stopwatch.GetTimestamp();
                cluster.Exchange(partner, a.AsSpan(0, length), b.AsSpan(0, length));
                if (i >= 0)
                    took[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            }

            Array.Sort(took);
            double median = took[took.Length / 2];
            if (cluster.Rank == 0)
                Console.WriteLine($"{length,10} B take {median,10:0.00} µs, {length / median / 1000:0.00} GB/s each way");
        }
    }
}
