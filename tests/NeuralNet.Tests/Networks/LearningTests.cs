using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests;

/// <summary>What of a network learns: how far down backward goes, and which layers use the stored statistics.</summary>
public class LearningTests
{
    private const int Rows = 5;

    public static TheoryData<string> LayersWithParameters =>
        [.. PublicKinds.Layers().Index().Where(kind => kind.Item.Blocks.Any(block => block.Role != BlockRole.Statistic))
            .Select(kind => $"{kind.Index}: {kind.Item}")];

    [Fact]
    public void Backward_stops_at_the_lowest_layer_that_learns_unless_the_gradient_of_the_input_is_wanted()
    {
        Counting[] counts = [.. Enumerable.Range(0, 5).Select(_ => new Counting(3))];
        Network network = Network.Create(3).Add(_ => counts[0]).Add(_ => new Gain(3)).Add(_ => counts[1])
            .Add(_ => new Chain([counts[2], new Dense(3, 3), counts[3], new Dense(3, 3)])).Add(_ => counts[4]).Build(1);
        Run(network, new Rates(), counts).Should().Equal(All(network), "everything learns");
        Counts().Should().Equal((0, 0), (1, 1), (1, 1), (1, 1), (1, 1));

        Rates rates = new() { ["1"] = 0 };
        Run(network, rates, counts).Should().Equal(All(network).Where(name => name[0] != '1'));
        Counts().Should().Equal((0, 0), (0, 0), (0, 0), (1, 1), (1, 1));

        rates["3.1"] = 0;
        Run(network, rates, counts).Should().Equal("3.3.weight", "3.3.bias");
        Counts().Should().Equal((0, 0), (0, 0), (0, 0), (0, 0), (1, 1));

        rates["3.1.bias"] = 0.5f;
        Run(network, rates, counts).Should().Equal("3.1.bias", "3.3.weight", "3.3.bias");
        Counts().Should().Equal((0, 0), (0, 0), (0, 0), (1, 1), (1, 1));

        (rates["3"], rates["3.1.bias"]) = (0, 0);
        Run(network, rates, counts).Should().BeEmpty();
        Counts().Should().Equal((0, 0), (0, 0), (0, 0), (0, 0), (0, 0));

        // ∇x is the same whatever learns.
        float[] x = TestData.Normal(Rows * 3), dy = TestData.Normal(Rows * 3, 2), y = new float[dy.Length];
        float[] dx = new float[x.Length], expected = new float[x.Length], gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        network.Forward(x, y, Rows, workspace);
        network.Backward(x, dy, gradient, expected, Rows, workspace);
        Counts().Should().Equal((1, 1), (1, 1), (1, 1), (1, 1), (1, 1));
        gradient.AsSpan().Clear();
        network.Backward(new Batch { Rows = Rows, Inputs = x }, dy, gradient, dx, workspace, rates);
        Counts().Should().Equal((1, 1), (1, 1), (1, 1), (1, 1), (1, 1));
        dx.Should().Equal(expected);
        gradient.Should().OnlyContain(g => g == 0);

        (int, int)[] Counts() => [.. counts.Select(count => count.Count())];
    }

    [Theory]
    [InlineData(Merge.Sum)]
    [InlineData(Merge.Product)]
    [InlineData(Merge.Concat)]
    public void Branches_of_which_nothing_learns_have_no_backward_pass(Merge merge)
    {
        Counting[] counts = [.. Enumerable.Range(0, 4).Select(_ => new Counting(3))];
        Layer Branch(int m) => new Chain([counts[m], new Dense(3, 3, Activation.Tanh), counts[m + 2]]);
        Network network = Network.Create(3).Add(_ => new Branches([Branch(0), new Skip(3), Branch(1)], merge)).Dense(2).Build(1);
        Run(network, new Rates { ["0.0"] = 0 }, counts).Should().Equal("0.2.1.weight", "0.2.1.bias", "1.weight", "1.bias");
        counts.Select(count => count.Count()).Should().Equal((0, 0), (0, 0), (0, 0), (1, 1));
        Run(network, new Rates { ["0"] = 0 }, counts).Should().Equal("1.weight", "1.bias");
        counts.Select(count => count.Count()).Should().Equal((0, 0), (0, 0), (0, 0), (0, 0));
        Run(network, new Rates(), counts).Should().Equal(All(network));
        counts.Select(count => count.Count()).Should().Equal((0, 0), (0, 0), (1, 1), (1, 1));
    }

