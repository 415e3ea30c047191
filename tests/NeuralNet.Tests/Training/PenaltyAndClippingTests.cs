namespace NeuralNet.Tests.Training;

public class PenaltyAndClippingTests
{
    private static readonly Dataset data = TestData.Clouds(50);

    [Fact]
    public void A_penaltys_gradient_is_the_slope_of_its_value_and_spares_biases()
    {
        Network network = TestData.Classifier();
        network.Parameter("0.bias").Fill(3);
        var penalty = new Penalty(0.3f, 0.7f);
        float[] gradient = new float[network.Parameters.Length];
        penalty.AddGradient(network, gradient);
        for (int i = 0; i < gradient.Length; i++)
        {
            // Over a kink only what is left of it: no weight is that small.
            const float H = 1e-3f;
            float w = network.Parameters[i];
            network.Parameters[i] = w + H;
            double above = penalty.Value(network), x1 = network.Parameters[i];
            network.Parameters[i] = w - H;
            double below = penalty.Value(network), x0 = network.Parameters[i];
            network.Parameters[i] = w;
            if (Math.Abs(w) > H || w == 0)
                gradient[i].Should().BeApproximately((float)((above - below) / (x1 - x0)), 1e-4f, $"parameter {i}");
        }

        int first = network.Parameter("0.weight").Length;
        gradient.AsSpan(first, 8).ToArray().Should().OnlyContain(value => value == 0, "these are biases");
        gradient.AsSpan(0, first).ToArray().Should().OnlyContain(value => value != 0);
    }

    [Fact]
    public void The_penalty_leaves_what_is_0_and_the_reported_divergence_as_they_are()
    {
        Network with = TestData.Classifier(), without = TestData.Classifier();
        with.Parameter("0.weight")[3] = without.Parameter("0.weight")[3] = 0;
        float[] gradient = new float[with.Parameters.Length];
        new Penalty(1, 1).AddGradient(with, gradient);
        gradient[3].Should().Be(0);
        using var a = new Trainer(with, Divergence.CrossEntropy, new Sgd(0.1f)) { Penalty = new Penalty(0.1f, 0.1f) };
        using var b = new Trainer(without, Divergence.CrossEntropy, new Sgd(0.1f));
        a.Step(data.Inputs, data.Desired, data.Rows).Should().Be(b.Step(data.Inputs, data.Desired, data.Rows));
        with.Parameters.SequenceEqual(without.Parameters).Should().BeFalse();
    }

    [Fact]
    public void The_L2_penalty_is_weight_decay()
    {
        Network penalized = TestData.Classifier(), decayed = TestData.Classifier();
        using var a = new Trainer(penalized, Divergence.CrossEntropy, new Sgd(0.1f, 0.9f)) { Penalty = new Penalty(l2: 0.05f) };
        using var b = new Trainer(decayed, Divergence.CrossEntropy, new Sgd(0.1f, 0.9f, weightDecay: 0.05f));
        a.Fit(data, 10);
        b.Fit(data, 10);
        for (int i = 0; i < penalized.Parameters.Length; i++)
            penalized.Parameters[i].Should().BeApproximately(decayed.Parameters[i], 1e-6f);
    }

    [Fact]
    public void With_a_lazy_optimizer_rows_that_do_not_occur_pay_no_price()
    {
        Network network = Network.Create(2).Embedding(10, 4).Flatten().Dense(1).Build(seed: 1), eager = network.Clone();
        network.Parameter("0.weight").Slice(20, 4).Fill(0.5f);
        network.Parameters.CopyTo(eager.Parameters);
        using var lazily = new Trainer(network, Divergence.L2, new Adam(lazy: true)) { Penalty = new Penalty(l1: 1e-5f, l2: 1e-4f) };
        using var always = new Trainer(eager, Divergence.L2, new Adam()) { Penalty = new Penalty(l2: 1e-4f) };
        for (int step = 0; step < 100; step++)
        {
            lazily.Step([1, 2], [0.5f], 1);
            always.Step([1, 2], [0.5f], 1);
        }

        network.Parameter("0.weight").Slice(20, 4).ToArray().Should().OnlyContain(w => w == 0.5f);
        eager.Parameter("0.weight").Slice(20, 4).ToArray().Should().OnlyContain(w => w < 0.45f);

    }

