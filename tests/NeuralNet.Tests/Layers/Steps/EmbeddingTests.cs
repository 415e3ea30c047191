using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Layers;

public class EmbeddingTests
{
    private static readonly float[] table = [1, 2, 10, 20, 100, 200, 1000, 2000];

    [Fact]
    public void By_hand_with_repeated_ids_lengths_and_padding()
    {
        var run = new LayerRun(new Embedding(Shape.Sequence(4, 1), 4, 2, paddingId: 1), 2, lengths: [4, 2]);
        table.CopyTo(run.Parameters, 0);
        new float[] { 2, 1, 0, 2, 3, -0f, float.NaN, -7 }.CopyTo(run.Input, 0);
        new float[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, float.NaN, 14, 15, 16 }.CopyTo(run.OutputGradient, 0);
        run.Forward();
        run.Output.Should().Equal(100, 200, 0, 0, 1, 2, 100, 200, 1000, 2000, 1, 2, 0, 0, 0, 0);
        Array.Fill(run.InputGradient, float.NaN);
        run.Backward();
        run.InputGradient.Should().OnlyContain(value => value == 0);
        run.Gradient.Should().Equal(5 + 11, 6 + 12, 0, 0, 1 + 7, 2 + 8, 9, 10);
    }

    [Fact]
    public void Features_are_ids_in_a_row()
    {
        var layer = new Embedding(3, 4, 2);
        (layer.Input, layer.Output, layer.OutputSteps(1), layer.KeepsLengths).Should().Be((Shape.Features(3), Shape.Sequence(3, 2), 3, false));
        Network network = Network.Create(3).Add(_ => layer).Build();
        table.CopyTo(network.Parameters);
        network.Predict([3, 0, 3, 1, 2, 0]).Should().Equal(1000, 2000, 1, 2, 1000, 2000, 10, 20, 100, 200, 1, 2);
    }

    [Fact]
    public void It_is_a_dense_layer_of_one_hot_rows()
    {
        Network embedding = Network.Create(Shape.Sequence(5, 1)).Embedding(7, 19).Build(3);
        Network dense = Network.Create(Shape.Sequence(5, 7)).Dense(19, bias: false).Build();
        embedding.Parameters.CopyTo(dense.Parameters);
        int[] ids = TestData.Labels(30, 7);
        embedding.Predict([.. ids.Select(id => (float)id)]).Should().Equal(dense.Predict(TestData.OneHotOf(ids, 7)));
    }

    [Fact]
    public void Only_ids_that_occur_are_touched()
    {
        var run = new LayerRun(new Embedding(Shape.Sequence(3, 1), 6, 5, paddingId: 2), 1);
        new float[] { 4, 2, 4 }.CopyTo(run.Input, 0);
        Array.Fill(run.Gradient, -0f); // 0 added to −0 gives 0
        run.Forward();
        run.Backward();
        for (int id = 0; id < 6; id++)
            run.Gradient.AsSpan(5 * id, 5).ToArray().Should().OnlyContain(value => float.IsNegative(value) == (id != 4));
    }

    [Fact]
    public void Extremes_and_NaN_of_the_table_come_through()
    {
        Network network = Network.Create(2).Embedding(2, 2).Build();
        float[] values = [float.NaN, float.NegativeInfinity, 1e-45f, -1e38f];
        values.CopyTo(network.Parameters);
        network.Predict([1, 0]).Should().Equal(1e-45f, -1e38f, float.NaN, float.NegativeInfinity);
    }

