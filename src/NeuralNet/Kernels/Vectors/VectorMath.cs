using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The transcendental functions, written once for every vector width.</summary>
/// <remarks>Only operations that IEEE 754 defines to the last bit are used (+, −, ×, ÷, the fused multiply-add and moves of bits), in one order: a
/// function gives the same bits on every machine, in every lane and at every position. The polynomials are minimax in relative error (Remez
/// exchange, the coefficients rounded to float one after the other and the rest fitted again), the reductions the classical ones: Cody and Waite,
/// "Software Manual for the Elementary Functions" (1980); Muller, "Elementary Functions" (2016). The errors, in units in the last place of the
/// exact result, are asserted by VectorMathTests over every 4093rd float and all floats near special values; exp, log, log1p, tanh, sigmoid and
/// sine were also checked over all floats.</remarks>
internal static partial class VectorMath
{
    // 1.5 · 2²³: a float of this size has no fraction, so adding it rounds to a whole number (ties to even), which then
    // stands in the lowest bits.
    private const float Rounder = 12582912f;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts. The first has few bits, so that n · Ln2High is exact for every n that occurs.
    private const float Ln2High = 0.693145752f;
    private const float Ln2Low = 1.42860677e-6f;
    private const float Ln2 = 0.693147181f;

    /// <summary>e^x, to 0.90 ulp; denormal results too.</summary>
    /// <remarks>x = n ln 2 + r with |r| ≤ ½ ln 2, and e^x = 2ⁿ e^r.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        // e^89 is above the largest float, and e^−104 below half of the smallest. For smaller x nothing is computed: a product
        // that underflows costs x86 some 150 cycles, and all masked elements of a softmax are that small.
        TVector vanishes = TVector.LessThan(x, TVector.Broadcast(-104f));
        x = TVector.Select(vanishes, TVector.Zero, TVector.AtMost(x, 89f));
        TVector rounder = TVector.Broadcast(Rounder);
        TVector n = TVector.FusedMultiplyAdd(x, TVector.Broadcast(Log2E), rounder) - rounder;
        return TVector.Select(vanishes, TVector.Zero, TVector.Scale(ExpOfRest(x, n), n));
    }

    /// <summary>The natural logarithm, to 0.95 ulp; of denormal arguments too.</summary>
    /// <remarks>x = 2^k (1 + f) with −¼ ≤ f &lt; ½, and ln x = k ln 2 + ln(1 + f).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Log<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        // A denormal number has no leading 1 in its bits; times 2²³ it has.
        TVector isTiny = TVector.LessThan(x, TVector.Broadcast(1.17549435e-38f));
        TVector scaled = TVector.Select(isTiny, x * TVector.Broadcast(8388608f), x);

        TVector exponent = ExponentBits(scaled);
        TVector f = TVector.SubtractBits(scaled, exponent) - TVector.One;
        TVector k = TVector.FusedMultiplyAdd(
            TVector.ConvertBits(exponent), TVector.Broadcast(1f / 8388608f), TVector.BitAnd(isTiny, TVector.Broadcast(-23f)));

        TVector y = TVector.FusedMultiplyAdd(k, TVector.Broadcast(Ln2), LogOfOnePlus(f));
        return WithLogarithmsLimits(x, x, y);
    }

    /// <summary>ln(1 + x) without the rounding of 1 + x: to 1.27 ulp, for small x too. For x up to 10³⁶, and ∞.</summary>
    /// <remarks>1 + x = 2^k (1 + f) as in Log, but f is taken from x itself: f = 2^−k x + (2^−k − 1).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Log1p<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = TVector.One + x;
        TVector exponent = ExponentBits(sum);
        TVector scale = TVector.SubtractBits(TVector.One, exponent);
        TVector f = TVector.FusedMultiplyAdd(x, scale, scale - TVector.One);
        TVector k = TVector.ConvertBits(exponent) * TVector.Broadcast(1f / 8388608f);

        TVector y = TVector.FusedMultiplyAdd(k, TVector.Broadcast(Ln2), LogOfOnePlus(f));
        return WithLogarithmsLimits(sum, x, y);
    }

    /// <summary>The hyperbolic tangent, to 1.37 ulp.</summary>
    /// <remarks>With a = |x|: 1 − 2 / (e^2a + 1); where that would cancel, a + a³ P(a²), which is exact for tiny arguments.
    /// The sign is put back at the end, so that the function is odd to the last bit.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        TVector a = TVector.Abs(x);
        TVector sign = TVector.BitAnd(x, TVector.Broadcast(-0f));

        // From a = 9.02 on the result is 1. The powers of 2 here are small, so no result is denormal.
        TVector twice = TVector.AtMost(a + a, 20f);
        TVector rounder = TVector.Broadcast(Rounder);
        TVector rounded = TVector.FusedMultiplyAdd(twice, TVector.Broadcast(Log2E), rounder);
        TVector power = TVector.AddBits(TVector.One, TVector.BitsToExponent(rounded));
        TVector exp = ExpOfRest(twice, rounded - rounder) * power;
        TVector large = TVector.One - TVector.Broadcast(2f) / (exp + TVector.One);

        TVector square = a * a;
        TVector p = TVector.Broadcast(-5.6922962e-3f);
        p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(2.06281673e-2f));
        p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(-5.37365153e-2f));
        p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(1.33314058e-1f));
        p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(-3.33332807e-1f));
        TVector small = TVector.FusedMultiplyAdd(a * square, p, a);

        return TVector.BitOr(TVector.Select(TVector.LessThan(a, TVector.Broadcast(0.625f)), small, large), sign);
    }

    /// <summary>The logistic function 1 / (1 + e^−x), to 1.65 ulp in both tails.</summary>
    /// <remarks>With e = e^−|x|, which cannot overflow, and s = e / (1 + e): 1 − s, and for negative x e (1 − s), so that the lower
    /// tail keeps its digits down to the smallest float. The plain quotients 1 / (1 + e) and e / (1 + e) are the same
    /// numbers, but here the roundings of the sum and of the quotient weigh only as much as s does.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<TVector>(TVector x) where TVector : struct, ISimdVector<TVector> => Sigmoid(x, Exp(-TVector.Abs(x)));

    /// <summary>The logistic function where e^−|x| is already known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<TVector>(TVector x, TVector expOfMinusAbs) where TVector : struct, ISimdVector<TVector>
    {
        TVector s = expOfMinusAbs / (TVector.One + expOfMinusAbs);
        TVector limit = TVector.Select(TVector.LessThan(x, TVector.Zero), expOfMinusAbs, TVector.One);
        return TVector.FusedMultiplyAdd(-limit, s, limit);
    }

    /// <summary>e^r for r = x − n ln 2; error of the polynomial 2^−28.2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExpOfRest<TVector>(TVector x, TVector n) where TVector : struct, ISimdVector<TVector> => ExpOfRest(Rest(x, n));

    /// <summary>r = x − n ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Rest<TVector>(TVector x, TVector n) where TVector : struct, ISimdVector<TVector>
    {
        TVector r = TVector.FusedMultiplyAdd(n, TVector.Broadcast(-Ln2High), x);
        return TVector.FusedMultiplyAdd(n, TVector.Broadcast(-Ln2Low), r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExpOfRest<TVector>(TVector r) where TVector : struct, ISimdVector<TVector>
    {
        // 1 + r + r² P(r). The first two coefficients are exact, so that e^0 is 1.
        TVector p = TVector.FusedMultiplyAdd(ExpTail(r), r, TVector.One);
        return TVector.FusedMultiplyAdd(p, r, TVector.One);
    }

    /// <summary>P(r) of e^r = 1 + r + r² P(r).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExpTail<TVector>(TVector r) where TVector : struct, ISimdVector<TVector>
    {
        TVector p = TVector.Broadcast(1.38388725e-3f);
        p = TVector.FusedMultiplyAdd(p, r, TVector.Broadcast(8.36919155e-3f));
        p = TVector.FusedMultiplyAdd(p, r, TVector.Broadcast(4.16681021e-2f));
        p = TVector.FusedMultiplyAdd(p, r, TVector.Broadcast(1.66665167e-1f));
        return TVector.FusedMultiplyAdd(p, r, TVector.Broadcast(4.9999994e-1f));
    }

    /// <summary>The k of x = 2^k (1 + f), −¼ ≤ f &lt; ½, in the exponent bits of a float: k is the exponent of x / 0.75, which is also
    /// the exponent in the difference of the bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExponentBits<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
        => TVector.BitAnd(
            TVector.SubtractBits(x, TVector.Broadcast(0.75f)),
            TVector.Broadcast(BitConverter.Int32BitsToSingle(unchecked((int)0xFF800000))));

    /// <summary>ln(1 + f) for −¼ ≤ f &lt; ½; error of the polynomial 2^−27.5.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LogOfOnePlus<TVector>(TVector f) where TVector : struct, ISimdVector<TVector>
    {
        // f + f² P(f). The coefficient of f is exact, so that ln 1 is 0 and values near it keep their digits.
        TVector p = TVector.Broadcast(-4.60534878e-2f);
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(1.05940066e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(-1.32109731e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(1.44757509e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(-1.66425228e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(1.99903637e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(-2.50001937e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(3.33334625e-1f));
        p = TVector.FusedMultiplyAdd(p, f, TVector.Broadcast(-0.5f));
        return TVector.FusedMultiplyAdd(f * f, p, f);
    }

    /// <summary>ln 0 = −∞, the logarithm of a negative number is NaN, and ∞ and NaN stay as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector WithLogarithmsLimits<TVector>(TVector argument, TVector x, TVector y) where TVector : struct, ISimdVector<TVector>
    {
        y = TVector.Select(TVector.Equal(argument, TVector.Zero), TVector.Broadcast(float.NegativeInfinity), y);
        y = TVector.Select(TVector.LessThan(argument, TVector.Zero), TVector.Broadcast(float.NaN), y);
        return TVector.Select(TVector.LessThan(x, TVector.Broadcast(float.PositiveInfinity)), y, x);
    }
}
