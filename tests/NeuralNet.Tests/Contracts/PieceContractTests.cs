namespace NeuralNet.Tests.Contracts;

/// <summary>A row may come in pieces, with the state carried from one to the next, or the layer says that it needs the whole row.</summary>
public class PieceContractTests
{
    private const int Rows = 6;

    private static readonly int[] lengths = [3, 1, 2, 3, 2, 1];

    private static readonly int[][] cuts = [[1, 1, 1], [1, 2], [2, 1], [3]];

    private static IEnumerable<Layer> All =>
    [
        .. PublicKinds.Layers(), new Gain(5), new Gain(Shape.Sequence(3, 5)), new Scaled(new Lstm(Shape.Sequence(3, 5), 5)), .. StepChanges.Layers(),
    ];

    public static TheoryData<string> LayersInPieces =>
        Where(layer => layer.IsStreamable && layer.Input.Kind == ShapeKind.Sequence && layer.PieceSteps == 1);

    public static TheoryData<string> LayersOfWholeRows => Where(layer => !layer.IsStreamable);

    // In prediction, and, where nothing is random and nothing is measured over the batch, in training too.
    [Theory]
    [MemberData(nameof(LayersInPieces))]
    public void Pieces_have_the_bits_of_the_whole(string name)
    {
        Layer layer = PublicKinds.Find(All, name);
        Network network = Carrying(layer);
        var run = new LayerRun(layer, Rows);
        run.Randomize(new RandomStream(4));
        run.Parameters.CopyTo(network.Parameters);
        float[] start = new float[Rows * network.StatePerRow];
        for (int i = 0; i < start.Length; i++)
            start[i] = network.Chain.CountsAt(i % network.StatePerRow) ? 0 : new RandomStream(5).Normal(0, i);
        using Workspace workspace = network.CreateWorkspace(Rows);
        foreach (bool training in layer.IsRandom || layer.MixesRows ? new[] { false } : [false, true])
        {
            if (training && !layer.TrainsWithState)
                continue;
            foreach (int[] real in new[] { [], lengths })
            {
                float[] y = new float[Rows * layer.Output.Size], state = [.. start];
                Run(network, new Batch { Rows = Rows, Inputs = run.Input, Lengths = real, State = state }, y, workspace, training);
                foreach (int[] begin in cuts)
                {
                    int[] cut = [.. begin, .. layer.Input.Steps > 3 ? [layer.Input.Steps - 3] : Array.Empty<int>()];
                    (float[] pieces, float[] last) = InPieces(network, run.Input, real, cut, [.. start], workspace, training);
                    pieces.Should().Equal(y, string.Join(" + ", cut));
                    last.Should().Equal(state);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(LayersOfWholeRows))]
    public void What_needs_the_whole_row_refuses_state_before_anything_is_written(string name)
    {
        Layer layer = PublicKinds.Find(All, name);
        Network network = Carrying(layer);
        float[] x = new float[layer.Input.Size], y = new float[layer.Output.Size], state = new float[network.StatePerRow],
            gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(1);
        string words = layer.Children.Count > 0 ? "Layer 1.*" : $"Layer 1 ({layer.Kind})*";
        Refused(() => network.Predict(new Batch { Rows = 1, Inputs = x, State = state }, y, workspace), words);
        Refused(() => network.Forward(new Batch { Rows = 1, Inputs = x, State = state, Stream = new RandomStream(1) }, y, workspace), words);
        Refused(() => network.AddGradient(new Batch
        {
            Rows = 1,
            Inputs = x,
            Desired = y,
            State = state,
            Stream = new RandomStream(1),
        }, Divergence.L2, gradient, workspace), words);
        state.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void A_layer_of_one_s_own_that_says_nothing_of_pieces_is_refused_with_what_to_do()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Lstm(2).Residual(b => b.Dense(2).Add(shape => new Gain(shape))).Build(1);
        using Workspace workspace = network.CreateWorkspace(1);
        Refused(() => network.Predict(new Batch { Rows = 1, Inputs = new float[6], State = new float[4] }, new float[6], workspace),
            "Layer 1.1.1 (Gain) needs the whole row: * Give whole rows, without State. If they do, let the layer say so: IsStreamable = true.*");
        (new Gain(5).IsStreamable, new Gain(Shape.Sequence(3, 5)).IsStreamable, new Repeat(2, 3).IsStreamable).Should().Be((true, false, false));
    }

    [Fact]
    public void A_state_behind_the_last_step_is_refused_because_it_would_see_a_step_of_each_piece()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(2)
            .Residual(b => b.Lstm(2, lastStep: true).Reshape(Shape.Sequence(1, 2)).Gru(6).Reshape(6).Reshape(Shape.Sequence(3, 2))).Build(1);
        using Workspace workspace = network.CreateWorkspace(1);
        Refused(() => network.Predict(new Batch
        {
            Rows = 1,
            Inputs = new float[6],
            State = new float[10],
        }, new float[6], workspace), "Layer 1.1.3 (Reshape) needs the whole row*");

        Network ended = Network.Create(Shape.Sequence(3, 2)).Dense(2).Lstm(2, lastStep: true).Reshape(Shape.Sequence(1, 2)).Gru(3).Build(1);
        using Workspace other = ended.CreateWorkspace(1);
        Refused(() => ended.Predict(new Batch { Rows = 1, Inputs = new float[6], State = new float[7] }, new float[3], other),
            "Layer 3 (Gru) has a state behind a layer that gives one step of many: *");
        ended.Predict(new Batch { Rows = 1, Inputs = new float[6] }, new float[3], other);
    }

    // Every second step needs pieces of an even number of steps, all but the last.
    [Fact]
    public void Behind_a_stride_pieces_of_its_multiples_have_the_bits_of_the_whole()
    {
        Network network = Network.Create(Shape.Sequence(9, 2)).Gru(3).Add(shape => new Strided(shape)).Lstm(4).Dense(2).Build(1);
        using Workspace workspace = network.CreateWorkspace(1);
        float[] x = TestData.Normal(9 * 2), y = new float[5 * 2], state = new float[network.StatePerRow], pieces = new float[y.Length],
            carried = new float[state.Length];
        network.Predict(new Batch { Rows = 1, Inputs = x, State = state, IsLastPiece = true }, y, workspace);
        for (int at = 0; at < 9;)
        {
            int steps = at == 0 ? 4 : at == 4 ? 2 : 3;
            network.Predict(new Batch
            {
                Rows = 1,
                Steps = steps,
                Inputs = x.AsSpan(at * 2, steps * 2),
                State = carried,
                IsLastPiece = at + steps == 9,
            }, pieces.AsSpan(at, (steps + 1) / 2 * 2), workspace);
            at += steps;
        }

        pieces.Should().Equal(y);
        carried.Should().Equal(state);
    }

    [Theory]
    [InlineData(2, 3)] // strides of 2 and 3: multiples of 6
    [InlineData(4, 1)]
    public void Where_a_piece_ends_between_two_places_of_a_stride_a_network_refuses_it(int first, int second)
    {
        Network network = Network.Create(Shape.Sequence(24, 1)).Conv(3, 4, stride: first, padding: Padding.Causal)
            .Residual(b => b.Conv(3, 2, padding: Padding.Causal)).Upsample(2).AveragePool(2)
            .Parallel(Merge.Sum, b => b.Conv(2, 2, stride: second, padding: Padding.Causal),
                b => b.Add(shape => new MaxPool(shape, second, ceiling: true)).Dense(2)).Build(1);
        int all = first * second;
        network.PieceSteps.Should().Be(all);
        float[] x = TestData.Normal(48);
        using Workspace workspace = network.CreateWorkspace(2);
        Refused(() => Predict(all + 1, []), $"With State, layer 0 (Conv), which has a stride of {first}, needs pieces of a multiple of that many "
            + $"steps, but got {all + 1}: *Give pieces of a multiple of {all} steps; if nothing follows, say so: IsLastPiece = true.*");
        if (second > 1)
        {
            Refused(() => Predict(4 * first, []), "With State, layer 4.0.0 (Conv), which has a stride of 3, *, but got 4: *");
            Refused(() => network.AddGradient(new Batch
            {
                Rows = 1,
                Steps = 4 * first,
                Inputs = x.AsSpan(0, 4 * first),
                Desired = x.AsSpan(24, 4),
                State = new float[network.StatePerRow],
            }, Divergence.L2, new float[network.Parameters.Length], workspace), "With State, layer 4.0.0 (Conv)*");
        }

        Refused(() => Predict(2 * all, [all, all + 1]), $"Row 1: With State, layer 0 (Conv)*, but got {all + 1}: *");
        Predict(2 * all, [all, 2 * all]);
        Predict(2 * all, [all, all + 1], isLast: true);
        Predict(all + 1, [], isLast: true);

        void Predict(int steps, int[] lengths, bool isLast = false) => network.Predict(new Batch
        {
            Rows = 2,
            Steps = steps,
            Inputs = x.AsSpan(0, 2 * steps),
            Lengths = lengths,
            State = new float[2 * network.StatePerRow],
            IsLastPiece = isLast,
        }, new float[2 * network.Output.SizeAt(network.Chain.OutputSteps(steps))], workspace);
    }

    // A row of two steps is shorter than a stride of 3: it cannot come in pieces. Rows that are no sequences have none.
    [Fact]
    public void What_cannot_come_in_pieces_of_a_multiple_says_so()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Conv(1, 3, stride: 3, padding: Padding.Causal).Build(1);
        using Workspace workspace = network.CreateWorkspace(1);
        network.PieceSteps.Should().Be(3);
        Refused(() => network.Predict(new Batch { Rows = 1, Inputs = new float[2], State = new float[2] }, new float[1], workspace), "*but got 2: *");
        network.Predict(new Batch { Rows = 1, Inputs = new float[2], State = new float[2], IsLastPiece = true }, new float[1], workspace);
        Network.Create(8).Reshape(Shape.Sequence(4, 2)).MaxPool(3).Build(1).PieceSteps.Should().Be(1);
        Network.Create(Shape.Sequence(1 << 20, 1)).Conv(1, 1, stride: 1 << 19, padding: Padding.Causal).Upsample(1 << 9)
            .Conv(1, 1, stride: 1 << 10, padding: Padding.Causal).Build(1).PieceSteps.Should().Be(1 << 20);
        ((Action)(() => _ = new Strided(Shape.Sequence(4, 1), stride: 0))).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("PieceSteps must be at least 1*");
    }

