using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>A term of a yes-or-no output, and its derivative, of how much "yes" and "no" weigh: p d and 1 − d.</summary>
internal interface IBinaryFormula
{
    /// <summary>The term.</summary>
    TVector Value<TVector>(TVector y, TVector yes, TVector no) where TVector : struct, IVector<TVector>;

    /// <summary>Its derivative with respect to y.</summary>
    TVector Derivative<TVector>(TVector y, TVector yes, TVector no) where TVector : struct, IVector<TVector>;
}

/// <summary>What <see cref="DivergencePasses"/> does, where positives have a weight p: one for each output, or one for all.</summary>
internal static unsafe class BinaryPasses
{
    /// <summary>Σ formula(y, p d, 1 − d) of each vector; without a gradient (an empty span) the values alone. p is [width], or 1.</summary>
    public static void Run<TFormula>(
        TFormula formula, ReadOnlySpan<float> p, ReadOnlySpan<float> y, ReadOnlySpan<float> d, float weight, Span<float> gradient,
        Span<double> values) where TFormula : struct, IBinaryFormula
    {
        Require.SameLength(d.Length, y.Length);
        Require.SameLength(p.Length == 1 ? y.Length : p.Length * values.Length, y.Length);
        if (!gradient.IsEmpty)
            Require.SameLength(gradient.Length, y.Length);
        var job = new Job<TFormula> { Formula = formula, P = p, Y = y, D = d, Weight = weight, Gradient = gradient, Values = values };
        Workers.Do(ref job, 0, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float OfVector<TFormula, TVector>(
        TFormula formula, float* p, bool isForAll, float* y, float* d, float weight, float* gradient, int n)
        where TFormula : struct, IBinaryFormula where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = TVector.Zero, vp = TVector.Broadcast(*p);
        for (int i = 0; i < n; i += TVector.Count)
        {
            int left = n - i;
            TVector vy = VectorTail.Load<TVector>(y + i, left), vd = VectorTail.Load<TVector>(d + i, left);
            if (!isForAll)
                vp = VectorTail.Load<TVector>(p + i, left);
            TVector yes = vp * vd, no = TVector.One - vd;
            sum += VectorTail.Keep(formula.Value(vy, yes, no), left);
            if (gradient != null)
                VectorTail.Store(TVector.Broadcast(weight) * formula.Derivative(vy, yes, no), gradient + i, left);
        }

        return TVector.SumLanes(sum);
    }

    private ref struct Job<TFormula> : IJob<Job<TFormula>> where TFormula : struct, IBinaryFormula
    {
        public TFormula Formula;
        public ReadOnlySpan<float> P;
        public ReadOnlySpan<float> Y;
        public ReadOnlySpan<float> D;
        public float Weight;
        public Span<float> Gradient;
        public Span<double> Values;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref Job<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int width = job.Y.Length / job.Values.Length;
            fixed (float* p = job.P, y = job.Y, d = job.D, gradient = job.Gradient)
            {
                for (int v = 0; v < job.Values.Length; v++)
                {
                    nint at = (nint)v * width;
                    job.Values[v] = OfVector<TFormula, TVector>(
                        job.Formula, p, job.P.Length == 1, y + at, d + at, job.Weight, gradient == null ? null : gradient + at, width);
                }
            }
        }
    }
}
