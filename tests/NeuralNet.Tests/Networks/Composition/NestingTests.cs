namespace NeuralNet.Tests.Networks.Composition;

/// <summary>How many composites may be within one another: as many as a stack of 1 MB carries through every pass, and no more.</summary>
public sealed class NestingTests
{
    // With the network's own chain they are the 256 that may be within one another.
    private const int Deepest = 255;

    public static TheoryData<string> Kinds => ["chains", "residuals", "own", "children of own"];

    private static LayerTypes OwnTypes => new LayerTypes().Add(nameof(Own), (_, settings) => new Own(settings.GetLayers("layers")[0]))
        .Add(nameof(WithChild), (_, settings) => WithChild.Of(settings.GetLayer("child")));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_deepest_network_works_on_a_stack_of_a_megabyte(string kind)
    {
        Layer layer = new Dense(2, 2, Activation.Tanh);
        for (int depth = 0; depth < Deepest; depth++)
            layer = Around(layer, kind, depth);
        string path = Path.GetTempFileName();
        Exception? thrown = null;
        var thread = new Thread(
            () => thrown = Record.Exception(() =>
            {
                Network network = Network.Create(2).Add(_ => layer).Build(1);
                network.Predict([1, 2]).Should().HaveCount(2);
                using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.01f));
                Dataset data = Dataset.FromArrays([1f, 2], [1f, 2], 1);
                trainer.Fit(data, 2);
                trainer.Evaluate(data);
                network.Summary().Should().NotBeEmpty();
                network.Save(path, examples: [1, 2]);
                Network.Load(path, OwnTypes).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
                network.LoadWeights(path);
                trainer.SaveCheckpoint(path);
                trainer.Resume(path).Should().BeTrue();
            }),
            1 << 20);
        thread.Start();
        thread.Join();
        File.Delete(path);
        thrown.Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void One_more_is_refused_where_it_is_made(string kind)
    {
        Layer layer = new Dense(2, 2);
        int depth = 0;
        Action nest = () =>
        {
            for (; depth < 20_000; depth++)
                layer = Around(layer, kind, depth);
            Network.Create(2).Add(_ => layer).Build(1);
        };
        nest.Should().Throw<ArgumentException>().WithMessage("*at most 256 composites*within one another*");
        (kind is "children of own" ? depth >= 256 : depth == 256).Should().BeTrue();

        layer = new Dense(2, 2);
        for (int i = 0; i <= Deepest; i++)
            layer = Around(layer, kind, i);
        new Action(() => Network.Create(2).Add(_ => layer).Build(1)).Should().Throw<ArgumentException>().WithMessage("*at most 256 composites*");
    }

    // Other members of the library would fail later, and without a name.
    [Fact]
    public void Children_of_children_that_are_null_are_refused_by_name()
    {
        WithChild mine = WithChild.Of(new WithChild(new Dense(2, 2), null));
        new Action(() => Network.Create(2).Add(_ => mine).Build(1)).Should().Throw<ArgumentException>()
            .WithMessage("*Layer 0 (WithChild), child 0 (WithChild) declares children, or one, that are null.");
        mine = WithChild.Of(new WithChild(new Dense(2, 2), [null!]));
        Record.Exception(() => new Chain([mine])).Should().BeOfType<ArgumentException>().Which.Message.Should()
            .Be("Layer 0 (WithChild), child 0 (WithChild) declares children, or one, that are null.");
    }

    // Functions of a builder call one another before any composite is made.
    [Theory]
    [InlineData("residual")]
    [InlineData("parallel")]
    [InlineData("bidirectional")]
    public void Functions_of_builders_within_one_another_are_refused_before_the_stack_ends(string kind)
    {
        Network? deepest = null;
        Exception? thrown = null;
        var thread = new Thread(
            () =>
            {
                deepest = Nested(Network.Create(Shape.Sequence(1, 2)), kind == "bidirectional" ? 5 : 127).Build(1);
                thrown = Record.Exception(() => Nested(Network.Create(Shape.Sequence(1, 2)), int.MaxValue));
            },
            1 << 20);
        thread.Start();
        thread.Join();
        deepest!.Predict([1, 2]).Should().HaveCount(2);
        thrown.Should().BeOfType<ArgumentException>().Which.Message.Should().Match("*too many branches: at most 256 composites*within one another*")
            .And.NotContain("Layer 0: ");

        NetworkBuilder Nested(NetworkBuilder builder, int depth) => depth == 0 ? builder.Dense(2) : kind switch
        {
            "residual" => builder.Residual(b => Nested(b, depth - 1)),
            "parallel" => builder.Parallel(Merge.Sum, b => Nested(b, depth - 1)),
            _ => builder.Bidirectional(b => Nested(b, depth - 1)).Slice(0, 2),
        };
    }

    private static Layer Around(Layer layer, string kind, int depth) => kind switch
    {
        "chains" => new Chain([layer]),
        "residuals" => depth % 2 == 0 ? Branches.Residual(layer) : new Chain([layer]),
        "own" => new Own(layer),
        _ => WithChild.Of(layer),
    };

    private sealed class Own(Layer child) : Composite(child.Input, child.Output, [child])
    {
        public override KindSettings Settings => new KindSettings().Set("layers", Children);

        public override void Forward(in ForwardPass pass) => ForwardChild(pass, 0, pass.Input).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) =>
            BackwardChild(pass, 0, pass.Input, pass.OutputGradient, !pass.InputGradient.IsEmpty).CopyTo(pass.InputGradient);
    }

    // A layer that has children without being a Composite, and asks them nothing.
    private sealed class WithChild : Layer
    {
        public WithChild(Layer child, IReadOnlyList<Layer>? declared)
            : base(child.Input, child.Output)
        {
            Children = declared!;
            Blocks = [.. child.Blocks.Select(block => block.Within(0))];
        }

        public override IReadOnlyList<Layer> Children { get; }

        public override KindSettings Settings => new KindSettings().Set("child", Children[0]);

        public static WithChild Of(Layer child) => new(child, [child]);

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            if (!pass.InputGradient.IsEmpty)
                pass.OutputGradient.CopyTo(pass.InputGradient);
        }
    }
}
