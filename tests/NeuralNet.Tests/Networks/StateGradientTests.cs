using NeuralNet.Tests.Layers;

namespace NeuralNet.Tests;

/// <summary>The gradient goes on through the state: from piece to piece, and from a decoder to the encoder whose last state it began with.</summary>
public class StateGradientTests
{
    private const int Rows = 3, Width = 3;

    private static readonly Dictionary<string, Func<NetworkBuilder, NetworkBuilder>> networks = new()
    {
        ["Rnn"] = b => b.Rnn(4),
        ["Lstm"] = b => b.LearnedPositions().Lstm(5),
        ["Gru"] = b => b.Gru(18).Dense(4, Activation.Tanh),
        ["variants"] = b => b.Gru(18, resetsBefore: true).Lstm(5, activation: Activation.Softsign).Gru(4, gates: Activation.Softsign),
        ["stacked"] = b => b.LearnedPositions().Lstm(5).LayerNorm().Residual(c => c.Gru(5))
            .Parallel(Merge.Concat, c => c.Rnn(2), c => c.Dense(2), c => c.SinusoidalPositions().Lstm(3)),
        ["own"] = b => b.Add(shape => new CoupledLstm(shape, 4)).Add(shape => new MinimalGatedUnit(shape, 3))
            .Add(shape => new LeakyUnits(shape, 5, 0.3f)),
    };

    public static TheoryData<string> Names => [.. networks.Keys];

    private static Network Build(string name, int steps) => networks[name](Network.Create(Shape.Sequence(steps, Width))).Build(1);

    // The encoder sees the first 5 steps, the decoder the last 4 of at most 4; both have the weights of the network that does both.
    [Theory]
    [MemberData(nameof(Names))]
    public void An_encoder_and_a_decoder_have_the_gradient_of_one_network_that_does_both(string name)
    {
        const int First = 5, Second = 4, Steps = First + Second;
        Network both = Build(name, Steps), encoder = both.Clone(), decoder = both.Clone();
        int outputs = both.Output.FeatureCount;
        int[] lengths = [4, 1, 3];
        float[] x = TestData.Normal(Rows * Steps * Width), start = Start(both);
        float[] desired = TestData.Normal(Rows * Steps * outputs, 3), weights = [1, 2, 0.5f];

        // The whole: what the encoder gives counts for nothing, which as a gradient of y is 0.
        using Workspace workspace = both.CreateWorkspace(Rows), encoding = encoder.CreateWorkspace(Rows), decoding = decoder.CreateWorkspace(Rows);
        float[] y = new float[desired.Length], dy = new float[y.Length], dx = new float[x.Length], gradient = new float[both.Parameters.Length];
        float[] state = [.. start], stateGradient = TestData.Normal(state.Length, 4), lastGradient = [.. stateGradient];
        var whole = new Batch
        {
            Rows = Rows,
            Inputs = x,
            Lengths = [.. lengths.Select(length => First + length)],
            State = state,
            StateGradient = stateGradient,
        };
        both.Forward(whole, y, workspace);
        for (int row = 0; row < Rows; row++)
        {
            for (int i = First * outputs; i < (First + lengths[row]) * outputs; i++)
                dy[(row * Steps * outputs) + i] = weights[row] * (y[(row * Steps * outputs) + i] - desired[(row * Steps * outputs) + i]) / (
                    4 + (2 * 1) + (0.5f * 3));
        }

        both.Backward(whole, dy, gradient, dx, workspace);

        // The parts: the decoder's gradient of its first state is the encoder's of its last.
        float[] x1 = Part(x, Steps * Width, 0, First * Width), x2 = Part(x, Steps * Width, First * Width, Second * Width),
            d2 = Part(desired, Steps * outputs, First * outputs, Second * outputs);
        float[] y1 = new float[Rows * First * outputs], dx1 = new float[x1.Length], carried = [.. start], between,
            gradient1 = new float[gradient.Length], gradient2 = new float[gradient.Length];
        encoder.Forward(new Batch { Rows = Rows, Steps = First, Inputs = x1, State = carried }, y1, encoding);
        y1.Should().Equal(Part(y, Steps * outputs, 0, First * outputs));
        between = [.. carried];
        float[] through = [.. lastGradient];
        decoder.AddGradient(
            new Batch
            {
                Rows = Rows,
                Steps = Second,
                Inputs = x2,
                Desired = d2,
                Lengths = lengths,
                Weights = weights,
                State = carried,
                StateGradient = through,
            },
            Divergence.L2, gradient2, decoding);
        carried.Should().Equal(state);
        encoder.Backward(new Batch
        {
            Rows = Rows,
            Steps = First,
            Inputs = x1,
            State = between,
            StateGradient = through,
        }, new float[y1.Length], gradient1, dx1, encoding);
        Near(through, stateGradient);
        Near(dx1, Part(dx, Steps * Width, 0, First * Width));
        Near([.. gradient1.Zip(gradient2, (a, b) => a + b)], gradient);
        dx1.Should().Contain(value => value != 0);
    }

