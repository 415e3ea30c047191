using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Data;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Composition;

/// <summary>Composites of people's own are first-class: in summaries, names, files, checks, state and training.</summary>
public class CompositeTests
{
    private static Highway Plain() => new(new Dense(4, 4, Activation.Tanh), new Dense(4, 4, Activation.Sigmoid));

    private static Highway Sequential() => new(
        new Lstm(Shape.Sequence(3, 4), 4), new Chain([new Dense(Shape.Sequence(3, 4), 5), new Dense(Shape.Sequence(3, 5), 4, Activation.Sigmoid)]));

    private static Network Mixed() => Network.Create(4)
        .Add(_ => new Highway(new Chain([new Dense(4, 4), new BatchStatistics(4), new Dropout(4, 0.2f)]), new Dense(4, 4, Activation.Sigmoid)))
        .Dense(3, Activation.Softmax).Build(1);

    [Fact]
    public void Its_gradients_agree_with_finite_differences()
    {
        GradientCheck.Layer(Plain()).EnsurePasses();
        GradientCheck.Layer(Sequential()).EnsurePasses();
        GradientCheck.Layer(new Chain([new Dense(4, 4), Plain(), Branches.Residual(Plain())])).EnsurePasses();
        GradientCheck.Network(Network.Create(4).Add(_ => Plain()).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy).EnsurePasses();
    }

    [Fact]
    public void Its_children_are_in_summaries_and_names()
    {
        Network network = Network.Create(4).Add(_ => Plain()).Dense(3).Build(1);
        network.Blocks.Select(block => block.Name).Should()
            .Equal("0.0.weight", "0.0.bias", "0.1.weight", "0.1.bias", "1.weight", "1.bias");
        network.Summary().Should().Contain("Highway").And.Contain("0.1 ").And.Contain("Dense, Sigmoid");
    }

    [Fact]
    public void It_is_saved_and_loaded()
    {
        Network network = Network.Create(4).Add(_ => Plain()).Dense(3).Build(1);
        var types = new LayerTypes().Add(
            nameof(Highway), (_, settings) => new Highway(settings.GetLayers("layers")[0], settings.GetLayers("layers")[1]));
        using var folder = new TempFolder();
        string path = folder.PathOf("highway.safetensors");
        network.Save(path);
        float[] x = TestData.Normal(8);
        Network.Load(path, types).Predict(x).ShouldHaveTheBitsOf(network.Predict(x), "y");
    }

    [Fact]
    public void Its_children_check_draw_and_keep_statistics()
    {
        Network network = Mixed();
        network.Layers[0].MixesRows.Should().BeTrue();
        network.Layers[0].IsRandom.Should().BeTrue();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        Action one = () => trainer.Step(new float[4], new float[3], rows: 1);
        one.Should().Throw<ArgumentException>().WithMessage("Layer 0.0.1 (BatchStatistics): A variance takes 2 rows at least*");
        float[] before = network.Statistics.ToArray();
        trainer.Step(TestData.Normal(16), TestData.OneHotOf(TestData.Labels(4, 3), 3), rows: 4);
        network.Statistics.ToArray().Should().NotEqual(before);
    }

    [Fact]
    public void What_a_layer_refuses_is_told_with_its_place_its_parameter_and_the_refusal_itself()
    {
        Network network = Network.Create(2).Dense(2).Residual(b => b.Dense(2).Add(_ => new Around(new Refusing()))).Build(1);
        using Workspace workspace = network.CreateWorkspace(3);
        Action call = () => network.Predict(new Batch { Rows = 3, Inputs = new float[6], FirstRow = 4 }, new float[6], workspace);
        ArgumentException refusal = call.Should().Throw<ArgumentException>().WithParameterName("pass").Which;
        refusal.Message.Should().Be("Layer 1.1.1.0 (Refusing): No batch from row 4 on. (Parameter 'pass')");
        refusal.InnerException.Should().BeOfType<ArgumentException>().Which.Message.Should().Be("No batch from row 4 on. (Parameter 'pass')");
    }