    // A stride that is not stated is found.
    [Fact]
    public void The_check_of_gradients_tells_of_a_stride_that_is_not_stated()
    {
        GradientCheck.Layer(new Strided(Shape.Sequence(6, 2))).EnsurePasses();
        ((Action)(() => GradientCheck.Layer(new Strided(Shape.Sequence(6, 2), stride: 1)).EnsurePasses())).Should()
            .Throw<InvalidOperationException>().WithMessage("*pieces of 3 and 3 steps make 4 together, but the whole makes 3; state PieceSteps*");
    }

    // The rows that go on move together at the beginning of the batch, with their states.
    private static (float[] Outputs, float[] State) InPieces(
        Network network, float[] inputs, int[] real, int[] cut, float[] state, Workspace workspace, bool training)
    {
        Shape input = network.Input, output = network.Output;
        int perRow = network.StatePerRow;
        bool keeps = network.KeepsLengths;
        float[] y = new float[Rows * output.Size];
        for (int piece = 0, start = 0; piece < cut.Length; start += cut[piece++])
        {
            int steps = cut[piece];
            int[] rows = [.. Enumerable.Range(0, Rows).Where(row => real.Length == 0 || real[row] > start)];
            if (rows.Length == 0)
                continue;
            int[] here = real.Length == 0 ? [] : [.. rows.Select(row => Math.Min(real[row] - start, steps))];
            float[] x = [.. rows.SelectMany(
                row => inputs[((row * input.Size) + input.SizeAt(start))..((row * input.Size) + input.SizeAt(start + steps))])];
            float[] own = [.. rows.SelectMany(row => state[(row * perRow)..((row + 1) * perRow)])];
            float[] made = new float[rows.Length * output.SizeAt(network.Chain.OutputSteps(steps))];
            Run(network, new Batch { Rows = rows.Length, Steps = steps, Inputs = x, Lengths = here, State = own }, made, workspace, training);
            for (int i = 0; i < rows.Length; i++)
            {
                own.AsSpan(i * perRow, perRow).CopyTo(state.AsSpan(rows[i] * perRow));
                int size = made.Length / rows.Length;
                int behind = keeps && start > 0 ? output.SizeAt(network.Chain.OutputSteps(start)) : 0;
                made.AsSpan(i * size, size).CopyTo(y.AsSpan((rows[i] * output.Size) + behind));
            }
        }

        return (y, state);
    }

