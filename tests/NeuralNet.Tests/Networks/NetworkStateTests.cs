using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests;

/// <summary>What few layers have, statistics, carried state, randomness and changing steps, reaches the right layer.</summary>
public class NetworkStateTests
{
    private static Network Probes() =>
        Network.Create(2).Add(shape => new Probe(shape)).Add(shape => new Chain([new Probe(shape), new Dense(shape, 2), new Probe(2)])).Build(1);

    [Fact]
    public void Statistics_lie_apart_from_parameters_and_are_updated_once_after_a_pass()
    {
        Network network = Probes();
        network.Blocks.Select(block => block.Name)
            .Should().Equal("0.gain", "0.count", "1.0.gain", "1.0.count", "1.1.weight", "1.1.bias", "1.2.gain", "1.2.count");
        network.Parameters.Length.Should().Be(2 + 2 + 6 + 2);
        network.Statistics.Length.Should().Be(6);
        Workspace workspace = network.CreateWorkspace(3);
        float[] gradient = new float[network.Parameters.Length];
        var batch = new Batch { Rows = 3, Inputs = [1, 2, 3, 4, 5, 6], Desired = new float[6], Stream = new RandomStream(1) };
        network.AddGradient(batch, Divergence.L2, gradient, workspace);
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

    // Stateful layers side by side, one after the other, and within each other, with states of different sizes.
    private static Network Streaming() => Network.Create(2)
        .Add(shape => new Counter(shape, 2))
        .Add(shape => new Branches(
        [
            new Chain([new Dense(shape, 2), new Counter(2, 3), new Branches([new Counter(2, 1), new Skip(2)], Merge.Sum)]),
            new Counter(shape, 1),
        ], Merge.Product))
        .Dense(2)
        .Add(shape => new Counter(shape, 2))
        .Build(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_row_whose_state_is_cleared_begins_anew_and_no_other_does(int rows)
    {
        Network network = Streaming();
        network.StatePerRow.Should().Be(2 + 3 + 1 + 1 + 2);
        Workspace workspace = network.CreateWorkspace(rows, training: false);
        float[] first = TestData.Normal(rows * 2, 1), second = TestData.Normal(rows * 2, 2), y = new float[rows * 2];
        for (int row = 0; row < rows; row++)
        {
            float[] state = new float[network.StatePerRow * rows];
            network.Predict(new Batch { Rows = rows, Inputs = first, State = state }, y, workspace);
            network.ClearState(state, rows, row);
            state.Count(value => value == 0).Should().Be(network.StatePerRow);
            network.Predict(new Batch { Rows = rows, Inputs = second, State = state }, y, workspace);
            for (int other = 0; other < rows; other++)
            {
                float[] alone = new float[network.StatePerRow], expected = new float[2];
                if (other != row)
                    network.Predict(new Batch { Rows = 1, Inputs = first.AsSpan(other * 2, 2), State = alone }, expected, workspace);
                network.Predict(new Batch { Rows = 1, Inputs = second.AsSpan(other * 2, 2), State = alone }, expected, workspace);
                y.AsSpan(other * 2, 2).ToArray().Should().Equal(expected);
            }
        }
    }

    [Fact]
    public void State_lies_row_after_row_and_in_a_row_layer_after_layer_with_composites_entered()
    {
        Network network = Streaming();
        Workspace workspace = network.CreateWorkspace(2, training: false);
        float[] state = new float[2 * 9], inputs = [1, 2, 10, 20], y = new float[4];
        network.Predict(new Batch { Rows = 2, Inputs = inputs, State = state }, y, workspace);

        // Each counter has added to its state 1, 2 … times the first feature that it saw.
        for (int row = 0; row < 2; row++)
        {
            ReadOnlySpan<float> own = state.AsSpan(row * 9, 9);
            float x = inputs[row * 2], dense = own[2];
            own.ToArray().Should().Equal(x, 2 * x, /* 1.0.1 */ dense, 2 * dense, 3 * dense, /* 1.0.2.0 */ dense, /* 1.1 */ x, /* 3 */ own[7],
                2 * own[7]);
        }

        network.ClearState(state, rows: 2, row: 0);
        state.AsSpan(0, 9).ContainsAnyExcept(0f).Should().BeFalse();
        state[9..].Should().NotContain(0);
    }

    [Fact]
    public void A_part_of_a_batch_carries_a_part_of_its_state_and_rows_can_be_moved_and_copied()
    {
        const int Rows = 5, Steps = 3;
        Network network = Network.Create(Shape.Sequence(2 * Steps, 2)).LearnedPositions().Lstm(3).Residual(b => b.Gru(3)).Rnn(2).Build(1);
        int perRow = network.StatePerRow, size = Steps * 2;
        using Workspace workspace = network.CreateWorkspace(Rows, training: false);
        float[] first = TestData.Normal(Rows * Steps * 2, 1), second = TestData.Normal(Rows * Steps * 2, 2), y = new float[Rows * size],
            state = new float[Rows * perRow];
        network.Predict(new Batch { Rows = Rows, Steps = Steps, Inputs = first, State = state }, y, workspace);
        float[] between = [.. state];
        network.Predict(new Batch { Rows = Rows, Steps = Steps, Inputs = second, State = state }, y, workspace);

        // Cut in two.
        float[] cut = [.. between], cutY = new float[y.Length];
        foreach ((int from, int rows) in new[] { (0, 2), (2, 3) })
        {
            network.Predict(
                new Batch
                {
                    Rows = rows,
                    Steps = Steps,
                    Inputs = second.AsSpan(from * size, rows * size),
                    State = cut.AsSpan(from * perRow, rows * perRow),
                    FirstRow = from,
                },
                cutY.AsSpan(from * size, rows * size), workspace);
        }

        cutY.Should().Equal(y);
        cut.Should().Equal(state);

        // In another order, with one row twice and one not at all.
        int[] order = [3, 0, 4, 0];
        float[] moved = [.. order.SelectMany(row => between[(row * perRow)..((row + 1) * perRow)])],
            x = [.. order.SelectMany(row => second[(row * size)..((row + 1) * size)])];
        float[] movedY = new float[order.Length * size];
        network.Predict(new Batch { Rows = order.Length, Steps = Steps, Inputs = x, State = moved }, movedY, workspace);
        movedY.Should().Equal(order.SelectMany(row => y[(row * size)..((row + 1) * size)]));
        moved.Should().Equal(order.SelectMany(row => state[(row * perRow)..((row + 1) * perRow)]));
    }

    [Fact]
    public void A_composite_of_one_s_own_gives_its_children_their_parts_of_a_row()
    {
        Network network = Network.Create(2).Add(shape => new Counter(shape, 1)).Add(shape => new Twice(new Counter(shape, 2), new Counter(shape, 3)))
            .Build();
        Network same = Network.Create(2).Add(shape => new Counter(shape, 1)).Add(shape => new Chain([new Counter(shape, 2), new Counter(shape, 3)]))
            .Build();
        float[] x = [1, 2, 3, 4], y = new float[4], expected = new float[4], state = new float[12], expectedState = new float[12];
        for (int call = 0; call < 2; call++)
        {
            network.Predict(new Batch { Rows = 2, Inputs = x, State = state }, y, network.CreateWorkspace(2));
            same.Predict(new Batch { Rows = 2, Inputs = x, State = expectedState }, expected, same.CreateWorkspace(2));
        }

        y.Should().Equal(expected);
        state.Should().Equal(expectedState);
    }

    // Two layers without parameters, one after the other.
    private sealed class Twice : Layer
    {
        private readonly Layer first, second;

        public Twice(Layer first, Layer second)
            : base(first.Input, second.Output)
        {
            (this.first, this.second) = (first, second);
            StatePerRow = first.StatePerRow + second.StatePerRow;
            Scratch = new BufferSize(0, first.Output.Size);
            IsStreamable = true;
        }

        public override void Forward(in ForwardPass pass)
        {
            Span<float> between = pass.Scratch[..(pass.Rows * first.Output.Size)];
            first.Forward(pass with { Output = between, StateStart = pass.StateStart, StateLength = first.StatePerRow });
            second.Forward(pass with { Input = between, StateStart = pass.StateStart + first.StatePerRow, StateLength = second.StatePerRow });
        }

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    [Fact]
    public void Clearing_state_allocates_nothing_and_refuses_what_does_not_fit()
    {
        Network network = Streaming(), none = TestData.Classifier();
        float[] state = new float[27];
        Allocations.Of(() => () => network.ClearState(state, 3, 1)).Should().Be(0);
        none.ClearState([], 3, 1);
        network.Invoking(n => n.ClearState(state, 0, 0)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("rows");
        network.Invoking(n => n.ClearState(state, 3, 3))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected a row 0 … 2, but got 3.*");
        network.Invoking(n => n.ClearState(state, 3, -1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*but got -1.*");
        network.Invoking(n => n.ClearState(state, 2, 0))
            .Should().Throw<ArgumentException>().WithMessage("2 rows need 18 values of state, but got 27.*");
        network.Invoking(n => n.ClearState(state, int.MaxValue, 0)).Should().Throw<ArgumentException>().WithMessage("*but got 27.*");
    }

    // y = x + the mean of its state, to which x is then added: each row's state tells what that row has seen.
    private sealed class Counter : Layer
    {
        public Counter(Shape shape, int states)
            : base(shape, shape)
        {
            StatePerRow = states;
            IsStreamable = true;
            BackwardReads = BackwardReads.None;
        }

        public override void Forward(in ForwardPass pass)
        {
            for (int row = 0; row < pass.Rows; row++)
            {
                Span<float> state = pass.State.IsEmpty ? new float[StatePerRow] : pass.StateOf(row);
                float sum = 0;
                foreach (float value in state)
                    sum += value;
                for (int i = 0; i < Input.Size; i++)
                    pass.Output[(row * Input.Size) + i] = pass.Input[(row * Input.Size) + i] + (sum / state.Length);
                for (int i = 0; i < state.Length; i++)
                    state[i] += (i + 1) * pass.Input[row * Input.Size];
            }
        }

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    [Fact]
    public void Random_layers_need_a_stream_to_train_and_none_to_predict()
    {
        Network network = Probes();
        Workspace workspace = network.CreateWorkspace(1);
        network.Invoking(n => n.Forward([1, 2], new float[2], 1, workspace))
            .Should().Throw<InvalidOperationException>().WithMessage("*Layer 0 (Probe)*Stream*");
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
        FluentActions.Invoking(() => trainer.Step(new Batch { Rows = 2, Inputs = [1, float.NaN], Desired = [1, 1], State = state }))
            .Should().Throw<NotFiniteNumberException>();
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
        float.IsFinite(trainer.Step(new Batch { Rows = 2, Inputs = inputs, Desired = desired, Lengths = [2, 3], Weights = [0, 1] }))
            .Should().BeTrue();
        inputs[9] = float.NaN;
        FluentActions.Invoking(() => trainer.Step(new Batch { Rows = 2, Inputs = inputs, Desired = desired, Lengths = [2, 3] }))
            .Should().Throw<NotFiniteNumberException>().WithMessage("*inputs, row 1, column 3 is NaN*");
    }

    [Fact]
    public void A_layer_that_says_nonsense_of_its_steps_is_refused()
    {
        Network network = Network.Create(Shape.Sequence(4, 2)).Add(shape => new TooManySteps(shape)).Dense(1).Build();
        network.Invoking(n => n.Predict(new float[8])).Should().Throw<ArgumentException>()
            .WithMessage("The batch has 4 steps: layer 0 (TooManySteps) makes 6 steps of 4; 1 to 4 were expected.*");
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
        float d =
            ends.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = [1, 2, 3, 4], Lengths = [2, 4] }, Divergence.L2, gradient, workspace);
        d.Should().BeApproximately(Divergence.L2.Forward(y, [1, 2, 3, 4], 2), 1e-6f);
    }
}