    [Fact]
    public void It_starts_from_N_0_1_and_counts_a_fan_in_of_1()
    {
        double[] drawn = [.. Network.Create(1).Embedding(500, 40).Build(1).Parameters.ToArray().Select(value => (double)value)];
        drawn.Average().Should().BeApproximately(0, 0.03);
        drawn.Average(value => value * value).Should().BeApproximately(1, 0.05);
        double[] he = [.. Network.Create(1).Embedding(500, 40, Initializer.HeNormal).Build(1).Parameters.ToArray().Select(value => (double)value)];
        he.Average(value => value * value).Should().BeApproximately(2, 0.1);
        Network.Create(1).Embedding(5, 4, Initializer.TruncatedNormal).Build(1).Parameters.ToArray()
            .Should().OnlyContain(value => Math.Abs(value) < 0.046f);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_words()
    {
        Refused(() => _ = new Embedding(Shape.Sequence(3, 1), 0, 4), "*1 to 16777216 ids*0*");
        Refused(() => _ = new Embedding(Shape.Sequence(3, 1), (1 << 24) + 1, 4), "*not all are floats*16777217*");
        Refused(() => _ = new Embedding(Shape.Sequence(3, 1), 5, 0), "*width*");
        Refused(() => _ = new Embedding(Shape.Sequence(3, 1), 5, 4, paddingId: 5), "*padding id*0 to 4*5*");
        Refused(() => _ = new Embedding(Shape.Sequence(3, 1), 5, 4, paddingId: -1), "*padding id*0 to 4*-1*");
        Refused(() => _ = new Embedding(Shape.Sequence(3, 1), 1 << 24, 1 << 8), "*2,147,483,647*");
        Refused(() => _ = new Embedding(default, 5, 4), "*empty*");
        Refused(() => Network.Create(Shape.Sequence(3, 2))
            .Embedding(5, 4), "Layer 0: *Sequence(steps, 1) or Features(n), but got Sequence(3, 2)*Slice*");
        Refused(() => Network.Create(Shape.Image(3, 3, 1)).Embedding(5, 4), "*but got Image(3, 3, 1)*");
        new Embedding(Shape.Sequence(3, 1), 1 << 24, 4).InputIds.Should().Be(1 << 24);
    }

    [Theory]
    [InlineData(2.5f, "2.5")]
    [InlineData(-1, "-1")]
    [InlineData(-0.5f, "-0.5")]
    [InlineData(5, "5")]
    [InlineData(4.9999995f, "4.9999995")]
    [InlineData(1e-45f, "1E-45")]
    [InlineData(4e9f, "4E+09")]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void What_is_no_id_is_refused_before_anything_is_written(float wrong, string shown)
    {
        // The first branch would have written its state, and its part of y, before the second one's turn.
        Network network = Network.Create(3).Parallel(Merge.Concat, b => b.Add(shape => new Probe(shape)), b => b.Embedding(5, 2).Flatten()).Build();
        float[] x = [0, 1, 2, 3, 4, wrong], y = new float[18], gradient = new float[network.Parameters.Length], state = [1, 1];
        using Workspace workspace = network.CreateWorkspace(2);
        string words = $"*The network's input: row 1, element 2 has {shown}; an id was expected, a whole number from 0 to 4.*";
        var stream = new RandomStream(1);
        Refused(() => network.Predict(new Batch { Rows = 2, Inputs = x, State = state }, y, workspace), words);
        Refused(() => network.Forward(new Batch { Rows = 2, Inputs = x, State = state, Stream = stream }, y, workspace), words);
        Batch Desired() => new() { Rows = 2, Inputs = x, Desired = new float[18], State = state, Stream = stream };
        Refused(() => network.AddGradient(Desired(), Divergence.L2, gradient, workspace), words);
        Refused(() => network.Predict(new Batch { Rows = 2, Inputs = x, State = state, FirstRow = 7 }, y, workspace), "*row 8, element 2 has*");
        using var trainer = new Trainer(network, Divergence.L2, new Sgd());
        float[] before = network.Parameters.ToArray();
        Refused(() => trainer.Step(new Batch { Rows = 2, Inputs = x, Desired = new float[18], State = state }), words);
        network.Parameters.ToArray().Should().Equal(before);
        state.Should().Equal(1, 1);
        y.Should().OnlyContain(value => value == 0);
        gradient.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Past_a_length_nothing_is_looked_at()
    {
        Network network = Network.Create(Shape.Sequence(3, 1)).Embedding(5, 2).Build(1);
        float[] x = [0, 1, 2, 3, 4, 5], y = new float[12];
        using Workspace workspace = network.CreateWorkspace(2);
        Refused(
            () => network.Predict(new Batch { Rows = 2, Inputs = x }, y, workspace),
            "*row 1, step 2 has 5; an id was expected, a whole number from 0 to 4.*");
        y.Should().OnlyContain(value => value == 0);
        network.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [3, 2] }, y, workspace);
        y.AsSpan(8, 2).ToArray().Should().Equal(network.Parameters[8..].ToArray());
    }