    [Fact]
    public void A_step_and_a_prediction_allocate_nothing()
    {
        float[] x = TestData.Normal(16), d = TestData.OneHotOf(TestData.Labels(4, 3), 3), y = new float[12];
        Allocations.Of(() =>
        {
            Network network = Mixed();
            var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam());
            Workspace workspace = network.CreateWorkspace(4, training: false);
            Run();
            return Run;

            void Run()
            {
                for (int step = 0; step < 10; step++)
                {
                    trainer.Step(x, d, 4);
                    network.Predict(x, y, 4, workspace);
                }
            }
        }).Should().Be(0);
    }

    [Fact]
    public void Children_that_do_not_fit_are_refused()
    {
        Action none = () => _ = new Empty([]);
        none.Should().Throw<ArgumentException>().WithMessage("A composite needs at least one child*");
        Action steps = () => _ = new Empty([new Lstm(Shape.Sequence(7, 4), 4)]);
        steps.Should().Throw<ArgumentException>().WithMessage("Child 0 (Lstm) takes Sequence(7, 4), but the composite has 3 steps*");
    }

    [Fact]
    public void A_child_gets_the_steps_and_lengths_of_the_composite_whatever_another_child_makes_of_them()
    {
        int[] lengths = [4, 1, 3];
        Network network = Network.Create(Shape.Sequence(4, 3)).Residual(b => b.Dense(3).Add(shape => new SqueezeExcite(shape)))
            .Add(shape => new SqueezeExcite(shape)).Second().Gru(2).Build(1);
        GradientCheck.Layer(new SqueezeExcite(network.Input)).EnsurePasses();
        GradientCheck.Layer(network.Chain, step: 3e-2f).EnsurePasses(); // deep, so that some gradients are small: a larger step, less rounding
        using Workspace workspace = network.CreateWorkspace(3);
        float[] x = TestData.Normal(3 * 4 * 3), y = new float[3 * 2 * 2];
        network.Predict(new Batch { Rows = 3, Inputs = x, Lengths = lengths }, y, workspace);
        for (int row = 0; row < 3; row++)
        {
            float[] alone = new float[(lengths[row] + 1) / 2 * 2];
            network.Predict(new Batch { Rows = 1, Steps = lengths[row], Inputs = x.AsSpan(row * 12, lengths[row] * 3) }, alone, workspace);
            y.AsSpan(row * 4, alone.Length).ToArray().Should().Equal(alone);
        }
    }

    [Fact]
    public void A_row_that_leaves_a_child_without_a_step_is_refused_with_the_child_s_place()
    {
        Shape steps = Shape.Sequence(4, 2), fewer = Shape.Sequence(3, 2);
        foreach (Layer last in new Layer[] { new ZeroFirst(fewer), new MeanOverSteps(fewer) })
        {
            var child = new Chain([new Dense(steps, 2), new PairSums(steps), last]);
            Network network = Network.Create(steps).Dense(2).Add(_ => new Around(child)).Build(1);
            using Workspace workspace = network.CreateWorkspace(2);
            Action call = () => network.Predict(
                new Batch { Rows = 2, Inputs = new float[16], Lengths = [2, 1] }, new float[2 * network.Output.Size], workspace);
            call.Should().Throw<ArgumentException>().WithMessage("Row 1 has 1 real steps: layer 1.0.1 (PairSums) makes 0 steps of 1; 1 to 3 *");
        }

        Network wrong = Network.Create(steps).Add(_ => new Around(new Dense(steps, 2)) { MoreSteps = 1 }).Build(1);
        using Workspace other = wrong.CreateWorkspace(1);
        FluentActions.Invoking(() => wrong.Predict(new Batch { Rows = 1, Inputs = new float[8] }, new float[8], other))
            .Should().Throw<ArgumentException>().WithMessage("The batch has 4 steps: layer 0 (Around) makes 5 steps of 4; 1 to 4 were expected*");
    }

    [Fact]
    public void One_that_needs_the_whole_row_though_its_children_do_not_is_named_where_state_is_refused()
    {
        Shape steps = Shape.Sequence(3, 2);
        foreach (Layer layer in new Layer[] { new Around(new Dense(steps, 2), isStreamable: false), new Wrapper(new Dense(steps, 2)) })
        {
            Network network = Network.Create(steps).Lstm(2).Residual(b => b.Dense(2).Add(_ => layer)).Build(1);
            using Workspace workspace = network.CreateWorkspace(1);
            Action call = () => network.Predict(new Batch { Rows = 1, Inputs = new float[6], State = new float[4] }, new float[6], workspace);
            call.Should().Throw<ArgumentException>().WithMessage($"Layer 1.1.1 ({layer.Kind}) needs the whole row: *IsStreamable = true.*");
        }

        // But where a child needs it, that is the one to look at.
        Network reversed = Network.Create(steps).Lstm(2).Add(_ => new Around(new Chain([new Dense(steps, 2), new Reverse(steps)]))).Build(1);
        using Workspace other = reversed.CreateWorkspace(1);
        FluentActions.Invoking(() => reversed.Predict(new Batch { Rows = 1, Inputs = new float[6], State = new float[4] }, new float[6], other))
            .Should().Throw<ArgumentException>().WithMessage("Layer 1.0.1 (Reverse) needs the whole row*");
    }

    [Fact]
    public void Values_that_are_more_or_fewer_than_a_child_takes_are_refused_with_words()
    {
        Layer dense = new Dense(Shape.Sequence(3, 4), 2);
        foreach (int off in new[] { -4, 4 })
        {
            Message(new Around(dense) { MoreInputs = off }, backward: false).Should().Be(
                $"Child 0 (Dense) needs 24 values of input, but got {24 + off}; give it 2 rows of 3 × 4, as many steps as the pass has. "
                + "(Parameter 'input')");
            Message(new Around(dense) { MoreInputs = off }, backward: true).Should().StartWith($"Child 0 (Dense) needs 24 values of input, but got");
            Message(new Around(dense) { MoreGradients = off }, backward: true).Should().StartWith(
                $"Child 0 (Dense) needs 12 values of outputGradient, but got {12 + off}; give it 2 rows of 3 × 2,");
        }

        Message(new Around(new Dense(4, 2)) { MoreInputs = 4 }, backward: false).Should()
            .StartWith("Child 0 (Dense) needs 8 values of input, but got 12; give it 2 rows of Features(4).");

        static string Message(Around layer, bool backward)
        {
            var run = new LayerRun(layer, 2);
            run.Randomize(new RandomStream(1));
            Action call = backward ? () => run.Backward() : () => run.Forward();
            return call.Should().Throw<ArgumentException>().Which.Message;
        }
    }

    [Fact]
    public void One_whose_child_reads_ids_says_so_itself()
    {
        var layer = new Around(new Chain([new Embedding(Shape.Sequence(3, 1), 5, 4), new Dense(Shape.Sequence(3, 4), 2)]), ids: 5);
        GradientCheck.Layer(layer).EnsurePasses();
        Network network = Network.Create(Shape.Sequence(3, 1)).Add(_ => layer).LastStep().Build(1);
        network.InputIds.ToArray().Should().Equal(5, 5, 5);
        float[] y = network.Predict([4, 0, 1]), gradient = new float[network.Parameters.Length];
        y.Should().Contain(value => value != 0);
        using Workspace workspace = network.CreateWorkspace(1);
        network.AddGradient(new Batch { Rows = 1, Inputs = [4, 0, 1], Desired = new float[2] }, Divergence.L2, gradient, workspace);
        gradient.Should().Contain(value => value != 0);
        FluentActions.Invoking(() => network.Predict([4, 5, 1])).Should().Throw<ArgumentException>()
            .WithMessage("The network's input*5*");
    }

    private sealed class Refusing() : Layer(2, 2)
    {
        public override void Check(in CheckPass pass) => throw new ArgumentException($"No batch from row {pass.FirstRow} on.", nameof(pass));

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    // y = f(x), with what a person may set, and mistakes that a person may make.
    private sealed class Around : Composite
    {
        public Around(Layer child, bool isStreamable = true, int ids = 0)
            : base(child.Input, child.Output, [child])
        {
            IsStreamable &= isStreamable;
            InputIds = ids;
        }

        public int MoreSteps { get; init; }

        public int MoreInputs { get; init; }

        public int MoreGradients { get; init; }

        public override int OutputSteps(int steps) => Children[0].OutputSteps(steps) + MoreSteps;

        public override void Forward(in ForwardPass pass) => ForwardChild(pass, 0, Off(pass.Input, MoreInputs)).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => BackwardChild(
            pass, 0, Off(pass.Input, MoreInputs), Off(pass.OutputGradient, MoreGradients), !pass.InputGradient.IsEmpty).CopyTo(pass.InputGradient);

        private static ReadOnlySpan<float> Off(ReadOnlySpan<float> values, int more) =>
            more == 0 ? values : (float[])[.. values[..Math.Min(values.Length, values.Length + more)], .. new float[Math.Max(0, more)]];
    }

    // y_t = s ⊙ F(x_t) with s = S(x), one vector for all steps.
    private sealed class SqueezeExcite(Shape shape) : Composite(
        shape, shape,
        [
            new Chain([new MeanOverSteps(shape), new Dense(shape.FeatureCount, shape.FeatureCount, Activation.Sigmoid)]),
            new Dense(shape, shape.FeatureCount, Activation.Tanh),
        ])
    {
        public override void Forward(in ForwardPass pass)
        {
            ReadOnlySpan<float> s = ForwardChild(pass, 0, pass.Input), f = ForwardChild(pass, 1, pass.Input);
            for (int i = 0; i < f.Length; i++)
                pass.Output[i] = f[i] * s[ScaleAt(i, pass.Steps)];
        }

        public override void Backward(in BackwardPass pass)
        {
            ReadOnlySpan<float> s = OutputOf(pass, 0), f = OutputOf(pass, 1);
            Span<float> ds = OutputGradientOf(pass, 0), df = OutputGradientOf(pass, 1);
            ds.Clear();
            foreach (Range run in pass.RealValues(Output))
            {
                for (int i = run.Start.Value; i < run.End.Value; i++)
                {
                    df[i] = pass.OutputGradient[i] * s[ScaleAt(i, pass.Steps)];
                    ds[ScaleAt(i, pass.Steps)] += pass.OutputGradient[i] * f[i];
                }
            }

            bool wanted = !pass.InputGradient.IsEmpty;
            ReadOnlySpan<float> throughS = BackwardChild(pass, 0, pass.Input, ds, wanted), throughF = BackwardChild(pass, 1, pass.Input, df, wanted);
            for (int i = 0; i < pass.InputGradient.Length; i++)
                pass.InputGradient[i] = throughS[i] + throughF[i];
        }

        private int ScaleAt(int i, int steps) => (i / (steps * Input.FeatureCount) * Input.FeatureCount) + (i % Input.FeatureCount);
    }

    private sealed class Empty(IReadOnlyList<Layer> children) : Composite(Shape.Sequence(3, 4), Shape.Sequence(3, 4), children)
    {
        public override void Forward(in ForwardPass pass)
        {
        }

        public override void Backward(in BackwardPass pass)
        {
        }
    }
}
