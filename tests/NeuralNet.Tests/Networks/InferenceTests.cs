using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests;

/// <summary>A forward pass of inference that keeps what backward needs: what Predict computes, and its gradient.</summary>
public class InferenceTests
{
    private const int Rows = 4;

    private static Network Make()
    {
        Network network = Network.Create(3).Dense(6, Activation.RandomizedLeakyRelu).Add(shape => new BatchStatistics(shape.FeatureCount))
            .Dropout(0.5f).Dense(4, Activation.Tanh).Build(1);
        TestData.Normal(6, 7).CopyTo(network.Parameter("1.mean"));
        network.Parameter("1.variance").Fill(1.5f);
        return network;
    }

    public static TheoryData<string> Layers => PublicKinds.Names(PublicKinds.Layers());

    [Theory]
    [MemberData(nameof(Layers))]
    public void It_computes_what_predict_computes_for_every_kind(string name)
    {
        Layer layer = PublicKinds.Find(PublicKinds.Layers(), name);
        var network = new Network(new Chain([layer]), [], new RandomStream(3));
        float[] x = new float[Rows * layer.Input.Size], y = new float[Rows * layer.Output.Size];
        Ids.Draw(new RandomStream(4), network.InputIds, x);
        using Workspace workspace = network.CreateWorkspace(Rows);
        network.Forward(new Batch { Rows = Rows, Inputs = x, Inference = true, Stream = new RandomStream(5) }, y, workspace);
        y.ShouldHaveTheBitsOf(network.Predict(x), "y");
    }

    // A prediction normalizes the sums of a product as soon as they are made.
    public static TheoryData<string> Products => [.. productsBefore.Keys];

    private static readonly Dictionary<string, Func<NetworkBuilder>> productsBefore = new()
    {
        ["dense"] = () => Network.Create(7).Dense(70).BatchNorm(activation: Activation.Relu).Dense(3).BatchNorm().Dense(2, Activation.Tanh),
        ["dense with an activation"] = () => Network.Create(7).Dense(5, Activation.Tanh).BatchNorm(activation: Activation.Relu),
        ["steps"] = () => Network.Create(Shape.Sequence(5, 4)).Dense(6).BatchNorm(activation: Activation.Relu).Conv(3, 3, padding: Padding.Same)
            .BatchNorm().Conv(9, 3, stride: 2).BatchNorm(activation: Activation.Silu).MeanOverSteps(),
        ["causal"] = () => Network.Create(Shape.Sequence(5, 4)).Conv(6, 3, padding: Padding.Causal).BatchNorm(activation: Activation.Relu),
        ["image"] = () => Network.Create(Shape.Image(9, 8, 3)).Conv(6, 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
            .Conv(20, 3, stride: 2).BatchNorm().Conv(20, 3, padding: Padding.Same, groups: 20).BatchNorm(activation: Activation.Relu)
            .Conv(70, 1).BatchNorm(activation: Activation.Relu).ConvTranspose(4, 3, stride: 2).BatchNorm(),
        ["the last activation left out"] = () => Network.Create(6).Dense(4).BatchNorm(activation: Activation.Relu),
        ["in a skip"] = () => Network.Create(Shape.Image(6, 5, 4))
            .Residual(body => body.Conv(4, 3, padding: Padding.Same).BatchNorm(activation: Activation.Relu).Conv(4, 1).BatchNorm()).Flatten(),
    };

    [Theory]
    [MemberData(nameof(Products))]
    public void Normalized_products_are_those_of_a_pass_that_keeps_them(string name)
    {
        const int Rows = 37;
        Network network = productsBefore[name]().Build(2);
        foreach (Block block in network.Blocks.Where(block => block.Role == BlockRole.Statistic))
            TestData.Normal(block.Length, block.Length).Select(one => (one * one) + 0.1f).ToArray().CopyTo(network.Parameter(block.Name));
        float[] x = TestData.Normal(Rows * network.Input.Size), y = new float[Rows * network.Output.Size];
        for (int threads = 1; threads <= 3; threads++)
        {
            using Workspace workspace = network.CreateWorkspace(Rows, threads: threads);
            using Workspace predicting = network.CreateWorkspace(Rows, training: false, threads: threads);
            network.Forward(new Batch { Rows = Rows, Inputs = x, Inference = true }, y, workspace);
            y.ShouldHaveTheBitsOf(network.Predict(x), "y");
            float[] own = new float[y.Length];
            network.Predict(x, own, Rows, predicting);
            y.ShouldHaveTheBitsOf(own, $"y with {threads} threads");
            Span<float> first = own.AsSpan(0, network.Output.Size);
            network.Predict(x.AsSpan(0, network.Input.Size), first, 1, predicting);
            first.ShouldHaveTheBitsOf(y.AsSpan(0, first.Length), "a row by itself");
            Allocations.Of(() => () => network.Predict(x, own, Rows, predicting)).Should().Be(0);
        }

        if (network.Input.Kind != ShapeKind.Sequence)
            return;
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(row => 1 + (row % network.Input.Steps))];
        if (name == "steps")
            lengths = [.. lengths.Select(length => Math.Max(length, 3))];
        using Workspace some = network.CreateWorkspace(Rows);
        float[] predicted = new float[y.Length];
        network.Forward(new Batch { Rows = Rows, Inputs = x, Lengths = lengths, Inference = true }, y, some);
        network.Predict(new Batch { Rows = Rows, Inputs = x, Lengths = lengths }, predicted, some);
        y.ShouldHaveTheBitsOf(predicted, "y of rows of several lengths");
    }

