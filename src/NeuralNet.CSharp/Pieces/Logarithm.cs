using System.Runtime.CompilerServices;

namespace NeuralNet.CSharp.Pieces;

/// <content>The logarithm of 1 + x.</content>
internal static partial class Parts
{
    // ln(1 + x) without the rounding of 1 + x: 1 + x = 2^k (1 + f), with f from x itself.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Log1p(float x)
    {
        float sum = 1 + x;
        if (!(x < float.PositiveInfinity))
            return x;
        if (sum <= 0)
            return sum == 0 ? float.NegativeInfinity : float.NaN;

        int exponent = unchecked(BitsOf(sum) - BitsOf(0.75f)) & unchecked((int)0xFF800000);
        float scale = OfBits(unchecked(BitsOf(1f) - exponent));
        float f = MultiplyAdd(x, scale, scale - 1), k = exponent * (1f / 8388608f);
        return MultiplyAdd(k, 0.693147181f, LogOfOnePlus(f));
    }

    // ln(1 + f) for −¼ ≤ f < ½: f + f² P(f)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LogOfOnePlus(float f)
    {
        float p = -4.60534878e-2f;
        p = MultiplyAdd(p, f, 1.05940066e-1f);
        p = MultiplyAdd(p, f, -1.32109731e-1f);
        p = MultiplyAdd(p, f, 1.44757509e-1f);
        p = MultiplyAdd(p, f, -1.66425228e-1f);
        p = MultiplyAdd(p, f, 1.99903637e-1f);
        p = MultiplyAdd(p, f, -2.50001937e-1f);
        p = MultiplyAdd(p, f, 3.33334625e-1f);
        p = MultiplyAdd(p, f, -0.5f);
        return MultiplyAdd(f * f, p, f);
    }
}
