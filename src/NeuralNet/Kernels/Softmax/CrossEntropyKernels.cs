using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Cross-entropies as the textbook has them, on y, also relative to the entropy, and the binary one on logits, where it cannot overflow.
/// (<see cref="SoftmaxKernels"/> has the categorical one on logits.)
/// </summary>
/// <remarks>0 · ln 0 is 0, the limit of t ln t; a NaN in y or d is never lost to it.</remarks>
internal static unsafe class CrossEntropyKernels
{
    /// <summary>Σ −d ln y − (1 − d) ln(1 − y).</summary>
    public static float Binary(ReadOnlySpan<float> y, ReadOnlySpan<float> d) => Reduction.SumOf(default(BinaryTerm), y, d);

    /// <summary>dy = w (−d / y + (1 − d) / (1 − y)).</summary>
    public static void BinaryBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> d, float w, Span<float> dy)
        => Elementwise.Map(new BinaryDerivative(w), y, d, dy);

    /// <summary>−Σ d ln y.</summary>
    public static float Categorical(ReadOnlySpan<float> y, ReadOnlySpan<float> d) => Reduction.SumOf(default(CategoricalTerm), y, d);

    /// <summary>Σ d ln(d / y).</summary>
    public static float Relative(ReadOnlySpan<float> y, ReadOnlySpan<float> d) => Reduction.SumOf(default(RelativeTerm), y, d);

    /// <summary>dy = −w d / y.</summary>
    public static void CategoricalBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> d, float w, Span<float> dy)
        => Elementwise.Map(new CategoricalDerivative(w), y, d, dy);

    /// <summary>Binary of y = σ(z): Σ max(z, 0) − d z + ln(1 + e^−|z|).</summary>
    public static float BinaryOnLogits(ReadOnlySpan<float> z, ReadOnlySpan<float> d)
    {
        Require.SameLength(d.Length, z.Length);
        fixed (float* pz = z, pd = d)
            return BinaryOnLogits(pz, pd, 0, null, z.Length);
    }

    /// <summary>
    /// The same value, and with it w times its gradient: dz = w (σ(z) − d). The value is not weighted.
    /// <paramref name="dz"/> may be either of the others.
    /// </summary>
    public static float BinaryOnLogits(ReadOnlySpan<float> z, ReadOnlySpan<float> d, float w, Span<float> dz)
    {
        Require.SameLength(d.Length, z.Length);
        Require.SameLength(dz.Length, z.Length);
        fixed (float* pz = z, pd = d, pdz = dz)
            return BinaryOnLogits(pz, pd, w, pdz, z.Length);
    }

    private static float BinaryOnLogits(float* z, float* d, float w, float* dz, int n)
        => Vector512.IsHardwareAccelerated ? BinaryOnLogits<Simd512>(z, d, w, dz, n)
            : Vector256.IsHardwareAccelerated ? BinaryOnLogits<WideVector<Simd256>>(z, d, w, dz, n)
            : BinaryOnLogits<WideVector<WideVector<Simd128>>>(z, d, w, dz, n);

    /// <param name="z">The argument of the sigmoid.</param>
    /// <param name="d">The desired probabilities.</param>
    /// <param name="w">The weight of the gradient.</param>
    /// <param name="dz">Where the gradient goes; null: not wanted.</param>
    /// <param name="n">How many elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float BinaryOnLogits<TVector>(float* z, float* d, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector weight = TVector.Broadcast(w);
        TVector sum = TVector.Zero;
        for (int i = 0; i < n; i += TVector.Count)
        {
            int left = n - i;
            TVector vz = VectorTail.Load<TVector>(z + i, left), vd = VectorTail.Load<TVector>(d + i, left);
            TVector exp = TVector.Exp(-TVector.Abs(vz));
            sum += VectorTail.Keep(LogitTerm(vz, vd, exp), left);
            if (dz != null)
                VectorTail.Store(weight * (VectorMath.Sigmoid(vz, VectorMath.Faded(exp, 1e-30f)) - vd), dz + i, left);
        }

        return TVector.SumLanes(sum);
    }

    // max(z, 0) − d z is |z| times the probability that is missing, 1 − d or d: nothing cancels, and 0 · ∞ is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LogitTerm<TVector>(TVector z, TVector d, TVector expOfMinusAbs)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector missing = TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One - d, d);
        return ZeroIfZero(missing, missing * TVector.Abs(z)) + TVector.Log1p(expOfMinusAbs);
    }

    /// <summary>The value, but 0 where the factor is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ZeroIfZero<TVector>(TVector factor, TVector value)
        where TVector : struct, ISimdVector<TVector>
        => TVector.Select(TVector.Equal(factor, TVector.Zero), TVector.Zero, value);

    // Of d and 1 − d at most one is 0, and the other term keeps a NaN of y.
    private readonly struct BinaryTerm : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
        {
            (TVector y, TVector d, TVector not) = (a, b, TVector.One - b);
            return -(ZeroIfZero(d, d * TVector.Log(y)) + ZeroIfZero(not, not * TVector.Log1p(-y)));
        }
    }

    private readonly struct BinaryDerivative(float w) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
        {
            (TVector y, TVector d, TVector not) = (a, b, TVector.One - b);
            return TVector.Broadcast(w) * (ZeroIfZero(not, not / (TVector.One - y)) - ZeroIfZero(d, d / y));
        }
    }

    // Where d is 0, y − y stands for 0: it is NaN where y is.
    private readonly struct CategoricalTerm : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
            => TVector.Select(TVector.Equal(b, TVector.Zero), a - a, -(b * TVector.Log(a)));
    }

    // ln(d / y) keeps its digits as ±ln(1 + (larger − smaller) / smaller), up to where that quotient is too large.
    private readonly struct RelativeTerm : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
        {
            (TVector y, TVector d) = (a, b);
            TVector larger = TVector.Max(y, d), smaller = TVector.Min(y, d);
            TVector excess = (larger - smaller) / smaller;
            TVector isNear = TVector.LessThanOrEqual(TVector.Abs(excess), TVector.Broadcast(1e36f));
            TVector log = TVector.Select(isNear, TVector.Log1p(excess), TVector.Log(larger) - TVector.Log(smaller));
            TVector term = d * TVector.Select(TVector.LessThan(d, y), -log, log);
            return TVector.Select(TVector.Equal(d, TVector.Zero), y - y, term);
        }
    }

    private readonly struct CategoricalDerivative(float w) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
            => TVector.Broadcast(-w) * TVector.Select(TVector.Equal(b, TVector.Zero), a - a, b / a);
    }
}
