namespace NeuralNet.Tests;

public class NetworkTests
{
    private static readonly float[] x = TestData.Normal(5 * 4), desired = TestData.OneHotOf(TestData.Labels(5, 3), 3);

    private static Network Small(long seed = 1) => Network.Create(inputs: 4).Dense(6, Activation.Tanh).Dense(3, Activation.Softmax).Build(seed);

    [Fact]
    public void Dense_layers_compute_z_is_W_y_plus_b()
    {
        Network network = Network.Create(2).Dense(3).Build();
        ((ReadOnlySpan<float>)[1, 2, 3, 4, 5, 6]).CopyTo(network.Parameter("0.weight"));
        ((ReadOnlySpan<float>)[10, 20, 30]).CopyTo(network.Parameter("0.bias"));
        network.Predict([1, 100]).Should().Equal(10 + 401, 20 + 502, 30 + 603);
    }

    [Fact]
    public void Parameters_are_one_flat_buffer_of_blocks_named_by_position()
    {
        Network network = Small();
        network.Parameters.Length.Should().Be((4 * 6) + 6 + (6 * 3) + 3);
        network.Blocks.Select(block => block.ToString()).Should().Equal("0.weight [4, 6]", "0.bias [6]", "1.weight [6, 3]", "1.bias [3]");
        network.Parameter("1.weight").Fill(7);
        network.Parameters.Slice(30, 18).ToArray().Should().OnlyContain(value => value == 7);
        network.Parameter("0.bias").ToArray().Should().OnlyContain(value => value == 0);
        network.Invoking(n => { n.Parameter("2.weight"); })
            .Should().Throw<ArgumentException>().WithMessage("*\"2.weight\"*\"0.weight\", \"0.bias\"*");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        Small(1).Parameters.SequenceEqual(Small(1).Parameters).Should().BeTrue();
        Small(1).Parameter("0.weight").SequenceEqual(Small(2).Parameter("0.weight")).Should().BeFalse();
    }

    [Fact]
    public void Forward_Backward_and_a_divergence_give_what_Gradient_gives()
    {
        Network network = Small();
        Workspace workspace = network.CreateWorkspace(maxRows: 8);
        float[] y = new float[15], dy = new float[15], longWay = new float[network.Parameters.Length],
            shortWay = new float[network.Parameters.Length], dx = new float[20];

        network.Forward(x, y, 5, workspace);
        float divergence = Divergence.CrossEntropy.Forward(y, desired, 5);
        Divergence.CrossEntropy.Backward(y, desired, dy, 5);
        network.Backward(x, dy, longWay, dx, 5, workspace);
        float through = network.AddGradient(new Batch { Rows = 5, Inputs = x, Desired = desired }, Divergence.CrossEntropy, shortWay, workspace);

        through.Should().BeApproximately(divergence, 1e-6f);
        for (int i = 0; i < longWay.Length; i++)
            shortWay[i].Should().BeApproximately(longWay[i], 1e-6f);
        network.Predict(x).Should().Equal(y);
        dx.Should().Contain(value => value != 0);
    }

    [Fact]
    public void The_gradient_of_the_inputs_agrees_with_finite_differences()
    {
        Network network = Small();
        Workspace workspace = network.CreateWorkspace(5);
        float[] y = new float[15], dy = new float[15], dx = new float[20], input = [.. x];
        network.Forward(input, y, 5, workspace);
        Divergence.L2.Backward(y, desired, dy, 5);
        network.Backward(input, dy, new float[network.Parameters.Length], dx, 5, workspace);
        for (int i = 0; i < input.Length; i++)
        {
            float At(float value)
            {
                float[] moved = [.. input];
                moved[i] = value;
                return Divergence.L2.Forward(network.Predict(moved), desired, 5);
            }

            ((At(input[i] + 0.01f) - At(input[i] - 0.01f)) / 0.02f).Should().BeApproximately(dx[i], 2e-4f);
        }
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(1e4f)]
    [InlineData(-1e30f)]
    public void Gradients_are_finite_for_huge_logits(float scale)
    {
        foreach ((Activation activation, Divergence divergence) in new[]
            { (Activation.Softmax, Divergence.CrossEntropy), (Activation.Sigmoid, Divergence.BinaryCrossEntropy) })
        {
            Network network = Network.Create(3).Dense(3, activation).Build(1);
            network.Parameters.Clear();
            for (int i = 0; i < 3; i++)
                network.Parameter("0.weight")[4 * i] = scale;
            float[] gradient = new float[12];
            float d = network.AddGradient(
                new Batch { Rows = 1, Inputs = [1, 0.5f, -1], Desired = [0, 0, 1] }, divergence, gradient, network.CreateWorkspace(1));
            float.IsFinite(d).Should().BeTrue();
            d.Should().BeGreaterThanOrEqualTo(0);
            gradient.Should().OnlyContain(value => float.IsFinite(value));
        }
    }

