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
            return [w, g, m, v];
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
}
