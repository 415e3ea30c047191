using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>Every rule's fused pass against PyTorch's formulas in double, element by element and over several steps.</summary>
public class UpdatePassesTests
{
    private const int Steps = 5;

    private delegate void Pass(in OptimizerPass pass);

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
            float[] w = Floats.Random(N, 1), g = new float[N], values = [.. Floats.Random(3 * N, 3).Select(MathF.Abs)];
            Optimizer[] optimizers =
            [
                new Adam(0.05f, weightDecay: 0.01f), new Sgd(0.1f, 0.9f, nesterov: true, 0.01f), new Sgd(0.1f, weightDecay: 0.01f),
                new RmsProp(0.1f, 0.9f, 1e-3f, 0.9f, centered: true, 0.01f),
            ];
            foreach (Optimizer optimizer in optimizers)
            {
                Floats.Random(N, 5).CopyTo(g, 0);
                optimizer.Move(w, g, values, workers: workers);
            }

            Floats.Random(N, 9).CopyTo(g, 0);
            GradientKernels.AddPenalty(g, w, 0.1f, 0.2f, workers);
            GradientKernels.Clamp(g, 0.9f, workers);
            GradientKernels.AddScaled(g, w, 0.3f, workers);
            GradientKernels.Scale(g, 0.7f, workers);
            return [w, g, values, [(float)DoubleSums.Dot(g, w, workers), (float)DoubleSums.Magnitudes(values, workers)]];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Sgd_is_the_formula(double decay)
        => Check(
            new Sgd(0.1f, weightDecay: (float)decay),
            (ref double w, double g, ref double _, ref double _, int _) => w -= 0.1 * (g + (decay * w)));

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.01)]
    [InlineData(true, 0)]
    [InlineData(true, 0.01)]
    public void Momentum_is_the_formula(bool nesterov, double decay)
        => Check(
            new Sgd(0.1f, 0.9f, nesterov, (float)decay),
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
            decoupled ? new AdamW(0.05f, weightDecay: (float)decay) : new Adam(0.05f, weightDecay: (float)decay),
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
            new Adagrad(0.05f, initialSum: 0.1f, weightDecay: (float)decay),
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
            new RmsProp(0.01f, 0.9f, 1e-8f, (float)momentum, weightDecay: (float)decay),
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
            new RmsProp(0.01f, 0.9f, 1e-3f, centered: true, weightDecay: 0.01f),
            (ref double w, double g, ref double v, ref double m, int _) =>
            {
                i = (i + 1) % 53;
                g += 0.01 * w;
                squares[i] = (0.9 * squares[i]) + (0.1 * g * g);
                m = means[i] = (0.9 * means[i]) + (0.1 * g);
                v = squares[i] - (m * m);
                w -= 0.01 * g / (Math.Sqrt(v) + 1e-3);
            },
            floors: (1e-4, 0.1));
    }

    [Fact]
    public void Centered_RmsProp_keeps_the_variance_of_a_gradient_that_hardly_changes()
    {
        // v − m² in floats would be rounding alone, or negative, and its root NaN.
        float[] w = [0], values = new float[3];
        var optimizer = new RmsProp(1e-6f, 0.9f, 1e-8f, 0.5f, centered: true);
        for (int step = 0; step < 3000; step++)
            optimizer.Move(w, new float[] { 1000 + (step % 2) }, values);
        values[0].ShouldBeNear(0.2493, 2e-3, "the variance of a coin, less that of its mean"); // ¼ − (½ · 0.1 / 1.9)²
        float.IsFinite(w[0]).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Nadam_is_the_formula(double decay)
        => Check(
            (in OptimizerPass pass) => UpdatePasses.Run(new Nadam.Rule(pass, 0.02 / pass.Step, 0.03, 0.9, 0.999, 1e-8), pass), (float)decay,
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
            new Rprop(0.1f, 0.5f, 1.25f, 0.06f, 0.15f),
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
        float[] w = [0, 0, 0], values = new float[6];
        var optimizer = new Rprop(0.1f);
        optimizer.Move(w, new float[] { 1e-30f, -1e-30f, 0 }, values, step: 1);
        optimizer.Move(w, new float[] { 1e-30f, 1e-30f, 1 }, values, step: 2);
        values.Should().Equal(0.1f * 1.2f, 0.1f * 0.5f, 0.1f, 1, 0, 1);
    }

    [Fact]
    public void NaN_gradients_reach_the_parameters_by_every_rule()
    {
        foreach (Optimizer optimizer in new Optimizer[]
        {
            new Adagrad(initialSum: 0.1f), new RmsProp(), new RmsProp(centered: true), new RmsProp(momentum: 0.5f),
            new RmsProp(momentum: 0.5f, centered: true), new Nadam(), new Rprop(0.1f), new Sgd(), new Sgd(momentum: 0.9f),
            new Sgd(momentum: 0.9f, nesterov: true), new Adam(), new AdamW(weightDecay: 0), new Adam(lazy: true),
        })
        {
            foreach (bool isSparse in new[] { false, true })
            {
                float[] w = [1f, 1f];
                optimizer.Move(w, new[] { float.NaN, 0f }, new float[2 * optimizer.ValuesPerParameter], isSparse: isSparse);
                w.ShouldHaveTheBitsOf([float.NaN, 1f], $"w by {optimizer}");
            }
        }
    }

    [Fact]
    public void A_first_step_of_Adam_moves_by_the_rate()
    {
        float[] w = [1f];
        OptimizerPass pass = RangePass.Of(w, new[] { 1e-3f }, new float[2], rate: 0.05f);
        UpdatePasses.Run(new Adam.Rule(pass, 0.9, 0.999, epsilon: 0, decouplesDecay: false), pass);
        w[0].ShouldBeNear(0.95, 1e-6, "w");
    }

    [Fact]
    public void Spans_of_other_lengths_are_refused()
    {
        float[] four = new float[4];
        Assert.Throws<ArgumentException>(() => new Sgd().Move(new float[3], four, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(momentum: 0.5f).Move(four, four, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adagrad().Move(four, four, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam().Move(four, four, new float[7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RmsProp(momentum: 0.5f, centered: true).Move(four, four, new float[11]));
    }

    private static void Check(Optimizer optimizer, Reference reference, (double First, double Second)? floors = null) =>
        Check((in OptimizerPass pass) => RangePass.Update(optimizer, pass), optimizer.WeightDecay, reference, optimizer.LearningRate, floors);

    private static void Check(Pass pass, float decay, Reference reference, float rate = 0, (double First, double Second)? floors = null)
    {
        (double firstFloor, double secondFloor) = floors ?? (0.1, 1e-4);
        const int N = 53;
        float[] start = Floats.Random(N, 1);
        (Guarded w, Guarded g, Guarded values) = (new(start, 1), new(new float[N], 2), new(new float[2 * N], 3));
        var exact = Array.ConvertAll(start, one => (double)one);
        (double[] exactFirst, double[] exactSecond) = (new double[N], new double[N]);

        // The same in pieces of every size.
        float[] cutW = [.. start], cutG = new float[N], cutValues = new float[2 * N];

        for (int step = 1; step <= Steps; step++)
        {
            float[] gradient = Floats.Random(N, 10 + step);
            gradient.CopyTo(g.Span);
            gradient.CopyTo(cutG, 0);
            pass(RangePass.Of(w.Span, g.Span, values.Span, step, rate, decay));
            for (int i = 0; i < N; i++)
                reference(ref exact[i], gradient[i], ref exactFirst[i], ref exactSecond[i], step);

            for (int from = 0, size = 0; from < N; from += size)
            {
                size = Math.Min(1 + (size * 2), N - from);
                pass(RangePass.Of(cutW.AsSpan(from, size), cutG.AsSpan(from, size), cutValues, step, rate, decay, start: from, total: N));
            }
        }

        foreach (Guarded guarded in new[] { w, g, values })
            guarded.ShouldBeIntact("step");
        for (int i = 0; i < N; i++)
        {
            w.Span[i].ShouldBeNear(exact[i], 3e-6, $"w {i}", floor: 0.1);
            values.Span[i].ShouldBeNear(exactFirst[i], 3e-6, $"first state {i}", firstFloor);
            values.Span[N + i].ShouldBeNear(exactSecond[i], 3e-6, $"second state {i}", secondFloor);
        }

        g.Span.ShouldHaveTheBitsOf(new float[N], "the gradient is 0 afterwards");
        cutG.ShouldHaveTheBitsOf(new float[N], "the gradient is 0 afterwards, in pieces");
        cutW.ShouldHaveTheBitsOf(w.Span, "w in pieces");
        cutValues.ShouldHaveTheBitsOf(values.Span, "what is remembered, in pieces");
    }

    [Fact]
    public void State_without_a_gradient_fades_to_0_instead_of_staying_denormal()
    {
        float[] w = [1, 1, 1], values = new float[6], velocity = new float[3], other = [1, 1, 1];
        (Optimizer adam, Optimizer sgd) = (new Adam(beta2: 0.99f), new Sgd(0.001f, 0.9f));
        adam.Move(w, new[] { 1, 1e-3f, 1e-20f }, values);
        values[5].Should().Be(0, "the square of 1e-20 is a denormal");
        sgd.Move(other, new[] { 1, 1e-3f, 1e-20f }, velocity);
        for (int step = 2; step < 10_000; step++)
        {
            adam.Move(w, new float[3], values, step);
            sgd.Move(other, new float[3], velocity, step);
        }

        values.Should().Equal(0, 0, 0, 0, 0, 0);
        velocity.Should().Equal(0, 0, 0);
    }

    [Fact]
    public void What_RmsProp_remembers_fades_too()
    {
        float[] w = [1, 1], values = new float[6];
        var optimizer = new RmsProp(0.001f, 0.9f, 1e-8f, 0.9f, centered: true);
        optimizer.Move(w, new float[] { 1, 1e-20f }, values);
        values[1].Should().Be(0, "the square of 1e-20 is a denormal");
        for (int step = 0; step < 3000; step++)
            optimizer.Move(w, new float[2], values);
        values.Should().OnlyContain(value => value == 0);
    }
}