    [Fact]
    public void Its_gradient_is_that_of_the_prediction()
    {
        Network network = Make();
        float[] x = TestData.Normal(Rows * 3), y = new float[Rows * 4], dy = TestData.Normal(y.Length, 2), dx = new float[x.Length];
        float[] gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Inference = true };
        network.Forward(batch, y, workspace);
        network.Backward(batch, dy, gradient, dx, workspace);
        y.ShouldHaveTheBitsOf(network.Predict(x), "y");
        for (int i = 0; i < x.Length; i++)
            dx[i].Should().BeApproximately((float)Difference(x, i), 2e-3f);
        for (int i = 0; i < gradient.Length; i += 3)
            gradient[i].Should().BeApproximately((float)Difference(network.Parameters, i), 2e-3f);

        // L = Σ dy · y of predictions, by a central difference
        double Difference(Span<float> at, int i)
        {
            const float H = 1e-2f;
            float middle = at[i];
            at[i] = middle + H;
            double above = Value();
            at[i] = middle - H;
            double below = Value();
            at[i] = middle;
            return (above - below) / (2 * H);
        }

        double Value() => network.Predict(x).Zip(dy).Sum(pair => (double)pair.First * pair.Second);
    }

    [Fact]
    public void AddGradient_takes_it_too_and_draws_nothing()
    {
        Network network = Make();
        float[] x = TestData.Normal(Rows * 3), d = TestData.Normal(Rows * 4, 2), gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = d, Inference = true };
        network.AddGradient(batch, Divergence.L2, gradient, workspace).Should().Be(Divergence.L2.Forward(network.Predict(x), d, Rows));
        gradient.Should().Contain(value => value != 0);
    }

    [Fact]
    public void Backward_must_be_of_the_same_kind_and_statistics_are_not_updated_from_it()
    {
        Network network = Make();
        float[] x = TestData.Normal(Rows * 3), y = new float[Rows * 4], gradient = new float[network.Parameters.Length];
        float[] statistics = network.Statistics.ToArray();
        using Workspace workspace = network.CreateWorkspace(Rows);
        network.Forward(new Batch { Rows = Rows, Inputs = x, Inference = true }, y, workspace);
        Action other = () => network.Backward(new Batch { Rows = Rows, Inputs = x, Stream = new RandomStream(1) }, y, gradient, workspace);
        other.Should().Throw<InvalidOperationException>();
        Action update = () => network.UpdateStatistics(new Batch { Rows = Rows, Inputs = x, Inference = true }, workspace);
        update.Should().Throw<InvalidOperationException>().WithMessage("*inference*");
        network.Statistics.ToArray().ShouldHaveTheBitsOf(statistics, "statistics");
    }
}
