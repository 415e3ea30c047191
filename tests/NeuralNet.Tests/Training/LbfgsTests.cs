namespace NeuralNet.Tests.Optimizers;

public class LbfgsTests
{
    private static readonly Dataset data = TestData.Clouds(120);

    [Fact]
    public void A_small_network_is_fitted_far_better_than_by_as_many_steps_of_Adam()
    {
        Network network = TestData.Classifier(), other = TestData.Classifier();
        var reports = new List<LbfgsProgress>();
        LbfgsResult result = new Lbfgs(maxIterations: 100).Minimize(
            network, Divergence.CrossEntropy, data, new Collector(reports), CancellationToken.None);
        using var trainer = new Trainer(other, Divergence.CrossEntropy, new Adam(0.01f)) { BatchSize = data.Rows };
        trainer.Fit(data, result.Evaluations);
        Evaluation after = Evaluation.Of(network, data, Divergence.CrossEntropy);
        after.Divergence.Should().BeLessThan(0.7 * trainer.Evaluate(data).Divergence);
        result.Divergence.Should().BeApproximately(after.Divergence, 1e-6);
        result.Objective.Should().Be(result.Divergence);
        reports.Should().HaveCount(result.Iterations);
        reports.Select(report => report.Iteration).Should().Equal(Enumerable.Range(1, result.Iterations));
        reports[^1].Objective.Should().BeApproximately(result.Objective, 1e-5);
        for (int i = 1; i < reports.Count; i++)
            reports[i].Objective.Should().BeLessThan(reports[i - 1].Objective * (1 + 1e-5));
    }

    // f(a, b) = ½ (1 − a)² + 50 (b − a²)²: Rosenbrock's valley, half of it.
    [Fact]
    public void Rosenbrocks_valley_is_followed_to_its_end()
    {
        Network network = Network.Create(2).Add(shape => new Identity2(shape)).Build();
        network.Parameters[0] = -1.2f;
        network.Parameters[1] = 1;
        LbfgsResult result =
            new Lbfgs(maxIterations: 200).Minimize(network, new Rosenbrock(), new Batch { Rows = 1, Inputs = [0, 0], Desired = [0, 0] });
        network.Parameters[0].Should().BeApproximately(1, 1e-3f);
        network.Parameters[1].Should().BeApproximately(1, 2e-3f);
        result.Iterations.Should().BeLessThan(70);
        result.Evaluations.Should().BeLessThan(100);
        result.Objective.Should().BeLessThan(1e-7);
    }

    [Fact]
    public void A_quadratic_is_solved_in_a_few_iterations_and_the_reason_is_the_gradient()
    {
        Network network = Network.Create(4).Dense(1).Build(3);
        float[] x = TestData.Normal(40), d = new float[10];
        for (int row = 0; row < 10; row++)
            d[row] = (2 * x[4 * row]) - x[(4 * row) + 1] + (0.5f * x[(4 * row) + 3]) + 1;
        LbfgsResult result = new Lbfgs(gradientTolerance: 1e-5f).Minimize(network, Divergence.L2, new Batch { Rows = 10, Inputs = x, Desired = d });
        result.Stop.Should().Be(LbfgsStop.Gradient);
        result.GradientNorm.Should().BeLessThan(3e-5);
        result.Iterations.Should().BeLessThan(25);
        network.Parameters.ToArray().Zip(new float[] { 2, -1, 0, 0.5f, 1 }).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-3);

