using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class ExpOrZeroTests
{
    [Fact]
    public void It_has_the_bits_of_Exp_down_to_minus_69_and_is_0_below()
    {
        for (uint bits = 0x80000000; bits <= 0xFF800000; bits += 4093)
            Check(BitConverter.UInt32BitsToSingle(bits));
        foreach (float x in new[]
        {
            0, -0f, -float.Epsilon, -69, MathF.BitIncrement(-69), MathF.BitDecrement(-69), -87.3f, -88.5f, -104, -1e30f, float.MinValue,
            float.NegativeInfinity,
        })
            Check(x);
    }

    // Whatever it carries: the exponent is made of a NaN's lowest bits, too.
    [Fact]
    public void A_NaN_stays_one()
    {
        for (int bit = 0; bit < 22; bit++)
        {
            float.IsNaN(Simd128.First(VectorMath.ExpOrZero(Simd128.Broadcast(BitConverter.Int32BitsToSingle(0x7FC00000 | (1 << bit))))))
                .Should().BeTrue();
            float.IsNaN(Simd128.First(VectorMath.ExpOrZero(Simd128.Broadcast(BitConverter.UInt32BitsToSingle(0xFFC00000 | (1u << bit))))))
                .Should().BeTrue();
        }
    }

    private static void Check(float x)
    {
        float expected = x < -69 ? 0 : Simd128.First(Simd128.Exp(Simd128.Broadcast(x)));
        Simd128.First(VectorMath.ExpOrZero(Simd128.Broadcast(x))).ShouldHaveTheBitsOf(expected, $"128 {x:R}");
        Simd256.First(VectorMath.ExpOrZero(Simd256.Broadcast(x))).ShouldHaveTheBitsOf(expected, $"256 {x:R}");
        Simd512.First(VectorMath.ExpOrZero(Simd512.Broadcast(x))).ShouldHaveTheBitsOf(expected, $"512 {x:R}");
    }
}
