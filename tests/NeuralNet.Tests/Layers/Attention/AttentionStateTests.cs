using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

/// <summary>Causal attention whose rows come in pieces, with keys and values carried from one to the next.</summary>
public sealed class AttentionStateTests
{
    private const int Steps = 40, Features = 12, Rows = 3;

    private static readonly int[] lengths = [40, 1, 23];

    // Heads, heads of keys, positions, window.
    public static TheoryData<int, int, string, int> Options => new()
    {
        { 1, 1, "none", 0 },
        { 3, 3, "none", 0 },
        { 2, 1, "rotary", 0 },
        { 3, 1, "alibi", 0 },
        { 2, 2, "none", 1 },
        { 2, 2, "interleaved", 5 },
        { 2, 1, "alibi", 17 },
        { 1, 1, "rotary", 39 },
        { 1, 1, "none", 40 },
        { 2, 2, "alibi", 64 },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Pieces_have_the_bits_of_the_whole(int heads, int keyHeads, string positions, int window)
    {
        Network network = Make(Steps, heads, keyHeads, positions, window);
        float[] x = TestData.Normal(Rows * Steps * Features, 2);
        for (int threads = 1; threads <= 2; threads++)
        {
            using Workspace workspace = network.CreateWorkspace(Rows, threads, training: false);
            foreach (int[] real in (int[][])[[], lengths])
            {
                float[] whole = new float[x.Length], last = new float[Rows * network.StatePerRow];
                network.Predict(new Batch { Rows = Rows, Inputs = x, Lengths = real }, whole, workspace);
                foreach (int piece in (int[])[40, 1, 7, 16])
                {
                    float[] state = new float[Rows * network.StatePerRow];
                    InPieces(network, x, real, piece, state, workspace).ShouldHaveTheBitsOf(whole, $"pieces of {piece}");
                    if (piece == Steps)
                        state.CopyTo(last, 0);
                    state.ShouldHaveTheBitsOf(last, $"state after pieces of {piece}");
                }
            }
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("rotary")]
    [InlineData("alibi")]
    public void With_a_window_a_row_goes_on_behind_the_last_step_of_the_shape(string positions)
    {
        const int Window = 6, Short = 8;
        Network shape = Make(Short, 2, 1, positions, Window), longer = Make(Steps, 2, 1, positions, Window);
        float[] x = TestData.Normal(Steps * Features, 2), whole = new float[x.Length], y = new float[x.Length], state = new float[shape.StatePerRow];
        using Workspace one = shape.CreateWorkspace(1, training: false), other = longer.CreateWorkspace(1, training: false);
        longer.Predict(new Batch { Rows = 1, Inputs = x }, whole, other);
        for (int at = 0, steps; at < Steps; at += steps)
        {
            steps = Math.Min(1 + (at % Short), Steps - at);
            int first = at * Features, count = steps * Features;
            shape.Predict(
                new Batch { Rows = 1, Steps = steps, Inputs = x.AsSpan(first, count), State = state }, y.AsSpan(first, count), one);
        }

        y.ShouldHaveTheBitsOf(whole, "pieces");
    }

    [Fact]
    public void A_row_of_a_model_goes_on_step_by_step_and_allocates_nothing()
    {
        Network network = Network.Create(Shape.Sequence(Steps, 1)).Embedding(20, 16).LearnedPositions()
            .Residual(b => b.LayerNorm().MultiHeadAttention(4, causal: true)).Residual(b => b.LayerNorm().Dense(32, Activation.Gelu).Dense(16))
            .Dense(20, Activation.Softmax).Build(1);
        float[] ids = [.. TestData.Labels(Steps, 20, seed: 3).Select(id => (float)id)], whole = new float[Steps * 20], y = new float[20];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        network.Predict(ids, whole, 1, workspace);
        float[] state = new float[network.StatePerRow];
        for (int step = 0; step < Steps; step++)
        {
            Step(step, workspace);
            y.ShouldHaveTheBitsOf(whole.AsSpan(step * 20, 20), $"step {step}");
        }

        Allocations.Of(() =>
        {
            Workspace fresh = network.CreateWorkspace(1, training: false);
            network.ClearState(state, rows: 1, row: 0);
            Step(0, fresh);
            return () =>
            {
                for (int step = 1; step < Steps; step++)
                    Step(step, fresh);
            };
        }).Should().Be(0);

        void Step(int step, Workspace memory) =>
            network.Predict(new Batch { Rows = 1, Steps = 1, Inputs = ids.AsSpan(step, 1), State = state }, y, memory);
    }

    [Fact]
    public void What_cannot_go_on_is_refused()
    {
        Network network = Make(Steps, 2, 2, "none", 0);
        float[] x = TestData.Normal(Steps * Features, 2), y = new float[x.Length], state = new float[network.StatePerRow];
        using Workspace workspace = network.CreateWorkspace(1);
        void Predict(int steps) => network.Predict(
            new Batch { Rows = 1, Steps = steps, Inputs = x.AsSpan(0, steps * Features), State = state }, y.AsSpan(0, steps * Features), workspace);

        Predict(39);
        FluentActions.Invoking(() => Predict(2)).Should().Throw<ArgumentException>().WithMessage("Layer 0*is at position 39, and 2 more steps*");
        Predict(1);
        FluentActions.Invoking(() => Predict(1)).Should().Throw<ArgumentException>().WithMessage("*is at position 40*");
        state[0] = 1.5f;
        FluentActions.Invoking(() => Predict(1)).Should().Throw<ArgumentException>().WithMessage("*says position 1.5*");
        FluentActions.Invoking(() => network.Forward(new Batch { Rows = 1, Inputs = x, State = state }, y, workspace)).Should()
            .Throw<ArgumentException>().WithMessage("Layer 0 (MultiHeadAttention) carries state in predictions alone*Train on whole rows*");

        foreach (MultiHeadAttention whole in new[]
            { new MultiHeadAttention(Shape.Sequence(3, 4), 2), new MultiHeadAttention(Shape.Sequence(3, 5), 2, causal: true, keyMask: true) })
        {
            (whole.IsStreamable, whole.StatePerRow).Should().Be((false, 0));
        }

        // A window of more steps than a state can hold.
        MultiHeadAttention endless = new(Shape.Sequence(3, 4), 2, causal: true, window: int.MaxValue);
        (endless.IsStreamable, endless.StatePerRow).Should().Be((false, 0));
    }

    private static Network Make(int steps, int heads, int keyHeads, string positions, int window) =>
        Network.Create(Shape.Sequence(steps, Features)).MultiHeadAttention(
            heads, causal: true, keyHeads: keyHeads, window: window == 0 ? null : window, positions: positions switch
            {
                "rotary" => Rotary.Default,
                "interleaved" => new Rotary(100, 4, interleaved: true),
                "alibi" => Alibi.Default,
                _ => null,
            }).Build(seed: 1);

    private static float[] InPieces(Network network, float[] x, int[] real, int piece, float[] state, Workspace workspace)
    {
        float[] y = new float[x.Length];
        for (int at = 0; at < Steps; at += piece)
        {
            // Rows that have ended stay out.
            int steps = Math.Min(piece, Steps - at), size = steps * Features, perRow = network.StatePerRow;
            int[] rows = [.. Enumerable.Range(0, Rows).Where(row => real.Length == 0 || real[row] > at)];
            int[] here = real.Length == 0 ? [] : [.. rows.Select(row => Math.Min(real[row] - at, steps))];
            float[] inputs = [.. rows.SelectMany(row => x.AsSpan(((row * Steps) + at) * Features, size).ToArray())];
            float[] own = [.. rows.SelectMany(row => state.AsSpan(row * perRow, perRow).ToArray())], made = new float[inputs.Length];
            network.Predict(
                new Batch { Rows = rows.Length, Steps = steps, Inputs = inputs, Lengths = here, State = own }, made, workspace);
            for (int i = 0; i < rows.Length; i++)
            {
                made.AsSpan(i * size, size).CopyTo(y.AsSpan(((rows[i] * Steps) + at) * Features));
                own.AsSpan(i * perRow, perRow).CopyTo(state.AsSpan(rows[i] * perRow));
            }
        }

        return y;
    }
}