        // At the minimum there is nothing left to do.
        float[] before = network.Parameters.ToArray();
        LbfgsResult again = new Lbfgs(gradientTolerance: 1e-5f).Minimize(network, Divergence.L2, new Batch { Rows = 10, Inputs = x, Desired = d });
        (again.Iterations, again.Evaluations, again.Stop).Should().Be((0, 1, LbfgsStop.Gradient));
        network.Parameters.SequenceEqual(before).Should().BeTrue();
    }

    [Fact]
    public void It_ends_when_asked_to_and_never_worse()
    {
        Network network = TestData.Classifier();
        double before = Evaluation.Of(network, data, Divergence.CrossEntropy).Divergence;
        LbfgsResult one = new Lbfgs(maxIterations: 1).Minimize(network, Divergence.CrossEntropy, data);
        (one.Iterations, one.Stop).Should().Be((1, LbfgsStop.Iterations));
        one.Objective.Should().BeLessThan(before);
        LbfgsResult still = new Lbfgs(maxIterations: 1000, objectiveTolerance: 1e-2f).Minimize(network, Divergence.CrossEntropy, data);
        still.Stop.Should().Be(LbfgsStop.Objective);
        still.Objective.Should().BeLessThan(one.Objective);

        // To the end of what floats can tell, on a smooth objective.
        Network smooth = Network.Create(2).Dense(8, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);
        LbfgsResult end =
            new Lbfgs(maxIterations: 1000, gradientTolerance: 0) { Penalty = new Penalty(l2: 0.01f) }.Minimize(smooth, Divergence.CrossEntropy, data);
        end.GradientNorm.Should().BeLessThan(1e-5, $"it ended for {end.Stop} after {end.Iterations}");
        end.Evaluations.Should().BeLessThan(3000, "a line that cannot be told from level ends the search");
        LbfgsResult kinks = new Lbfgs(maxIterations: 5000, gradientTolerance: 0).Minimize(network, Divergence.CrossEntropy, data);
        kinks.Stop.Should().Be(LbfgsStop.LineSearch);
        kinks.Iterations.Should().BeLessThan(1000);
        end.Objective.Should().BeApproximately(end.Divergence + new Penalty(l2: 0.01f).Value(smooth), 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_result_has_the_same_bits_for_any_number_of_threads(int threads)
    {
        (float[] Parameters, LbfgsResult Result) Run(int count)
        {
            Network network = Network.Create(2).Dense(200, Activation.Tanh).Dense(200, Activation.Tanh).Dense(3, Activation.Softmax).Build(2);
            LbfgsResult result = new Lbfgs(history: 3, maxIterations: 8) { Threads = count }.Minimize(network, Divergence.CrossEntropy, data);
            return (network.Parameters.ToArray(), result);
        }

        (float[] parameters, LbfgsResult result) = Run(threads);
        (float[] alone, LbfgsResult resultAlone) = Run(1);
        parameters.AsSpan().SequenceEqual(alone).Should().BeTrue();
        result.Should().Be(resultAlone);
    }

    [Fact]
    public void Iterations_allocate_nothing()
    {
        long Bytes(int iterations) => Allocations.Of(() =>
        {
            Network network = TestData.Classifier();
            var method = new Lbfgs(maxIterations: iterations, gradientTolerance: 0);
            method.Minimize(network.Clone(), Divergence.CrossEntropy, data);
            return () => method.Minimize(network, Divergence.CrossEntropy, data);
        });

        Bytes(60).Should().Be(Bytes(2));
    }

    [Fact]
    public void Cancelled_it_keeps_the_last_iteration()
    {
        Network cancelled = TestData.Classifier(), expected = TestData.Classifier();
        using var source = new CancellationTokenSource();
        var collector = new Collector([]) { OnReport = report => { if (report.Iteration == 5) source.Cancel(); } };
        FluentActions.Invoking(() => new Lbfgs().Minimize(cancelled, Divergence.CrossEntropy, data, collector, source.Token))
            .Should().Throw<OperationCanceledException>();
        new Lbfgs(maxIterations: 5).Minimize(expected, Divergence.CrossEntropy, data);
        cancelled.Parameters.SequenceEqual(expected.Parameters).Should().BeTrue();
    }

    [Fact]
    public void What_is_not_finite_at_the_start_changes_nothing_and_says_where()
    {
        Network network = TestData.Classifier();
        float[] inputs = data.Inputs.ToArray();
        inputs[5] = float.NaN;
        FluentActions.Invoking(
            () => new Lbfgs().Minimize(network, Divergence.CrossEntropy, new Batch { Rows = data.Rows, Inputs = inputs, Desired = data.Desired }))
            .Should().Throw<NotFiniteNumberException>().WithMessage("*row 2, column 1 is NaN*");
        network.Parameters.SequenceEqual(TestData.Classifier().Parameters).Should().BeTrue();
    }

    [Fact]
    public void What_cannot_be_minimized_is_refused_with_words()
    {
        Network network = TestData.Classifier();
        FluentActions.Invoking(() => new Lbfgs(history: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Lbfgs(maxIterations: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Lbfgs(gradientTolerance: float.NaN)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Lbfgs(objectiveTolerance: -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Lbfgs { Threads = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Lbfgs { Penalty = new Penalty(l1: 1) }).Should().Throw<ArgumentException>().WithMessage("*smooth*");
        FluentActions.Invoking(() => new Lbfgs(history: int.MaxValue).Minimize(network, Divergence.CrossEntropy, data))
            .Should().Throw<ArgumentException>().WithMessage("*history*");
        FluentActions.Invoking(() => new Lbfgs().Minimize(network, Divergence.CrossEntropy, Dataset.FromArrays(new float[4], [0, 1, 2, 0], 3)))
            .Should().Throw<ArgumentException>().WithMessage("*takes 2*");
        FluentActions.Invoking(() => new Lbfgs().Minimize(network, Divergence.CrossEntropy, new Batch { Rows = 1, Inputs = [1, 2] }))
            .Should().Throw<ArgumentException>().WithMessage("*3 desired*");
        Network random = Network.Create(2).Add(shape => new Noise(shape)).Build();
        FluentActions.Invoking(() => new Lbfgs().Minimize(random, Divergence.L2, new Batch { Rows = 1, Inputs = [1, 2], Desired = [1, 2] }))
            .Should().Throw<ArgumentException>().WithMessage("*Layer 0 (Noise) draws random*");
        network.Parameters.SequenceEqual(TestData.Classifier().Parameters).Should().BeTrue();
    }

    private sealed class Collector(List<LbfgsProgress> reports) : IProgress<LbfgsProgress>
    {
        public Action<LbfgsProgress> OnReport { get; init; } = _ => { };

        public void Report(LbfgsProgress value)
        {
            reports.Add(value);
            OnReport(value);
        }
    }

    private sealed class Rosenbrock : Divergence
    {
        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) =>
            (0.5 * Math.Pow(1 - y[0], 2)) + (50 * Math.Pow(y[1] - ((double)y[0] * y[0]), 2));

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
        {
            double across = y[1] - ((double)y[0] * y[0]);
            gradient[0] = weight * (float)(y[0] - 1 - (200 * across * y[0]));
            gradient[1] = weight * (float)(100 * across);
        }
    }

    // Its parameters are its outputs, whatever the inputs.
    private sealed class Identity2 : Layer
    {
        public Identity2(Shape shape)
            : base(shape, shape) => Blocks = [new Block("point", BlockRole.Weight, [2], Initializer.Zeros)];

        public override void Forward(in ForwardPass pass) => pass.Parameter(0).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            pass.ParameterGradient(0)[0] += pass.OutputGradient[0];
            pass.ParameterGradient(0)[1] += pass.OutputGradient[1];
            pass.InputGradient.Clear();
        }
    }

    private sealed class Noise : Layer
    {
        public Noise(Shape shape)
            : base(shape, shape) => IsRandom = true;

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }
}
