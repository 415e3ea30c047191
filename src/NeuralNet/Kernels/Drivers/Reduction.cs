using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Many numbers to one. Sums always in 16 lanes (element i goes to lane i mod 16), each in ascending order, and then in one
/// tree: the result has the same bits whatever the width of the machine's registers. A maximum needs no order.
/// </summary>
internal static unsafe class Reduction
{
    /// <summary>The largest |x|; NaN where any is, 0 of nothing.</summary>
    public static float MaxMagnitude(ReadOnlySpan<float> x, Workers? workers = null)
    {
        int parts = workers?.Count ?? 1;
        float* largest = stackalloc float[parts];
        new Span<float>(largest, parts).Clear();
        fixed (float* p = x)
        {
            var job = new MaxMagnitudeJob { X = p, Count = x.Length, Largest = largest };
            Workers.Share(workers, x.Length, &MaxMagnitudePart, &job);
        }

        float max = 0;
        for (int part = 0; part < parts; part++)
            max = MathF.Max(max, largest[part]);
        return max;
    }

    private static void MaxMagnitudePart(void* arguments, int part, int parts)
    {
        var job = (MaxMagnitudeJob*)arguments;
        (int first, int count) = Workers.ShareOf(job->Count, Workers.Line, part, parts);
        job->Largest[part] = Vector512.IsHardwareAccelerated ? MaxMagnitude<Simd512>(job->X + first, count)
            : Vector256.IsHardwareAccelerated ? MaxMagnitude<Simd256>(job->X + first, count)
            : MaxMagnitude<Simd128>(job->X + first, count);
    }

    /// <summary>Σ formula(a, b); 0 of nothing.</summary>
    public static float SumOf<TFormula>(TFormula formula, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        where TFormula : struct, IPairFormula
    {
        Require.SameLength(b.Length, a.Length);
        fixed (float* pa = a, pb = b)
        {
            return Vector512.IsHardwareAccelerated ? SumOf<TFormula, Simd512>(formula, pa, pb, a.Length)
                : Vector256.IsHardwareAccelerated ? SumOf<TFormula, WideVector<Simd256>>(formula, pa, pb, a.Length)
                : SumOf<TFormula, WideVector<WideVector<Simd128>>>(formula, pa, pb, a.Length);
        }
    }

    /// <summary>The largest, −∞ of nothing; where one is NaN, any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float MaxOfNumbers<TVector>(float* x, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector max = TVector.Broadcast(float.NegativeInfinity);
        for (int i = 0; i < n; i += TVector.Count)
            max = TVector.MaxOfNumbers(max, VectorTail.Load<TVector>(x + i, n - i, float.NegativeInfinity));
        return TVector.MaxLanesOfNumbers(max);
    }

    // The bits of |x| as whole numbers have the order of |x|, and a NaN's are above those of ∞. Four chains, so that one
    // comparison need not wait for the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float MaxMagnitude<TVector>(float* x, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector max0 = TVector.Zero, max1 = TVector.Zero, max2 = TVector.Zero, max3 = TVector.Zero;
        int i = 0;
        for (; i <= n - (4 * TVector.Count); i += 4 * TVector.Count)
        {
            max0 = TVector.MaxBits(max0, TVector.Abs(TVector.Load(x + i)));
            max1 = TVector.MaxBits(max1, TVector.Abs(TVector.Load(x + i + TVector.Count)));
            max2 = TVector.MaxBits(max2, TVector.Abs(TVector.Load(x + i + (2 * TVector.Count))));
            max3 = TVector.MaxBits(max3, TVector.Abs(TVector.Load(x + i + (3 * TVector.Count))));
        }

        for (; i < n; i += TVector.Count)
            max0 = TVector.MaxBits(max0, TVector.Abs(VectorTail.Load<TVector>(x + i, n - i)));
        float* lanes = stackalloc float[TVector.Count];
        TVector.Store(TVector.MaxBits(TVector.MaxBits(max0, max1), TVector.MaxBits(max2, max3)), lanes);
        float max = 0;
        for (int lane = 0; lane < TVector.Count; lane++)
            max = MathF.Max(max, lanes[lane]);
        return max;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float SumOf<TFormula, TVector>(TFormula formula, float* a, float* b, int n)
        where TFormula : struct, IPairFormula
        where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = TVector.Zero;
        for (int i = 0; i < n; i += TVector.Count)
        {
            // The formula of (0, 0), in the lanes past the end, need not be 0.
            int left = n - i;
            sum += VectorTail.Keep(formula.Value(VectorTail.Load<TVector>(a + i, left), VectorTail.Load<TVector>(b + i, left)), left);
        }

        return TVector.SumLanes(sum);
    }

    private struct MaxMagnitudeJob
    {
        public float* X;
        public int Count;
        public float* Largest;
    }
}
