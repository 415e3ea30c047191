namespace NeuralNet.CSharp.Pieces;

/// <content>The sine, over the whole range of floats.</content>
internal static partial class Parts
{
    // sin x; odd to the last bit. |x| = n π/2 + (high + low)
    public static float Sin(float x)
    {
        float a = Magnitude(x);
        float quadrant = MultiplyAdd(a, 0.636619772f, Rounder), minusN = Rounder - quadrant;
        float first = MultiplyAdd(minusN, 1.5707964f, a), product = minusN * -4.371139e-8f;
        float low = MultiplyAdd(minusN, -4.371139e-8f, -product);
        float high = first + product, added = high - first;
        low = MultiplyAdd(minusN, -1.7151245e-15f, low) + ((first - (high - added)) + (product - added));
        int n = BitsOf(quadrant);
        if (a > 131072f)
        {
            double rest = RestOfHugeAngle(a, out n);
            high = (float)rest;
            low = (float)(rest - high);
        }

        float square = high * high, flat = MultiplyAdd(square, -0.5f, 1), value;
        if ((n & 1) == 0)
        {
            float p = MultiplyAdd(-1.951828e-4f, square, 8.332189e-3f);
            p = MultiplyAdd(p, square, -1.6666655e-1f);
            value = MultiplyAdd(high * square, p, low * flat) + high;
        }
        else
        {
            float q = MultiplyAdd(2.4432562e-5f, square, -1.3887311e-3f);
            q = MultiplyAdd(q, square, 4.1666646e-2f);
            value = MultiplyAdd(square * square, q, -(low * high)) + flat;
        }

        return OfBits(BitsOf(value) ^ ((n & 2) << 30) ^ (BitsOf(x) & int.MinValue));
    }

    // The bits of 2/π behind the binary point, after 32 zeros.
    private static ReadOnlySpan<uint> TwoOverPi => [0, 0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB];

    // a = (4m + n) π/2 + rest, with as many bits of 2/π as that takes; of ∞ the rest is NaN.
    private static double RestOfHugeAngle(float a, out int n)
    {
        n = 0;
        if (float.IsPositiveInfinity(a))
            return double.NaN;

        unchecked
        {
            uint bits = (uint)BitsOf(a), c = (bits & 0x7FFFFF) | 0x800000;
            int first = (int)(bits >> 23) - 150 - 2 + 32, word = first >> 5, shift = first & 31;
            global::System.UInt128 window = 0;
            for (int i = 0; i < 4; i++)
                window = (window << 32) | TwoOverPi[word + i];
            window = (window << shift) >> 32;
            global::System.UInt128 product = (window * c) << 32;
            long fraction = (long)(ulong)(product >> 62);
            n = ((int)(uint)(product >> 126) + (fraction < 0 ? 1 : 0)) & 3;
            return fraction * (3.1415926535897931 / 2 / 18446744073709551616.0);
        }
    }
}
