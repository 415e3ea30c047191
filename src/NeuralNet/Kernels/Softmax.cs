using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Softmax of one vector, yᵢ = e^zᵢ / Σ e^zⱼ, and cross-entropy on its argument.
/// </summary>
/// <remarks>
/// The largest element m is subtracted first, which changes nothing but the range: no exponential overflows and at least
/// one is 1. Finite z up to the largest float give finite results. NaN or +∞ anywhere, or −∞ everywhere, give NaN
/// everywhere; −∞ beside a finite element gives 0. Sums run over 16 lanes as in <see cref="Reduction"/>, and a vector
/// that fits in them stays in registers: no result depends on the machine's width.
/// </remarks>
internal static unsafe class Softmax
{
    /// <summary>y = softmax(z). <paramref name="y"/> may be <paramref name="z"/> itself.</summary>
    public static void Forward(ReadOnlySpan<float> z, Span<float> y)
    {
        Require.SameLength(z.Length, y.Length);
        fixed (float* pz = z, py = y)
        {
            if (Vector512.IsHardwareAccelerated)
                Forward<Simd512>(pz, py, y.Length);
            else if (Vector256.IsHardwareAccelerated)
                Forward<Pair<Simd256>>(pz, py, y.Length);
            else
                Forward<Pair<Pair<Simd128>>>(pz, py, y.Length);
        }
    }

    /// <summary>dzᵢ = yᵢ (dyᵢ − Σ dyⱼ yⱼ). <paramref name="dz"/> may be <paramref name="dy"/> itself.</summary>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
    {
        Require.SameLength(y.Length, dz.Length);
        Require.SameLength(dy.Length, dz.Length);
        fixed (float* py = y, pdy = dy, pdz = dz)
        {
            if (Vector512.IsHardwareAccelerated)
                Backward<Simd512>(py, pdy, pdz, dz.Length);
            else if (Vector256.IsHardwareAccelerated)
                Backward<Pair<Simd256>>(py, pdy, pdz, dz.Length);
            else
                Backward<Pair<Pair<Simd128>>>(py, pdy, pdz, dz.Length);
        }
    }

