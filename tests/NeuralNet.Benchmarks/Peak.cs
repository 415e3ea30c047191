using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NeuralNet.Kernels;

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
        foreach ((string name, int kilobytes) in (
            (string, int)[])[("first-level cache", 24), ("second-level cache", 512), ("third-level cache", 8 << 10), ("memory", 256 << 10)])
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
            float sum = Vector512.IsHardwareAccelerated ? Chains<Simd512>(Calls, 0.5f)
                : Vector256.IsHardwareAccelerated ? Chains<Simd256>(Calls, 0.5f)
                : Chains<Simd128>(Calls, 0.5f);
            GC.KeepAlive(sum);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * 12 * (Vector512.IsHardwareAccelerated ? Simd512.Count : Vector256.IsHardwareAccelerated
            ? Simd256.Count : Simd128.Count) * Calls / best * 1e-9;
    }

    // Twelve chains, more than the 8 that two units with a latency of 4 cycles need.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chains<TVector>(int count, float start)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector x = TVector.Broadcast(start);
        TVector c0 = x, c1 = x, c2 = x, c3 = x, c4 = x, c5 = x, c6 = x, c7 = x, c8 = x, c9 = x, c10 = x, c11 = x;
        for (int i = 0; i < count; i++)
        {
            TVector.MultiplyAdd(ref c0, x, x);
            TVector.MultiplyAdd(ref c1, x, x);
            TVector.MultiplyAdd(ref c2, x, x);
            TVector.MultiplyAdd(ref c3, x, x);
            TVector.MultiplyAdd(ref c4, x, x);
            TVector.MultiplyAdd(ref c5, x, x);
            TVector.MultiplyAdd(ref c6, x, x);
            TVector.MultiplyAdd(ref c7, x, x);
            TVector.MultiplyAdd(ref c8, x, x);
            TVector.MultiplyAdd(ref c9, x, x);
            TVector.MultiplyAdd(ref c10, x, x);
            TVector.MultiplyAdd(ref c11, x, x);
        }

        return TVector.SumLanes(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
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