    // Of Sgd, λ₂ of the penalty and the weight decay are the same, whatever else is frozen or slow.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_a_lazy_optimizer_rows_that_occur_pay_the_price(bool hasRates)
    {
        Network penalized = Network.Create(2).Embedding(10, 4).Flatten().Dense(1).Build(seed: 1), decayed = penalized.Clone();
        Rates rates = hasRates ? new Rates { ["1"] = 0.5f, ["2.bias"] = 0 } : new Rates();
        using var a = new Trainer(penalized, Divergence.L2, new LazySgd(0.1f)) { Penalty = new Penalty(l2: 0.1f), Rates = rates };
        using var b = new Trainer(decayed, Divergence.L2, new LazySgd(0.1f, weightDecay: 0.1f)) { Rates = rates };
        float[] before = penalized.Parameters.ToArray();
        for (int step = 0; step < 50; step++)
        {
            a.Step([1, 2], [0.5f], 1);
            b.Step([1, 2], [0.5f], 1);
        }

        for (int i = 0; i < before.Length; i++)
            penalized.Parameters[i].Should().BeApproximately(decayed.Parameters[i], 1e-6f, $"parameter {i}");
        penalized.Parameters[..4].ToArray().Should().Equal(before[..4], "row 0 does not occur");
        penalized.Parameters.Slice(4, 8).ToArray().Should().NotEqual(before[4..12]);

        float[] free = before.ToArray(), gradient = new float[before.Length];
        gradient[5] = 1;
        new Penalty(l1: 0.25f, l2: 0.5f).AddGradient(decayed, gradient, lazily: true);
        gradient[5].Should().BeApproximately(1 + (0.25f * Math.Sign(decayed.Parameters[5])) + (0.5f * decayed.Parameters[5]), 1e-6f);
        gradient[..5].Should().OnlyContain(g => g == 0);
        gradient[40].Should().NotBe(0, "a dense block pays always");
    }

    private sealed class LazySgd(float learningRate, float weightDecay = 0) : Optimizer<LazySgd.Rule>(learningRate, weightDecay)
    {
        public override bool IsLazy => true;

        protected override Rule CreateRule(in OptimizerPass pass) => new(pass.LearningRate, pass.WeightDecay);

        public readonly struct Rule(float rate, float decay) : IUpdateRule
        {
            public static int ValuesPerParameter => 0;

            public bool SkipsZeros => false;

            public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
                where TVector : struct, IVector<TVector> => w - (TVector.Broadcast(rate) * (g + (TVector.Broadcast(decay) * w)));
        }
    }

    [Fact]
    public void Clipping_by_norm_keeps_the_direction_and_by_value_the_signs()
    {
        float[] gradient = [3, -4, 0];
        GradientClipping.ByNorm(10).Apply(gradient);
        gradient.Should().Equal(3, -4, 0);
        GradientClipping.ByNorm(1).Apply(gradient);
        gradient[0].Should().BeApproximately(0.6f, 1e-6f);
        gradient[1].Should().BeApproximately(-0.8f, 1e-6f);
        gradient = [3, -4, 0, 0.5f];
        GradientClipping.ByValue(1).Apply(gradient);
        gradient.Should().Equal(1, -1, 0, 0.5f);
        foreach (float lost in new[] { float.NaN, float.NegativeInfinity })
        {
            gradient = [3, lost];
            GradientClipping.ByValue(1).Apply(gradient);
            GradientClipping.ByNorm(1).Apply(gradient);
            gradient.Should().Equal([3, lost], "what is not finite is not clipped away");
        }

        gradient = [2e38f, 2e38f];
        GradientClipping.ByNorm(1).Apply(gradient);
        gradient[0].Should().BeApproximately(0.70710678f, 1e-6f, "squares are summed in double");
    }

    [Fact]
    public void A_gradient_that_is_too_large_for_a_step_is_not_once_it_is_clipped()
    {
        foreach (GradientClipping clipping in new[] { GradientClipping.ByNorm(1), GradientClipping.ByValue(1) })
        {
            Network network = Network.Create(1).Dense(1).Build();
            network.Parameter("0.weight")[0] = 1;
            using var trainer = new Trainer(network, Divergence.L2, new Adam(0.1f)) { Clipping = clipping };
            trainer.Step([1e18f], [-1e18f], 1).Should().BeGreaterThan(1e36f);
            network.Parameter("0.weight")[0].Should().BeApproximately(0.9f, 1e-6f);
        }
    }

