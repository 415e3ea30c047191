namespace NeuralNet.Tests.Optimizers;

public class OptimizerTests
{
    public static TheoryData<string> All => Contracts.PublicKinds.Names(Make());

    [Theory]
    [MemberData(nameof(All))]
    public void Every_optimizer_finds_the_minimum_of_a_bowl(string name)
    {
        Optimizer optimizer = Contracts.PublicKinds.Find(Make(), name);
        Network network = Network.Create(3).Dense(1, bias: false).Build(1);
        OptimizerState state = optimizer.CreateState(network);
        float[] target = [1, -2, 0.5f], gradient = new float[3];
        for (int step = 0; step < 3000; step++)
        {
            for (int i = 0; i < 3; i++)
                gradient[i] = network.Parameters[i] - target[i];
            optimizer.Step(network.Parameters, gradient, state);
        }

        for (int i = 0; i < 3; i++)
            network.Parameters[i].Should().BeApproximately(target[i], 1e-3f);
        state.Step.Should().Be(3000);
    }

    [Fact]
    public void Decay_pulls_weights_and_spares_biases()
    {
        foreach (Optimizer optimizer in new Optimizer[]
        {
            new Sgd(0.1f, weightDecay: 0.5f), new Sgd(0.1f, 0.9f, weightDecay: 0.5f), new Adam(0.1f, weightDecay: 0.5f),
            new AdamW(0.1f, weightDecay: 0.5f), new Adagrad(weightDecay: 0.5f), new Nadam(weightDecay: 0.5f), new RmsProp(weightDecay: 0.5f),
            new RmsProp(momentum: 0.9f, weightDecay: 0.5f),
            new RmsProp(centered: true, weightDecay: 0.5f), new RmsProp(momentum: 0.9f, centered: true, weightDecay: 0.5f),
        })
        {
            Network network = Network.Create(2).Dense(2).Dense(2).Build(1);
            network.Parameters.Fill(1);
            optimizer.Step(network.Parameters, new float[12], optimizer.CreateState(network));
            network.Parameter("0.bias").ToArray().Should().Equal(1, 1);
            network.Parameter("1.bias").ToArray().Should().Equal(1, 1);
            network.Parameter("0.weight").ToArray().Should().OnlyContain(value => value < 1);
            network.Parameter("1.weight").ToArray().Should().OnlyContain(value => value < 1);
        }
    }

    [Fact]
    public void A_persons_own_optimizer_is_a_first_class_citizen()
    {
        Network network = TestData.Classifier();
        Dataset data = TestData.Clouds();
        new Trainer(network, Divergence.CrossEntropy, new SignDescent(0.003f)).Fit(data, epochs: 20);
        Evaluation.Of(network, data, Divergence.CrossEntropy).Accuracy.Should().BeGreaterThan(0.85);
    }

