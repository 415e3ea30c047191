using NeuralNet.Kernels;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>A person's own divergence, written as a formula.</summary>
public unsafe class FormulaDivergenceTests
{
    /// <summary>The pinball: D = Σᵢ max(τ (dᵢ − yᵢ), (τ − 1) (dᵢ − yᵢ)). It draws y to the quantile τ of d.</summary>
    private sealed class Pinball(float tau) : Divergence<Pinball.Formula>(new(tau))
    {
        public readonly struct Formula(float tau) : IDivergenceFormula
        {
            public TVector Value<TVector>(TVector y, TVector d)
                where TVector : struct, IVector<TVector> =>
                TVector.Max(TVector.Broadcast(tau) * (d - y), TVector.Broadcast(tau - 1) * (d - y));

            public TVector Derivative<TVector>(TVector y, TVector d)
                where TVector : struct, IVector<TVector> =>
                TVector.Select(TVector.LessThan(y, d), TVector.Broadcast(-tau), TVector.Broadcast(1 - tau));
        }
    }

    /// <summary>Its value is 1 more than that of L2, which is not 0 where there is nothing, and it takes one width only.</summary>
    private sealed class OneMore() : Divergence<OneMore.Formula>(default)
    {
        public readonly struct Formula : IDivergenceFormula
        {
            public TVector Value<TVector>(TVector y, TVector d)
                where TVector : struct, IVector<TVector> => ((y - d) * (y - d)) + TVector.One;

            public TVector Derivative<TVector>(TVector y, TVector d)
                where TVector : struct, IVector<TVector> => TVector.Broadcast(2f) * (y - d);
        }

        protected internal override void CheckWidth(int width)
        {
            if (width != 3)
                throw new ArgumentException($"3 outputs were expected, but got {width}.");
        }
    }

    [Fact]
    public void It_passes_the_gradient_check()
    {
        foreach (float tau in new[] { 0.1f, 0.5f, 0.9f })
        {
            foreach (int width in new[] { 1, 5, 40 })
                GradientCheck.Divergence(new Pinball(tau), width).EnsurePasses();
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(70, 1)]
    [InlineData(3, 16)]
    [InlineData(5, 37)]
    public void It_has_the_numbers_of_a_loop(int rows, int width)
    {
        const float Tau = 0.75f;
        float[] y = Floats.Random(rows * width, 1), d = Floats.Random(rows * width, 2), dy = new float[y.Length];
        var divergence = new Pinball(Tau);
        divergence.Backward(y, d, dy, rows);
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double r = (double)d[i] - y[i];
            sum += Math.Max(Tau * r, (Tau - 1) * r);
            dy[i].ShouldHaveTheBitsOf((float)(1.0 / rows) * (y[i] < d[i] ? -Tau : 1 - Tau), $"gradient {i}");
        }

        divergence.Forward(y, d, rows).ShouldBeNear(sum / rows, 1e-6, "value");
        Network network = Network.Create(2).Dense(1).Build(seed: 1);
        GradientCheck.Network(network, divergence).EnsurePasses();
    }

    [Fact]
    public void Sums_run_over_16_lanes_at_every_width_and_lanes_past_the_end_do_not_count()
    {
        for (int n = 1; n <= 70; n++)
        {
            float[] y = Floats.Random(n, n), d = Floats.Random(n, n + 1), terms = new float[n];
            for (int i = 0; i < n; i++)
                terms[i] = ((y[i] - d[i]) * (y[i] - d[i])) + 1;
            float sum = Floats.SumInLanes(terms);
            OnWidth<Simd512>(y, d, sum);
            OnWidth<WideVector<Simd256>>(y, d, sum);
            OnWidth<WideVector<WideVector<Simd128>>>(y, d, sum);
        }
    }

    [Fact]
    public void It_may_state_its_width()
    {
        new OneMore().Forward([1, 2, 3], [1, 2, 3], 1).Should().Be(3);
        FluentActions.Invoking(() => new OneMore().Forward([1, 2], [1, 2], 1)).Should().Throw<ArgumentException>().WithMessage("3 outputs*");
    }

    [Fact]
    public void Settings_name_what_the_constructor_took()
    {
        new Huber(0.5f).Settings.ToString().Should().Be("delta 0.5");
        new Hinge(2).Settings.GetSingle("margin").Should().Be(2);
        new SquaredHinge(3).Settings.GetSingle("margin").Should().Be(3);
        var crossEntropy = new CrossEntropy(0.25f, [1, 0.5f]);
        crossEntropy.Settings.ToString().Should().Be("labelSmoothing 0.25, classWeights [1, 0.5]");
        crossEntropy.Settings.GetSingles("classWeights").Should().Equal(1, 0.5f);
    }

    private static void OnWidth<TVector>(float[] y, float[] d, float sum)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = y.Length;
        (Guarded gy, Guarded gd, Guarded gradient) = (new(y, n % 4), new(d, n % 3), new(new float[n], n % 5));
        fixed (float* py = gy.Span, pd = gd.Span, pg = gradient.Span)
        {
            DivergencePasses.OfVector<OneMore.Formula, PlainDesired, TVector>(default, default, py, pd, 0, null, n)
                .ShouldHaveTheBitsOf(sum, $"value of {n}");
            DivergencePasses.OfVector<OneMore.Formula, PlainDesired, TVector>(default, default, py, pd, 0.3f, pg, n)
                .ShouldHaveTheBitsOf(sum, $"value beside the gradient of {n}");
        }

        gradient.ShouldBeIntact($"{n}");
        for (int i = 0; i < n; i++)
            gradient.Span[i].ShouldHaveTheBitsOf(0.3f * (2 * (y[i] - d[i])), $"gradient {i} of {n}");
    }
}
