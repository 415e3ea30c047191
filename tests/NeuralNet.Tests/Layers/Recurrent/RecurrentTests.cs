namespace NeuralNet.Tests.Layers;

/// <summary>What is special about recurrent layers: state that goes from call to call, lengths, widths, and what they refuse.</summary>
public class RecurrentTests
{
    // Keras's LSTM and GRU with hard sigmoids, and the original GRU; the last two are people's own.
    public static TheoryData<string> Kinds =>
        ["Rnn", "Lstm", "Gru", "HardLstm", "HardGru", "FirstGru", nameof(CoupledLstm), nameof(MinimalGatedUnit)];

    // 1 unit, all weights 1, bias 0, x = (1, 2): h = tanh(x + h), by hand.
    [Fact]
    public void An_elman_network_by_hand()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Rnn(1).Build();
        network.Parameters.Fill(1);
        network.Parameter("0.bias").Clear();
        double h1 = Math.Tanh(1), h2 = Math.Tanh(2 + h1);
        float[] y = network.Predict([1, 2]);
        ((double)y[0]).Should().BeApproximately(h1, 1e-7);
        ((double)y[1]).Should().BeApproximately(h2, 1e-7);
    }

    // The forget gate's bias keeps c, the others' shut the input out: c stays as it was given, and h = o tanh c.
    [Fact]
    public void A_cell_with_an_open_forget_gate_keeps_what_it_has()
    {
        Network network = Network.Create(Shape.Sequence(100, 1)).Lstm(1).Build();
        network.Parameters.Clear();
        float[] bias = [-100, 100, 0, 100], state = [0, 0.75f], y = new float[100];
        bias.CopyTo(network.Parameter("0.bias"));
        network.Predict(new Batch { Rows = 1, Inputs = new float[100], State = state }, y, network.CreateWorkspace(1));
        y.Should().OnlyContain(value => Math.Abs(value - Math.Tanh(0.75)) < 1e-6);
        state[1].Should().Be(0.75f);
    }

    // u at 1 keeps h for ever, at 0 the candidate takes its place; r shuts out U h, but not b_hn's own part of q: n = tanh(r ⊙ q).
    [Fact]
    public void The_gates_of_a_gru_by_hand()
    {
        Network network = Network.Create(Shape.Sequence(1, 1)).Gru(1).Build();
        network.Parameters.Clear();
        network.Parameter("0.bias_hn")[0] = 0.5f;
        float[] keep = [0, 100, 0], replace = [100, -100, 0.25f], shut = [-100, -100, 0.25f];
        Step(keep, 0.3f).Should().Be(0.3f);
        ((double)Step(replace, 0.3f)).Should().BeApproximately(Math.Tanh(0.75), 1e-6);
        ((double)Step(shut, 0.3f)).Should().BeApproximately(Math.Tanh(0.25), 1e-6);

        float Step(float[] bias, float h)
        {
            bias.CopyTo(network.Parameter("0.bias"));
            float[] state = [h], y = new float[1];
            network.Predict(new Batch { Rows = 1, Inputs = [1], State = state }, y, network.CreateWorkspace(1));
            state.Should().Equal(y);
            return y[0];
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_long_series_in_chunks_with_the_state_carried_over_gives_the_outputs_of_one_pass(string kind)
    {
        const int Steps = 10_000, Chunk = 50, Rows = 2, Features = 3;
        Network whole = Stacked(Network.Create(Shape.Sequence(Steps, Features)), kind).Build(1);
        Network pieces = Stacked(Network.Create(Shape.Sequence(Chunk, Features)), kind).Build(1);
        whole.Parameters.CopyTo(pieces.Parameters);
        float[] x = TestData.Normal(Rows * Steps * Features), y = new float[Rows * Steps * 4], finalState = new float[Rows * whole.StatePerRow];
        whole.Predict(new Batch { Rows = Rows, Inputs = x, State = finalState }, y, whole.CreateWorkspace(Rows, training: false));

        float[] state = new float[finalState.Length], some = new float[Rows * Chunk * Features], made = new float[Rows * Chunk * 4];
        using Workspace workspace = pieces.CreateWorkspace(Rows, training: true);
        for (int first = 0; first < Steps; first += Chunk)
        {
            for (int row = 0; row < Rows; row++)
                x.AsSpan(((row * Steps) + first) * Features, Chunk * Features).CopyTo(some.AsSpan(row * Chunk * Features));
            var batch = new Batch { Rows = Rows, Inputs = some, State = state };
            if (first % 100 == 0)
                pieces.Predict(batch, made, workspace);
            else
                pieces.Forward(batch, made, workspace);
            for (int row = 0; row < Rows; row++)
            {
                Span<float> expected = y.AsSpan(((row * Steps) + first) * 4, Chunk * 4);
                made.AsSpan(row * Chunk * 4, Chunk * 4).SequenceEqual(expected).Should().BeTrue($"steps from {first} on of row {row}");
            }
        }

        state.Should().Equal(finalState);
    }

    // One step at a time, as a program does that is given a value now and then.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void One_step_at_a_time_gives_the_same_bits(string kind)
    {
        Network network = Stacked(Network.Create(Shape.Sequence(40, 3)), kind).Build(1);
        float[] x = TestData.Normal(40 * 3), y = network.Predict(x), state = new float[network.StatePerRow], one = new float[4];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        for (int step = 0; step < 40; step++)
        {
            network.Predict(new Batch { Rows = 1, Steps = 1, Inputs = x.AsSpan(step * 3, 3), State = state }, one, workspace);
            one.Should().Equal(y[(step * 4)..((step + 1) * 4)]);
        }
    }

    // Cut into two pieces, with the second's desired outputs alone: the gradient is that of the second piece from the state at
    // its beginning, as if that were given.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_is_truncated_at_the_state_that_is_given(string kind)
    {
        Network network = Stacked(Network.Create(Shape.Sequence(5, 3)), kind).Build(1);
        using Workspace workspace = network.CreateWorkspace(2);
        float[] first = TestData.Normal(2 * 5 * 3), second = TestData.Normal(2 * 5 * 3, 2), desired = TestData.Normal(2 * 5 * 4, 3);
        float[] state = new float[2 * network.StatePerRow], gradient = new float[network.Parameters.Length], y = new float[desired.Length];
        network.Predict(new Batch { Rows = 2, Inputs = first, State = state }, y, workspace);
        float[] between = [.. state];
        network.AddGradient(new Batch { Rows = 2, Inputs = second, Desired = desired, State = state }, Divergence.L2, gradient, workspace);

        const float H = 1e-2f;
        for (int i = 0; i < gradient.Length; i += 7)
        {
            float at = network.Parameters[i];
            double Value(float parameter)
            {
                network.Parameters[i] = parameter;
                float[] from = [.. between];
                network.Predict(new Batch { Rows = 2, Inputs = second, State = from }, y, workspace);
                return y.Zip(desired, (a, b) => 0.5 * ((double)a - b) * ((double)a - b)).Sum() / (2 * 5);
            }

            double slope = (Value(at + H) - Value(at - H)) / (2 * H);
            network.Parameters[i] = at;
            ((double)gradient[i]).Should().BeApproximately(slope, 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rows_of_different_lengths_give_what_each_gives_by_itself(string kind)
    {
        int[] lengths = [3, 9, 1, 9, 9, 2, 8, 1, 9, 4, 5, 9, 9, 1, 7];
        int rows = lengths.Length;
        foreach (bool lastStep in new[] { false, true })
        {
            Network network = Add(Network.Create(Shape.Sequence(9, 3)), kind, 20, lastStep).Build(1);
            int width = lastStep ? 20 : 9 * 20;
            float[] x = TestData.Normal(rows * 9 * 3), y = new float[rows * width], dy = TestData.Normal(y.Length, 2), dx = new float[x.Length];
            float[] gradient = new float[network.Parameters.Length], state = TestData.Normal(rows * network.StatePerRow, 3);
            float[] sum = new float[gradient.Length], first = [.. state];
            for (int row = 0; row < rows; row++)
                x.AsSpan(((row * 9) + lengths[row]) * 3, (9 - lengths[row]) * 3).Fill(float.NaN);
            var batch = new Batch { Rows = rows, Inputs = x, Lengths = lengths, State = state };
            using Workspace workspace = network.CreateWorkspace(rows);
            network.Forward(batch, y, workspace);
            network.Backward(batch, dy, gradient, dx, workspace);

            for (int row = 0; row < rows; row++)
            {
                int steps = lengths[row], made = lastStep ? 20 : steps * 20;
                float[] own = x[(row * 9 * 3)..(((row * 9) + steps) * 3)], ownY = new float[made], ownDx = new float[own.Length];
                float[] ownState = first[(row * network.StatePerRow)..((row + 1) * network.StatePerRow)];
                var alone = new Batch { Rows = 1, Steps = steps, Inputs = own, State = ownState };
                network.Forward(alone, ownY, workspace);
                network.Backward(alone, dy.AsSpan(row * width, made), sum, ownDx, workspace);
                y.AsSpan(row * width, made).ToArray().Should().Equal(ownY);
                dx.AsSpan(row * 9 * 3, own.Length).ToArray().Should().Equal(ownDx);
                state[(row * network.StatePerRow)..((row + 1) * network.StatePerRow)].Should().Equal(ownState);
                y.AsSpan((row * width) + made, width - made).ContainsAnyExcept(0f).Should().BeFalse();
                dx.AsSpan((row * 9 * 3) + own.Length, (9 * 3) - own.Length).ContainsAnyExcept(0f).Should().BeFalse();
            }

            gradient.Should().Equal(sum);
        }
    }

    // Wider than a panel of any register, deeper than what is taken at a time, and rows for several blocks and threads.
    [Theory]
    [InlineData("Rnn", 300)]
    [InlineData("Lstm", 90)]
    [InlineData("Gru", 130)]
    [InlineData("HardLstm", 90)]
    [InlineData("HardGru", 130)]
    [InlineData("FirstGru", 130)]
    [InlineData("FirstGru", 300)]
    [InlineData(nameof(CoupledLstm), 90)]
    [InlineData(nameof(MinimalGatedUnit), 130)]
    public void Wide_states_give_the_same_bits_row_by_row_and_with_any_number_of_threads(string kind, int hidden)
    {
        const int Rows = 27, Steps = 3;
        Network network = Add(Network.Create(Shape.Sequence(Steps, 5)), kind, hidden, lastStep: false).Build(1);
        float[] x = TestData.Normal(Rows * Steps * 5), dy = TestData.Normal(Rows * Steps * hidden, 2);
        (float[] y, float[] dx, float[] gradient) = Pass(1);
        foreach (int threads in new[] { 2, 3 })
        {
            (float[] otherY, float[] otherDx, float[] otherGradient) = Pass(threads);
            otherY.Should().Equal(y);
            otherDx.Should().Equal(dx);
            otherGradient.Should().Equal(gradient);
        }

        for (int row = 0; row < Rows; row++)
            network.Predict(x.AsSpan(row * Steps * 5, Steps * 5)).Should().Equal(y[(row * Steps * hidden)..((row + 1) * Steps * hidden)]);

        (float[] Y, float[] Dx, float[] Gradient) Pass(int threads)
        {
            using Workspace workspace = network.CreateWorkspace(Rows, threads);
            float[] made = new float[dy.Length], madeDx = new float[x.Length], madeGradient = new float[network.Parameters.Length];
            network.Forward(x, made, Rows, workspace);
            network.Backward(x, dy, madeGradient, madeDx, Rows, workspace);
            return (made, madeDx, madeGradient);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_column_of_the_recurrent_weights_belongs_to_one_unit_of_its_gate(string kind)
    {
        // More units than a panel of any register is wide, so that the last panel is not a full one.
        const int Hidden = 70;
        Network network = Add(Network.Create(Shape.Sequence(2, 1)), kind, Hidden, lastStep: true).Build(1);
        Span<float> u = network.Parameter("0.weight_hh");
        int width = u.Length / Hidden;
        float[] before = network.Predict([1, 1]);
        for (int j = 0; j < width; j++)
        {
            float[] saved = u.ToArray();
            for (int i = 0; i < Hidden; i++)
                u[(i * width) + j] += 0.1f;
            float[] after = network.Predict([1, 1]);
            saved.CopyTo(u);

            // Where r multiplies h before U does, a unit's r reaches all of them.
            bool isOfAll = kind == "FirstGru" && j < Hidden;
            for (int unit = 0; unit < Hidden; unit++)
                (after[unit] != before[unit]).Should().Be(
                    isOfAll || unit == j % Hidden, $"column {j} of U belongs to unit {j % Hidden}, and unit {unit} was looked at");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_NaN_spoils_its_row_from_its_step_on_and_no_other(string kind)
    {
        Network network = Add(Network.Create(Shape.Sequence(4, 2)), kind, 3, lastStep: false).Build(1);
        float[] x = TestData.Normal(3 * 4 * 2);
        x[(4 + 2) * 2] = float.NaN;
        float[] y = network.Predict(x);
        for (int at = 0; at < y.Length; at++)
            float.IsNaN(y[at]).Should().Be(at / (4 * 3) == 1 && at / 3 % 4 >= 2);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Huge_inputs_saturate(string kind)
    {
        Network network = Add(Network.Create(Shape.Sequence(3, 2)), kind, 4, lastStep: false).Build(1);
        float[] x = [1e30f, -1e30f, -1e30f, 1e30f, 3e30f, 1e-42f];
        float[] y = new float[12], dx = new float[6], gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(1);
        network.Forward(x, y, 1, workspace);
        y.Should().OnlyContain(value => Math.Abs(value) <= 1);
        network.Backward(x, TestData.Normal(12), gradient, dx, 1, workspace);
        dx.Concat(gradient).Should().OnlyContain(value => float.IsFinite(value));
    }

    [Fact]
    public void Parameters_begin_as_documented()
    {
        Network other = Network.Create(Shape.Sequence(2, 3)).Gru(4, initializer: Initializer.Ones, recurrentInitializer: Initializer.Zeros).Build(1);
        other.Parameters.ToArray().Should().Equal([.. Enumerable.Repeat(1f, 3 * 12), .. new float[(4 * 12) + 12 + 4]]);
        Network network = Network.Create(Shape.Sequence(2, 3)).Lstm(5, forgetBias: 2).Gru(4).Build(1);
        network.Parameter("0.bias").ToArray().Should().Equal([.. new float[5], 2, 2, 2, 2, 2, .. new float[10]]);
        network.Parameter("1.bias").ToArray().Should().OnlyContain(value => value == 0);
        network.Parameter("1.bias_hn").ToArray().Should().Equal(0, 0, 0, 0);
        float limit = MathF.Sqrt(6f / (3 + 5));
        network.Parameter("0.weight_ih").ToArray()
            .Should().OnlyContain(value => Math.Abs(value) <= limit).And.Contain(value => Math.Abs(value) > limit / 2);

        // The rows of U are orthonormal.
        float[] u = network.Parameter("0.weight_hh").ToArray();
        for (int a = 0; a < 5; a++)
        {
            for (int b = 0; b < 5; b++)
                u[(a * 20)..((a + 1) * 20)].Zip(u[(b * 20)..((b + 1) * 20)], (p, q) => (double)p * q).Sum()
                    .Should().BeApproximately(a == b ? 1 : 0, 1e-6);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_words()
    {
        FluentActions.Invoking(() => Network.Create(5).Lstm(3))
            .Should().Throw<ArgumentException>().WithMessage("Layer 0: *takes a sequence*Features(5)*");
        FluentActions.Invoking(() => Network.Create(Shape.Image(2, 2, 1)).Gru(3))
            .Should().Throw<ArgumentException>().WithMessage("*takes a sequence*Image(2, 2, 1)*");
        FluentActions.Invoking(() => Network.Create(Shape.Sequence(2, 2)).Gru(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Network.Create(Shape.Sequence(2, 2)).Lstm(3, forgetBias: float.NaN))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*forget*");
        FluentActions.Invoking(() => Network.Create(Shape.Sequence(2, 2)).Rnn(3, Activation.Softmax))
            .Should().Throw<ArgumentException>().WithMessage("*scalar activation*Softmax*");
        FluentActions.Invoking(() => Network.Create(Shape.Sequence(2, 2)).Rnn(3, Activation.RandomizedLeakyRelu))
            .Should().Throw<ArgumentException>().WithMessage("*not random*");
        FluentActions.Invoking(() => Network.Create(Shape.Sequence(1_000_000, 2)).Lstm(1000))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*2³¹*");
        FluentActions.Invoking(() => Network.Create(Shape.Sequence(2, 2)).Lstm(int.MaxValue)).Should().Throw<ArgumentOutOfRangeException>();

        Network network = Network.Create(Shape.Sequence(4, 2)).Lstm(3).Build();
        using Workspace workspace = network.CreateWorkspace(2);
        float[] x = new float[16], y = new float[24];
        Refused([4, 0], 4, 12, "*length of row 1 is 0; 1 to 4*");
        Refused([5, 1], 4, 12, "*length of row 0 is 5; 1 to 4*");
        Refused([4, -1], 4, 12, "*length of row 1 is -1*");
        Refused([4], 4, 12, "*2 rows need 2 lengths, but got 1*");
        Refused([], 5, 12, "*1 to 4 steps*");
        Refused([], 4, 11, "*2 rows need 12 values of state, but got 11*");

        void Refused(int[] lengths, int steps, int state, string message) =>
            FluentActions.Invoking(() => network.Predict(
                new Batch { Rows = 2, Inputs = x, Lengths = lengths, Steps = steps, State = new float[state] }, y, workspace))
                .Should().Throw<ArgumentException>().WithMessage(message);
    }

    // Which of two classes a sequence is: that of its first step, eight steps ago.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_learns_to_remember(string kind)
    {
        const int Rows = 64, Steps = 8;
        Network network = Add(Network.Create(Shape.Sequence(Steps, 1)), kind, 12, lastStep: true).Dense(2, Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { Clipping = GradientClipping.ByNorm(1) };
        float[] x = TestData.Normal(Rows * Steps, 1, 0.3f), desired = new float[Rows * 2];
        for (int row = 0; row < Rows; row++)
        {
            x[row * Steps] = row % 2 == 0 ? 1 : -1;
            desired[(2 * row) + (row % 2)] = 1;
        }

        for (int step = 0; step < 300; step++)
            trainer.Step(x, desired, Rows);
        trainer.Step(x, desired, Rows).Should().BeLessThan(0.05f);
    }

    private static NetworkBuilder Add(NetworkBuilder builder, string kind, int hidden, bool lastStep) => kind switch
    {
        "Rnn" => builder.Rnn(hidden, lastStep: lastStep),
        "Lstm" => builder.Lstm(hidden, lastStep),
        "HardLstm" => builder.Lstm(hidden, lastStep, gates: new HardSigmoid(0.2f), activation: Activation.Softsign),
        "HardGru" => builder.Gru(hidden, lastStep, gates: new HardSigmoid(0.2f), activation: Activation.Softsign),
        "FirstGru" => builder.Gru(hidden, lastStep, resetsBefore: true),
        nameof(CoupledLstm) => builder.Add(shape => new CoupledLstm(shape, hidden, lastStep)),
        nameof(MinimalGatedUnit) => builder.Add(shape => new MinimalGatedUnit(shape, hidden, lastStep)),
        _ => builder.Gru(hidden, lastStep),
    };

    private static NetworkBuilder Stacked(NetworkBuilder builder, string kind) =>
        Add(Add(builder, kind, 6, false), kind, 5, false).Dense(4, Activation.Tanh);
}
