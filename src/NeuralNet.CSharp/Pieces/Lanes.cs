using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.CSharp.Pieces;

/// <content>Sums and largest values, in the library's order, and single numbers.</content>
internal static partial class Parts
{
    // a · b + c, rounded once. A processor without such an instruction computes it slowly, with the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FusedMultiplyAdd(float a, float b, float c) => Fma.IsSupported
        ? Fma.MultiplyAddScalar(Vector128.CreateScalarUnsafe(a), Vector128.CreateScalarUnsafe(b), Vector128.CreateScalarUnsafe(c)).ToScalar()
        : global::System.MathF.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BitsOf(float x) => global::System.BitConverter.SingleToInt32Bits(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfBits(int bits) => global::System.BitConverter.Int32BitsToSingle(bits);

    // The sum of 16 lanes: the upper half is added to the lower until one is left.
    public static float SumOfLanes(Span<float> lanes)
    {
        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        }

        return lanes[0];
    }

    // 1 / 2ⁿ, where 2ⁿ is the largest power that is not above a magnitude; finite even for infinity and NaN.
    public static float ReciprocalPowerOfTwo(float magnitude)
    {
        float power = OfBits(BitsOf(magnitude) & 0x7F800000);
        return 1 / (power < 1.17549435e-38f ? 1.17549435e-38f : power > 8.50705917e37f ? 8.50705917e37f : power);
    }

    // The largest |x|; NaN where any is. As whole numbers the bits of |x| have the order of |x|.
    public static float LargestMagnitude(ReadOnlySpan<float> x)
    {
        int largest = 0;
        foreach (float value in x)
        {
            int bits = BitsOf(value) & 0x7FFFFFFF;
            largest = bits > largest ? bits : largest;
        }

        return OfBits(largest);
    }

    // The largest; where one is NaN, any.
    public static float Largest(ReadOnlySpan<float> x)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in x)
            largest = value > largest ? value : largest;
        return largest;
    }
}
