using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Benchmarks;

/// <summary>
/// What the machine can do at most, on one thread: the limits that the library's figures are to be held against.
/// </summary>
internal static class Peak
{
    private const int Rounds = 20;

    public static void Report(Action<string, double> report)
    {
        report("fused multiply-adds from registers, GFLOP/s", MultiplyAdds());
        foreach ((string name, int kilobytes) in ((string, int)[])[("first-level cache", 24), ("second-level cache", 512), ("third-level cache", 8 << 10), ("memory", 256 << 10)])
        {
            var values = new AlignedBuffer(kilobytes * 256);
            values.Span.Fill(1);
            report($"reading {kilobytes} KB over and over ({name}), GB/s", Bandwidth(values, Read, 1));
            report($"reading and writing {kilobytes} KB ({name}), GB/s", Bandwidth(values, Update, 2));
        }
    }

    /// <summary>GFLOP/s of one thread: two operations for each element of each multiply-add.</summary>
    public static double MultiplyAdds()
    {
        const int Calls = 2_000_000;
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            if (Vector512.IsHardwareAccelerated)
                Chains512(Calls, 0.5f);
            else
                Chains256(Calls, 0.5f);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * 12 * (Vector512.IsHardwareAccelerated ? 16 : 8) * Calls / best * 1e-9;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chains512(int count, float start)
    {
        Vector512<float> x = Vector512.Create(start);
        Vector512<float> c0 = x, c1 = x, c2 = x, c3 = x, c4 = x, c5 = x, c6 = x, c7 = x, c8 = x, c9 = x, c10 = x, c11 = x;
        for (int i = 0; i < count; i++)
        {
            c0 = Vector512.FusedMultiplyAdd(c0, x, x);
            c1 = Vector512.FusedMultiplyAdd(c1, x, x);
            c2 = Vector512.FusedMultiplyAdd(c2, x, x);
            c3 = Vector512.FusedMultiplyAdd(c3, x, x);
            c4 = Vector512.FusedMultiplyAdd(c4, x, x);
            c5 = Vector512.FusedMultiplyAdd(c5, x, x);
            c6 = Vector512.FusedMultiplyAdd(c6, x, x);
            c7 = Vector512.FusedMultiplyAdd(c7, x, x);
            c8 = Vector512.FusedMultiplyAdd(c8, x, x);
            c9 = Vector512.FusedMultiplyAdd(c9, x, x);
            c10 = Vector512.FusedMultiplyAdd(c10, x, x);
            c11 = Vector512.FusedMultiplyAdd(c11, x, x);
        }

        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chains256(int count, float start)
    {
        Vector256<float> x = Vector256.Create(start);
        Vector256<float> c0 = x, c1 = x, c2 = x, c3 = x, c4 = x, c5 = x, c6 = x, c7 = x, c8 = x, c9 = x, c10 = x, c11 = x;
        for (int i = 0; i < count; i++)
        {
            c0 = Vector256.FusedMultiplyAdd(c0, x, x);
            c1 = Vector256.FusedMultiplyAdd(c1, x, x);
            c2 = Vector256.FusedMultiplyAdd(c2, x, x);
            c3 = Vector256.FusedMultiplyAdd(c3, x, x);
            c4 = Vector256.FusedMultiplyAdd(c4, x, x);
            c5 = Vector256.FusedMultiplyAdd(c5, x, x);
            c6 = Vector256.FusedMultiplyAdd(c6, x, x);
            c7 = Vector256.FusedMultiplyAdd(c7, x, x);
            c8 = Vector256.FusedMultiplyAdd(c8, x, x);
            c9 = Vector256.FusedMultiplyAdd(c9, x, x);
            c10 = Vector256.FusedMultiplyAdd(c10, x, x);
            c11 = Vector256.FusedMultiplyAdd(c11, x, x);
        }

        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    private static double Bandwidth(AlignedBuffer values, Action<AlignedBuffer> pass, int transfers)
    {
        int passes = Math.Max(1, (1 << 26) / values.Length);
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < passes; i++)
                pass(values);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 4e-9 * transfers * values.Length * passes / best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(AlignedBuffer values)
    {
        Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        ref float first = ref values.Span[0];
        for (nuint i = 0; i < (nuint)values.Length; i += 128)
        {
            a += Vector512.LoadUnsafe(ref first, i);
            b += Vector512.LoadUnsafe(ref first, i + 16);
            c += Vector512.LoadUnsafe(ref first, i + 32);
            d += Vector512.LoadUnsafe(ref first, i + 48);
            e += Vector512.LoadUnsafe(ref first, i + 64);
            f += Vector512.LoadUnsafe(ref first, i + 80);
            g += Vector512.LoadUnsafe(ref first, i + 96);
            h += Vector512.LoadUnsafe(ref first, i + 112);
        }

        GC.KeepAlive(Vector512.Sum(a + b + c + d + e + f + g + h));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update(AlignedBuffer values)
    {
        Vector512<float> half = Vector512.Create(0.5f);
        ref float first = ref values.Span[0];
        for (nuint i = 0; i < (nuint)values.Length; i += 32)
        {
            Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, i), half, half).StoreUnsafe(ref first, i);
            Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, i + 16), half, half).StoreUnsafe(ref first, i + 16);
        }
    }
}