    [Fact]
    public void Refused_steps_change_nothing_with_schedule_clipping_and_penalty()
    {
        foreach (GradientClipping clipping in new[] { GradientClipping.ByNorm(1), GradientClipping.ByValue(1) })
        {
            Network network = TestData.Classifier(), clean = TestData.Classifier();
            Trainer Make(Network of) => new(of, Divergence.CrossEntropy, new Adam(0.1f))
            {
                Clipping = clipping,
                Penalty = new Penalty(0.1f, 0.1f),
                Schedule = new ExponentialDecay(0.5f, ScheduleUnit.Steps),
            };
            using Trainer trainer = Make(network), other = Make(clean);
            float[] bad = data.Inputs.ToArray();
            bad[7] = float.NaN;
            float[] before = network.Parameters.ToArray();
            trainer.Invoking(t => t.Step(bad, data.Desired, data.Rows)).Should().Throw<NotFiniteNumberException>().WithMessage("*row 3, column 1*");
            network.Parameters.SequenceEqual(before).Should().BeTrue();
            (trainer.StepCount, trainer.LearningRate).Should().Be((0, 0.1f));
            for (int step = 0; step < 3; step++)
                trainer.Step(data.Inputs, data.Desired, data.Rows).Should().Be(other.Step(data.Inputs, data.Desired, data.Rows));
            network.Parameters.SequenceEqual(clean.Parameters).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData("AdamW")]
    [InlineData("l1")]
    [InlineData("rates")]
    [InlineData("own")]
    [InlineData("parts")]
    [InlineData("by hand")]
    [InlineData("by hand, rates")]
    public void What_does_not_occur_pays_no_price_to_any_lazy_optimizer(string how)
    {
        Network network = Network.Create(Shape.Sequence(1, 1)).Embedding(10, 4, new Constant(0.5f)).LastStep().Dense(1).Build(seed: 1);
        Optimizer optimizer = how switch { "AdamW" => new AdamW(lazy: true), "own" => new Lazy(), _ => new Adam(lazy: true) };
        Penalty penalty = how == "l1" ? new Penalty(l1: 1e-4f) : new Penalty(l2: 1e-4f);
        Rates rates = how.EndsWith("rates", StringComparison.Ordinal) ? new Rates { ["0"] = 0.5f } : new Rates();
        using var trainer = new Trainer(network, Divergence.L2, optimizer)
        {
            Penalty = penalty,
            Rates = rates,
            BatchSize = how == "parts" ? 1 : 2,
            AccumulateSteps = how == "parts" ? 2 : 1,
        };
        OptimizerState state = optimizer.CreateState(network);
        using Workspace workspace = network.CreateWorkspace(2);
        float[] gradient = new float[network.Parameters.Length];
        for (int step = 0; step < 100; step++)
        {
            if (!how.StartsWith("by hand", StringComparison.Ordinal))
            {
                trainer.Fit(Dataset.FromArrays([1f, 2f], [1f, 0f], rows: 2), 1);
                continue;
            }

            network.AddGradient(new Batch { Rows = 2, Inputs = [1, 2], Desired = [1, 0] }, Divergence.L2, gradient, workspace);
            penalty.AddGradient(network, gradient, rates, lazily: optimizer.IsLazy);
            optimizer.Step(network.Parameters, gradient, state, optimizer.LearningRate, rates);
        }

        network.Parameter("0.weight").Slice(5 * 4, 4).ToArray().Should().OnlyContain(w => w == 0.5f);
        network.Parameter("0.weight").Slice(1 * 4, 4).ToArray().Should().OnlyContain(w => w != 0.5f);
    }

    private sealed class Lazy() : Optimizer(0.1f, 0)
    {
        public override int ValuesPerParameter => 0;

        public override bool IsLazy => true;

        protected override void Update(in OptimizerPass pass) => Apply(new Sgd.Rule(pass.LearningRate, 0), pass, IsLazy);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Settings_out_of_range_are_refused(float bad)
    {
        FluentActions.Invoking(() => new Penalty(bad)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Penalty(l2: bad)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientClipping.ByNorm(bad)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientClipping.ByValue(bad)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientClipping.ByValue(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Penalty(1).AddGradient(TestData.Classifier(), new float[2]))
            .Should().Throw<ArgumentException>().WithMessage("*2 values*");
    }
}
