using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>The fused passes against PyTorch's formulas in double, element by element and over several steps.</summary>
public class OptimizerKernelsTests
{
    private const int Steps = 5;

    private delegate void Pass(Span<float> w, Span<float> g, Span<float> first, Span<float> second, int step);

    /// <summary>One parameter's step: w, g, first and second state, all in and out.</summary>
    private delegate void Reference(ref double w, double g, ref double first, ref double second, int step);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        const int N = 40_001;
        using var workers = new Workers(threads);
        float[][] alone = Run(null), shared = Run(workers);
        for (int i = 0; i < alone.Length; i++)
            shared[i].ShouldHaveTheBitsOf(alone[i], $"span {i}");
        float[] x = Floats.Random(N, 9);
        Reduction.MaxMagnitude(x, workers).ShouldHaveTheBitsOf(Reduction.MaxMagnitude(x), "the largest");
        x[N - 3] = float.NaN;
        float.IsNaN(Reduction.MaxMagnitude(x, workers)).Should().BeTrue();

        static float[][] Run(Workers? workers)
        {
            float[] w = Floats.Random(N, 1), g = Floats.Random(N, 2), m = Floats.Random(N, 3), v = [.. Floats.Random(N, 4).Select(MathF.Abs)];
            OptimizerKernels.Adam(w, g, m, v, 0.05, 0.9, 0.999, 1e-8, 0.1, 0.001, 0.01, false, workers);
            Floats.Random(N, 5).CopyTo(g, 0);
            OptimizerKernels.SgdMomentum(w, g, m, 0.1f, 0.9f, true, 0.01f, workers);
            Floats.Random(N, 6).CopyTo(g, 0);
            OptimizerKernels.Sgd(w, g, 0.1f, 0.01f, workers);
            Floats.Random(N, 7).CopyTo(g, 0);
            OptimizerKernels.RmsProp(w, g, v, m, Floats.Random(N, 8), 0.1, 0.9, 1e-3, 0.9, 0.01, workers);
            Floats.Random(N, 9).CopyTo(g, 0);
            GradientKernels.AddPenalty(g, w, 0.1f, 0.2f, workers);
            GradientKernels.Clamp(g, 0.9f, workers);
            GradientKernels.AddScaled(g, w, 0.3f, workers);
            GradientKernels.Scale(g, 0.7f, workers);
            return [w, g, m, v, [(float)DoubleSums.Dot(g, w, workers), (float)DoubleSums.Magnitudes(m, workers)]];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Sgd_is_the_formula(double decay)
        => Check(
            (w, g, _, _, _) => OptimizerKernels.Sgd(w, g, 0.1f, (float)decay),
            (ref double w, double g, ref double _, ref double _, int _) => w -= 0.1 * (g + (decay * w)));

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.01)]
    [InlineData(true, 0)]
    [InlineData(true, 0.01)]
    public void Momentum_is_the_formula(bool nesterov, double decay)
        => Check(
            (w, g, v, _, _) => OptimizerKernels.SgdMomentum(w, g, v, 0.1f, 0.9f, nesterov, (float)decay),
            (ref double w, double g, ref double v, ref double _, int _) =>
            {
                g += decay * w;
                v = (0.9 * v) + g;
                w -= 0.1 * (nesterov ? g + (0.9 * v) : v);
            });

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.01)]
    [InlineData(true, 0.01)]
    public void Adam_is_the_formula(bool decoupled, double decay)
        => Check(
            (w, g, m, v, t) => OptimizerKernels.Adam(w, g, m, v, 0.05, 0.9, 0.999, 1e-8, 1 - Math.Pow(0.9, t), 1 - Math.Pow(0.999, t), decay, decoupled),
            (ref double w, double g, ref double m, ref double v, int t) =>
            {
                if (decoupled)
                    w -= 0.05 * decay * w;
                else
                    g += decay * w;
                m = (0.9 * m) + (0.1 * g);
                v = (0.999 * v) + (0.001 * g * g);
                w -= 0.05 / (1 - Math.Pow(0.9, t)) * m / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
            });

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Adagrad_is_the_formula(double decay)
        => Check(
            (w, g, s, _, t) => OptimizerKernels.Adagrad(w, g, s, 0.05, t == 1 ? 0.1 : 0, 1e-10, decay),
            (ref double w, double g, ref double s, ref double _, int t) =>
            {
                g += decay * w;
                s += (t == 1 ? 0.1 : 0) + (g * g);
                w -= 0.05 * g / (Math.Sqrt(s) + 1e-10);
            });

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 0.01)]
    [InlineData(0.9, 0.01)]
    public void RmsProp_is_the_formula(double momentum, double decay)
        => Check(
            (w, g, v, b, _) => OptimizerKernels.RmsProp(w, g, v, default, momentum > 0 ? b : default, 0.01, 0.9, 1e-8, momentum, decay),
            (ref double w, double g, ref double v, ref double b, int _) =>
            {
                g += decay * w;
                v = (0.9 * v) + (0.1 * g * g);
                double step = g / (Math.Sqrt(v) + 1e-8);
                if (momentum > 0)
                    step = b = (momentum * b) + step;
                w -= 0.01 * step;
            });

    [Fact]
    public void Centered_RmsProp_is_the_formula_of_two_means()
    {
        double[] means = new double[53], squares = new double[53];
        int i = -1;
        Check(
            (w, g, m, v, _) => OptimizerKernels.RmsProp(w, g, v, m, default, 0.01, 0.9, 1e-3, 0, 0.01),
            (ref double w, double g, ref double m, ref double v, int _) =>
            {
                i = (i + 1) % 53;
                g += 0.01 * w;
                squares[i] = (0.9 * squares[i]) + (0.1 * g * g);
                m = means[i] = (0.9 * means[i]) + (0.1 * g);
                v = squares[i] - (m * m);
                w -= 0.01 * g / (Math.Sqrt(v) + 1e-3);
            });
    }

    [Fact]
    public void Centered_RmsProp_keeps_the_variance_of_a_gradient_that_hardly_changes()
    {
        // v − m² in floats would be rounding alone, or negative, and its root NaN.
        float[] w = [0], v = [0], m = [0], b = [0];
        for (int step = 0; step < 3000; step++)
            OptimizerKernels.RmsProp(w, new float[] { 1000 + (step % 2) }, v, m, b, 1e-6, 0.9, 1e-8, 0.5, 0);
        v[0].ShouldBeNear(0.2493, 2e-3, "the variance of a coin, less that of its mean"); // ¼ − (½ · 0.1 / 1.9)²
        float.IsFinite(w[0]).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Nadam_is_the_formula(double decay)
        => Check(
            (w, g, m, v, t) => OptimizerKernels.Nadam(w, g, m, v, 0.02 / t, 0.03, 0.9, 0.999, 1e-8, 1 - Math.Pow(0.999, t), decay),
            (ref double w, double g, ref double m, ref double v, int t) =>
            {
                g += decay * w;
                m = (0.9 * m) + (0.1 * g);
                v = (0.999 * v) + (0.001 * g * g);
                w -= ((0.02 / t * g) + (0.03 * m)) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
            });

    [Fact]
    public void Rprop_is_the_formula()
        => Check(
            (w, g, d, sign, t) => OptimizerKernels.Rprop(w, g, d, sign, t == 1 ? 0.1f : 0, 0.5f, 1.25f, 0.06f, 0.15f),
            (ref double w, double g, ref double d, ref double sign, int t) =>
            {
                d += t == 1 ? 0.1f : 0;
                int agreement = Math.Sign(g) * Math.Sign(sign);
                d = Math.Clamp(d * (agreement > 0 ? 1.25 : agreement < 0 ? 0.5 : 1), 0.06f, 0.15f);
                sign = agreement < 0 ? 0 : Math.Sign(g);
                w -= d * sign;
            });

    [Fact]
    public void Rprop_tells_the_signs_of_gradients_whose_product_vanishes()
    {
        float[] w = [0, 0, 0], d = new float[3], sign = new float[3];
        OptimizerKernels.Rprop(w, new float[] { 1e-30f, -1e-30f, 0 }, d, sign, 0.1f, 0.5f, 1.2f, 1e-6f, 50);
        OptimizerKernels.Rprop(w, new float[] { 1e-30f, 1e-30f, 1 }, d, sign, 0, 0.5f, 1.2f, 1e-6f, 50);
        d.Should().Equal(0.1f * 1.2f, 0.1f * 0.5f, 0.1f);
        sign.Should().Equal(1, 0, 1);
    }

    [Fact]
    public void NaN_gradients_reach_the_parameters_by_every_rule()
    {
        foreach (Pass pass in new Pass[]
        {
            (w, g, a, b, _) => OptimizerKernels.Adagrad(w, g, a, 0.1, 0.1, 1e-8, 0), (w, g, a, b, _) => OptimizerKernels.RmsProp(w, g, a, default, default, 0.1, 0.9, 1e-8, 0, 0),
            (w, g, a, b, _) => OptimizerKernels.RmsProp(w, g, a, b, default, 0.1, 0.9, 1e-8, 0, 0), (w, g, a, b, _) => OptimizerKernels.RmsProp(w, g, a, default, b, 0.1, 0.9, 1e-8, 0.5, 0),
            (w, g, a, b, _) => OptimizerKernels.Nadam(w, g, a, b, 0.1, 0.1, 0.9, 0.9, 1e-8, 0.1, 0), (w, g, a, b, _) => OptimizerKernels.Rprop(w, g, a, b, 0.1f, 0.5f, 1.2f, 1e-6f, 50),
            (w, g, a, b, _) => OptimizerKernels.Sgd(w, g, 0.1f, 0),
        })
        {
            float[] w = [1f, 1f];
            pass(w, new[] { float.NaN, 0f }, new float[2], new float[2], 1);
            w.ShouldHaveTheBitsOf([float.NaN, 1f], "w");
        }
    }

    [Fact]
    public void A_first_step_of_Adam_moves_by_the_rate()
    {
        float[] w = [1f], g = [1e-3f], m = [0f], v = [0f];
        OptimizerKernels.Adam(w, g, m, v, 0.05, 0.9, 0.999, 0, 0.1, 0.001, 0, false);
        w[0].ShouldBeNear(0.95, 1e-6, "w");
    }

    [Fact]
    public void NaN_gradients_reach_the_parameters()
    {
        float[] w = [1f, 1f], g = [float.NaN, 0f], m = [0f, 0f], v = [0f, 0f];
        OptimizerKernels.Adam(w, g, m, v, 0.05, 0.9, 0.999, 1e-8, 0.1, 0.001, 0, false);
        w.ShouldHaveTheBitsOf([float.NaN, 1f], "w");
    }

    [Fact]
    public void Spans_of_other_lengths_are_refused()
    {
        float[] three = new float[3], four = new float[4];
        Assert.Throws<ArgumentException>(() => OptimizerKernels.Sgd(three, four, 0.1f, 0));
        Assert.Throws<ArgumentException>(() => OptimizerKernels.SgdMomentum(four, four, three, 0.1f, 0.9f, false, 0));
        Assert.Throws<ArgumentException>(() => OptimizerKernels.Adagrad(four, four, three, 1, 1, 1, 1));
        Assert.Throws<ArgumentException>(() => OptimizerKernels.RmsProp(four, four, four, four, three, 1, 1, 1, 1, 1));
        Assert.Throws<ArgumentException>(() => OptimizerKernels.Adam(four, four, four, three, 1, 1, 1, 1, 1, 1, 1, false));
    }

    private static void Check(Pass pass, Reference reference)
    {
        const int N = 53;
        float[] start = Floats.Random(N, 1);
        (Guarded w, Guarded g, Guarded first, Guarded second) = (new(start, 1), new(new float[N], 2), new(new float[N]), new(new float[N], 3));
        var exact = Array.ConvertAll(start, one => (double)one);
        (double[] exactFirst, double[] exactSecond) = (new double[N], new double[N]);

        // The same in pieces of every size.
        float[] cutW = [.. start], cutG = new float[N], cutFirst = new float[N], cutSecond = new float[N];

        for (int step = 1; step <= Steps; step++)
        {
            float[] gradient = Floats.Random(N, 10 + step);
            gradient.CopyTo(g.Span);
            gradient.CopyTo(cutG, 0);
            pass(w.Span, g.Span, first.Span, second.Span, step);
            for (int i = 0; i < N; i++)
                reference(ref exact[i], gradient[i], ref exactFirst[i], ref exactSecond[i], step);

            for (int from = 0, size = 0; from < N; from += size)
            {
                size = Math.Min(1 + (size * 2), N - from);
                pass(cutW.AsSpan(from, size), cutG.AsSpan(from, size), cutFirst.AsSpan(from, size), cutSecond.AsSpan(from, size), step);
            }
        }

        foreach (Guarded guarded in new[] { w, g, first, second })
            guarded.ShouldBeIntact("step");
        for (int i = 0; i < N; i++)
        {
            w.Span[i].ShouldBeNear(exact[i], 3e-6, $"w {i}", floor: 0.1);
            first.Span[i].ShouldBeNear(exactFirst[i], 3e-6, $"first state {i}", floor: 0.1);
            second.Span[i].ShouldBeNear(exactSecond[i], 3e-6, $"second state {i}", floor: 1e-4);
        }

        g.Span.ShouldHaveTheBitsOf(new float[N], "the gradient is 0 afterwards");
        cutG.ShouldHaveTheBitsOf(new float[N], "the gradient is 0 afterwards, in pieces");
        cutW.ShouldHaveTheBitsOf(w.Span, "w in pieces");
        cutFirst.ShouldHaveTheBitsOf(first.Span, "first state in pieces");
        cutSecond.ShouldHaveTheBitsOf(second.Span, "second state in pieces");
    }

    [Fact]
    public void State_without_a_gradient_fades_to_0_instead_of_staying_denormal()
    {
        float[] w = [1, 1, 1], g = [1, 1e-3f, 1e-20f], m = new float[3], v = new float[3], velocity = new float[3], other = [1, 1, 1];
        OptimizerKernels.Adam(w, g, m, v, 0.001, 0.9, 0.99, 1e-8, 0.1, 0.01, 0, false);
        v[2].Should().Be(0, "the square of 1e-20 is a denormal");
        g = [1, 1e-3f, 1e-20f];
        OptimizerKernels.SgdMomentum(other, g, velocity, 0.001f, 0.9f, false, 0);
        for (int step = 0; step < 10_000; step++)
        {
            OptimizerKernels.Adam(w, g, m, v, 0.001, 0.9, 0.99, 1e-8, 1, 1, 0, false);
            OptimizerKernels.SgdMomentum(other, g, velocity, 0.001f, 0.9f, false, 0);
        }

        m.Should().Equal(0, 0, 0);
        v.Should().Equal(0, 0, 0);
        velocity.Should().Equal(0, 0, 0);
    }

    [Fact]
    public void What_RmsProp_remembers_fades_too()
    {
        float[] w = [1, 1], v = new float[2], m = new float[2], b = new float[2];
        OptimizerKernels.RmsProp(w, new float[] { 1, 1e-20f }, v, m, b, 0.001, 0.9, 1e-8, 0.9, 0);
        v[1].Should().Be(0, "the square of 1e-20 is a denormal");
        for (int step = 0; step < 3000; step++)
            OptimizerKernels.RmsProp(w, new float[2], v, m, b, 0.001, 0.9, 1e-8, 0.9, 0);
        v.Concat(m).Concat(b).Should().OnlyContain(value => value == 0);
    }
}