    // ½ Σ s² of the last state s, whose gradient is s: no output counts.
    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_a_last_state_is_that_of_finite_differences_over_the_first_and_the_parameters(string name)
    {
        const float H = 1e-2f;
        Network network = Build(name, 4);
        using Workspace workspace = network.CreateWorkspace(Rows);
        float[] x = TestData.Normal(Rows * 4 * Width), start = Start(network), y = new float[Rows * network.Output.Size],
            gradient = new float[network.Parameters.Length];
        int[] lengths = [2, 4, 1];
        float[] Last()
        {
            float[] state = [.. start];
            network.Forward(new Batch { Rows = Rows, Inputs = x, Lengths = lengths, State = state }, y, workspace);
            return state;
        }

        float[] last = Last(), stateGradient = [.. last];
        network.Backward(new Batch
        {
            Rows = Rows,
            Inputs = x,
            Lengths = lengths,
            State = last,
            StateGradient = stateGradient,
        }, new float[y.Length], gradient, workspace);
        double Value() => Last().Where((_, i) => !network.Chain.CountsAt(i % network.StatePerRow)).Sum(value => 0.5 * value * value);
        double Central(ref float at, float h)
        {
            float before = at;
            at = before + h;
            double right = Value();
            at = before - h;
            double left = Value();
            at = before;
            return (right - left) / (2 * h);
        }

        // Extrapolated from h and h/2, as normalization bends.
        double Slope(ref float at) => ((4 * Central(ref at, H / 2)) - Central(ref at, H)) / 3;

        for (int i = 0; i < start.Length; i++)
            ((double)stateGradient[i]).Should().BeApproximately(network.Chain.CountsAt(i % network.StatePerRow) ? 0 : Slope(ref start[i]), 3e-3);
        for (int i = 0; i < gradient.Length; i += 3)
            ((double)gradient[i]).Should().BeApproximately(Slope(ref network.Parameters[i]), 3e-3);
        stateGradient.Should().Contain(value => Math.Abs(value) > 0.01f);
    }

