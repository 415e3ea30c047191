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
        one.Should().Throw<ArgumentException>().WithMessage("A variance takes 2 rows at least*");
        float[] before = network.Statistics.ToArray();
        trainer.Step(TestData.Normal(16), TestData.OneHotOf(TestData.Labels(4, 3), 3), rows: 4);
        network.Statistics.ToArray().Should().NotEqual(before);
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
