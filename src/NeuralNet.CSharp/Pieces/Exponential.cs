using System.Runtime.CompilerServices;

namespace NeuralNet.CSharp.Pieces;

/// <content>The exponential and what is made of it. Every function has the bits of the library's own, on every machine.</content>
internal static partial class Parts
{
    // 1.5 · 2²³: adding it rounds to a whole number, which then stands in the lowest bits.
    private const float Rounder = 12582912f;

    private const float Log2E = 1.44269504f;

    // e^x = 2ⁿ e^r, x = n ln 2 + r; denormal results too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        if (x < -104f)
            return 0;
        x = AtMost(x, 89f);
        float n = MultiplyAdd(x, Log2E, Rounder) - Rounder;
        return Scale(ExpOfRest(Rest(x, n)), n);
    }

    // e^x of x ≤ 0, and 0 below −69.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ExpOrZero(float x)
    {
        if (x < -69f)
            return 0;
        float rounded = MultiplyAdd(x, Log2E, Rounder);
        return ExpOfRest(Rest(x, rounded - Rounder)) * PowerOfTwo(rounded);
    }

    // e^x − 1, for small x too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Expm1(float x)
    {
        x = x < -26f ? -26f : AtMost(x, 89f);
        float rounded = MultiplyAdd(x, Log2E, Rounder), n = rounded - Rounder, r = Rest(x, n);
        float expm1 = MultiplyAdd(r * r, ExpTail(r), r);
        float inverse = OfBits(unchecked(BitsOf(1f) - (BitsOf(AtMost(rounded, Rounder + 64)) << 23)));
        return Scale(expm1 + (1 - inverse), n);
    }

    // factor · e^(x + correction), rounded as a whole.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ScaledExp(float x, float correction, float factor)
    {
        if (x < -172f)
            return 0;
        x = AtMost(x, 172f);
        float n = MultiplyAdd(x, Log2E, Rounder) - Rounder;
        return Scale(factor * ExpOfRest(Rest(x, n) + correction), n);
    }

    // 1 / (1 + e^−x): with e = e^−|x| and s = e / (1 + e) it is 1 − s, and for negative x e (1 − s).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sigmoid(float x)
    {
        float exp = Exp(-Magnitude(x)), s = exp / (1 + exp), limit = x < 0 ? exp : 1;
        return MultiplyAdd(-limit, s, limit);
    }

    // 1 − 2 / (e^2a + 1) with a = |x|; where that would cancel, a + a³ P(a²). The sign is put back at the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x)
    {
        float a = Magnitude(x), tanh;
        if (a < 0.625f)
        {
            float square = a * a;
            float p = -5.6922962e-3f;
            p = MultiplyAdd(p, square, 2.06281673e-2f);
            p = MultiplyAdd(p, square, -5.37365153e-2f);
            p = MultiplyAdd(p, square, 1.33314058e-1f);
            p = MultiplyAdd(p, square, -3.33332807e-1f);
            tanh = MultiplyAdd(a * square, p, a);
        }
        else
        {
            float twice = AtMost(a + a, 20f), rounded = MultiplyAdd(twice, Log2E, Rounder);
            float exp = ExpOfRest(Rest(twice, rounded - Rounder)) * PowerOfTwo(rounded);
            tanh = 1 - (2 / (exp + 1));
        }

        return OfBits(BitsOf(tanh) | (BitsOf(x) & int.MinValue));
    }

    // factor · Φ(x), the distribution function of the standard normal distribution, in both tails.
    public static float ScaledNormalCdf(float x, float factor)
    {
        float a = Magnitude(x), q = (a - 3) / (a + 3);
        float p = 4.7185185e-5f;
        p = MultiplyAdd(p, q, 1.1584992e-5f);
        p = MultiplyAdd(p, q, -4.7270814e-4f);
        p = MultiplyAdd(p, q, -3.407599e-4f);
        p = MultiplyAdd(p, q, 2.9937653e-3f);
        p = MultiplyAdd(p, q, 1.1557268e-3f);
        p = MultiplyAdd(p, q, -2.2727542e-2f);
        p = MultiplyAdd(p, q, 4.5164466e-2f);
        p = MultiplyAdd(p, q, -1.6432242e-2f);
        p = MultiplyAdd(p, q, -9.652677e-2f);
        p = MultiplyAdd(p, q, 4.860558e-1f);
        float square = a * a, rest = MultiplyAdd(a, a, -square);
        float tail = ScaledExp(-0.5f * square, -0.5f * rest, factor * (p / (1 + a)));
        return x < 0 ? tail : factor - tail;
    }

    // 2ⁿ, n in the lowest bits of a rounded number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float PowerOfTwo(float rounded) => OfBits(unchecked(BitsOf(1f) + (BitsOf(rounded) << 23)));

    // r = x − n ln 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Rest(float x, float n) => MultiplyAdd(n, -1.42860677e-6f, MultiplyAdd(n, -0.693145752f, x));

    // e^r = 1 + r + r² P(r)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ExpOfRest(float r) => MultiplyAdd(MultiplyAdd(ExpTail(r), r, 1), r, 1);

    // P(r)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ExpTail(float r)
    {
        float p = 1.38388725e-3f;
        p = MultiplyAdd(p, r, 8.36919155e-3f);
        p = MultiplyAdd(p, r, 4.16681021e-2f);
        p = MultiplyAdd(p, r, 1.66665167e-1f);
        return MultiplyAdd(p, r, 4.9999994e-1f);
    }

    // value · 2^power, rounded once: 2^power itself need not be a float, but its two halves are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(float value, float power)
    {
        // A power that is NaN has a value that is NaN.
        int whole = float.IsNaN(power) ? 0 : (int)power, half = whole >> 1;
        return value * OfBits((half + 127) << 23) * OfBits((whole - half + 127) << 23);
    }
}
