using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests;

/// <summary>What few layers have, statistics, carried state, randomness and changing steps, reaches the right layer.</summary>
public class NetworkStateTests
{
    private static Network Probes() => Network.Create(2).Add(shape => new Probe(shape)).Add(shape => new Chain([new Probe(shape), new Dense(shape, 2), new Probe(2)])).Build(1);

    [Fact]
    public void Statistics_lie_apart_from_parameters_and_are_updated_once_after_a_pass()
    {
        Network network = Probes();
        network.Blocks.Select(block => block.Name).Should().Equal("0.gain", "0.count", "1.0.gain", "1.0.count", "1.1.weight", "1.1.bias", "1.2.gain", "1.2.count");
        network.Parameters.Length.Should().Be(2 + 2 + 6 + 2);
        network.Statistics.Length.Should().Be(6);
        Workspace workspace = network.CreateWorkspace(3);
        float[] gradient = new float[network.Parameters.Length];
        var batch = new Batch { Rows = 3, Inputs = [1, 2, 3, 4, 5, 6], Desired = new float[6], Stream = new RandomStream(1) };
        network.Gradient(batch, Divergence.L2, gradient, workspace);
        network.UpdateStatistics(batch, workspace);
        network.Statistics.ToArray().Should().Equal(3, 3, 3, 3, 3, 3);
        network.Parameter("1.2.count").ToArray().Should().Equal(3, 3);
        try
        {
            network.UpdateStatistics(batch, workspace);
            Assert.Fail("statistics were updated twice");
        }
        catch (InvalidOperationException refusal)
        {
            refusal.Message.Should().Match("UpdateStatistics must follow*");
        }

        network.Forward(batch, new float[6], workspace);
        network.UpdateStatistics(batch, workspace);
        network.Clone().Statistics.ToArray().Should().Equal(6, 6, 6, 6, 6, 6);
        network.Parameters.ToArray().Should().Equal(Probes().Parameters.ToArray());
    }

    [Fact]
    public void State_is_carried_from_call_to_call_and_starts_at_0_without_one()
    {
        Network network = Network.Create(1).Add(shape => new Probe(shape)).Add(shape => new Chain([new Probe(shape)])).Build();
        network.StatePerRow.Should().Be(2);
        float[] state = new float[4], y = new float[2];
        Workspace workspace = network.CreateWorkspace(2, training: false);
        for (int call = 0; call < 3; call++)
        {
            network.Predict(new Batch { Rows = 2, Inputs = [10, 20], State = state }, y, workspace);
            y.Should().Equal(10 + (2 * call), 20 + (2 * call));
            state.Should().OnlyContain(value => value == call + 1);
        }

        network.Predict([10, 20], y, 2, workspace);
        y.Should().Equal(10, 20);
    }

    [Fact]
    public void Random_layers_need_a_stream_to_train_and_none_to_predict()
    {
        Network network = Probes();
        Workspace workspace = network.CreateWorkspace(1);
        network.Invoking(n => n.Forward([1, 2], new float[2], 1, workspace)).Should().Throw<InvalidOperationException>().WithMessage("*Layer 0 (Probe)*Stream*");
        float[] first = new float[2], again = new float[2], other = new float[2];
        float[] inputs = [1, 2];
        network.Forward(new Batch { Rows = 1, Inputs = inputs, Stream = new RandomStream(1) }, first, workspace);
        network.Forward(new Batch { Rows = 1, Inputs = inputs, Stream = new RandomStream(1) }, again, workspace);
        again.Should().Equal(first);
        bool differs = false;
        for (int seed = 2; seed < 10; seed++)
        {
            network.Forward(new Batch { Rows = 1, Inputs = inputs, Stream = new RandomStream(seed) }, other, workspace);
            differs |= !other.AsSpan().SequenceEqual(first);
        }

        differs.Should().BeTrue();
        network.Predict(new Batch { Rows = 1, Inputs = inputs, Stream = new RandomStream(1) }, again, workspace);
        again.Should().Equal(network.Predict(inputs));
    }

    [Fact]
    public void A_trainer_gives_random_layers_a_stream_and_updates_statistics()
    {
        Network network = Probes(), same = Probes();
        foreach (Network each in new[] { network, same })
        {
            var trainer = new Trainer(each, Divergence.L2, new Sgd(0.01f)) { Seed = 4 };
            trainer.Step([1, 2, 3, 4], [1, 1, 1, 1], 2);
            trainer.Step([1, 2], [1, 1], 1);
        }

        network.Statistics.ToArray().Should().OnlyContain(value => value == 3);
        network.Parameters.SequenceEqual(same.Parameters).Should().BeTrue();
    }

