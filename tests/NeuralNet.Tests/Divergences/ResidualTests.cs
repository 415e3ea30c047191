using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>The divergences of differences over the whole range of floats.</summary>
public class ResidualTests
{
    [Fact]
    public void LogCosh_keeps_its_digits_for_every_size_of_difference()
    {
        double worst = 0;
        for (int bits = 0x0D800000; bits < 0x7F000000; bits += 0x7357)
        {
            float r = BitConverter.Int32BitsToSingle(bits);
            double e = Math.Exp(-2.0 * r), half = Math.Sinh(Math.Min(r, 1) / 2.0);
            double exact = r < 0.1 ? Series(r) : r < 1 ? Math.Log(1 + (2 * half * half)) : r + Math.Log((1 + e) / 2);
            double value = Divergence.LogCosh.Forward([r], [0], 1);
            if (exact >= 1.2e-38)
                worst = Math.Max(worst, Math.Abs(value - exact) / exact);
        }

        worst.Should().BeLessThan(4.0 / (1 << 24));
    }

    [Fact]
    public void No_value_overflows_before_the_exact_one_does()
    {
        Divergence.L1.Forward([1.5e38f, 0], [0, 1.5e38f], 1).Should().Be(3e38f);
        Divergence.Huber.Forward([3.4e38f], [0], 1).Should().Be(3.4e38f);
        new Huber(1e30f).Forward([2.5e19f], [0], 1).ShouldBeNear(0.5 * 2.5e19 * 2.5e19, 1e-6, "½ r² where r² is too large");
        Divergence.LogCosh.Forward([3.4e38f], [0], 1).Should().Be(3.4e38f);
        Divergence.Hinge.Forward([-3e38f], [1], 1).Should().Be(3e38f);
        Divergence.KullbackLeibler.Forward([1e-42f, 1], [1, 0], 1).ShouldBeNear(-Math.Log(1e-42f), 1e-6, "a probability all but 0");
        Divergence.KullbackLeibler.Forward([0, 1], [0, 1], 1).Should().Be(0);
        Divergence.KullbackLeibler.Forward([-0.5f, 1], [1, 0], 1).Should().Be(float.NaN);
    }

    [Fact]
    public void A_value_does_not_depend_on_its_place_in_the_vector()
    {
        foreach (Divergence divergence in Contracts.PublicKinds.Divergences())
        {
            for (int n = 1; n <= 40; n++)
            {
                float[] y = new float[n], d = new float[n], dy = new float[n];
                Array.Fill(y, 0.3f);
                Array.Fill(d, 0.7f);
                divergence.Backward(y, d, dy, 1);
                dy.Should().OnlyContain(one => one == dy[0], $"{divergence} of {n}");
            }
        }
    }

    private static double Series(double r)
    {
        double x = r * r;
        return x * (0.5 + (x * ((-1 / 12.0) + (x * ((1 / 45.0) + (x * ((-17 / 2520.0) + (x * 31 / 14175.0))))))));
    }
}
