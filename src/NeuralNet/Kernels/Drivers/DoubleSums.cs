using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>Sums of floats, of their products and of squared differences in double, in which each product is exact. The vector is cut into blocks,
/// whose number depends on its length alone; each block is summed in 16 lanes, and then the blocks in order: neither the number of threads nor the
/// width of the registers changes a bit.</summary>
internal static unsafe class DoubleSums
{
    private const int MinBlock = 1 << 14, MaxBlocks = 256;

    private interface ITerm
    {
        static abstract Vector512<double> Of(Vector512<double> a, Vector512<double> b);

        static abstract double Of(double a, double b);
    }

    /// <summary>Σ aᵢ bᵢ.</summary>
    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Workers? workers = null)
    {
        Require.SameLength(b.Length, a.Length);
        return Sum<Product>(a, b, workers);
    }

    /// <summary>Σ aᵢ² and, from the same pass, the largest |aᵢ|: NaN where any is, 0 of nothing.</summary>
    public static double Squares(ReadOnlySpan<float> a, out float largest, Workers? workers = null)
    {
        Span<float> magnitudes = stackalloc float[BlocksOf(a.Length).Count];
        double sum = Sum<Product>(a, a, workers, magnitudes);
        largest = 0;
        foreach (float magnitude in magnitudes)
            largest = MathF.Max(largest, magnitude);
        return sum;
    }

    /// <summary>Σ (aᵢ − bᵢ)².</summary>
    public static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Workers? workers = null)
    {
        Require.SameLength(b.Length, a.Length);
        return Sum<SquaredDifference>(a, b, workers);
    }

    /// <summary>Σ |aᵢ|.</summary>
    public static double Magnitudes(ReadOnlySpan<float> a, Workers? workers = null) => Sum<Magnitude>(a, a, workers);

    /// <summary>Σ aᵢ.</summary>
    public static double Sum(ReadOnlySpan<float> a, Workers? workers = null) => Sum<Itself>(a, a, workers);

    /// <summary>Σ aᵢ bᵢ of doubles, in four lanes.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Require.SameLength(a.Length, b.Length);
        Vector256<double> sums = default;
        int i = 0;
        for (; i <= a.Length - 4; i += 4)
            sums += Vector256.Create(a[i..]) * Vector256.Create(b[i..]);
        double sum0 = sums[0];
        for (; i < a.Length; i++)
            sum0 += a[i] * b[i];
        return sum0 + sums[1] + (sums[2] + sums[3]);
    }

    private static (int Size, int Count) BlocksOf(int length)
    {
        int size = Math.Max(MinBlock, (int)(((long)length + MaxBlocks - 1) / MaxBlocks));
        return (size, (int)(((long)length + size - 1) / size));
    }

    // And the largest |aᵢ| of each block, where there is room for them.
    private static double Sum<TTerm>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Workers? workers, Span<float> largest = default)
        where TTerm : struct, ITerm
    {
        (int block, int blocks) = BlocksOf(a.Length);
        Span<double> sums = stackalloc double[blocks];
        var job = new SumJob<TTerm> { A = a, B = b, Block = block, Sums = sums, Largest = largest };
        Workers.Share(workers, a.Length, ref job);
        double sum = 0;
        foreach (double one in sums)
            sum += one;
        return sum;
    }

    // Where registers are narrower, .NET makes several operations of one on 512 bits; the sum of each lane stays the same.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumBlock<TTerm>(float* a, float* b, int n) where TTerm : struct, ITerm
    {
        Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
        int i = 0;
        for (; i <= n - 16; i += 16)
        {
            (Vector512<double> al, Vector512<double> ah) = Vector512.Widen(Vector512.Load(a + i));
            (Vector512<double> bl, Vector512<double> bh) = Vector512.Widen(Vector512.Load(b + i));
            low += TTerm.Of(al, bl);
            high += TTerm.Of(ah, bh);
        }

        double* lanes = stackalloc double[16];
        Vector512.Store(low, lanes);
        Vector512.Store(high, lanes + 8);
        for (int lane = 0; i < n; i++, lane++)
            lanes[lane] += TTerm.Of(a[i], b[i]);
        double sum = 0;
        for (int lane = 0; lane < 16; lane++)
            sum += lanes[lane];
        return sum;
    }

    private readonly struct Product : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Of(Vector512<double> a, Vector512<double> b) => a * b;

        public static double Of(double a, double b) => a * b;
    }

    private readonly struct SquaredDifference : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Of(Vector512<double> a, Vector512<double> b) => (a - b) * (a - b);

        public static double Of(double a, double b) => (a - b) * (a - b);
    }

    private readonly struct Magnitude : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Of(Vector512<double> a, Vector512<double> b) => Vector512.Abs(a);

        public static double Of(double a, double b) => Math.Abs(a);
    }

    private readonly struct Itself : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Of(Vector512<double> a, Vector512<double> b) => a;

        public static double Of(double a, double b) => a;
    }

    private ref struct SumJob<TTerm> : IJob<SumJob<TTerm>> where TTerm : struct, ITerm
    {
        public ReadOnlySpan<float> A;
        public ReadOnlySpan<float> B;
        public int Block;
        public Span<double> Sums;
        public Span<float> Largest;

        // A block is small enough to be in the cache still when its largest magnitude is looked for.
        public static void Part<TVector>(ref SumJob<TTerm> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Sums.Length, 1, part, parts);
            fixed (float* a = job.A, b = job.B)
            {
                for (int i = first; i < first + count; i++)
                {
                    int at = i * job.Block, n = Math.Min(job.Block, job.A.Length - at);
                    job.Sums[i] = SumBlock<TTerm>(a + at, b + at, n);
                    if (!job.Largest.IsEmpty)
                        job.Largest[i] = Reduction.MaxMagnitude<TVector>(a + at, n);
                }
            }
        }
    }
}