    [Fact]
    public void A_refused_step_gives_back_the_state_and_leaves_the_statistics()
    {
        Network network = Network.Create(1).Add(shape => new Probe(shape)).Dense(1).Build(1);
        var trainer = new Trainer(network, Divergence.L2, new Sgd());
        float[] state = [5, 7];
        FluentActions.Invoking(() => trainer.Step(new Batch { Rows = 2, Inputs = [1, float.NaN], Desired = [1, 1], State = state })).Should().Throw<NotFiniteNumberException>();
        state.Should().Equal(5, 7);
        network.Statistics.ToArray().Should().OnlyContain(value => value == 0);
        trainer.Step(new Batch { Rows = 2, Inputs = [1, 1], Desired = [1, 1], State = state });
        state.Should().Equal(6, 8);
    }

    [Fact]
    public void Padding_may_hold_anything_even_in_rows_of_weight_0_and_is_not_blamed()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(2, Activation.Softmax).Build(1);
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd());
        float[] inputs = TestData.Normal(12), desired = TestData.OneHotOf(TestData.Labels(6, 2), 2);
        inputs[4] = desired[4] = float.NaN;
        float.IsFinite(trainer.Step(new Batch { Rows = 2, Inputs = inputs, Desired = desired, Lengths = [2, 3], Weights = [0, 1] })).Should().BeTrue();
        inputs[9] = float.NaN;
        FluentActions.Invoking(() => trainer.Step(new Batch { Rows = 2, Inputs = inputs, Desired = desired, Lengths = [2, 3] }))
            .Should().Throw<NotFiniteNumberException>().WithMessage("*inputs, row 1, column 3 is NaN*");
    }

    [Fact]
    public void A_layer_that_says_nonsense_of_its_steps_is_refused()
    {
        Network network = Network.Create(Shape.Sequence(4, 2)).Add(shape => new TooManySteps(shape)).Dense(1).Build();
        network.Invoking(n => n.Predict(new float[8])).Should().Throw<InvalidOperationException>().WithMessage("*4 steps become 6; 1 to 4*");
    }

    private sealed class TooManySteps(Shape shape) : Layer(shape, shape)
    {
        public override int OutputSteps(int steps) => steps + 2;

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    [Fact]
    public void Steps_may_begin_and_end_within_a_network()
    {
        Network begins = Network.Create(6).Add(_ => new Repeat(3, 2)).Dense(2, Activation.Softmax).Build(1);
        Network inner = Network.Create(2).Dense(2, Activation.Softmax).Build(1);
        begins.Parameters.CopyTo(inner.Parameters);
        float[] x = TestData.Normal(12);
        begins.Predict(x).Should().Equal(inner.Predict(x));

        Network ends = Network.Create(Shape.Sequence(4, 2)).Dense(3, Activation.Tanh).Add(shape => new LastStep(shape)).Dense(2).Build(1);
        Network flat = Network.Create(2).Dense(3, Activation.Tanh).Dense(2).Build();
        ends.Parameters.CopyTo(flat.Parameters);
        float[] inputs = TestData.Normal(16), y = new float[4], few = new float[2];
        Workspace workspace = ends.CreateWorkspace(2);
        ends.Predict(new Batch { Rows = 2, Inputs = inputs, Lengths = [2, 4] }, y, workspace);
        y.Should().Equal([.. flat.Predict(inputs.AsSpan(2, 2)), .. flat.Predict(inputs.AsSpan(14, 2))]);
        ends.Predict(new Batch { Rows = 1, Inputs = inputs.AsSpan(0, 6), Steps = 3 }, few, workspace);
        few.Should().Equal(flat.Predict(inputs.AsSpan(4, 2)));

        float[] gradient = new float[ends.Parameters.Length];
        float d = ends.Gradient(new Batch { Rows = 2, Inputs = inputs, Desired = [1, 2, 3, 4], Lengths = [2, 4] }, Divergence.L2, gradient, workspace);
        d.Should().BeApproximately(Divergence.L2.Forward(y, [1, 2, 3, 4], 2), 1e-6f);
    }
}
