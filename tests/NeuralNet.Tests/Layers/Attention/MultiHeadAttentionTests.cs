using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

public class MultiHeadAttentionTests
{
    // q = x, k = 2 x, v = 3 x, y = o + 1, for x = 0 and 1: the first step's scores are 0 and 0, the second's 0 and 2.
    [Fact]
    public void By_hand()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).MultiHeadAttention(1).Build();
        float[] weights = [1, 2, 3];
        weights.CopyTo(network.Parameter("0.in_weight"));
        network.Parameter("0.out_weight")[0] = 1;
        network.Parameter("0.out_bias")[0] = 1;
        float second = 3 / (1 + MathF.Exp(-2));
        float[] y = network.Predict([0, 1]);
        y[0].Should().Be(2.5f);
        y[1].Should().BeApproximately(1 + second, 1e-6f);
        network = Network.Create(Shape.Sequence(2, 1)).MultiHeadAttention(1, causal: true).Build();
        weights.CopyTo(network.Parameter("0.in_weight"));
        network.Parameter("0.out_weight")[0] = 1;
        y = network.Predict([5, 1]);
        y[0].Should().Be(15);
        y[1].Should().BeApproximately((15 + (3 * MathF.Exp(-8))) / (1 + MathF.Exp(-8)), 1e-5f);
    }

    [Fact]
    public void Blocks_are_named_and_begin_by_Glorots_scheme_of_each_projection()
    {
        var self = new MultiHeadAttention(Shape.Sequence(5, 6), 3, outputs: 4);
        self.Blocks.Select(block => block.ToString()).Should().Equal("in_weight [6, 18]", "in_bias [18]", "out_weight [6, 4]", "out_bias [4]");
        self.Blocks.Select(block => block.Role).Should().Equal(BlockRole.Weight, BlockRole.Bias, BlockRole.Weight, BlockRole.Bias);
        (self.Blocks[0].FanIn, self.Blocks[0].FanOut, self.Blocks[2].FanIn, self.Blocks[2].FanOut).Should().Be((6, 6, 6, 4));
        MultiHeadAttention cross = MultiHeadAttention.Cross(Shape.Sequence(5, 6), Shape.Sequence(7, 3), 2, bias: false);
        cross.Blocks.Select(block => block.ToString()).Should().Equal("query_weight [6, 6]", "key_value_weight [3, 12]", "out_weight [6, 6]");
        (cross.Blocks[1].FanIn, cross.Blocks[1].FanOut).Should().Be((3, 6));
        (cross.Input, cross.Output).Should().Be((Shape.Features(30 + 21), Shape.Sequence(5, 6)));
        (cross.IsCross, cross.Queries, cross.Memory, cross.HasBias).Should().Be((true, Shape.Sequence(5, 6), Shape.Sequence(7, 3), false));
        Network network = Network.Create(Shape.Sequence(5, 6)).MultiHeadAttention(3).Build(1);
        float largest = network.Parameter("0.in_weight").ToArray().Max(MathF.Abs), limit = MathF.Sqrt(6f / 12);
        largest.Should().BeInRange(0.9f * limit, limit);
        network.Parameter("0.in_bias").ToArray().Should().OnlyContain(bias => bias == 0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    [InlineData(50)]
    public void A_causal_step_depends_on_no_later_one(int steps)
    {
        LayerRun run = Prepare(new MultiHeadAttention(Shape.Sequence(steps, 6), 2, causal: true));
        run.Forward();
        float[] before = [.. run.Output];
        for (int from = steps - 1; from > 0; from = from > 17 ? from - 7 : from - 1)
        {
            foreach (float other in new[] { 3, 1e30f, float.NaN })
            {
                for (int row = 0; row < 2; row++)
                    run.Input.AsSpan(((row * steps) + from) * 6, (steps - from) * 6).Fill(other);
                run.Forward(training: other != 3);
                for (int row = 0; row < 2; row++)
                {
                    int at = row * steps * 6;
                    run.Output.AsSpan(at, from * 6).ShouldHaveTheBitsOf(before.AsSpan(at, from * 6), $"before step {from}");
                    run.Output[at + (from * 6)].Should().NotBe(before[at + (from * 6)]);
                }
            }
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Where_all_keys_are_masked_the_result_is_the_bias_and_no_gradient_goes_through(bool isCross, bool causal)
    {
        MultiHeadAttention layer = isCross
            ? MultiHeadAttention.Cross(Shape.Sequence(3, 4), Shape.Sequence(3, 4), 2, keyMask: true)
            : new MultiHeadAttention(Shape.Sequence(3, 5), 2, causal: causal, keyMask: true);
        LayerRun run = Prepare(layer, rows: 1);
        SetMask(run, layer, 0, 0, 0);
        run.Forward();
        run.Backward();
        run.Output.Should().Equal(Enumerable.Repeat(run.Block(layer.Blocks.Count - 1).ToArray(), 3).SelectMany(bias => bias));
        run.InputGradient.Should().OnlyContain(gradient => gradient == 0);
        for (int block = 0; block < layer.Blocks.Count - 1; block++)
            run.Block(block, run.Gradient).ToArray().Should().OnlyContain(gradient => gradient == 0, layer.Blocks[block].Name);
        run.Block(layer.Blocks.Count - 1, run.Gradient).ToArray().Should().OnlyContain(gradient => gradient != 0);

        // A causal query whose only key is masked, beside one that has another.
        if (causal)
        {
            SetMask(run, layer, 0, 1, 1);
            run.Forward();
            run.Output.Take(4).Should().Equal(run.Block(3).ToArray());
            run.Output.Skip(4).Should().NotContain(run.Block(3).ToArray());
        }
    }

    [Fact]
    public void Masked_steps_count_as_if_they_were_absent_and_masks_have_no_gradient()
    {
        MultiHeadAttention layer = MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(4, 3), 2, keyMask: true);
        MultiHeadAttention shorter = MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(2, 3), 2);
        LayerRun run = Prepare(layer, rows: 1), other = Prepare(shorter, rows: 1);
        SetMask(run, layer, 0, 1, 0, 1);
        run.Input.AsSpan(8, 3).Fill(float.NaN);
        run.Input.AsSpan(8 + 6, 3).Fill(float.PositiveInfinity);
        run.Parameters.CopyTo(other.Parameters, 0);
        run.OutputGradient.CopyTo(other.OutputGradient, 0);
        run.Input.AsSpan(0, 8).CopyTo(other.Input);
        run.Input.AsSpan(8 + 3, 3).CopyTo(other.Input.AsSpan(8));
        run.Input.AsSpan(8 + 9, 3).CopyTo(other.Input.AsSpan(8 + 3));
        foreach (LayerRun one in new[] { run, other })
        {
            one.Forward();
            one.Backward();
        }

        run.Output.ShouldHaveTheBitsOf(other.Output, "y");
        run.Gradient.Should().Equal(other.Gradient);
        run.InputGradient[..8].Should().Equal(other.InputGradient[..8]);
        run.InputGradient[8..11].Should().Equal(0, 0, 0);
        run.InputGradient[11..14].Should().Equal(other.InputGradient[8..11]);
        run.InputGradient[20..].Should().Equal(0, 0, 0, 0);
    }

    [Fact]
    public void The_order_of_the_keys_does_not_matter()
    {
        LayerRun run = Prepare(MultiHeadAttention.Cross(Shape.Sequence(3, 4), Shape.Sequence(5, 2), 2), rows: 1);
        run.Forward();
        float[] y = [.. run.Output];
        run.Input.AsSpan(12).Reverse();
        for (int step = 0; step < 5; step++)
            run.Input.AsSpan(12 + (2 * step), 2).Reverse();
        run.Forward();
        for (int i = 0; i < y.Length; i++)
            run.Output[i].Should().BeApproximately(y[i], 1e-5f);
    }

    [Fact]
    public void Scores_of_1e30_give_finite_results_and_gradients()
    {
        // Scores are 1e30 times the product of signs: each step takes the mean of those with its own sign.
        var layer = new MultiHeadAttention(Shape.Sequence(4, 1), 1);
        var run = new LayerRun(layer, 1);
        float[] projections = [1e15f, 1e15f, 1], x = [1, -1, 1, -1];
        projections.CopyTo(run.Block(0));
        run.Block(2)[0] = 1;
        x.CopyTo(run.Input, 0);
        Array.Fill(run.OutputGradient, 1);
        run.Forward();
        run.Backward();
        run.Output.Should().Equal(x);
        run.InputGradient.Should().OnlyContain(gradient => float.IsFinite(gradient));
        run.Gradient.Should().OnlyContain(gradient => float.IsFinite(gradient));
        run.Block(2, run.Gradient)[0].Should().Be(0);
    }

    [Fact]
    public void A_call_with_fewer_steps_is_that_of_a_shorter_layer()
    {
        Network network = Network.Create(Shape.Sequence(40, 6)).MultiHeadAttention(2, causal: true).Build(1),
            shorter = Network.Create(Shape.Sequence(9, 6)).MultiHeadAttention(2, causal: true).Build(1);
        float[] x = TestData.Normal(3 * 9 * 6), y = new float[x.Length];
        using Workspace workspace = network.CreateWorkspace(3);
        network.Predict(new Batch { Rows = 3, Steps = 9, Inputs = x }, y, workspace);
        y.Should().Equal(shorter.Predict(x));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        foreach ((bool causal, bool mask, int[] lengths) in new (bool, bool, int[])[]
            { (false, false, []), (true, false, [33, 5, 1, 20, 33, 7, 9, 30]), (true, true, []) })
        {
            Shape shape = Shape.Sequence(33, mask ? 33 : 32);
            Network network = Network.Create(shape).MultiHeadAttention(4, causal: causal, keyMask: mask).Build(1);
            float[] x = TestData.Normal(8 * shape.Size), desired = TestData.Normal(8 * 33 * 32, 2);
            for (int i = 32; i < x.Length && mask; i += 33)
                x[i] = i % 5 < 2 ? 0 : 1;
            float[][] gradients = [.. new[] { 1, threads }.Select(count =>
            {
                float[] gradient = new float[network.Parameters.Length];
                using Workspace workspace = network.CreateWorkspace(8, count, training: true);
                network.AddGradient(new Batch { Rows = 8, Inputs = x, Desired = desired, Lengths = lengths }, Divergence.L2, gradient, workspace);
                return gradient;
            })];
            gradients[1].ShouldHaveTheBitsOf(gradients[0], $"{threads}");
        }
    }

    [Fact]
    public void A_transformer_block_can_be_put_together()
    {
        Network network = Network.Create(Shape.Sequence(5, 8))
            .Residual(b => b.MultiHeadAttention(4)).Residual(b => b.Dense(16, Activation.Gelu).Dense(8)).Dense(3, Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f));
        float[] x = TestData.Normal(4 * 40), desired = TestData.OneHotOf(TestData.Labels(20, 3), 3);
        float first = trainer.Step(x, desired, 4), last = 0;
        for (int step = 0; step < 60; step++)
            last = trainer.Step(x, desired, 4);
        last.Should().BeLessThan(0.5f * first);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Shape shape = Shape.Sequence(3, 7);
        Refused(() => new MultiHeadAttention(shape, 2), "7 features cannot be divided among 2 heads*");
        Refused(() => new MultiHeadAttention(7, 1), "*sequence*Features(7)*");
        Refused(() => new MultiHeadAttention(Shape.Image(2, 2, 7), 1), "*sequence*Image(2, 2, 7)*");
        Refused(() => new MultiHeadAttention(default, 1), "*empty shape*");
        Refused(() => new MultiHeadAttention(Shape.Sequence(3, 1), 1, keyMask: true), "*Sequence(3, 1) has no other*");
        Refused(() => new MultiHeadAttention(Shape.Sequence(3, 8), 2, keyMask: true), "7 features*");
        Refused(() => new MultiHeadAttention(shape, 0), "*heads*");
        Refused(() => new MultiHeadAttention(shape, -7), "*heads*");
        Refused(() => new MultiHeadAttention(shape, 7, outputs: 0), "*outputs*");
        Refused(() => new MultiHeadAttention(Shape.Sequence(40000, 1), 2), "1 features*");
        Refused(() => new MultiHeadAttention(Shape.Sequence(400_000_000, 2), 2), "*400000000 × 400000000 steps*");
        Refused(() => MultiHeadAttention.Cross(shape, 5, 1), "*sequence*Features(5)*");
        Refused(() => MultiHeadAttention.Cross(shape, Shape.Sequence(3, 2), 2), "7 features*");
        Refused(() => MultiHeadAttention.Cross(Shape.Sequence(1, 1 << 30), Shape.Sequence(1, 1 << 30), 1), "*2147483648 values*");
        Refused(() => Network.Create(5).MultiHeadAttention(1), "Layer 0: *");
        Refused(() => Network.Create(5).CrossAttention(shape, shape, 7), "Layer 0 (MultiHeadAttention) takes Features(42)*");
    }

    [Fact]
    public void A_mask_that_is_neither_0_nor_1_is_refused_before_anything_is_written()
    {
        foreach (float bad in new[] { 0.5f, -1, float.NaN, 1.0000001f })
        {
            LayerRun self = Prepare(new MultiHeadAttention(Shape.Sequence(3, 5), 2, keyMask: true)),
                cross = Prepare(MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(3, 2), 2, keyMask: true));
            for (int i = 0; i < 6; i++)
                (self.Input[(5 * i) + 4], cross.Input[(i / 3 * 17) + 14 + (i % 3)]) = (i == 4 ? bad : 1, i == 4 ? bad : 1);
            foreach (LayerRun run in new[] { self, cross })
            {
                Array.Fill(run.Output, 7);
                Array.Fill(run.Cache, 7);
                Array.Fill(run.Scratch, 7);
                FluentActions.Invoking(() => run.Forward())
                    .Should().Throw<ArgumentException>()
                    .WithMessage($"MultiHeadAttention: the key mask of row 1, step 1 is*{(float.IsNaN(bad) ? "NaN" : "")}*1 (seen) or 0 (not seen)*");
                run.Output.Concat(run.Cache).Concat(run.Scratch).Should().OnlyContain(value => value == 7);
            }
        }

        // Steps past a length have none.
        var padded = new LayerRun(new MultiHeadAttention(Shape.Sequence(2, 3), 1, keyMask: true), 1, [1]);
        padded.Input[2] = 1;
        padded.Input[5] = float.NaN;
        padded.Forward();
        padded.Output.Should().OnlyContain(value => float.IsFinite(value));
    }

    // The first branch would have written its state before the mask's turn came.
    [Fact]
    public void A_network_refuses_a_mask_before_the_layers_in_front_of_it_have_written_anything()
    {
        Network network = Network.Create(Shape.Sequence(3, 3)).Parallel(Merge.Concat, b => b.Slice(0, 2).Rnn(4), b => b.Slice(2, 1))
            .MultiHeadAttention(2, keyMask: true).Build(1);
        float[] x = [1, 2, 1, 3, 4, 0, 5, 6, 0.5f], y = new float[12], state = [1, 2, 3, 4];
        using Workspace workspace = network.CreateWorkspace(1);
        network.Invoking(it => it.Predict(new Batch { Rows = 1, Inputs = x, State = state, FirstRow = 7 }, y, workspace))
            .Should().Throw<ArgumentException>().WithMessage("The network's input: row 7, step 2, element 2 has 0.5; 0 or 1 was expected.*");
        state.Should().Equal(1, 2, 3, 4);
        y.Should().OnlyContain(value => value == 0);

        MultiHeadAttention cross = MultiHeadAttention.Cross(Shape.Sequence(2, 2), Shape.Sequence(3, 1), 1, keyMask: true);
        Network.Create(cross.Input).Add(_ => cross).Build().InputIds.ToArray().Should().Equal(0, 0, 0, 0, 0, 0, 0, 2, 2, 2);
        Network.Create(Shape.Sequence(3, 2)).MultiHeadAttention(1).Build().InputIds.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void A_network_refuses_a_bad_mask_before_anything_is_written()
    {
        // The mask goes past a layer that has a state.
        Network network = Network.Create(Shape.Sequence(2, 4))
            .Parallel(Merge.Concat, b => b.Slice(0, 3).Lstm(2), b => b.Slice(3, 1)).MultiHeadAttention(1, keyMask: true).Build(1);
        network.InputIds.ToArray().Should().Equal(0, 0, 0, 2, 0, 0, 0, 2);
        float[] x = [1, 2, 3, 1, 4, 5, 6, 0.5f], y = new float[4], state = new float[network.StatePerRow],
            gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(1);
        const string Words = "*row 0, step 1, element 3 has 0.5; 0 or 1 was expected.*";
        FluentActions.Invoking(() => network.Predict(new Batch { Rows = 1, Inputs = x, State = state }, y, workspace))
            .Should().Throw<ArgumentException>().WithMessage(Words);
        FluentActions.Invoking(
            () => network.AddGradient(new Batch { Rows = 1, Inputs = x, Desired = y, State = state }, Divergence.L2, gradient, workspace))
            .Should().Throw<ArgumentException>().WithMessage(Words);
        state.Should().OnlyContain(value => value == 0);
        y.Should().OnlyContain(value => value == 0);

        Shape queries = Shape.Sequence(2, 2), memory = Shape.Sequence(3, 1);
        Network cross = Network.Create(10).CrossAttention(queries, memory, 1, keyMask: true).Build();
        cross.InputIds.ToArray().Should().Equal(0, 0, 0, 0, 0, 0, 0, 2, 2, 2);
        Network.Create(7).CrossAttention(queries, memory, 1).Build().InputIds.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void Gradient_checks_draw_masks()
    {
        GradientCheck.Layer(new MultiHeadAttention(Shape.Sequence(4, 5), 2, keyMask: true)).EnsurePasses();
        GradientCheck.Layer(MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(3, 2), 2, keyMask: true)).EnsurePasses();
        GradientCheck.Network(
            Network.Create(Shape.Sequence(4, 5)).Parallel(Merge.Concat, b => b.Slice(0, 4).Dense(4, Activation.Tanh), b => b.Slice(4, 1))
                .MultiHeadAttention(2, causal: true, keyMask: true).Dense(3).Build(1), Divergence.L2).EnsurePasses();
    }

    [Fact]
    public void It_says_what_it_is()
    {
        new MultiHeadAttention(Shape.Sequence(3, 4), 1).ToString().Should().Be("MultiHeadAttention Sequence(3, 4) → Sequence(3, 4), 1 head");
        new MultiHeadAttention(Shape.Sequence(3, 5), 2, 6, causal: true, bias: false, keyMask: true).ToString()
            .Should().Be("MultiHeadAttention Sequence(3, 5) → Sequence(3, 6), 2 heads, causal, no bias, key mask");
        Network.Create(Shape.Sequence(3, 4)).MultiHeadAttention(2, causal: true).Build().Summary()
            .Should().Contain("MultiHeadAttention, 2 heads, causal  3×4");
        MultiHeadAttention.Cross(Shape.Sequence(3, 4), Shape.Sequence(2, 5), 2).ToString()
            .Should().Be("MultiHeadAttention Sequence(3, 4) to Sequence(2, 5) → Sequence(3, 4), 2 heads");
    }

    private static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);

    private static LayerRun Prepare(MultiHeadAttention layer, int rows = 2)
    {
        var run = new LayerRun(layer, rows);
        run.Randomize(new RandomStream(5));
        return run;
    }

    // Of the only row.
    private static void SetMask(LayerRun run, MultiHeadAttention layer, params float[] mask)
    {
        for (int step = 0; step < mask.Length; step++)
            run.Input[layer.IsCross ? run.Input.Length - mask.Length + step : (step * layer.Input.FeatureCount) + layer.Input.FeatureCount - 1] =
                mask[step];
    }
}
