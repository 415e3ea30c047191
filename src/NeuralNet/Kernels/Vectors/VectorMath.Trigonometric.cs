using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Sine and cosine, over the whole range of floats.</content>
internal static unsafe partial class VectorMath
{
    // Up to this angle, x − n π/2 is computed with π/2 in three parts: Cody and Waite's reduction.
    private const float LargestDirectAngle = 131072f;

    private const float HalfPi1 = 1.5707964f;
    private const float HalfPi2 = -4.371139e-8f;
    private const float HalfPi3 = -1.7151245e-15f;

    // The bits of 2/π behind the binary point, after 32 zeros.
    private static ReadOnlySpan<uint> TwoOverPi => [0, 0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB];

    /// <summary>sin x, to 1.35 ulp over all floats; odd to the last bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sin<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        Angle<TVector> angle = Reduce(TVector.Abs(x));
        return TVector.AddBits(SinOfQuadrant(angle, angle.Quadrant), TVector.BitAnd(x, TVector.Broadcast(-0f)));
    }

    /// <summary>cos x = sin(x + π/2), to 1.35 ulp over all floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Cos<TVector>(TVector x) where TVector : struct, ISimdVector<TVector>
    {
        Angle<TVector> angle = Reduce(TVector.Abs(x));
        return SinOfQuadrant(angle, angle.Quadrant + TVector.One);
    }

    /// <summary>sin(r + k π/2), where k is in the lowest two bits of <paramref name="quadrant"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector SinOfQuadrant<TVector>(Angle<TVector> angle, TVector quadrant) where TVector : struct, ISimdVector<TVector>
    {
        TVector r = angle.High, square = r * r;
        TVector flat = TVector.FusedMultiplyAdd(square, TVector.Broadcast(-0.5f), TVector.One);

        // sin(r + low) = r + (r³ P(r²) + low cos r), with 1 − r²/2 for the cosine; relative error 2^−27.5
        TVector p = TVector.FusedMultiplyAdd(TVector.Broadcast(-1.951828e-4f), square, TVector.Broadcast(8.332189e-3f));
        p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(-1.6666655e-1f));
        TVector sin = TVector.FusedMultiplyAdd(r * square, p, angle.Low * flat) + r;

        // cos(r + low) = 1 − r²/2 + (r⁴ P(r²) − low r)
        TVector q = TVector.FusedMultiplyAdd(TVector.Broadcast(2.4432562e-5f), square, TVector.Broadcast(-1.3887311e-3f));
        q = TVector.FusedMultiplyAdd(q, square, TVector.Broadcast(4.1666646e-2f));
        TVector cos = TVector.FusedMultiplyAdd(square * square, q, -(angle.Low * r)) + flat;

        TVector value = TVector.Select(HasBit(quadrant, 1), cos, sin);
        return TVector.AddBits(value, TVector.BitAnd(HasBit(quadrant, 2), TVector.Broadcast(-0f)));
    }

    /// <summary>A mask of where a bit is set. The bits of 1 are set too, so that no denormal number is compared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector HasBit<TVector>(TVector value, int bit) where TVector : struct, ISimdVector<TVector>
        => TVector.LessThan(TVector.One, TVector.BitOr(TVector.BitAnd(value, TVector.Broadcast(BitConverter.Int32BitsToSingle(bit))), TVector.One));

    /// <summary>a = n π/2 + (high + low) for a ≥ 0, |high + low| ≤ π/4, and n modulo 4 in the lowest bits of the quadrant.</summary>
    /// <remarks>a − n HalfPi1 is exact: a multiple of HalfPi1's last place, and less than 1. The roundings of the next
    /// product and sum (D. Knuth's form of the exact sum) are left in low. The neglected rest is below 2⁻⁵⁹, and no float is
    /// nearer to a multiple of π/2 than 2⁻³⁴ of itself.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Angle<TVector> Reduce<TVector>(TVector a) where TVector : struct, ISimdVector<TVector>
    {
        TVector quadrant = TVector.FusedMultiplyAdd(a, TVector.Broadcast(0.636619772f), TVector.Broadcast(Rounder));
        TVector minusN = TVector.Broadcast(Rounder) - quadrant;
        TVector first = TVector.FusedMultiplyAdd(minusN, TVector.Broadcast(HalfPi1), a);
        TVector product = minusN * TVector.Broadcast(HalfPi2);
        TVector low = TVector.FusedMultiplyAdd(minusN, TVector.Broadcast(HalfPi2), -product);
        TVector high = first + product, added = high - first;
        low = TVector.FusedMultiplyAdd(minusN, TVector.Broadcast(HalfPi3), low) + ((first - (high - added)) + (product - added));

        TVector huge = TVector.LessThan(TVector.Broadcast(LargestDirectAngle), a);
        var angle = new Angle<TVector>(quadrant, high, low);
        return TVector.MaxLanesOfNumbers(TVector.BitAnd(huge, TVector.One)) > 0 ? WithHuge(a, angle) : angle;
    }

    // Element by element: networks hardly use such angles, but the result must be right.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Angle<TVector> WithHuge<TVector>(TVector a, Angle<TVector> angle) where TVector : struct, ISimdVector<TVector>
    {
        int count = TVector.Count;
        float* angles = stackalloc float[4 * count];
        float* quadrant = angles + count, high = quadrant + count, low = high + count;
        TVector.Store(a, angles);
        TVector.Store(angle.Quadrant, quadrant);
        TVector.Store(angle.High, high);
        TVector.Store(angle.Low, low);
        for (int i = 0; i < count; i++)
        {
            if (!(angles[i] > LargestDirectAngle))
                continue;
            double rest = ReduceHuge(angles[i], out int n);
            quadrant[i] = Rounder + n;
            high[i] = (float)rest;
            low[i] = (float)(rest - high[i]);
        }

        return new Angle<TVector>(TVector.Load(quadrant), TVector.Load(high), TVector.Load(low));
    }

    /// <summary>a = (4m + n) π/2 + rest, for a beyond the direct angles; for ∞ the rest is NaN.</summary>
    /// <remarks>M. Payne, R. Hanek: "Radian reduction for trigonometric functions", 1983. a = c 2^e with a whole c of 24 bits. The bits of 2/π that
    /// 2^e moves to 4 and above give whole turns; the 96 below are multiplied by c, and 64 are left behind the binary point.</remarks>
    private static double ReduceHuge(float a, out int n)
    {
        n = 0;
        if (float.IsPositiveInfinity(a))
            return double.NaN;

        uint bits = BitConverter.SingleToUInt32Bits(a);
        uint c = (bits & 0x7FFFFF) | 0x800000;
        int first = (int)(bits >> 23) - 150 - 2 + 32; // the first bit of 2/π that counts, among those of the table
        int word = first >> 5, shift = first & 31;
        UInt128 window = 0;
        for (int i = 0; i < 4; i++)
            window = (window << 32) | TwoOverPi[word + i];
        window = (window << shift) >> 32; // 96 bits, of which two are before the binary point
        UInt128 product = (window * c) << 32;

        // To the nearest quarter turn: a fraction of ½ or more belongs to the next.
        long fraction = unchecked((long)(ulong)(product >> 62));
        n = ((int)(uint)(product >> 126) + (fraction < 0 ? 1 : 0)) & 3;
        return fraction * (Math.PI / 2 / 18446744073709551616.0);
    }

    private readonly struct Angle<TVector>(TVector quadrant, TVector high, TVector low)
    {
        public TVector Quadrant { get; } = quadrant;

        public TVector High { get; } = high;

        public TVector Low { get; } = low;
    }
}
