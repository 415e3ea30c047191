using System.Runtime.InteropServices;

namespace NeuralNet.Tests;

/// <summary>Tied blocks: two that are learned as one.</summary>
public partial class TieTests
{
    private const int Rows = 6;

    public static TheoryData<string> Names => TiedNetworks.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_the_sum_of_the_gradients_of_both_blocks(string name)
    {
        Network tied = TiedNetworks.Tied(name), untied = TiedNetworks.Untied(name, tied);
        (float[] x, float[] d) = TiedNetworks.Data(tied, Rows);
        float[] y = new float[d.Length], gradient = Gradient(tied, x, d, y), other = new float[d.Length], expected = ByHand(
            tied, untied, Gradient(untied, x, d, other));
        y.Should().Equal(other);
        Bits(gradient).Should().Equal(Bits(expected));

        // The long way, which makes dx too.
        float[] way = new float[gradient.Length], dx = new float[x.Length], otherWay = new float[untied.Parameters.Length],
            otherDx = new float[x.Length];
        Back(tied, way, dx);
        Back(untied, otherWay, otherDx);
        Bits(way).Should().Equal(Bits(ByHand(tied, untied, otherWay)));
        dx.Should().Equal(otherDx);

        void Back(Network network, float[] gradient, float[] dx)
        {
            using Workspace workspace = network.CreateWorkspace(Rows);
            var batch = new Batch { Rows = Rows, Inputs = x, Stream = new RandomStream(1) };
            network.Forward(batch, y, workspace);
            network.Backward(batch, d, gradient, dx, workspace);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_that_of_differences(string name)
    {
        // Without noise, which differences would count as slope.
        if (name == "statistics")
            return;
        Network network = TiedNetworks.Tied(name);
        GradientCheckResult result = GradientCheck.Network(network, DivergenceOf(network));
        result.Passes().Should().BeTrue(result.ToString());
        result.Parts.Should().HaveCount(network.Blocks.Count);
    }

    public static TheoryData<string> Optimizers => Contracts.PublicKinds.Names(Decaying());

    // What the optimizer knows of blocks comes from a network that has only those with values: no second decay, nothing sparse.
    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Training_is_that_of_one_block_with_the_gradients_of_both(string optimizerName)
    {
        Optimizer optimizer = Contracts.PublicKinds.Find(Decaying(), optimizerName);
        Network tied = TiedNetworks.Tied("language model"), untied = TiedNetworks.Untied("language model", tied);
        Network values = Network.Create(1).Add(_ => new Values(tied)).Build();
        tied.Parameters.CopyTo(values.Parameters);
        OptimizerState state = optimizer.CreateState(values);
        using var trainer = new Trainer(tied, Divergence.CrossEntropy, optimizer)
        {
            Penalty = new Penalty(0.001f, 0.01f),
            Clipping = GradientClipping.ByNorm(0.9f),
        };
        for (int step = 0; step < 5; step++)
        {
            (float[] x, float[] d) = TiedNetworks.Data(tied, Rows, step);
            float[] gradient = ByHand(tied, untied, Gradient(untied, x, d, new float[d.Length]));
            new Penalty(0.001f, 0.01f).AddGradient(values, gradient);
            GradientClipping.ByNorm(0.9f).Apply(gradient);
            optimizer.Step(values.Parameters, gradient, state);
            trainer.Step(x, d, Rows);

            Bits(tied.Parameters).Should().Equal(Bits(values.Parameters), $"step {step}");
            tied.CopyParameter("3.weight").CopyTo(untied.Parameter("3.weight"));
            foreach (Block block in tied.Blocks)
                tied.Parameter(block.Name).CopyTo(untied.Parameter(block.Name));
        }
    }

    [Fact]
    public void A_penalty_counts_a_tied_block_once()
    {
        Network network = TiedNetworks.Tied("autoencoder");
        new Penalty(1).Value(network).Should().BeApproximately(network.Parameter("0.weight").ToArray().Sum(w => Math.Abs((double)w)), 1e-9);
    }

    [Fact]
    public void What_has_no_values_of_its_own_is_not_initialized_counted_or_sparse()
    {
        Network untied = TiedNetworks.LanguageModel().Build(7), tied = TiedNetworks.LanguageModel().Tie("0.weight", to: "3.weight", transposed: true)
            .Build(7);
        tied.Blocks.Select(block => block.Name).Should()
            .Equal("0.weight", "1.weight", "2.1.0.weight", "2.1.0.bias", "2.1.1.weight", "2.1.1.bias", "3.bias");
        tied.Parameters.Length.Should().Be(untied.Parameters.Length - (11 * 6)).And.Be(tied.Blocks.Sum(block => block.Length));
        foreach (Block block in tied.Blocks)
            tied.Parameter(block.Name).SequenceEqual(untied.Parameter(block.Name)).Should().BeTrue($"{block.Name} draws what it draws without ties");
        (untied.Blocks[0].IsSparse, tied.Blocks[0].IsSparse).Should().Be((true, false));
        tied.Ties.Select(tie => tie.ToString()).Should().Equal("3.weight is 0.weight transposed");
        (tied.Ties[0].Block, tied.Ties[0].To, tied.Ties[0].Transposed).Should().Be(("0.weight", "3.weight", true));
        (tied.GradientLength, untied.GradientLength).Should().Be((tied.Parameters.Length + 66, untied.Parameters.Length));
        untied.Ties.Should().BeEmpty();
        tied.Summary().Should().MatchRegex(@"\n +total +161 +[0-9]+\n$").And.Contain(
            "3     Dense, Softmax, weight is 0.weight transposed  5×11        11       330\n");
        TiedNetworks.Tied("as it is").Summary().Should().MatchRegex(
            @"1 Dense, Sigmoid, weight is 0.weight, bias is 0.bias\s+4\s+0\s+16\n");
    }

    [Fact]
    public void Ties_have_one_order_however_they_were_stated()
    {
        Network network = TiedNetworks.Tied("four that are one");
        network.Ties.Select(tie => tie.To).Should().Equal("0.weight", "2.weight", "3.weight");
        network.Clone().Ties.Should().Equal(network.Ties);
    }

    [Fact]
    public void A_block_that_is_another_as_it_is_gives_its_values_and_one_that_is_another_transposed_a_copy()
    {
        Network network = TiedNetworks.Tied("as it is");
        network.Parameter("1.weight").Fill(3);
        network.Parameter("0.weight").ToArray().Should().OnlyContain(w => w == 3);
        network.CopyParameter("1.weight").Should().Equal(network.Parameter("0.weight").ToArray());

        Network turned = TiedNetworks.Tied("autoencoder");
        float[] copy = turned.CopyParameter("1.weight");
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; j < 3; j++)
                copy[(j * 5) + i].Should().Be(turned.Parameter("0.weight")[(i * 3) + j]);
        }

        Action view = () => turned.Parameter("1.weight");
        view.Should().Throw<ArgumentException>()
            .WithMessage("1.weight is 0.weight transposed, so it has no values of its own: write to \"0.weight\"*CopyParameter(\"1.weight\")*");
        Action none = () => turned.CopyParameter("2.weight");
        none.Should().Throw<ArgumentException>()
            .WithMessage("There is no block \"2.weight\"; there are \"0.weight\", \"0.bias\", \"1.weight\", \"1.bias\".*");
    }

