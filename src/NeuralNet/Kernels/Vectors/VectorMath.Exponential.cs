using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Functions made of the exponential: e^x − 1, products with it, and the normal distribution.</content>
internal static partial class VectorMath
{
    /// <summary>e^x for x ≤ 0 with the bits of Exp, and 0 for x below −69, where e^x is 10⁻³⁰.</summary>
    /// <remarks>For softmax, whose sum is at least 1, so that the omitted terms do not change it. The gradients of logits that are learned well
    /// then bring no denormal numbers into the products of backward, where each would cost some 150 cycles. No result is denormal, so 2ⁿ is a float
    /// and multiplying by it is exact. For smaller x, −∞ included, the computed value has no meaning and is replaced. NaN stays NaN.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ExpOrZero<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        TVector rounder = TVector.Broadcast(Rounder);
        TVector rounded = TVector.FusedMultiplyAdd(x, TVector.Broadcast(Log2E), rounder);
        TVector power = TVector.AddBits(TVector.One, TVector.BitsToExponent(rounded));
        TVector exp = ExpOfRest(x, rounded - rounder) * power;
        return TVector.Select(TVector.LessThan(x, TVector.Broadcast(-69f)), TVector.Zero, exp);
    }

    /// <summary>e^x − 1, to 1.7 ulp, for small x too.</summary>
    /// <remarks>As Exp, with e^r − 1 = r + r² P(r): 2ⁿ ((e^r − 1) + (1 − 2⁻ⁿ)); for n = 0 nothing is added.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Expm1<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        // Below −26 the result is −1.
        x = TVector.Select(TVector.LessThan(x, TVector.Broadcast(-26f)), TVector.Broadcast(-26f), TVector.AtMost(x, 89f));
        TVector rounded = TVector.FusedMultiplyAdd(x, TVector.Broadcast(Log2E), TVector.Broadcast(Rounder));
        TVector n = rounded - TVector.Broadcast(Rounder);
        TVector r = Rest(x, n);
        TVector expm1 = TVector.FusedMultiplyAdd(r * r, ExpTail(r), r);

        // 2⁻ⁿ, where it still counts beside 1.
        TVector inverse = TVector.SubtractBits(TVector.One, TVector.BitsToExponent(TVector.AtMost(rounded, Rounder + 64)));
        return TVector.Scale(expm1 + (TVector.One - inverse), n);
    }

    /// <summary>factor · e^(x + correction), to 0.9 ulp and one rounding of the product; denormal results too.</summary>
    /// <remarks>Scale is given powers from −248 to 248 here: their halves are still floats.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ScaledExp<TVector>(TVector x, TVector correction, TVector factor) where TVector : struct, ISimdVector<TVector>
    {
        TVector vanishes = TVector.LessThan(x, TVector.Broadcast(-172f));
        x = TVector.Select(vanishes, TVector.Zero, TVector.AtMost(x, 172f));
        TVector rounder = TVector.Broadcast(Rounder);
        TVector n = TVector.FusedMultiplyAdd(x, TVector.Broadcast(Log2E), rounder) - rounder;
        TVector product = TVector.Scale(factor * ExpOfRest(Rest(x, n) + correction), n);
        return TVector.Select(vanishes, TVector.Zero, product);
    }

    /// <summary>factor · Φ(x) with Φ(x) = ½ erfc(−x / √2): Φ alone to 3.3 ulp, in both tails.</summary>
    /// <remarks>With a = |x|: Φ(−a) = e^(−a²/2) P(q) / (1 + a), q = (a − 3) / (a + 3), which maps a ≥ 0 to −1 ≤ q &lt; 1, and a
    /// polynomial P of relative error 2^−27.0 up to a = 14.6, where the float's range ends; the exponential takes what
    /// the rounding of a² left over. Φ(a) = 1 − Φ(−a). The mapping is that of M. Shepherd, J. Laframboise: "Chebyshev
    /// approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x &lt; ∞", 1981.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ScaledNormalCdf<TVector>(TVector x, TVector factor) where TVector : struct, ISimdVector<TVector>
    {
        TVector a = TVector.Abs(x);
        TVector q = (a - TVector.Broadcast(3f)) / (a + TVector.Broadcast(3f));
        TVector p = TVector.Broadcast(4.7185185e-5f);
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(1.1584992e-5f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-4.7270814e-4f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-3.407599e-4f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(2.9937653e-3f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(1.1557268e-3f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-2.2727542e-2f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(4.5164466e-2f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-1.6432242e-2f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-9.652677e-2f));
        p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(4.860558e-1f));

        TVector minusHalf = TVector.Broadcast(-0.5f);
        TVector square = a * a;
        TVector rest = TVector.FusedMultiplyAdd(a, a, -square);
        TVector tail = ScaledExp(minusHalf * square, minusHalf * rest, factor * (p / (TVector.One + a)));
        return TVector.Select(TVector.LessThan(x, TVector.Zero), tail, factor - tail);
    }
}
