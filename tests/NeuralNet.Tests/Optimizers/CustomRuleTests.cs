using System.Runtime.CompilerServices;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Optimizers;

/// <summary>An optimizer written outside of the library, as the formula of one element: its fused pass beside a plain loop.</summary>
public class CustomRuleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(333)]
    public void It_has_the_bits_of_a_plain_loop(int n)
    {
        var lion = new Lion(0.01f, weightDecay: 0.1f);
        float[] w = TestData.Normal(n, 1), m = new float[n], expectedW = [.. w], expectedM = new float[n];
        for (int step = 1; step <= 5; step++)
        {
            float[] g = [.. TestData.Normal(n, step + 1).Select((value, i) => i % 5 == step ? 0 : value)];
            PlainStep(lion, expectedW, [.. g], expectedM, isLazy: false);
            lion.Move(w, g, m, step);
            g.Should().OnlyContain(value => value == 0);
            w.ShouldHaveTheBitsOf(expectedW, "w");
            m.ShouldHaveTheBitsOf(expectedM, "m");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_a_sparse_block_it_is_lazy_if_it_says_so(bool isLazy)
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Embedding(40, 5).MeanOverSteps().Dense(3, bias: false).Build(1);
        int table = 200, n = network.Parameters.Length;
        var lion = new Lion(0.01f, weightDecay: 0.1f) { Lazy = isLazy };
        OptimizerState state = lion.CreateState(network);
        float[] w = network.Parameters.ToArray(), m = new float[n];
        for (int step = 1; step <= 4; step++)
        {
            float[] g = [.. TestData.Normal(n, step).Select((value, i) => i < table && i / 5 % 8 != step ? 0 : value)];
            PlainStep(lion, w.AsSpan(0, table), [.. g[..table]], m.AsSpan(0, table), isLazy);
            PlainStep(lion, w.AsSpan(table), [.. g[table..]], m.AsSpan(table), isLazy: false);
            lion.Step(network.Parameters, g, state);
            network.Parameters.ShouldHaveTheBitsOf(w, "w");
            state.Values.ShouldHaveTheBitsOf(m, "m");
        }
    }

    [Fact]
    public void A_rule_that_skips_zeros_has_the_bits_of_one_that_does_not()
    {
        const int N = 1000;
        float[] g = [.. TestData.Normal(N).Select((value, i) => i / 30 % 4 == 1 ? value : 0)], w = TestData.Normal(N, 2), others = [.. w];
        new SignDescent().Move(w, [.. g], []);
        new SignDescent().Move(others, g, [], isSparse: true);
        others.ShouldHaveTheBitsOf(w, "w");
        g.Should().OnlyContain(value => value == 0);

        // An infinite parameter shows that most are passed by: 0 · ∞ is NaN.
        float[] infinite = [.. Enumerable.Repeat(float.PositiveInfinity, N)];
        new SignDescent(decay: float.Epsilon).Move(infinite, new float[N], []);
        infinite.Should().OnlyContain(value => float.IsNaN(value));
        infinite.AsSpan().Fill(float.PositiveInfinity);
        new SignDescent(decay: float.Epsilon).Move(infinite, new float[N], [], isSparse: true);
        infinite.Should().OnlyContain(value => value == float.PositiveInfinity);
    }

    // What a step that failed passed over has not been passed over: freed, it is at its first step, not before it.
    [Fact]
    public void A_step_that_fails_has_passed_nothing_over()
    {
        Network network = Network.Create(2).Dense(3).Dense(2).Build(1);
        var optimizer = new Failing { Fails = true };
        OptimizerState state = optimizer.CreateState(network);
        float[] gradient = new float[network.Parameters.Length];
        var rates = new Rates { ["0"] = 0 };
        for (int attempt = 0; attempt < 2; attempt++)
            new Action(() => Steps(rates)).Should().Throw<ArithmeticException>();

        state.Step.Should().Be(0);
        state.PassedOver.Should().Equal(0, 0, 0, 0);
        optimizer.Fails = false;
        Steps(new Rates()).Should().Equal(1, 1, 1, 1);
        Steps(rates).Should().Equal(2, 2);
        Steps(new Rates()).Should().Equal(2, 2, 3, 3);

        List<long> Steps(Rates those)
        {
            optimizer.Steps.Clear();
            optimizer.Step(network.Parameters, gradient, state, 0.1f, those);
            return optimizer.Steps;
        }
    }

    private sealed class Failing() : Optimizer(0.1f, 0)
    {
        public bool Fails { get; set; }

        public List<long> Steps { get; } = [];

        public override int ValuesPerParameter => 0;

        protected override void Update(in OptimizerPass pass)
        {
            Steps.Add(pass.Step);
            if (Fails && pass.Parameters.Length == 2) // the last bias
                throw new ArithmeticException("No.");
        }
    }

    [Fact]
    public void It_says_its_settings_trains_and_allocates_nothing_in_a_step()
    {
        new Lion(0.5f).ToString().Should().Be("Lion(learningRate 0.5, weightDecay 0, beta1 0.9, beta2 0.99)");
        Network network = TestData.Classifier();
        Dataset data = TestData.Clouds();
        new Trainer(network, Divergence.CrossEntropy, new Lion(0.003f)).Fit(data, epochs: 20);
        Evaluation.Of(network, data, Divergence.CrossEntropy).Accuracy.Should().BeGreaterThan(0.85);

        Allocations.Of(() =>
        {
            (Lion lion, float[] gradient) = (new Lion(0.01f), new float[network.Parameters.Length]);
            OptimizerState state = lion.CreateState(network);
            return () => lion.Step(network.Parameters, gradient, state);
        }).Should().Be(0);
    }

    [Fact]
    public void More_values_than_a_rule_can_have_are_refused()
    {
        Action create = () => new TooMany().CreateState(TestData.Classifier());
        create.Should().Throw<InvalidOperationException>().WithMessage("*4 values*0 to 3*");
    }

    private static void PlainStep(Lion lion, Span<float> w, ReadOnlySpan<float> g, Span<float> m, bool isLazy)
    {
        (float one, float other) = ((float)(1 - lion.Beta1), (float)(1 - lion.Beta2));
        for (int i = 0; i < w.Length; i++)
        {
            if (isLazy && g[i] == 0)
                continue;
            float direction = MathF.FusedMultiplyAdd((float)lion.Beta1, m[i], one * g[i]);
            w[i] = MathF.FusedMultiplyAdd(-lion.LearningRate, MathF.FusedMultiplyAdd(lion.WeightDecay, w[i], MathF.Sign(direction)), w[i]);
            m[i] = MathF.FusedMultiplyAdd((float)lion.Beta2, m[i], other * g[i]);
        }
    }

    /// <summary>w ← w − η (sign(β₁ m + (1 − β₁) g) + λ w); m ← β₂ m + (1 − β₂) g: X. Chen et al., 2023.</summary>
    private sealed class Lion(float learningRate, float weightDecay = 0) : Optimizer<Lion.Rule>(learningRate, weightDecay)
    {
        public double Beta1 => 0.9;

        public double Beta2 => 0.99;

        public bool Lazy { get; init; }

        public override bool IsLazy => Lazy;

        public override KindSettings Settings => base.Settings.Set("beta1", (float)Beta1).Set("beta2", (float)Beta2);

        protected override Rule CreateRule(in OptimizerPass pass) => new(pass.LearningRate, pass.WeightDecay, Beta1, Beta2);

        public readonly struct Rule(float rate, float decay, double beta1, double beta2) : IUpdateRule
        {
            private readonly float beta1 = (float)beta1, notBeta1 = (float)(1 - beta1), beta2 = (float)beta2, notBeta2 = (float)(1 - beta2);

            public static int ValuesPerParameter => 1;

            public bool SkipsZeros => false;

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
                where TVector : struct, IVector<TVector>
            {
                TVector direction = UpdateRule.Mean(first, g, beta1, notBeta1), zero = TVector.Zero;
                TVector sign = TVector.Select(
                    TVector.LessThan(direction, zero), -TVector.One, TVector.Select(TVector.LessThan(zero, direction), TVector.One, direction));
                first = UpdateRule.Mean(first, g, beta2, notBeta2);
                return TVector.FusedMultiplyAdd(TVector.Broadcast(-rate), TVector.FusedMultiplyAdd(TVector.Broadcast(decay), w, sign), w);
            }
        }
    }

    /// <summary>w ← w − η (sign g + λ w), and it says that nothing changes where g = 0.</summary>
    private sealed class SignDescent(float decay = 0) : Optimizer<SignDescent.Rule>(0.1f)
    {
        protected override Rule CreateRule(in OptimizerPass pass) => new(pass.LearningRate, decay);

        public readonly struct Rule(float rate, float decay) : IUpdateRule
        {
            public static int ValuesPerParameter => 0;

            public bool SkipsZeros => true;

            public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
                where TVector : struct, IVector<TVector>
            {
                TVector sign = TVector.Select(
                    TVector.LessThan(g, TVector.Zero), -TVector.One, TVector.Select(TVector.LessThan(TVector.Zero, g), TVector.One, g));
                return w - (TVector.Broadcast(rate) * (sign + (TVector.Broadcast(decay) * w)));
            }
        }
    }

    private sealed class TooMany() : Optimizer<TooMany.Rule>(0.1f)
    {
        protected override Rule CreateRule(in OptimizerPass pass) => default;

        public readonly struct Rule : IUpdateRule
        {
            public static int ValuesPerParameter => 4;

            public bool SkipsZeros => false;

            public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
                where TVector : struct, IVector<TVector> => w;
        }
    }
}