    [Fact]
    public void A_divergence_and_a_last_state_add_up()
    {
        Network network = Build("stacked", 4);
        using Workspace workspace = network.CreateWorkspace(Rows);
        float[] x = TestData.Normal(Rows * 4 * Width), desired = TestData.Normal(Rows * network.Output.Size, 2),
            gradient = new float[network.Parameters.Length];
        float[] Backward(float[] stateGradient, bool hasDivergence, float[] gradient)
        {
            float[] own = [.. stateGradient], y = new float[desired.Length];
            if (hasDivergence)
            {
                network.AddGradient(new Batch
                {
                    Rows = Rows,
                    Inputs = x,
                    Desired = desired,
                    State = Start(network),
                    StateGradient = own,
                }, Divergence.L2, gradient, workspace);
                return own;
            }

            network.Forward(new Batch { Rows = Rows, Inputs = x, State = Start(network) }, y, workspace);
            network.Backward(new Batch
            {
                Rows = Rows,
                Inputs = x,
                State = Start(network),
                StateGradient = own,
            }, new float[y.Length], gradient, workspace);
            return own;
        }

        float[] last = TestData.Normal(Rows * network.StatePerRow, 5), parts = new float[gradient.Length], plain = new float[gradient.Length];
        float[] together = Backward(last, true, gradient), divergence = Backward(new float[last.Length], true, parts), state = Backward(
            last, false, parts);
        Near(together, [.. divergence.Zip(state, (a, b) => a + b)]);
        Near(gradient, parts);

        // Without the span backward stops at the beginning, and the gradient of the parameters is the divergence's alone.
        network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = desired, State = Start(network) }, Divergence.L2, plain, workspace);
        float[] alone = new float[gradient.Length];
        Backward(new float[last.Length], true, alone);
        plain.Should().Equal(alone);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_words()
    {
        Network network = Build("Rnn", 2), none = Network.Create(Shape.Sequence(2, Width)).Dense(2).Build(1);
        Network attention = Network.Create(Shape.Sequence(2, 4)).Rnn(4).MultiHeadAttention(2, causal: true).Build(1);
        using Workspace workspace = network.CreateWorkspace(1), other = none.CreateWorkspace(1), third = attention.CreateWorkspace(1);
        float[] x = TestData.Normal(6), y = new float[8], gradient = new float[network.Parameters.Length], shared = new float[20];
        void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);
        Refused(() => network.Forward(new Batch
        {
            Rows = 1,
            Inputs = x,
            State = new float[4],
            StateGradient = new float[3],
        }, y, workspace), "1 rows need 4 values of StateGradient, but got 3.*");
        Refused(() => network.Forward(new Batch
        {
            Rows = 1,
            Inputs = x,
            StateGradient = new float[4],
        }, y, workspace), "1 rows need 4 values of state, but got 0.*");
        Refused(() => none.Forward(new Batch
        {
            Rows = 1,
            Inputs = x,
            StateGradient = new float[4],
        }, new float[4], other), "1 rows need 0 values of StateGradient, but got 4.*");
        Refused(() => network.Forward(new Batch
        {
            Rows = 1,
            Inputs = x,
            State = shared.AsSpan(0, 4),
            StateGradient = shared.AsSpan(2, 4),
        }, y, workspace), "StateGradient must not overlap another span*");
        Refused(() => network.Forward(new Batch
        {
            Rows = 1,
            Inputs = shared.AsSpan(0, 6),
            State = new float[4],
            StateGradient = shared.AsSpan(5, 4),
        }, y, workspace), "StateGradient must not overlap*");
        Refused(() => network.Forward(new Batch
        {
            Rows = 1,
            Inputs = x,
            State = new float[4],
            StateGradient = network.Parameters[..4],
        }, y, workspace), "StateGradient must not overlap*own values*");
        Refused(() => network.Forward(new Batch
        {
            Rows = 1,
            Inputs = x,
            State = new float[4],
            StateGradient = shared.AsSpan(0, 4),
        }, shared.AsSpan(3, 8), workspace), "y must not overlap*its gradient*");
        Refused(() => network.AddGradient(new Batch
        {
            Rows = 1,
            Inputs = x,
            Desired = y,
            State = new float[4],
            StateGradient = gradient.AsSpan(0, 4),
        }, Divergence.L2, gradient, workspace), "The gradient must not overlap the batch.*");
        Refused(() => attention.Forward(new Batch
        {
            Rows = 1,
            Inputs = new float[8],
            State = new float[4],
            StateGradient = new float[4],
        }, y, third), "Layer 1 (MultiHeadAttention) carries state in predictions alone*");
        Refused(
            () =>
            {
                float[] state = new float[4];
                network.Forward(new Batch { Rows = 1, Inputs = x, State = state }, y, workspace);
                network.Backward(new Batch
                {
                    Rows = 1,
                    Inputs = x,
                    State = state,
                    StateGradient = shared.AsSpan(0, 4),
                }, y, gradient, shared.AsSpan(2, 6), workspace);
            },
            "The gradient and dx must not overlap the state or its gradient.*");
    }

    [Fact]
    public void A_step_gives_the_gradient_and_a_refused_one_gives_it_back()
    {
        Network network = Build("Lstm", 4), same = network.Clone();
        int states = network.StatePerRow * Rows;
        float[] x = TestData.Normal(Rows * 4 * Width), desired = TestData.Normal(Rows * network.Output.Size, 2), last = TestData.Normal(states, 3),
            stateGradient = [.. last], expected = [.. last];
        using var trainer = new Trainer(network, Divergence.L2, new Sgd());
        using Workspace workspace = same.CreateWorkspace(Rows);
        same.AddGradient(new Batch
        {
            Rows = Rows,
            Inputs = x,
            Desired = desired,
            State = new float[states],
            StateGradient = expected,
        }, Divergence.L2, new float[same.Parameters.Length], workspace);
        trainer.Step(new Batch { Rows = Rows, Inputs = x, Desired = desired, State = new float[states], StateGradient = stateGradient });
        stateGradient.Should().Equal(expected);

        desired[1] = float.NaN;
        float[] again = [.. last], state = Start(network), before = [.. state];
        FluentActions.Invoking(() => trainer.Step(new Batch
        {
            Rows = Rows,
            Inputs = x,
            Desired = desired,
            State = state,
            StateGradient = again,
        })).Should().Throw<NotFiniteNumberException>();
        again.Should().Equal(last);
        state.Should().Equal(before);
    }

    [Fact]
    public void Threads_change_no_bit()
    {
        Network network = Network.Create(Shape.Sequence(6, 30)).Lstm(70).Gru(40).Build(1);
        const int Many = 40;
        float[] x = TestData.Normal(Many * 6 * 30), dy = TestData.Normal(Many * 6 * 40, 2);
        int[] lengths = [.. TestData.Labels(Many, 6, 3).Select(length => length + 1)];
        float[][] found = [.. new[] { 1, 3 }.Select(threads =>
        {
            using Workspace workspace = network.CreateWorkspace(Many, threads);
            float[] state = TestData.Normal(Many * network.StatePerRow, 4), stateGradient = TestData.Normal(state.Length, 5),
                gradient = new float[network.Parameters.Length];
            var batch = new Batch { Rows = Many, Inputs = x, Lengths = lengths, State = state, StateGradient = stateGradient };
            network.Forward(batch, new float[dy.Length], workspace);
            network.Backward(batch, dy, gradient, workspace);
            return (float[])[.. stateGradient, .. gradient];
        })];
        found[1].Should().Equal(found[0]);
    }

    [Fact]
    public void A_composite_of_one_s_own_hands_the_gradient_on()
    {
        Shape shape = Shape.Sequence(3, 2);
        GradientCheck.Layer(new Chain([new Lstm(shape, 2), new Twice(new Gru(shape, 2), new Rnn(shape, 2)), new Lstm(shape, 1)]), seed: 2)
            .EnsurePasses();
    }

    // States that are no counts are not 0.
    private static float[] Start(Network network)
    {
        float[] state = TestData.Normal(Rows * network.StatePerRow, 9, 0.5f);
        for (int i = 0; i < state.Length; i++)
            state[i] = network.Chain.CountsAt(i % network.StatePerRow) ? 0 : state[i];
        return state;
    }

    // Some values of each row.
    private static float[] Part(float[] values, int size, int first, int count) =>
        [.. Enumerable.Range(0, Rows).SelectMany(row => values[((row * size) + first)..((row * size) + first + count)])];

    private static void Near(float[] actual, float[] expected)
    {
        actual.Length.Should().Be(expected.Length);
        float largest = expected.Max(Math.Abs);
        for (int i = 0; i < actual.Length; i++)
            actual[i].Should().BeApproximately(expected[i], 2e-6f * largest);
    }

    // Two layers one after the other.
    private sealed class Twice(Layer first, Layer second) : Composite(first.Input, second.Output, [first, second])
    {
        public override void Forward(in ForwardPass pass) =>
            ForwardChild(pass, 1, ForwardChild(pass, 0, pass.Input)).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            ReadOnlySpan<float> between = BackwardChild(pass, 1, OutputOf(pass, 0), pass.OutputGradient);
            BackwardChild(pass, 0, pass.Input, between, !pass.InputGradient.IsEmpty).CopyTo(pass.InputGradient);
        }
    }
}
