using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>What the theory says beside the formulas: how the divergences are related, and where they are flat.</summary>
public class TheoryTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(1f)]
    public void Cross_entropy_of_a_softmax_of_two_is_binary_cross_entropy_of_a_sigmoid(float d)
    {
        Divergence two = Divergence.CrossEntropy.Through(Activation.Softmax)!, one = Divergence.BinaryCrossEntropy.Through(Activation.Sigmoid)!;
        foreach (float z in new[] { -1e30f, -100, -7, -0.5f, 0, 0.25f, 3, 20, 1e4f, 1e30f })
        {
            float[] dzOfTwo = new float[2], dz = new float[1];
            two.Forward([z, 0], [d, 1 - d], 1).ShouldBeNear(one.Forward([z], [d], 1), 1e-6, $"value at {z}", floor: 0.1);
            two.Backward([z, 0], [d, 1 - d], dzOfTwo, 1);
            one.Backward([z], [d], dz, 1);
            dzOfTwo[0].ShouldBeNear(dz[0], 1e-6, $"gradient at {z}", floor: 0.1);
            dzOfTwo[1].ShouldBeNear(-dz[0], 1e-6, $"the other gradient at {z}", floor: 0.1);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(1f)]
    public void Cross_entropy_of_two_probabilities_is_binary_cross_entropy_of_one(float d)
    {
        foreach (float y in new[] { 1f / (1 << 20), 0.125f, 0.5f, 0.75f, 0.99f })
        {
            float not = 1 - y;
            Divergence.CrossEntropy.Forward([y, not], [d, 1 - d], 1)
                .ShouldBeNear(Divergence.BinaryCrossEntropy.Forward([y], [d], 1), 1e-5, $"value at {y}");
            float[] dy = Slope(Divergence.CrossEntropy, [y, not], [d, 1 - d]);
            (dy[0] - dy[1]).ShouldBeNear(Slope(Divergence.BinaryCrossEntropy, y, d), 1e-5, $"slope at {y}", floor: 0.1);
        }
    }

    [Fact]
    public void Binary_cross_entropy_is_not_flat_at_y_equal_to_a_d_of_0_or_1()
    {
        Slope(Divergence.BinaryCrossEntropy, 1, 1).Should().Be(-1);
        Slope(Divergence.BinaryCrossEntropy, 0, 0).Should().Be(1);
        foreach (float d in new[] { 0.25f, 0.5f, 0.75f })
            Slope(Divergence.BinaryCrossEntropy, d, d).Should().Be(0);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.25f)]
    [InlineData(0.5f)]
    [InlineData(1f)]
    public void Binary_cross_entropy_is_least_at_y_equal_to_d_all_the_same(float d)
    {
        float least = Divergence.BinaryCrossEntropy.Forward([d], [d], 1);
        for (int i = 0; i <= 64; i++)
        {
            float y = i / 64f;
            if (y != d)
                Divergence.BinaryCrossEntropy.Forward([y], [d], 1).Should().BeGreaterThan(least, $"{y} is not {d}");
        }

        if (d is 0 or 1)
            least.Should().Be(0);
    }

    [Fact]
    public void The_slope_of_minus_log_y_is_negative_up_to_1_where_the_value_is_0()
    {
        for (int i = 1; i <= 64; i++)
        {
            float[] dy = Slope(Divergence.CrossEntropy, [i / 64f, 0.5f], [1, 0]);
            dy.Should().Equal([-64f / i, 0], "−1 / y, which is −1 at y = 1, and nothing for a class that is not asked for");
        }

        Divergence.CrossEntropy.Forward([1, 0], [1, 0], 1).Should().Be(0);
    }

    [Fact]
    public void Kullback_Leibler_is_cross_entropy_less_entropy_with_the_same_gradient()
    {
        float[] y = [0.2f, 0.5f, 0.3f], d = [0.6f, 0.4f, 0];
        double entropy = -((0.6 * Math.Log(0.6)) + (0.4 * Math.Log(0.4)));
        Divergence.KullbackLeibler.Forward(y, d, 1).ShouldBeNear(Divergence.CrossEntropy.Forward(y, d, 1) - entropy, 1e-6, "on y");
        Slope(Divergence.KullbackLeibler, y, d).Should().Equal(Slope(Divergence.CrossEntropy, y, d));

        Divergence relative = Divergence.KullbackLeibler.Through(Activation.Softmax)!, whole = Divergence.CrossEntropy.Through(Activation.Softmax)!;
        float[] z = [1, -2, 0.5f];
        relative.Forward(z, d, 1).ShouldBeNear(whole.Forward(z, d, 1) - entropy, 1e-6, "on z");
        Slope(relative, z, d).Should().Equal(Slope(whole, z, d));
    }

    [Fact]
    public void Kullback_Leibler_is_0_at_y_equal_to_d_and_positive_elsewhere()
    {
        float[] d = [0.25f, 0.5f, 0.25f];
        Divergence.KullbackLeibler.Forward(d, d, 1).Should().Be(0);
        for (int i = 1; i < 64; i++)
        {
            float[] y = [i / 128f, 0.5f, (64 - i) / 128f];
            if (i != 32)
                Divergence.KullbackLeibler.Forward(y, d, 1).Should().BeGreaterThan(0, $"at {i}");
        }
    }

    [Fact]
    public void Huber_is_L2_up_to_delta_and_a_line_of_that_slope_beyond()
    {
        var huber = new Huber(2);
        foreach (float r in new[] { -2f, -1.5f, -1e-20f, 0, 0.1f, 1.9f, 2 })
        {
            huber.Forward([r], [0], 1).Should().Be(Divergence.L2.Forward([r], [0], 1));
            Slope(huber, r, 0).Should().Be(Slope(Divergence.L2, r, 0));
        }

        foreach (float r in new[] { -1e30f, -3, 2.5f, 1e10f })
        {
            huber.Forward([r], [0], 1).Should().Be((2 * Divergence.L1.Forward([r], [0], 1)) - 2);
            Slope(huber, r, 0).Should().Be(2 * Slope(Divergence.L1, r, 0));
        }
    }

    [Fact]
    public void LogCosh_lies_between_a_parabola_and_a_distance()
    {
        for (int i = 1; i <= 400; i++)
        {
            float r = i / 16f, value = Divergence.LogCosh.Forward([r], [0], 1);
            value.Should().BeLessThan(Math.Min(0.5f * r * r, r)).And.BeGreaterThanOrEqualTo(r - 0.6931472f);
            Slope(Divergence.LogCosh, r, 0).Should().BeLessThan(r).And.BeLessThanOrEqualTo(1);
            Divergence.LogCosh.Forward([0], [r], 1).Should().Be(value, "it is even");
        }
    }

    [Fact]
    public void With_label_smoothing_the_best_answer_is_the_smoothed_one()
    {
        var smoothed = new CrossEntropy(labelSmoothing: 0.25f);
        Divergence onLogits = smoothed.Through(Activation.Softmax)!;
        float[] best = [(float)Math.Log(0.8125), (float)Math.Log(0.0625), (float)Math.Log(0.0625), (float)Math.Log(0.0625)];
        foreach (float slope in Slope(onLogits, best, [1, 0, 0, 0]))
            slope.ShouldBeNear(0, 1e-7, "flat", floor: 1);
        onLogits.Forward([100, 0, 0, 0], [1, 0, 0, 0], 1).Should().BeGreaterThan(10, "too sure is costly");
    }

    private static float Slope(Divergence divergence, float y, float d) => Slope(divergence, [y], [d])[0];

    private static float[] Slope(Divergence divergence, float[] y, float[] d)
    {
        float[] dy = new float[y.Length];
        divergence.Backward(y, d, dy, 1);
        return dy;
    }
}
