using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

public class CrossEntropyFormulaTests
{
    [Fact]
    public void Binary_is_the_formula()
    {
        for (int n = 0; n <= 40; n++)
        {
            (float[] y, float[] d) = (Probabilities(n, n), Probabilities(n, n + 80));
            double value = 0;
            for (int i = 0; i < n; i++)
                value -= (d[i] * Math.Log(y[i])) + ((1.0 - d[i]) * Math.Log(1.0 - y[i]));
            Run(Divergence.BinaryCrossEntropy, y, d).ShouldBeNear(value, 1e-6, $"value {n}");

            var dy = new float[n];
            Run(Divergence.BinaryCrossEntropy, y, d, 0.3f, dy);
            for (int i = 0; i < n; i++)
                dy[i].ShouldBeNear(0.3 * (((1.0 - d[i]) / (1.0 - y[i])) - ((double)d[i] / y[i])), 1e-6, $"dy {i}", floor: 1);
        }
    }

    [Fact]
    public void Categorical_is_the_formula()
    {
        for (int n = 0; n <= 40; n++)
        {
            (float[] y, float[] d) = (Probabilities(n, n), Probabilities(n, n + 80));
            double value = 0;
            for (int i = 0; i < n; i++)
                value -= d[i] * Math.Log(y[i]);
            Run(Divergence.CrossEntropy, y, d).ShouldBeNear(value, 1e-6, $"value {n}");

            var dy = new float[n];
            Run(Divergence.CrossEntropy, y, d, 0.3f, dy);
            for (int i = 0; i < n; i++)
                dy[i].ShouldBeNear(-0.3 * d[i] / y[i], 1e-6, $"dy {i}");
        }
    }

    [Fact]
    public void Zero_times_ln_zero_is_zero()
    {
        Run(Divergence.BinaryCrossEntropy, [0f, 1f], [0f, 1f]).ShouldHaveTheBitsOf(0f, "sure and right");
        Run(Divergence.CrossEntropy, [0f, 1f], [0f, 1f]).ShouldHaveTheBitsOf(0f, "sure and right");

        var dy = new float[2];
        Run(Divergence.BinaryCrossEntropy, [0f, 1f], [0f, 1f], 2f, dy);
        dy.Should().Equal(2f, -2f);
        Run(Divergence.CrossEntropy, [0f, 0.5f], [0f, 1f], 2f, dy);
        dy.Should().Equal(0f, -4f);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    [InlineData(1f)]
    public void NaN_is_never_swallowed(float d)
    {
        float[] y = [0.5f, float.NaN], desired = [d, d], dy = new float[2];
        Run(Divergence.BinaryCrossEntropy, y, desired).Should().Be(float.NaN);
        Run(Divergence.CrossEntropy, y, desired).Should().Be(float.NaN);
        Run(OnLogits, y, desired).Should().Be(float.NaN);
        Run(Divergence.BinaryCrossEntropy, y, desired, 1f, dy);
        dy[1].Should().Be(float.NaN);
        Run(Divergence.CrossEntropy, y, desired, 1f, dy);
        dy[1].Should().Be(float.NaN);
        Run(OnLogits, y, desired, 1f, dy);
        dy[1].Should().Be(float.NaN);
        dy[0].Should().NotBe(float.NaN);
    }

    [Fact]
    public void Binary_on_logits_is_the_formula_at_every_length()
    {
        for (int n = 0; n <= 70; n++)
        {
            float[] z = Floats.Random(n, n, 30f), d = Probabilities(n, n + 80);
            double value = 0;
            for (int i = 0; i < n; i++)
                value += Math.Max(z[i], 0.0) - ((double)d[i] * z[i]) + Math.Log(1 + Math.Exp(-Math.Abs((double)z[i])));

            var dz = new Guarded(new float[n], n % 4);
            float actual = Run(OnLogits, z, d, 0.3f, dz.Span);
            dz.ShouldBeIntact($"{n}");
            actual.ShouldBeNear(value, 2e-6, $"value {n}");
            Run(OnLogits, z, d).ShouldHaveTheBitsOf(actual, $"value alone {n}");
            for (int i = 0; i < n; i++)
                dz.Span[i].ShouldBeNear(0.3 * ((1 / (1 + Math.Exp(-(double)z[i]))) - d[i]), 1e-6, $"dz {i}", floor: 0.1);
        }
    }

    [Fact]
    public void Binary_on_logits_is_finite_at_1e30_and_keeps_small_values()
    {
        Run(OnLogits, [1e30f], [0f]).Should().Be(1e30f);
        Run(OnLogits, [-1e30f], [1f]).Should().Be(1e30f);
        Run(OnLogits, [1e30f, -1e30f], [1f, 0f]).Should().Be(0);
        Run(OnLogits, [float.PositiveInfinity, float.NegativeInfinity], [1f, 0f]).Should().Be(0);
        Run(OnLogits, [40f], [1f]).ShouldBeNear(Math.Exp(-40), 1e-6, "a small value");

        var dz = new float[2];
        Run(OnLogits, [1e30f, -1e30f], [0f, 1f], 1f, dz);
        dz.Should().Equal(1f, -1f);
    }

    private static Divergence OnLogits => Divergence.BinaryCrossEntropy.Through(Activation.Sigmoid)!;

    // Of one vector: the value, and w times the gradient.
    private static float Run(Divergence divergence, ReadOnlySpan<float> y, ReadOnlySpan<float> d) => y.IsEmpty ? 0 : divergence.Forward(y, d, 1);

    private static float Run(Divergence divergence, ReadOnlySpan<float> y, ReadOnlySpan<float> d, float w, Span<float> dy)
    {
        if (y.IsEmpty)
            return 0;
        divergence.Backward(y, d, dy, 1);
        foreach (ref float one in dy)
            one *= w;
        return divergence.Forward(y, d, 1);
    }

    private static float[] Probabilities(int n, int seed) => Array.ConvertAll(Floats.Random(n, seed, 0.49f), one => one + 0.5f);
}
