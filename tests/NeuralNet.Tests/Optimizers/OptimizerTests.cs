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
        foreach (Optimizer optimizer in new Optimizer[] { new Sgd(0.1f, weightDecay: 0.5f), new Sgd(0.1f, 0.9f, weightDecay: 0.5f), new Adam(0.1f, weightDecay: 0.5f), new AdamW(0.1f, weightDecay: 0.5f) })
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
        if (bad == 0)
            return;
        Refused(() => new Sgd(momentum: bad));
        Refused(() => new Sgd(weightDecay: bad));
        Refused(() => new Adam(beta1: bad));
        Refused(() => new Adam(beta2: bad));
        Refused(() => new AdamW(weightDecay: bad));
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
        FluentActions.Invoking(() => adam.Step(network.Parameters[1..], gradient, state)).Should().Throw<ArgumentException>().WithMessage($"*{gradient.Length}*{gradient.Length - 1} came*");
        FluentActions.Invoking(() => adam.Step(network.Parameters, gradient.AsSpan(1), state)).Should().Throw<ArgumentException>().WithMessage("*gradient*");
        FluentActions.Invoking(() => new Sgd().Step(network.Parameters, gradient, state)).Should().Throw<ArgumentException>().WithMessage("*other settings*");
        FluentActions.Invoking(() => new AdamW().Step(network.Parameters, gradient, state)).Should().Throw<ArgumentException>().WithMessage("*other settings*");
    }

    private static Optimizer[] Make() =>
    [
        new Sgd(0.01f), new Sgd(0.01f, momentum: 0.9f), new Sgd(0.01f, momentum: 0.9f, nesterov: true), new Adam(0.01f), new AdamW(0.01f, weightDecay: 1e-6f),
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