    private static void Run(Network network, in Batch batch, Span<float> y, Workspace workspace, bool training)
    {
        if (training)
            network.Forward(batch, y, workspace);
        else
            network.Predict(batch, y, workspace);
    }

    // A layer without state has one before it, so that there is any to carry.
    private static Network Carrying(Layer layer) => Network.Create(layer.Input).Add(shape => new Carrier(shape)).Add(_ => layer).Build(1);

    private static TheoryData<string> Where(Func<Layer, bool> condition) =>
        [.. All.Select((layer, i) => (layer, name: $"{i}: {layer}")).Where(kind => condition(kind.layer)).Select(kind => kind.name)];

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);

    // y = x; its state counts the steps of a row.
    private sealed class Carrier : Layer
    {
        public Carrier(Shape shape)
            : base(shape, shape)
        {
            StatePerRow = 2;
            StateIsCount = true;
            IsStreamable = true;
            BackwardReads = BackwardReads.None;
        }

        public override void Forward(in ForwardPass pass)
        {
            pass.Input.CopyTo(pass.Output);
            for (int row = 0; row < pass.Rows && !pass.State.IsEmpty; row++)
                pass.StateOf(row)[1] += pass.LengthOf(row);
        }

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    private sealed class Strided : Layer
    {
        private readonly EverySecond layer;

        public Strided(Shape input, int stride = 2)
            : base(input, Shape.Sequence((input.Steps + 1) / 2, input.FeatureCount))
        {
            layer = new EverySecond(input);
            IsStreamable = true;
            PieceSteps = stride;
        }

        public override int OutputSteps(int steps) => layer.OutputSteps(steps);

        public override void Forward(in ForwardPass pass) => layer.Forward(pass);

        public override void Backward(in BackwardPass pass) => layer.Backward(pass);
    }
}
