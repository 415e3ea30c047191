using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests;

/// <summary>Weights of a batch are checked before a layer sees them, and those of backward are those of forward.</summary>
public class BatchWeightsTests
{
    private const int Rows = 4;

    private static readonly float[] x = TestData.Normal(Rows * 3);

    private static Network Make() => Network.Create(3).Add(shape => new BatchStatistics(shape.FeatureCount)).Dense(2).Build(seed: 1);

    [Fact]
    public void Weights_that_are_none_are_refused_by_every_call_that_trains()
    {
        Network network = Make();
        using Workspace workspace = network.CreateWorkspace(Rows);
        float[] y = new float[Rows * 2], gradient = new float[network.Parameters.Length];
        foreach ((float[] weights, string message) in new[]
        {
            (new float[2], "4 rows need 4 weights, but got 2.*"), (new float[Rows + 1], "4 rows need 4 weights, but got 5.*"),
            ([1, 1, float.NaN, 1], "The weight of row 2 is NaN;*"), ([1, -1, 1, 1], "The weight of row 1 is -1;*"),
        })
        {
            Action forward = () => network.Forward(new Batch { Rows = Rows, Inputs = x, Weights = weights }, y, workspace);
            Action add = () => network.AddGradient(
                new Batch { Rows = Rows, Inputs = x, Desired = y, Weights = weights }, Divergence.L2, gradient, workspace);
            forward.Should().Throw<ArgumentException>().WithMessage(message);
            add.Should().Throw<ArgumentException>().WithMessage(message);
        }

        // A prediction has no weights, and its layers see none.
        network.Predict(new Batch { Rows = Rows, Inputs = x, Weights = [0, 0, 0, 0] }, y, workspace);
        y.ShouldHaveTheBitsOf(network.Predict(x), "y");
    }

    [Fact]
    public void Backward_and_statistics_are_of_the_rows_that_forward_counted()
    {
        Network network = Make();
        using Workspace workspace = network.CreateWorkspace(Rows);
        float[] y = new float[Rows * 2], gradient = new float[network.Parameters.Length];
        network.Forward(new Batch { Rows = Rows, Inputs = x, Weights = [2, 2, 2, 2] }, y, workspace);
        Action backward = () => network.Backward(new Batch { Rows = Rows, Inputs = x, Weights = [1, 0, 1, 1] }, y, gradient, workspace);
        Action statistics = () => network.UpdateStatistics(new Batch { Rows = Rows, Inputs = x, Weights = [1, 0, 1, 1] }, workspace);
        backward.Should().Throw<InvalidOperationException>();
        statistics.Should().Throw<InvalidOperationException>();
        network.Backward(new Batch { Rows = Rows, Inputs = x }, y, gradient, workspace);
        gradient.Should().Contain(value => value != 0);
    }

    [Fact]
    public void A_step_may_be_a_share_of_a_whole_even_one_that_counts_for_nothing()
    {
        Network network = Network.Create(3).Dense(2).Build(seed: 1), other = network.Clone();
        float[] desired = TestData.Normal(Rows * 2, 5);
        using var whole = new Trainer(network, Divergence.L2, new Sgd(0.5f));
        using var share = new Trainer(other, Divergence.L2, new Sgd(1f));
        float mean = whole.Step(x, desired, Rows);
        share.Step(new Batch { Rows = Rows, Inputs = x, Desired = desired, TotalWeight = 2 * Rows }).Should().Be(mean / 2);
        other.Parameters.ShouldHaveTheBitsOf(network.Parameters, "parameters");
        share.Step(new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = [0, 0, 0, 0], TotalWeight = 5 }).Should().Be(0);
        other.Parameters.ShouldHaveTheBitsOf(network.Parameters, "parameters");
    }

    [Fact]
    public void A_step_in_inference_uses_the_stored_statistics_and_leaves_them()
    {
        float[] desired = TestData.Normal(Rows * 2, 5);
        Network network = Make();
        float[] statistics = network.Statistics.ToArray(), parameters = network.Parameters.ToArray();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
        float expected = Divergence.L2.Forward(network.Predict(x), desired, Rows);
        trainer.Step(new Batch { Rows = Rows, Inputs = x, Desired = desired, Inference = true }).Should().Be(expected);
        network.Parameters.ToArray().Should().NotEqual(parameters);
        network.Statistics.ShouldHaveTheBitsOf(statistics, "statistics");

        Network random = Network.Create(3).Dense(4, Activation.Tanh).Dropout(0.5f).Add(shape => new BatchStatistics(4)).Dense(2).Build(seed: 2);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = desired, Inference = true };
        float first = Divergence.L2.Forward(random.Predict(x), desired, Rows);
        LbfgsResult result = new Lbfgs(maxIterations: 5).Minimize(random, Divergence.L2, batch);
        result.Divergence.Should().BeLessThan(first / 2);
        Divergence.L2.Forward(random.Predict(x), desired, Rows).Should().Be((float)result.Divergence);
        random.Statistics.ToArray().Should().Equal(new float[4].Concat(Enumerable.Repeat(1f, 4)));
    }

    [Fact]
    public void A_form_that_takes_what_the_divergence_does_not_is_refused_before_anything_is_written()
    {
        Network network = Network.Create(Shape.Sequence(2, 3)).Lstm(3).Dense(4, Activation.Softmax).Build(seed: 1);
        using Workspace workspace = network.CreateWorkspace(1);
        float[] state = new float[network.StatePerRow], gradient = new float[network.Parameters.Length];
        Action add = () => network.AddGradient(
            new Batch { Rows = 1, Inputs = x.AsSpan(0, 6), Desired = [0, 1], State = state }, new IdsByHand(), gradient, workspace);
        add.Should().Throw<InvalidOperationException>().WithMessage("IdsByHand.Through gives*takes 4 desired values*itself takes 1 class id*");
        state.Should().OnlyContain(value => value == 0);
    }

    private sealed class IdsByHand : Divergence
    {
        public override bool TakesIds => true;

        public override Divergence? Through(Activation activation) => CrossEntropy.Through(activation);

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => -Math.Log(y[(int)desired[0]]);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
        {
            gradient.Clear();
            gradient[(int)desired[0]] = -weight / y[(int)desired[0]];
        }
    }
}