    [Fact]
    public void Ids_are_known_behind_layers_that_only_move_them()
    {
        Network network = Network.Create(Shape.Sequence(3, 4)).Parallel(
            Merge.Concat, b => b.Slice(1, 1).Reverse().Embedding(5, 2), b => b.Slice(2, 1).Embedding(3, 2),
            b => b.Slice(0, 2).Slice(1, 1).Embedding(9, 1), b => b.Slice(3, 1)).Build();
        network.InputIds.ToArray().Should().Equal(0, 5, 3, 0, 0, 5, 3, 0, 0, 5, 3, 0);
        float[] x = [.. Enumerable.Repeat(new[] { -0.5f, 4, 2, float.NaN }, 6).SelectMany(step => step)];
        network.Predict(x);
        x[18] = 3;
        Refused(() => network.Predict(x), "*row 1, step 1, element 2 has 3; an id was expected, a whole number from 0 to 2.*");

        Network last = Network.Create(Shape.Sequence(3, 2)).LastStep().Reshape(Shape.Sequence(2, 1)).Flatten().Add(shape => new Skip(shape))
            .Embedding(5, 2).Build();
        last.InputIds.ToArray().Should().OnlyContain(ids => ids == 5);
        Network.Create(2).Embedding(5, 2).Build().Invoking(n => n.Predict([1, 5]))
            .Should().Throw<ArgumentException>().WithMessage("*row 0, element 1 has 5;*");

        // Side by side again: columns of each step, or rows of features. A sum of ids is none.
        Network merged =
            Network.Create(Shape.Sequence(2, 3)).Parallel(Merge.Concat, b => b.Dense(2), b => b.Slice(1, 1)).Slice(2, 1).Embedding(5, 2).Build();
        merged.InputIds.ToArray().Should().Equal(0, 5, 0, 0, 5, 0);
        Network rows = Network.Create(3).Parallel(Merge.Concat, b => b.Slice(2, 1), b => b.Dense(2), b => b.Slice(0, 1)).Slice(0, 1)
            .Embedding(5, 2).Build();
        rows.InputIds.ToArray().Should().Equal(0, 0, 5);
        Network.Create(2).Parallel(Merge.Sum, b => b.Slice(0, 1), b => b.Slice(1, 1)).Embedding(5, 2).Build().InputIds.IsEmpty.Should().BeTrue();

        // What is computed is checked when it is there.
        Network computed = Network.Create(Shape.Sequence(2, 1)).Prelu().Embedding(5, 2).Build();
        computed.InputIds.IsEmpty.Should().BeTrue();
        Refused(() => computed.Predict([1, -2]), "Embedding: row 0, step 1 has -0.5;*0 to 4.*");
        Network.Create(4).Dense(3).Build().InputIds.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void A_long_prediction_names_the_row_of_the_whole()
    {
        float[] x = new float[1000];
        x[777] = 3;
        Refused(() => Network.Create(Shape.Sequence(1, 1)).Embedding(3, 2).Build().Predict(x), "*row 777, step 0*");
    }

    [Fact]
    public void Backward_of_a_pass_of_ones_own_does_not_trust_the_ids()
    {
        var run = new LayerRun(new Embedding(Shape.Sequence(2, 1), 4, 2), 1);
        run.Forward();
        run.Input[1] = 1e9f;
        Refused(() => run.Backward(), "Embedding: row 0, step 1 has 1E+09*");
        Refused(() => run.Forward(), "Embedding: row 0, step 1*");
    }

    // ∇ of an id that does not occur is 0, and plain SGD subtracts that.
    [Fact]
    public void Plain_SGD_leaves_ids_that_do_not_occur_as_they_are()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Embedding(6, 3).MeanOverSteps().Build(1);
        float[] before = network.Parameters.ToArray();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
        trainer.Step([4, 1], [1, 2, 3], 1);
        for (int id = 0; id < 6; id++)
            network.Parameters.Slice(3 * id, 3).SequenceEqual(before.AsSpan(3 * id, 3)).Should().Be(id is not (1 or 4));
    }

    [Fact]
    public void Gradient_checks_draw_ids_and_catch_what_is_wrong_with_them()
    {
        GradientCheck.Layer(new OneHotLayer(5, broken: false)).EnsurePasses();
        GradientCheck.Network(
            Network.Create(Shape.Sequence(4, 1)).Embedding(6, 5).LearnedPositions().Dense(3, Activation.Softmax).Build(2),
            Divergence.CrossEntropy).EnsurePasses();
        GradientCheck.Network(Network.Create(Shape.Sequence(4, 1)).Embedding(6, 5).Dense(4, Activation.Tanh).LastStep().Build(2), Divergence.L2)
            .EnsurePasses();
        GradientCheckResult check = GradientCheck.Layer(new OneHotLayer(5, broken: true));
        check.Parts.Where(part => !part.Passes()).Select(part => part.Name).Should().Equal("∇x");
    }

    [Fact]
    public void A_number_of_ids_that_cannot_be_is_refused() =>
        Refused(
            () => Network.Create(3).Add(_ => new OneHotLayer(-1, broken: false)).Build(), "*Layer 0 (OneHotLayer) declares -1 ids; 0 to 16,777,216*");

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);

    /// <summary>A person's own layer of ids, with a weight for each: y = w[id].</summary>
    private sealed class OneHotLayer : Layer
    {
        private readonly bool broken;

        public OneHotLayer(int ids, bool broken)
            : base(3, 3)
        {
            this.broken = broken;
            InputIds = ids;
            Blocks = [new Block("w", BlockRole.Weight, [Math.Max(1, ids)], Initializer.Ones)];
            BackwardReads = BackwardReads.Input;
        }

        public override void Forward(in ForwardPass pass)
        {
            for (int i = 0; i < pass.Input.Length; i++)
                pass.Output[i] = pass.Parameter(0)[(int)pass.Input[i]];
        }

        public override void Backward(in BackwardPass pass)
        {
            for (int i = 0; i < pass.Input.Length && !pass.ParameterGradient(0).IsEmpty; i++)
                pass.ParameterGradient(0)[(int)pass.Input[i]] += pass.OutputGradient[i];
            if (!pass.InputGradient.IsEmpty)
                pass.InputGradient.Fill(broken ? 0.01f : 0);
        }
    }
}
