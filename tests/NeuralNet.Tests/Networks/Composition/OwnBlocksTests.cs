using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Data;
using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Composition;

/// <summary>Parameters, statistics and state that a composite has beside its children's are found wherever those are.</summary>
public class OwnBlocksTests
{
    private static readonly string[] scales = ["1.scale", "2.1.0.0.1.1.scale", "2.1.0.scale", "4.scale"];

    private static LayerTypes Types => new LayerTypes()
        .Add(nameof(Scaled), (_, settings) => new Scaled(settings.GetLayers("layers")[0])).Add(nameof(Centering), (input, _) => new Centering(input));

    // In the middle, within branches and within each other, and at the end. What follows one has the sizes that stand before it, so that values in
    // a wrong place would fit there.
    private static NetworkBuilder Builder() => Network.Create(3)
        .Dense(3, Activation.Tanh)
        .Add(shape => new Scaled(new Dense(shape, 3, Activation.Tanh)))
        .Parallel(Merge.Sum, b => b, b => b.Add(shape => new Scaled(new Chain(
            [new Dense(shape, 3), new Branches([new Centering(shape), new Scaled(new Dense(shape, 3))], Merge.Sum)]))))
        .Dense(3)
        .Add(shape => new Scaled(new Dense(shape, 3, Activation.Sigmoid)));

