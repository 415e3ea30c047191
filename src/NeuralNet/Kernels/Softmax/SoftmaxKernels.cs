using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Softmax of one vector, yᵢ = e^zᵢ / Σ e^zⱼ, and cross-entropy on its argument.
/// </summary>
/// <remarks>
/// The largest element m is subtracted first, which changes nothing but the range: no exponential overflows and at least
/// one is 1. For all finite z softmax and the gradient are finite; the value of the cross-entropy is for z within ±1e30, and
/// +∞ where a weighted m − z overflows, near the largest float. NaN or +∞ anywhere, or −∞ everywhere, give NaN everywhere; −∞ beside a
/// finite element gives 0. Sums run over 16 lanes as in <see cref="Reduction"/>, and a vector that fits in them stays in
/// registers: no result depends on the machine's width.
/// </remarks>
internal static unsafe class SoftmaxKernels
{
    /// <summary>y = softmax(z). <paramref name="y"/> may be <paramref name="z"/> itself.</summary>
    public static void Forward(ReadOnlySpan<float> z, Span<float> y)
    {
        Require.SameLength(z.Length, y.Length);
        fixed (float* pz = z, py = y)
        {
            // The fewer lanes, the fewer steps in the trees of maximum and sum; 0 in the others adds nothing.
            if (y.Length <= 4)
                Forward<Simd128>(pz, py, y.Length);
            else if (Vector512.IsHardwareAccelerated)
                Forward<Simd512>(pz, py, y.Length);
            else if (Vector256.IsHardwareAccelerated)
                Forward<WideVector<Simd256>>(pz, py, y.Length);
            else
                Forward<WideVector<WideVector<Simd128>>>(pz, py, y.Length);
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
                Backward<WideVector<Simd256>>(py, pdy, pdz, dz.Length);
            else
                Backward<WideVector<WideVector<Simd128>>>(py, pdy, pdz, dz.Length);
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
            : Vector256.IsHardwareAccelerated ? CrossEntropy<WideVector<Simd256>>(z, d, w, dz, n)
            : CrossEntropy<WideVector<WideVector<Simd128>>>(z, d, w, dz, n);

    internal static void Forward<TVector>(float* z, float* y, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        if (n <= TVector.Count)
            ForwardInRegisters<TVector>(z, y, n);
        else
            ForwardInPasses<TVector>(z, y, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardInRegisters<TVector>(float* z, float* y, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        // −∞ past the end: it is no maximum, and its exponential is 0.
        TVector all = VectorTail.Load<TVector>(z, n, float.NegativeInfinity);
        TVector exp = TVector.Exp(all - TVector.Broadcast(TVector.MaxLanesOfNumbers(all)));
        VectorTail.Store(exp / TVector.Broadcast(TVector.SumLanes(exp)), y, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardInPasses<TVector>(float* z, float* y, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector max = TVector.Broadcast(Reduction.MaxOfNumbers<TVector>(z, n));
        TVector sums = TVector.Zero;
        for (int i = 0; i < n; i += TVector.Count)
        {
            TVector exp = TVector.Exp(VectorTail.Load<TVector>(z + i, n - i, float.NegativeInfinity) - max);
            VectorTail.Store(exp, y + i, n - i);
            sums += exp;
        }

        TVector sum = TVector.Broadcast(TVector.SumLanes(sums));
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(VectorTail.Load<TVector>(y + i, n - i) / sum, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Backward<TVector>(float* y, float* dy, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector sums = TVector.Zero;
        for (int i = 0; i < n; i += TVector.Count)
            sums = TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(dy + i, n - i), VectorTail.Load<TVector>(y + i, n - i), sums);

        TVector sum = TVector.Broadcast(TVector.SumLanes(sums));
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(VectorTail.Load<TVector>(y + i, n - i) * (VectorTail.Load<TVector>(dy + i, n - i) - sum), dz + i, n - i);
    }

    /// <param name="z">The argument of softmax.</param>
    /// <param name="d">The desired distribution.</param>
    /// <param name="w">The weight of the gradient.</param>
    /// <param name="dz">Where the gradient goes; null: not wanted.</param>
    /// <param name="n">How many elements.</param>
    internal static float CrossEntropy<TVector>(float* z, float* d, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
        => n <= TVector.Count ? CrossEntropyInRegisters<TVector>(z, d, w, dz, n) : CrossEntropyInPasses<TVector>(z, d, w, dz, n);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float CrossEntropyInRegisters<TVector>(float* z, float* d, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector vz = VectorTail.Load<TVector>(z, n, float.NegativeInfinity), vd = VectorTail.Load<TVector>(d, n);
        TVector max = TVector.Broadcast(TVector.MaxLanesOfNumbers(vz));
        TVector exp = VectorMath.ExpOrZero(vz - max);
        (float expSum, float dSum) = (TVector.SumLanes(exp), TVector.SumLanes(vd));
        if (dz != null)
            VectorTail.Store(Gradient(exp, vd, TVector.Broadcast(expSum), TVector.Broadcast(dSum), w), dz, n);
        return Value(TVector.SumLanes(Distance(vz, vd, max)), dSum, expSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float CrossEntropyInPasses<TVector>(float* z, float* d, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector expSums = TVector.Zero, dSums = TVector.Zero, distances = TVector.Zero;
        TVector max = TVector.Broadcast(Reduction.MaxOfNumbers<TVector>(z, n));
        for (int i = 0; i < n; i += TVector.Count)
        {
            int left = n - i;
            TVector vz = VectorTail.Load<TVector>(z + i, left, float.NegativeInfinity), vd = VectorTail.Load<TVector>(d + i, left);
            TVector exp = VectorMath.ExpOrZero(vz - max);
            if (dz != null)
                VectorTail.Store(exp, dz + i, left);
            expSums += exp;
            dSums += vd;
            distances += Distance(vz, vd, max);
        }

        (float expSum, float dSum) = (TVector.SumLanes(expSums), TVector.SumLanes(dSums));
        if (dz != null)
        {
            for (int i = 0; i < n; i += TVector.Count)
            {
                int left = n - i;
                VectorTail.Store(Gradient(VectorTail.Load<TVector>(dz + i, left), VectorTail.Load<TVector>(d + i, left), TVector.Broadcast(expSum), TVector.Broadcast(dSum), w), dz + i, left);
            }
        }

        return Value(TVector.SumLanes(distances), dSum, expSum);
    }

    /// <summary>d (m − z), and 0 where d is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Distance<TVector>(TVector z, TVector d, TVector max)
        where TVector : struct, ISimdVector<TVector>
        => TVector.Select(TVector.Equal(d, TVector.Zero), TVector.Zero, d * (max - z));

    // A NaN in z is in the exponentials' sum, and so in the value even where every d is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Value<TVector>(TVector distance, TVector dSum, TVector expSum)
        where TVector : struct, ISimdVector<TVector>
        => distance + (dSum * TVector.Log(expSum));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Gradient<TVector>(TVector exp, TVector d, TVector expSum, TVector dSum, float w)
        where TVector : struct, ISimdVector<TVector>
        => TVector.Broadcast(w) * TVector.FusedMultiplyAdd(exp / expSum, dSum, -d);

    private static float Value(float distance, float dSum, float expSum)
        => Simd128.First(Value(Simd128.Broadcast(distance), Simd128.Broadcast(dSum), Simd128.Broadcast(expSum)));
}