    [Fact]
    public void A_call_sees_the_values_as_they_are_now()
    {
        Network network = TiedNetworks.Tied("autoencoder");
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        float[] x = TestData.Normal(5), before = new float[5], after = new float[5];
        network.Predict(x, before, 1, workspace);
        network.Parameter("0.weight")[7] += 1;
        network.Predict(x, after, 1, workspace);
        after.Should().Equal(TiedNetworks.Untied("autoencoder", network).Predict(x)).And.NotEqual(before);
        network.Clone().Predict(x).Should().Equal(after);
    }

    [Fact]
    public async Task Threads_predict_at_once_each_with_its_own_copy()
    {
        Network network = TiedNetworks.LanguageModel(8, 300, 40).Tie("0.weight", to: "3.weight", transposed: true).Build(1);
        (float[] x, _) = TiedNetworks.Data(network, 16);
        float[] expected = Filled(TiedNetworks.LanguageModel(8, 300, 40).Build(), network).Predict(x);
        float[][] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            float[] y = [];
            for (int i = 0; i < 10; i++)
                y = network.Predict(x);
            return y;
        })));
        foreach (float[] y in all)
            y.Should().Equal(expected);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        int[] alone = Trained(1);
        foreach (int threads in new[] { 2, 3 })
            Trained(threads).Should().Equal(alone);

        static int[] Trained(int threads)
        {
            Network network = TiedNetworks.LanguageModel(8, 600, 70).Tie("0.weight", to: "3.weight", transposed: true).Build(1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(0.01f)) { Threads = threads };
            for (int step = 0; step < 3; step++)
            {
                (float[] x, float[] d) = TiedNetworks.Data(network, Rows, step);
                trainer.Step(x, d, Rows);
            }

            return Bits(network.Parameters);
        }
    }

    private static IReadOnlyList<Optimizer> Decaying() =>
    [
        new Sgd(0.05f, weightDecay: 0.1f), new Sgd(0.05f, momentum: 0.9f, weightDecay: 0.1f), new AdamW(0.02f, weightDecay: 0.5f),
        new AdamW(0.02f, weightDecay: 0.5f, lazy: true),
        new Adam(0.02f, weightDecay: 0.1f), new RmsProp(0.01f, weightDecay: 0.1f), new Adagrad(0.02f), new Nadam(0.01f, weightDecay: 0.1f),
        new Rprop(0.01f),
    ];

    private static Divergence DivergenceOf(Network network) =>
        network.Layers[^1].FinalActivations is [{ Activation: Softmax }] ? Divergence.CrossEntropy : Divergence.L2;

    private static Network Filled(Network network, Network from)
    {
        foreach (Block block in network.Blocks)
            from.CopyParameter(block.Name).CopyTo(network.Parameter(block.Name));
        return network;
    }

    private static float[] Gradient(Network network, float[] x, float[] d, float[] y)
    {
        using Workspace workspace = network.CreateWorkspace(x.Length / network.Input.Size);
        float[] gradient = new float[network.Parameters.Length];
        var batch = new Batch { Rows = x.Length / network.Input.Size, Inputs = x, Desired = d, Stream = new RandomStream(1) };
        network.AddGradient(batch, DivergenceOf(network), gradient, workspace);
        network.Predict(batch, y, workspace);
        return gradient;
    }

    // The distributed chain rule with loops: ∇W = ∇W₁ + ∇W₂, + ∇W₂ᵀ.
    private static float[] ByHand(Network tied, Network untied, float[] gradient)
    {
        float[] sum = new float[tied.Parameters.Length];
        int at = 0;
        foreach (Block block in tied.Blocks.Where(block => block.Role != BlockRole.Statistic))
        {
            Span<float> values = sum.AsSpan(at, block.Length);
            Of(block.Name).CopyTo(values);
            foreach (Tie tie in tied.Ties.Where(tie => tie.Block == block.Name))
            {
                Span<float> other = Of(tie.To);
                int columns = block.Dimensions[^1], rows = block.Length / columns;
                for (int i = 0; i < values.Length; i++)
                    values[i] += other[tie.Transposed ? (i % columns * rows) + (i / columns) : i];
            }

            at += block.Length;
        }

        return sum;

        Span<float> Of(string name)
        {
            int start = untied.Blocks.Where(block => block.Role != BlockRole.Statistic).TakeWhile(block => block.Name != name)
                .Sum(block => block.Length);
            return gradient.AsSpan(start, untied.Blocks.Single(block => block.Name == name).Length);
        }
    }

    private static int[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, int>(values).ToArray();

    // The blocks of a network that have values, without its layers.
    private sealed class Values : Layer
    {
        public Values(Network network)
            : base(1, 1) => Blocks = [.. network.Blocks.Select((block, i) => new Block($"b{i}", block.Role, block.Dimensions, Initializer.Zeros))];

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }
}