    private static Network Made(NetworkBuilder builder, long seed = 1)
    {
        Network network = builder.Build(seed);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] += 0.2f * new RandomStream(seed).Normal(3, i);
        TestData.Normal(network.Statistics.Length, seed).CopyTo(network.Statistics);
        return network;
    }

    [Fact]
    public void Its_gradients_agree_with_finite_differences()
    {
        GradientCheck.Layer(shape => new Scaled(new Dense(shape, shape.FeatureCount, Activation.Tanh))).EnsurePasses();
        GradientCheck.Layer(new Scaled(new Lstm(Shape.Sequence(3, 4), 4))).EnsurePasses();
        GradientCheck.Network(Network.Create(3).Dense(3).Add(shape => new Scaled(new Scaled(new Dense(shape, 3)))).Build(1), Divergence.L2)
            .EnsurePasses();
    }

    [Fact]
    public void They_are_saved_loaded_and_copied()
    {
        Network network = Made(Builder()), weights = Made(Builder(), seed: 2);
        byte[] file = SavedNetworks.Save(network);
        Network loaded = Network.Load(new MemoryStream(file), Types);
        using var folder = new TempFolder();
        weights.LoadWeights(folder.Write("network", file));
        foreach (Network copy in new[] { loaded, weights, network.Clone() })
        {
            copy.Parameters.ShouldHaveTheBitsOf(network.Parameters, "parameters");
            copy.Statistics.ShouldHaveTheBitsOf(network.Statistics, "statistics");
            copy.Predict(TestData.Normal(12)).ShouldHaveTheBitsOf(network.Predict(TestData.Normal(12)), "y");
        }

        SavedNetworks.Save(loaded).Should().Equal(file);
        foreach (string name in scales.Append("1.count"))
            SavedNetworks.Header(file).Header.Should().Contain($"\"{name}\":{{\"dtype\":\"F32\"");
        network.Invoking(n => n.LoadWeights(folder.PathOf("network"), ("4.scale", null)))
            .Should().Throw<InvalidDataException>().WithMessage("*Missing: 4.scale [3]*");
    }

    [Fact]
    public void A_summary_counts_them_once()
    {
        string[] lines = Builder().Build().Summary().Split('\n');
        int column = lines[0].IndexOf("params", StringComparison.Ordinal);
        string[] counts = [.. lines.Select(line => column < line.Length ? line.Substring(column, "params".Length).Trim() : "")];
        CountsOf("Scaled").Should().HaveCount(4).And.OnlyContain(count => count == "3");
        CountsOf("Chain").Should().HaveCount(2).And.OnlyContain(count => count.Length == 0);
        counts.Zip(lines).Where(line => !line.Second.Contains("total", StringComparison.Ordinal))
            .Sum(line => int.TryParse(line.First, out int count) ? count : 0).Should().Be(Builder().Build().Parameters.Length);

        IEnumerable<string> CountsOf(string kind) =>
            counts.Zip(lines).Where(line => line.Second.Contains(kind, StringComparison.Ordinal)).Select(line => line.First);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_bits()
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("checkpoint");
        float[] x = TestData.Normal(24), d = TestData.Normal(24, 2);
        using Trainer whole = Make(1), first = Make(1), second = Make(2);
        Run(whole, 8);
        Run(first, 5);
        first.SaveCheckpoint(path);
        second.Resume(path).Should().BeTrue();
        Run(second, 3);
        second.Network.Parameters.ShouldHaveTheBitsOf(whole.Network.Parameters, "params");
        second.Network.Statistics.ShouldHaveTheBitsOf(whole.Network.Statistics, "statistics");
        second.Network.Parameter("4.scale").ToArray().Should().NotEqual(Made(Builder()).Parameter("4.scale").ToArray());
        second.Network.Parameter("4.count")[0].Should().Be(Made(Builder()).Parameter("4.count")[0] + 64);

        static Trainer Make(long seed) => new(Made(Builder(), seed), Divergence.L2, new Adam(0.01f)) { Rates = { ["2.1.0.scale"] = 0.5f } };
        void Run(Trainer trainer, int steps)
        {
            for (int step = 0; step < steps; step++)
                trainer.Step(x, d, 8);
        }
    }

    [Fact]
    public void Rates_freeze_them_by_their_place_and_apart_from_the_children()
    {
        string[] all = [.. Builder().Build().Blocks.Where(block => block.Role != BlockRole.Statistic).Select(block => block.Name)];
        foreach (string name in scales)
        {
            Moved(new Rates { [name] = 0 }).Should().Equal(all.Where(block => block != name));
            string place = name[..^".scale".Length];
            Moved(new Rates { ["0"] = 0, ["1"] = 0, ["2"] = 0, ["3"] = 0, ["4"] = 0, [name] = 1 }).Should().Equal(name);
            Moved(new Rates { [place] = 0, [name] = 1, [$"{place}.count"] = 1, ["2.1.0.0.1.0"] = 1, ["2.1.0.0.1.1.count"] = 1 }).Should().Equal(all
                .Where(block => block == name || !block.StartsWith($"{place}.", StringComparison.Ordinal)
                    || block.StartsWith("2.1.0.0.1.0.", StringComparison.Ordinal)));
        }

        static List<string> Moved(Rates rates)
        {
            Network network = Made(Builder()), before = network.Clone();
            using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)) { Rates = rates };
            trainer.Step(TestData.Normal(24), TestData.Normal(24, 2), 8);
            return [.. network.Blocks.Where(block => block.Role != BlockRole.Statistic).Select(block => block.Name)
                .Where(name => !network.Parameter(name).SequenceEqual(before.Parameter(name)))];
        }
    }

    [Fact]
    public void Their_statistics_are_frozen_with_those_of_all_children()
    {
        Counts(new Rates()).Should().Equal(1, 8, 8, 8, 8);
        Counts(new Rates { ["1"] = 0, ["4.count"] = 0 }).Should().Equal(1, 0, 8, 8, 0);
        Counts(new Rates { ["2"] = 0 }).Should().Equal(0, 8, 0, 0, 8);
        Counts(new Rates { ["2.1.0.0.1.0"] = 0 }).Should().Equal(0, 8, 8, 8, 8);
        new Action(() => Counts(new Rates { ["2.1.0.count"] = 0 })).Should().Throw<ArgumentException>()
            .WithMessage("*\"2.1.0.count\"*not \"2.1.0.0.1.1.count\"*layer 2.1.0 (Scaled)*");

        static float[] Counts(Rates rates)
        {
            Network network = Builder().Build();
            using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)) { Rates = rates };
            trainer.Step(TestData.Normal(24), TestData.Normal(24, 2), 8);
            string[] names = ["2.1.0.0.1.0.updates", .. scales.Select(name => name.Replace("scale", "count", StringComparison.Ordinal))];
            return [.. names.Select(name => network.Parameter(name)[0])];
        }
    }

    [Fact]
    public void They_can_be_tied()
    {
        NetworkBuilder Tied() => Builder().Tie("1.scale", "4.scale").Tie("1.0.weight", "4.0.weight", transposed: true);
        Network network = Made(Tied());
        network.Summary().Should().Contain("Scaled, scale is 1.scale");
        using (var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)))
            trainer.Step(TestData.Normal(24), TestData.Normal(24, 2), 8);
        GradientCheck.Network(Network.Create(3).Add(shape => new Scaled(new Dense(shape, 3, Activation.Tanh))).Dense(3)
            .Add(shape => new Scaled(new Dense(shape, 3))).Tie("0.scale", "2.scale").Build(1), Divergence.L2).EnsurePasses();
        byte[] file = SavedNetworks.Save(network);
        SavedNetworks.Header(file).Header.Should().Contain("\"1.scale\":").And.NotContain("\"4.scale\":");
        Network loaded = Network.Load(new MemoryStream(file), Types);
        loaded.Parameters.ShouldHaveTheBitsOf(network.Parameters, "params");
        loaded.Statistics.ShouldHaveTheBitsOf(network.Statistics, "statistics");
        loaded.CopyParameter("4.scale").Should().Equal(network.Parameter("1.scale").ToArray());
    }

    [Fact]
    public void Blocks_and_state_that_do_not_begin_with_the_childrens_are_refused()
    {
        Block own = new("scale", BlockRole.Scale, [3], Initializer.Ones);
        Refused(blocks => [own, .. blocks],
            "Layer 1 (Declared) has children, whose blocks come first, but it declares scale [3] as block 0; 0.weight [3, 3], of child 0, was "
            + "expected. Put blocks of its own behind them: Blocks = [.. Blocks, new Block(…)].");
        Refused(blocks => [own], "*declares scale [3] as block 0*");
        Refused(blocks => [.. blocks.Take(3)], "*declares none as block 3; 1.bias [3], of child 1, was expected*");
        Refused(blocks => [blocks[2], blocks[3], blocks[0], blocks[1]], "*1.weight [3, 3] as block 0; 0.weight [3, 3], of child 0*");
        Refused(blocks => [new("weight", BlockRole.Weight, [3, 3], Initializer.Ones), .. blocks.Skip(1)], "*weight [3, 3] as block 0*");
        foreach ((BlockRole role, int length) in new[] { (BlockRole.Weight, 3), (BlockRole.Bias, 4) })
        {
            Block other = new("bias", role, [length], Initializer.Ones);
            Refused(blocks => [blocks[0], other.Within(0), .. blocks.Skip(2)], $"*0.{other} as block 1; 0.bias [3], of child 0*");
        }

        Refused(blocks => blocks, "*has children, whose state comes first, but it declares 0 floats of state; at least 1*", [new Probe(3)], state: 0);
        Refused(blocks => blocks, "*children*null*", [null!]);
        new Action(() => Build(blocks => [.. blocks, own], Two(), 0)).Should().NotThrow();

        static Layer[] Two() => [new Dense(3, 3), new Dense(3, 3)];
        static void Refused(Func<Block[], Block[]> change, string words, Layer[]? children = null, int state = 0) =>
            new Action(() => Build(change, children ?? Two(), state)).Should().Throw<ArgumentException>().WithMessage(words);
        static void Build(Func<Block[], Block[]> change, Layer[] children, int state) =>
            Network.Create(3).Dense(3).Add(shape => new Declared(shape, children, change, state)).Build();
    }

    [Fact]
    public void A_composite_that_says_itself_that_it_needs_the_whole_row_is_named()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Add(shape => new Whole(shape)).Lstm(2).Build();
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        float[] state = new float[network.StatePerRow];
        Action predict = () => network.Predict(new Batch { Rows = 1, Inputs = new float[6], State = state }, new float[6], workspace);
        predict.Should().Throw<ArgumentException>().WithMessage("Layer 0 (Whole) needs the whole row*IsStreamable = true*");
    }

    // The children are not run.
    private sealed class Declared : Layer
    {
        public Declared(Shape shape, Layer[] children, Func<Block[], Block[]> change, int state)
            : base(shape, shape)
        {
            Children = children;
            Blocks = change([.. children.Where(child => child is not null).SelectMany((child, k) => child.Blocks.Select(block => block.Within(k)))]);
            StatePerRow = state;
        }

        public override IReadOnlyList<Layer> Children { get; }

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    private sealed class Whole : Composite
    {
        public Whole(Shape shape)
            : base(shape, shape, [new Dense(shape, shape.FeatureCount)]) => IsStreamable = false;

        public override void Forward(in ForwardPass pass) => ForwardChild(pass, 0, pass.Input).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => BackwardChild(pass, 0, pass.Input, pass.OutputGradient).CopyTo(pass.InputGradient);
    }
}