    // Every layer of the library with every single block frozen, and with all but one.
    [Theory]
    [MemberData(nameof(LayersWithParameters))]
    public void What_learns_has_the_same_gradient_whatever_is_frozen(string name)
    {
        Layer layer = PublicKinds.Find(PublicKinds.Layers(), name);
        Network network = Network.Create(layer.Input).Add(_ => layer).Build(1);
        string[] blocks = Run(network, new Rates());
        blocks.Should().NotBeEmpty("a layer learns something").And.BeSubsetOf(All(network), "a norm of one feature has gains that do nothing");
        foreach (string one in blocks)
        {
            Run(network, new Rates { [one] = 0 }).Should().Equal(blocks.Where(block => block != one));
            Run(network, new Rates { ["0"] = 0, [one] = 1 }).Should().Equal(one);
        }
    }

    [Fact]
    public void Frozen_statistics_are_the_stored_ones_forward_and_backward_and_stay()
    {
        var layer = new Centering(3);
        Network network = Network.Create(3).Dense(3, Activation.Tanh).Residual(b => b.Add(_ => layer)).Dense(3).Build(1);
        TestData.Normal(3, 5).CopyTo(network.Parameter("1.1.0.mean"));
        float[] x = TestData.Normal(Rows * 3), d = TestData.Normal(Rows * 3, 2), mean = network.Parameter("1.1.0.mean").ToArray();
        float[] gradient = new float[network.Parameters.Length], expected = new float[gradient.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = d };
        Rates statistics = new() { ["1.1.0.mean"] = 0, ["1.1.0.updates"] = 0 }, all = new() { ["1"] = 0 }, parameters = new() { ["1.1.0.bias"] = 0 };

        float ofInference = network.AddGradient(batch with { Inference = true }, Divergence.L2, expected, workspace);
        network.AddGradient(batch, Divergence.L2, gradient, workspace, statistics).Should().Be(ofInference);
        gradient.Should().Equal(expected);
        layer.Seen.Should().Equal(true, true, true);
        network.UpdateStatistics(batch, workspace);
        network.Parameter("1.1.0.mean").ToArray().Should().Equal(mean);
        network.Parameter("1.1.0.updates")[0].Should().Be(0);

        // With the layer's parameters frozen too all others have those gradients, and with these alone the batch's mean is used.
        gradient.AsSpan().Clear();
        network.AddGradient(batch, Divergence.L2, gradient, workspace, all).Should().Be(ofInference);
        gradient[12..15].Should().Equal(0, 0, 0);
        expected.AsSpan(12, 3).Clear();
        gradient.Should().Equal(expected);
        network.AddGradient(batch, Divergence.L2, gradient, workspace, parameters).Should().NotBe(ofInference);
        layer.Seen.Should().Equal(false, false, false);
        network.UpdateStatistics(batch, workspace);
        network.Parameter("1.1.0.updates")[0].Should().Be(1);

        // One row has no mean of a batch, but a stored one; and rows are not mixed.
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.01f));
        trainer.Invoking(t => t.Step(x.AsSpan(0, 3), d.AsSpan(0, 3), 1)).Should().Throw<ArgumentException>().WithMessage("*2 rows*");
        (trainer.Rates["1.1.0.mean"], trainer.Rates["1.1.0.updates"]) = (0, 0);
        mean = network.Parameter("1.1.0.mean").ToArray();
        trainer.Step(x.AsSpan(0, 3), d.AsSpan(0, 3), 1);
        network.Parameter("1.1.0.mean").ToArray().Should().Equal(mean);
        network.Parameter("1.1.0.bias").ToArray().Should().NotEqual(new float[3]);
    }

    [Fact]
    public void With_frozen_statistics_one_row_is_a_batch_and_a_step_of_parts_has_the_bits_of_the_whole()
    {
        Dataset data = TestData.Clouds(9);
        Rates frozen = new() { ["1.mean"] = 0, ["1.updates"] = 0 };
        (long steps, float[] whole) = Fit(9, 1, frozen);
        steps.Should().Be(2);
        (steps, float[] parts) = Fit(4, 3, frozen);
        steps.Should().Be(2);
        parts.Should().Equal(whole);
        Fit(4, 1, frozen).Steps.Should().Be(6);
        Fit(4, 1, new Rates()).Steps.Should().Be(4, "the last row joins the batch before");
        Fit(9, 1, new Rates()).Parameters.Should().NotEqual(whole);

        (long Steps, float[] Parameters) Fit(int batchSize, int batches, Rates rates)
        {
            Network network = Network.Create(2)
                .Dense(4, Activation.Tanh).Add(shape => new Centering(shape)).Dense(3, Activation.Softmax).Build(1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam())
            {
                Rates = rates,
                BatchSize = batchSize,
                AccumulateSteps = batches,
            };
            trainer.Fit(data, 2);
            return (trainer.StepCount, network.Parameters.ToArray());
        }
    }

    [Fact]
    public void Each_layer_goes_by_its_own_statistics()
    {
        Centering[] layers = [new(3), new(3), new(3), new(3)];
        Network network = Network.Create(3).Add(_ => layers[0])
            .Add(_ => new Chain([layers[1], new Branches([layers[2], new Skip(3)], Merge.Sum)])).Add(_ => layers[3]).Build(1);
        float[] gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        for (int frozen = 0; frozen < 16; frozen++)
        {
            string[] places = ["0", "1.0", "1.1.0", "2"];
            var rates = new Rates();
            for (int k = 0; k < 4; k++)
                rates[places[k] + ".bias"] = rates[places[k] + ".mean"] = rates[places[k] + ".updates"] = (frozen >> k) & 1 ^ 1;
            var batch = new Batch { Rows = Rows, Inputs = TestData.Normal(Rows * 3), Desired = new float[Rows * 3] };
            float[] before = [.. places.Select(place => network.Parameter(place + ".updates")[0])];
            foreach (Centering layer in layers)
                Array.Clear(layer.Seen);
            network.AddGradient(batch, Divergence.L2, gradient, workspace, rates);
            network.UpdateStatistics(batch, workspace);
            bool reached = false; // by backward: something learns here or below
            for (int k = 0; k < 4; k++)
            {
                bool isFrozen = ((frozen >> k) & 1) == 1;
                reached |= !isFrozen;
                layers[k].Seen[..2].Should().Equal(isFrozen, isFrozen);
                layers[k].Seen[2].Should().Be(reached ? isFrozen : null);
                (network.Parameter(places[k] + ".updates")[0] - before[k]).Should().Be(isFrozen ? 0 : 1);
            }
        }
    }

    [Fact]
    public void Passes_with_other_statistics_are_refused_and_other_factors_are_not()
    {
        Network network = Network.Create(3).Dense(3).Add(shape => new Centering(shape)).Build(1);
        float[] x = TestData.Normal(Rows * 3), y = new float[x.Length], gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        Rates frozen = new() { ["1"] = 0 }, none = new() { ["0.bias"] = 0 };
        Refused(() => Forward(null), () => Backward(frozen));
        Refused(() => Forward(frozen), () => Backward(null));
        Refused(() => Forward(frozen), () => Backward(new Rates { ["0"] = 0, ["1.mean"] = 0, ["1.updates"] = 0 }));
        foreach ((Rates? forward, Rates? backward) in new[] { (null, none), (none, null), (none, none), (frozen, frozen) })
        {
            Forward(forward);
            Backward(backward);
            network.UpdateStatistics(new Batch { Rows = Rows, Inputs = x }, workspace);
        }

        network.Parameter("1.updates")[0].Should().Be(3);
        Forward(frozen);
        float[] stored = network.Parameter("1.mean").ToArray();
        float[] expected = new float[y.Length];
        network.Predict(x, expected, Rows, workspace);
        y.Should().Equal(expected);
        network.Parameter("1.mean").ToArray().Should().Equal(stored);

        void Forward(Rates? rates)
        {
            if (rates is null)
                network.Forward(x, y, Rows, workspace);
            else
                network.Forward(new Batch { Rows = Rows, Inputs = x }, y, workspace, rates);
        }

        void Backward(Rates? rates)
        {
            if (rates is null)
                network.Backward(x, new float[y.Length], gradient, Rows, workspace);
            else
                network.Backward(new Batch { Rows = Rows, Inputs = x }, new float[y.Length], gradient, default, workspace, rates);
        }

        void Refused(Action forward, Action backward)
        {
            forward();
            backward.Should().Throw<InvalidOperationException>().WithMessage("*rates of Backward*statistics*Forward*");
        }
    }

    [Fact]
    public void In_a_composite_of_ones_own_each_child_learns_or_not()
    {
        Counting[] counts = [new(3), new(3)];
        Centering[] layers = [new(3), new(3)];
        Network network = Network.Create(3)
            .Add(_ => new Highway(
                new Chain([layers[0], counts[0], new Dense(3, 3)]), new Chain([layers[1], counts[1], new Dense(3, 3, Activation.Sigmoid)])))
            .Dense(2).Build(1);
        Run(network, new Rates(), counts).Should().Equal(All(network));
        counts.Select(count => count.Count()).Should().Equal((1, 1), (1, 1));
        Run(network, new Rates { ["0.0"] = 0, ["0.1.0.bias"] = 0 }, counts).Should().Equal("0.1.2.weight", "0.1.2.bias", "1.weight", "1.bias");
        counts.Select(count => count.Count()).Should().Equal((0, 0), (0, 0));
        layers.Select(layer => layer.Seen[1]).Should().Equal(true, false);
        Run(network, new Rates { ["0.1.0"] = 0, ["0.0.2"] = 0 }, counts)
            .Should().Equal("0.0.0.bias", "0.1.2.weight", "0.1.2.bias", "1.weight", "1.bias");
        counts.Select(count => count.Count()).Should().Equal((1, 1), (0, 0));
        layers.Select(layer => layer.Seen[0]).Should().Equal(false, true);
        Run(network, new Rates { ["0"] = 0 }, counts).Should().Equal("1.weight", "1.bias");
        layers.Select(layer => layer.Seen[1]).Should().Equal(true, true);
    }

    [Fact]
    public void A_layers_statistics_are_frozen_together_and_what_hands_on_its_own_passes_is_one_layer()
    {
        var layer = new Centering(3);
        Network network = Network.Create(3).Residual(b => b.Add(_ => layer))
            .Add(_ => new Wrapper(new Chain([layer, new Dense(3, 3), new Centering(3)]))).Build(1);
        Refused(new Rates { ["0.1.0.mean"] = 0 }, "*\"0.1.0.mean\"*not \"0.1.0.updates\"*layer 0.1.0 (Centering)*");
        Refused(new Rates { ["1.0.0"] = 0 }, "*\"1.0.0.updates\"*not \"1.0.2.updates\"*layer 1 (Wrapper)*");
        Run(network, new Rates { ["1.0.0.bias"] = 0 }).Should().Equal(All(network).Where(name => name != "1.0.0.bias"));
        layer.Seen.Should().Equal(false, false, false);
        Run(network, new Rates { ["0"] = 0, ["1"] = 0, ["1.0.0.bias"] = 1 }).Should().Equal("1.0.0.bias");
        layer.Seen.Should().Equal(true, true, true);

        void Refused(Rates rates, string words) => new Action(() => Run(network, rates)).Should().Throw<ArgumentException>().WithMessage(words);
    }

    // The blocks whose gradient is not 0 with these rates; each of them has the bits that it has without freezing its parameters.
    private static string[] Run(Network network, Rates rates, IEnumerable<Counting>? counts = null)
    {
        var random = new RandomStream(9);
        float[] x = new float[Rows * network.Input.Size], d = TestData.Normal(Rows * network.Output.Size, 4);
        float[] gradient = new float[network.Parameters.Length], full = new float[gradient.Length];
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = 0.5f + (0.3f * random.Normal(1, i));
        Ids.Draw(random.Fork(0), network.InputIds, x);
        using Workspace workspace = network.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = d, Stream = random.Fork(1) };
        var statistics = new Rates { ["0"] = 1 };
        foreach (Block block in network.Blocks.Where((block, i) => block.Role == BlockRole.Statistic && network.PlanOf(rates)?.Factors[i] == 0))
            statistics[block.Name] = 0;
        network.AddGradient(batch, Divergence.L2, full, workspace, statistics);
        foreach (Counting count in counts ?? [])
            count.Count();
        network.AddGradient(batch, Divergence.L2, gradient, workspace, rates);
        var learning = new List<string>();
        for (int i = 0; i < network.Blocks.Count; i++)
        {
            Range range = network.Places[i].Start..(network.Places[i].Start + network.Places[i].Length);
            if (network.Blocks[i].Role == BlockRole.Statistic || !gradient[range].Any(g => g != 0))
                continue;
            gradient[range].Should().Equal(full[range], network.Blocks[i].Name);
            learning.Add(network.Blocks[i].Name);
        }

        return [.. learning];
    }

    private static string[] All(Network network) => [.. network.Blocks.Where(block => block.Role != BlockRole.Statistic).Select(block => block.Name)];
}