    // The square of such a gradient counts as 0: a tiny ε by itself would throw the parameter far away.
    [Fact]
    public void A_tiny_gradient_makes_no_large_step_and_a_tiny_epsilon_is_refused()
    {
        foreach (Optimizer optimizer in new Optimizer[]
            { new Adam(epsilon: 1e-16f), new Nadam(epsilon: 1e-16f), new RmsProp(epsilon: 1e-16f), new Adagrad(epsilon: 1e-16f) })
        {
            Network network = Network.Create(1).Dense(1).Build();
            float[] gradient = [5e-18f, 5e-18f];
            network.Parameters.Clear();
            optimizer.Step(network.Parameters, gradient, optimizer.CreateState(network));
            network.Parameters.ToArray().Should().OnlyContain(w => MathF.Abs(w) <= 0.1f);
        }

        foreach (Func<Optimizer> make in new Func<Optimizer>[]
        {
            () => new Adam(epsilon: 1e-20f), () => new AdamW(epsilon: 1e-20f), () => new Nadam(epsilon: 1e-20f),
            () => new RmsProp(epsilon: 1e-20f), () => new Adagrad(epsilon: 1e-20f),
        })
            make.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*1e-16*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Settings_out_of_range_are_refused(float bad)
    {
        Refused(() => new Sgd(bad));
        Refused(() => new Adam(bad));
        Refused(() => new AdamW(bad));
        Refused(() => new Adam(epsilon: bad));
        Refused(() => new Adagrad(bad));
        Refused(() => new Adagrad(epsilon: bad));
        Refused(() => new RmsProp(bad));
        Refused(() => new RmsProp(epsilon: bad));
        Refused(() => new Nadam(bad));
        Refused(() => new Nadam(epsilon: bad));
        Refused(() => new Rprop(bad));
        Refused(() => new Rprop(decrease: bad));
        Refused(() => new Rprop(increase: bad));
        Refused(() => new Rprop(minStep: bad));
        Refused(() => new Rprop(maxStep: bad));
        if (bad == 0)
            return;
        Refused(() => new Sgd(momentum: bad));
        Refused(() => new Sgd(weightDecay: bad));
        Refused(() => new Adam(beta1: bad));
        Refused(() => new Adam(beta2: bad));
        Refused(() => new AdamW(weightDecay: bad));
        Refused(() => new Adagrad(learningRateDecay: bad));
        Refused(() => new Adagrad(initialSum: bad));
        Refused(() => new Adagrad(weightDecay: bad));
        Refused(() => new RmsProp(alpha: bad));
        Refused(() => new RmsProp(momentum: bad));
        Refused(() => new RmsProp(weightDecay: bad));
        Refused(() => new Nadam(beta1: bad));
        Refused(() => new Nadam(beta2: bad));
        Refused(() => new Nadam(momentumDecay: bad));
        Refused(() => new Nadam(weightDecay: bad));
        Refused(() => new Rprop(minStep: 2, maxStep: 1));
        static void Refused(Func<Optimizer> make) => make.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Sizes_and_states_that_do_not_fit_are_refused()
    {
        Network network = TestData.Classifier();
        var adam = new Adam();
        OptimizerState state = adam.CreateState(network);
        float[] gradient = new float[network.Parameters.Length];
        FluentActions.Invoking(() => new Sgd(nesterov: true)).Should().Throw<ArgumentException>().WithMessage("*momentum*");
        FluentActions.Invoking(() => adam.Step(network.Parameters[1..], gradient, state))
            .Should().Throw<ArgumentException>().WithMessage($"*{gradient.Length}*but got {gradient.Length - 1}*");
        FluentActions.Invoking(() => adam.Step(network.Parameters, gradient.AsSpan(1), state))
            .Should().Throw<ArgumentException>().WithMessage("*gradient*");
        FluentActions.Invoking(() => new Sgd().Step(network.Parameters, gradient, state))
            .Should().Throw<ArgumentException>().WithMessage("*other settings*");
        FluentActions.Invoking(() => new AdamW().Step(network.Parameters, gradient, state))
            .Should().Throw<ArgumentException>().WithMessage("*other settings*");
    }

    [Fact]
    public void A_step_with_a_rate_of_its_own_is_that_of_an_optimizer_with_that_rate()
    {
        foreach ((Optimizer one, Optimizer other) in new (Optimizer, Optimizer)[]
        {
            (new Sgd(0.5f, 0.9f), new Sgd(0.1f, 0.9f)), (new AdamW(0.5f), new AdamW(0.1f)), (new Adagrad(0.5f), new Adagrad(0.1f)),
            (new RmsProp(0.5f), new RmsProp(0.1f)), (new Nadam(0.5f), new Nadam(0.1f)), (new Rprop(0.5f), new Rprop(0.1f)),
        })
        {
            Network a = TestData.Classifier(), b = TestData.Classifier();
            (OptimizerState stateA, OptimizerState stateB) = (one.CreateState(a), other.CreateState(b));
            for (int step = 0; step < 3; step++)
            {
                one.Step(a.Parameters, TestData.Normal(a.Parameters.Length, step), stateA, 0.1f);
                other.Step(b.Parameters, TestData.Normal(b.Parameters.Length, step), stateB);
            }

            a.Parameters.SequenceEqual(b.Parameters).Should().BeTrue();
            one.Invoking(o => o.Step(a.Parameters, new float[a.Parameters.Length], stateA, float.NaN)).Should().Throw<ArgumentOutOfRangeException>();
            one.Invoking(o => o.Step(a.Parameters, new float[a.Parameters.Length], stateA, -1)).Should().Throw<ArgumentOutOfRangeException>();
            stateA.Step.Should().Be(3);
        }
    }

    // The product of μ that Nadam computes anew is that of all factors, however many there are.
    [Theory]
    [InlineData(0.9f, 4e-3f, 20)]
    [InlineData(0.999f, 10f, 300)]
    [InlineData(0.99f, 0f, 5)]
    [InlineData(0.9999f, 0.5f, 4000)]
    public void Nadams_product_of_momenta_is_that_of_all_its_factors(float beta1, float psi, int steps)
    {
        var nadam = new Nadam(0.01f, beta1, 0.5f, 1, 0, psi);
        Network network = Network.Create(1).Dense(1, bias: false).Build();
        OptimizerState state = nadam.CreateState(network);
        double w = network.Parameters[0] = 1, m = 0, v = 0, product = 1, beta = (double)(decimal)beta1, decay = (double)(decimal)psi;
        for (int t = 1; t <= steps; t++)
        {
            double g = Math.Sin(t), mu = beta * (1 - (0.5 * Math.Pow(0.96, t * decay))), next = beta * (1 - (0.5 * Math.Pow(0.96, (t + 1) * decay)));
            product *= mu;
            m = (beta * m) + ((1 - beta) * g);
            v = (0.5 * v) + (0.5 * g * g);
            double root = Math.Sqrt(v / (1 - Math.Pow(0.5, t))) + 1;
            w -= 0.01 * (((1 - mu) / (1 - product) * g) + (next / (1 - (product * next)) * m)) / root;
            nadam.Step(network.Parameters, new[] { (float)g }, state);
        }

        network.Parameters[0].Should().BeApproximately((float)w, 2e-5f);
    }

    private static Optimizer[] Make() =>
    [
        new Sgd(0.01f), new Sgd(0.01f, momentum: 0.9f), new Sgd(0.01f, momentum: 0.9f, nesterov: true), new Adam(0.01f),
        new AdamW(0.01f, weightDecay: 1e-6f),
        new Adagrad(0.1f), new Adagrad(0.1f, 1e-4f, 0.1f), new RmsProp(0.005f, epsilon: 0.1f), new RmsProp(0.005f, epsilon: 0.1f, momentum: 0.5f),
        new RmsProp(0.001f, centered: true, epsilon: 0.01f), new RmsProp(0.001f, momentum: 0.5f, centered: true, epsilon: 0.01f), new Nadam(0.01f),
        new Rprop(),
    ];

    // w ← w − η sign(∇w), written outside the library.
    private sealed class SignDescent(float rate) : Optimizer(rate, weightDecay: 0)
    {
        public override int ValuesPerParameter => 1;

        protected override void Update(in OptimizerPass pass)
        {
            Span<float> last = pass.Remembered(0);
            for (int i = 0; i < pass.Parameters.Length; i++)
            {
                last[i] = MathF.Sign(pass.Gradient[i]);
                pass.Parameters[i] -= pass.LearningRate * last[i];
                pass.Gradient[i] = 0;
            }
        }
    }
}