    /// <summary>
    /// −Σ dᵢ ln softmax(z)ᵢ = Σ dᵢ (m − zᵢ) + Σ dᵢ · ln Σ e^(zⱼ − m). A term with dᵢ = 0 is 0, even where zᵢ = −∞.
    /// </summary>
    public static float CrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> d)
    {
        Require.SameLength(d.Length, z.Length);
        fixed (float* pz = z, pd = d)
            return CrossEntropy(pz, pd, 0, null, z.Length);
    }

    /// <summary>
    /// The same value, and with it w times its gradient: dzᵢ = w (softmax(z)ᵢ · Σ d − dᵢ). The value is not weighted.
    /// <paramref name="dz"/> overlaps neither of the others.
    /// </summary>
    public static float CrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> d, float w, Span<float> dz)
    {
        Require.SameLength(d.Length, z.Length);
        Require.SameLength(dz.Length, z.Length);
        fixed (float* pz = z, pd = d, pdz = dz)
            return CrossEntropy(pz, pd, w, pdz, z.Length);
    }

    private static float CrossEntropy(float* z, float* d, float w, float* dz, int n)
        => Vector512.IsHardwareAccelerated ? CrossEntropy<Simd512>(z, d, w, dz, n)
            : Vector256.IsHardwareAccelerated ? CrossEntropy<Pair<Simd256>>(z, d, w, dz, n)
            : CrossEntropy<Pair<Pair<Simd128>>>(z, d, w, dz, n);

    internal static void Forward<TVector>(float* z, float* y, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        if (n <= TVector.Count)
        {
            // −∞ past the end: it is no maximum, and its exponential is 0.
            TVector only = Reduction.LoadPartial<TVector>(z, n, float.NegativeInfinity);
            TVector exp = TVector.Exp(only - TVector.Broadcast(TVector.MaxLanes(only)));
            TVector.StorePartial(exp / TVector.Broadcast(TVector.SumLanes(exp)), y, n);
            return;
        }

        TVector max = TVector.Broadcast(Reduction.Max<TVector>(z, n));
        TVector sums = TVector.Zero;
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
        {
            TVector exp = TVector.Exp(TVector.Load(z + i) - max);
            TVector.Store(exp, y + i);
            sums += exp;
        }

        if (i < n)
        {
            TVector exp = TVector.Exp(Reduction.LoadPartial<TVector>(z + i, n - i, float.NegativeInfinity) - max);
            TVector.StorePartial(exp, y + i, n - i);
            sums += exp;
        }

        TVector sum = TVector.Broadcast(TVector.SumLanes(sums));
        i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            TVector.Store(TVector.Load(y + i) / sum, y + i);
        if (i < n)
            TVector.StorePartial(TVector.LoadPartial(y + i, n - i) / sum, y + i, n - i);
    }

    internal static void Backward<TVector>(float* y, float* dy, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector sums = TVector.Zero;
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            sums = TVector.FusedMultiplyAdd(TVector.Load(dy + i), TVector.Load(y + i), sums);
        if (i < n)
            sums = TVector.FusedMultiplyAdd(TVector.LoadPartial(dy + i, n - i), TVector.LoadPartial(y + i, n - i), sums);

        TVector sum = TVector.Broadcast(TVector.SumLanes(sums));
        i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            TVector.Store(TVector.Load(y + i) * (TVector.Load(dy + i) - sum), dz + i);
        if (i < n)
            TVector.StorePartial(TVector.LoadPartial(y + i, n - i) * (TVector.LoadPartial(dy + i, n - i) - sum), dz + i, n - i);
    }

    /// <param name="z">The argument of softmax.</param>
    /// <param name="d">The desired distribution.</param>
    /// <param name="w">The weight of the gradient.</param>
    /// <param name="dz">Where the gradient goes; null: not wanted.</param>
    /// <param name="n">How many elements.</param>
    internal static float CrossEntropy<TVector>(float* z, float* d, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector expSums = TVector.Zero, dSums = TVector.Zero, distances = TVector.Zero;
        float expSum, dSum;

        if (n <= TVector.Count)
        {
            TVector vz = Reduction.LoadPartial<TVector>(z, n, float.NegativeInfinity);
            TVector vd = TVector.LoadPartial(d, n);
            TVector exp = ExpAndTerms(vz, vd, TVector.Broadcast(TVector.MaxLanes(vz)), ref expSums, ref dSums, ref distances);
            (expSum, dSum) = (TVector.SumLanes(expSums), TVector.SumLanes(dSums));
            if (dz != null)
                TVector.StorePartial(Gradient(exp, vd, expSum, dSum, w), dz, n);
        }
        else
        {
            TVector max = TVector.Broadcast(Reduction.Max<TVector>(z, n));
            int i = 0;
            for (; i <= n - TVector.Count; i += TVector.Count)
            {
                TVector exp = ExpAndTerms(TVector.Load(z + i), TVector.Load(d + i), max, ref expSums, ref dSums, ref distances);
                if (dz != null)
                    TVector.Store(exp, dz + i);
            }

            if (i < n)
            {
                TVector vz = Reduction.LoadPartial<TVector>(z + i, n - i, float.NegativeInfinity);
                TVector exp = ExpAndTerms(vz, TVector.LoadPartial(d + i, n - i), max, ref expSums, ref dSums, ref distances);
                if (dz != null)
                    TVector.StorePartial(exp, dz + i, n - i);
            }

            (expSum, dSum) = (TVector.SumLanes(expSums), TVector.SumLanes(dSums));
            if (dz != null)
            {
                i = 0;
                for (; i <= n - TVector.Count; i += TVector.Count)
                    TVector.Store(Gradient(TVector.Load(dz + i), TVector.Load(d + i), expSum, dSum, w), dz + i);
                if (i < n)
                    TVector.StorePartial(Gradient(TVector.LoadPartial(dz + i, n - i), TVector.LoadPartial(d + i, n - i), expSum, dSum, w), dz + i, n - i);
            }
        }

        // A NaN in z is in the exponentials' sum, and so in the value even where every d is 0.
        return TVector.SumLanes(distances) + (dSum * Elementwise.Log(expSum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExpAndTerms<TVector>(TVector z, TVector d, TVector max, ref TVector expSums, ref TVector dSums, ref TVector distances)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector exp = TVector.Exp(z - max);
        expSums += exp;
        dSums += d;
        distances += TVector.Select(TVector.Equal(d, TVector.Zero), TVector.Zero, d * (max - z));
        return exp;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gradient<TVector>(TVector exp, TVector d, float expSum, float dSum, float w)
        where TVector : struct, ISimdVector<TVector>
        => TVector.Broadcast(w) * TVector.FusedMultiplyAdd(exp / TVector.Broadcast(expSum), TVector.Broadcast(dSum), -d);
}