    [Fact]
    public void Micro_batches_accumulate_to_the_same_bits_as_one_batch()
    {
        Network network = Small();
        Workspace workspace = network.CreateWorkspace(5);
        float[] whole = new float[network.Parameters.Length], parts = new float[whole.Length], y = new float[15], dy = TestData.Normal(15, 4);
        network.Forward(x, y, 5, workspace);
        network.Backward(x, dy, whole, 5, workspace);
        foreach ((int first, int rows) in new[] { (0, 2), (2, 3) })
        {
            ReadOnlySpan<float> part = x.AsSpan(first * 4, rows * 4);
            network.Forward(part, y.AsSpan(0, rows * 3), rows, workspace);
            network.Backward(part, dy.AsSpan(first * 3, rows * 3), parts, rows, workspace);
        }

        parts.Should().Equal(whole);
    }

    [Fact]
    public void Weights_of_rows_count_in_the_gradient()
    {
        Network network = Small();
        Workspace workspace = network.CreateWorkspace(5);
        float[] weighted = new float[network.Parameters.Length], chosen = new float[weighted.Length];
        network.AddGradient(
            new Batch { Rows = 5, Inputs = x, Desired = desired, Weights = [0, 1, 0, 1, 0] }, Divergence.CrossEntropy, weighted, workspace);
        float[] inputs = [.. x[4..8], .. x[12..16]], wanted = [.. desired[3..6], .. desired[9..12]];
        network.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = wanted }, Divergence.CrossEntropy, chosen, workspace);
        for (int i = 0; i < chosen.Length; i++)
            weighted[i].Should().BeApproximately(chosen[i], 1e-7f);
    }

    [Fact]
    public void Sequences_go_step_by_step_and_lengths_leave_out_the_rest()
    {
        Network network = Network.Create(Shape.Sequence(4, 2)).Dense(3, Activation.Tanh).Dense(2, Activation.Softmax).Build(3);
        float[] inputs = TestData.Normal(3 * 4 * 2), y = new float[3 * 4 * 2], wanted = TestData.OneHotOf(TestData.Labels(12, 2), 2);
        Workspace workspace = network.CreateWorkspace(3);
        int[] lengths = [4, 1, 2];
        network.Predict(new Batch { Rows = 3, Inputs = inputs, Lengths = lengths }, y, workspace);

        // The same vectors as single rows of a network without steps.
        Network flat = Network.Create(2).Dense(3, Activation.Tanh).Dense(2, Activation.Softmax).Build(3);
        float[] vectors = [], labels = [];
        for (int row = 0; row < 3; row++)
        {
            int start = row * 8, real = lengths[row] * 2;
            y[start..(start + real)].Should().Equal(flat.Predict(inputs.AsSpan(start, real)));
            y.AsSpan((start + real)..(start + 8)).ContainsAnyExcept(0f).Should().BeFalse();
            vectors = [.. vectors, .. inputs[start..(start + real)]];
            labels = [.. labels, .. wanted[start..(start + real)]];
        }

        float[] gradient = new float[network.Parameters.Length], expected = new float[gradient.Length];
        float d = network.AddGradient(
            new Batch { Rows = 3, Inputs = inputs, Desired = wanted, Lengths = lengths }, Divergence.CrossEntropy, gradient, workspace);
        flat.AddGradient(new Batch { Rows = 7, Inputs = vectors, Desired = labels }, Divergence.CrossEntropy, expected, flat.CreateWorkspace(7))
            .Should().Be(d);
        gradient.Should().Equal(expected);

        // Fewer steps in a call than the shape has.
        float[] two = new float[4];
        network.Predict(new Batch { Rows = 1, Inputs = inputs.AsSpan(0, 4), Steps = 2 }, two, workspace);
        two.Should().Equal(y[..4]);
    }

    [Fact]
    public void A_clone_has_its_own_values_and_shares_workspaces()
    {
        Network network = Small(), clone = network.Clone();
        clone.Predict(x).Should().Equal(network.Predict(x));
        clone.Parameters.Clear();
        network.Parameter("0.weight").ToArray().Should().Contain(value => value != 0);
        float[] y = new float[15];
        clone.Predict(x, y, 5, network.CreateWorkspace(5, training: false));
        y.Should().OnlyContain(value => value == 1 / 3f);
    }

    [Fact]
    public void Predictions_of_64_threads_at_once_have_the_bits_of_one()
    {
        Network network = Network.Create(20).Dense(33, Activation.Sigmoid).Dense(7, Activation.Softmax).Build(5);
        float[] inputs = TestData.Normal(300 * 20);
        float[] expected = network.Predict(inputs);
        float[][] answers = new float[64][];
        using var barrier = new Barrier(64);
        Thread[] threads = [.. Enumerable.Range(0, 64).Select(i => new Thread(() =>
        {
            barrier.SignalAndWait();
            if (i % 2 == 0)
            {
                answers[i] = network.Predict(inputs);
                return;
            }

            Workspace workspace = network.CreateWorkspace(1 + i, training: false);
            answers[i] = new float[300 * 7];
            for (int first = 0; first < 300; first += workspace.MaxRows)
            {
                int rows = Math.Min(workspace.MaxRows, 300 - first);
                network.Predict(inputs.AsSpan(first * 20, rows * 20), answers[i].AsSpan(first * 7, rows * 7), rows, workspace);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        answers.Should().AllSatisfy(answer => answer.AsSpan().SequenceEqual(expected).Should().BeTrue());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits_and_allocates_nothing(int threads)
    {
        Network network = Network.Create(300).Dense(200, Activation.Relu).Dense(10, Activation.Softmax).Build(5);
        float[] inputs = TestData.Normal(128 * 300), wanted = TestData.OneHotOf(TestData.Labels(128, 10), 10);
        float[] expected = new float[network.Parameters.Length], gradient = new float[expected.Length];
        network.AddGradient(
            new Batch { Rows = 128, Inputs = inputs, Desired = wanted }, Divergence.CrossEntropy, expected, network.CreateWorkspace(128));
        using Workspace workspace = network.CreateWorkspace(128, threads);
        var batch = new Batch { Rows = 128, Inputs = inputs, Desired = wanted };
        network.AddGradient(batch, Divergence.CrossEntropy, gradient, workspace);
        gradient.AsSpan().SequenceEqual(expected).Should().BeTrue();

        float[] y = new float[1280];
        network.Predict(batch, y, workspace);
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 10; i++)
            {
                var again = new Batch { Rows = 128, Inputs = inputs, Desired = wanted };
                network.AddGradient(again, Divergence.CrossEntropy, gradient, workspace);
                network.Predict(again, y, workspace);
            }
        }).Should().Be(0);
    }

    [Fact]
    public void The_summary_fits_a_narrow_terminal()
    {
        Network image = Network.Create(Shape.Image(28, 28, 1)).Conv(16, 3, activation: Activation.Relu).MaxPool(2)
            .Conv(32, 3, activation: Activation.Relu).MaxPool(2).Flatten().Dense(128, Activation.Relu).Dense(10, Activation.Softmax).Build();
        foreach (Network network in new[] { Small(), image, Network.Create(784).Dense(256, Activation.Relu).Dense(10, Activation.Softmax).Build() })
            network.Summary().Split('\n').Max(line => line.Length).Should().BeLessThanOrEqualTo(50, network.Summary());
    }

    [Fact]
    public void The_summary_lists_layers_shapes_and_parameters() => Small().Summary().Should().Be(
        """
        # layer           output  params  mul-adds
          input           4
        0 Dense, Tanh     6           30        24
        1 Dense, Softmax  3           21        18
          total                       51        42

        """.ReplaceLineEndings("\n"));
}
