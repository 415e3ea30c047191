using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Divergences over several vectors that lie one after the other: the value of each and, where a gradient is wanted, weight · ∂D/∂y,
/// in one pass over the memory.</summary>
internal static unsafe class DivergencePasses
{
    /// <summary>Σ formula(y, d) of each vector; without a gradient (an empty span) the values alone.</summary>
    /// <param name="formula">The value and the derivative.</param>
    /// <param name="desired">What stands for d in the formula.</param>
    /// <param name="y">The outputs, [vectors, width].</param>
    /// <param name="d">What is desired, [vectors, width], or what <paramref name="desired"/> makes it of.</param>
    /// <param name="weight">What the gradient, but not the value, is multiplied by.</param>
    /// <param name="gradient">Overwritten with the gradient, or empty. May be y or d itself.</param>
    /// <param name="values">Overwritten with the value of each vector; at least one.</param>
    public static void Run<TFormula, TDesired>(
        TFormula formula, TDesired desired, ReadOnlySpan<float> y, ReadOnlySpan<float> d, float weight, Span<float> gradient, Span<double> values)
        where TFormula : struct, IDivergenceFormula where TDesired : struct, IDesired
    {
        Require.SameLength(d.Length, checked(TDesired.WidthOf(y.Length / values.Length) * values.Length));
        if (!gradient.IsEmpty)
            Require.SameLength(gradient.Length, y.Length);
        var job = new Job<TFormula, TDesired>
        {
            Formula = formula,
            Desired = desired,
            Y = y,
            D = d,
            Weight = weight,
            Gradient = gradient,
            Values = values,
        };
        Workers.Do(ref job, 0, 1);
    }

    // Not inlined: together with all of its callers the loop would be more than the JIT is willing to inline, vector operators included.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static float OfVector<TFormula, TDesired, TVector>(
        TFormula formula, TDesired desired, float* y, float* d, float weight, float* gradient, int n) where TFormula : struct, IDivergenceFormula
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
    {
        float share = desired.ShareOf<TVector>(d, n);
        TVector sum = TVector.Zero;
        for (int i = 0; i < n; i += TVector.Count)
        {
            // The formula of (0, 0), in the lanes past the end, need not be 0.
            int left = n - i;
            TVector vy = VectorTail.Load<TVector>(y + i, left), vd = desired.Load<TVector>(d, i, left, share);
            sum += VectorTail.Keep(formula.Value(vy, vd), left);
            if (gradient != null)
                VectorTail.Store(TVector.Broadcast(weight) * formula.Derivative(vy, vd), gradient + i, left);
        }

        return TVector.SumLanes(sum);
    }

    private ref struct Job<TFormula, TDesired> : IJob<Job<TFormula, TDesired>> where TFormula : struct, IDivergenceFormula
        where TDesired : struct, IDesired
    {
        public TFormula Formula;
        public TDesired Desired;
        public ReadOnlySpan<float> Y;
        public ReadOnlySpan<float> D;
        public float Weight;
        public Span<float> Gradient;
        public Span<double> Values;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref Job<TFormula, TDesired> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int width = job.Y.Length / job.Values.Length;
            fixed (float* y = job.Y, d = job.D, gradient = job.Gradient)
            {
                for (int v = 0; v < job.Values.Length; v++)
                {
                    nint at = (nint)v * width;
                    float* dy = gradient == null ? null : gradient + at, dv = d + ((nint)v * TDesired.WidthOf(width));
                    job.Values[v] = OfVector<TFormula, TDesired, TVector>(job.Formula, job.Desired, y + at, dv, job.Weight, dy, width);
                }
            }
        }
    }
}
