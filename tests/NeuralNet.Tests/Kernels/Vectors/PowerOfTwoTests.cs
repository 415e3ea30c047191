using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class PowerOfTwoTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3.99f, 0.5f)]
    [InlineData(0.75f, 2)]
    [InlineData(1024, 1f / 1024)]
    [InlineData(0, 8.50705917e37f)]
    [InlineData(float.Epsilon, 8.50705917e37f)]
    [InlineData(float.MaxValue, 1.17549435e-38f)]
    [InlineData(float.PositiveInfinity, 1.17549435e-38f)]
    [InlineData(float.NaN, 1.17549435e-38f)]
    public void The_reciprocal_is_a_power_of_2_and_finite(float magnitude, float expected)
    {
        PowerOfTwo.Reciprocal(magnitude).Should().Be(expected);
        Simd128.First(PowerOfTwo.Reciprocal(Simd128.Broadcast(magnitude))).Should().Be(expected);
        WideVector<Simd256>.First(PowerOfTwo.Reciprocal(WideVector<Simd256>.Broadcast(magnitude))).Should().Be(expected);
    }
}
