using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Many numbers to one. Sums always in 16 lanes (element i goes to lane i mod 16), each in ascending order, and then in one
/// tree: the result has the same bits whatever the width of the machine's registers. A maximum needs no order.</summary>
internal static unsafe class Reduction
{
    /// <summary>The largest |x|; NaN where any is, 0 of nothing.</summary>
    public static float MaxMagnitude(ReadOnlySpan<float> x, Workers? workers = null)
    {
        if (workers is not null && workers.ShareElements(x.Length))
            return SharedMaxMagnitude(x, workers);
        float largest = 0;
        var job = new MaxMagnitudeJob { X = x, Largest = new Span<float>(ref largest) };
        Workers.Do(ref job, 0, 1);
        return largest;
    }

    private static float SharedMaxMagnitude(ReadOnlySpan<float> x, Workers workers)
    {
        Span<float> largest = stackalloc float[workers.Count];
        var job = new MaxMagnitudeJob { X = x, Largest = largest };
        workers.Run(ref job, workers.Count);
        float max = 0;
        foreach (float one in largest)
            max = MathF.Max(max, one);
        return max;
    }

    /// <summary>Σ formula(a, b); 0 of nothing.</summary>
    public static float SumOf<TFormula>(TFormula formula, ReadOnlySpan<float> a, ReadOnlySpan<float> b) where TFormula : struct, IPairFormula
    {
        Require.SameLength(b.Length, a.Length);
        var job = new SumJob<TFormula> { Formula = formula, A = a, B = b };
        Workers.Do(ref job, 0, 1);
        return job.Sum;
    }

    /// <summary>The largest, −∞ of nothing; where one is NaN, any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float MaxOfNumbers<TVector>(float* x, int n) where TVector : struct, ISimdVector<TVector>
    {
        TVector max = TVector.Broadcast(float.NegativeInfinity);
        for (int i = 0; i < n; i += TVector.Count)
            max = TVector.MaxOfNumbers(max, VectorTail.Load<TVector>(x + i, n - i, float.NegativeInfinity));
        return TVector.MaxLanesOfNumbers(max);
    }

    // The bits of |x| as whole numbers have the order of |x|, and a NaN's are above those of ∞. Four chains, so that one
    // comparison need not wait for the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float MaxMagnitude<TVector>(float* x, int n) where TVector : struct, ISimdVector<TVector>
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
        TVector max = TVector.MaxBits(TVector.MaxBits(max0, max1), TVector.MaxBits(max2, max3));
        bool areNumbers = TVector.AreBitsZero(TVector.Select(TVector.Equal(max, max), TVector.Zero, max));
        return areNumbers ? TVector.MaxLanesOfNumbers(max) : float.NaN;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float SumOf<TFormula, TVector>(TFormula formula, float* a, float* b, int n) where TFormula : struct, IPairFormula
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

    private ref struct MaxMagnitudeJob : IJob<MaxMagnitudeJob>
    {
        public ReadOnlySpan<float> X;
        public Span<float> Largest;

        public static void Part<TVector>(ref MaxMagnitudeJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.X.Length, Workers.Line, part, parts);
            fixed (float* x = job.X)
                job.Largest[part] = MaxMagnitude<TVector>(x + first, count);
        }
    }

    private ref struct SumJob<TFormula> : IJob<SumJob<TFormula>> where TFormula : struct, IPairFormula
    {
        public TFormula Formula;
        public ReadOnlySpan<float> A;
        public ReadOnlySpan<float> B;
        public float Sum;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref SumJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            fixed (float* a = job.A, b = job.B)
                job.Sum = SumOf<TFormula, TVector>(job.Formula, a, b, job.A.Length);
        }
    }
}
