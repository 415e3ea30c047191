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
        var network = new Network(new Chain([layer]), new RandomStream(3));
        float[] x = new float[Rows * layer.Input.Size], y = new float[Rows * layer.Output.Size];
        Ids.Draw(new RandomStream(4), network.InputIds, x);
        using Workspace workspace = network.CreateWorkspace(Rows);
        network.Forward(new Batch { Rows = Rows, Inputs = x, Inference = true, Stream = new RandomStream(5) }, y, workspace);
        y.ShouldHaveTheBitsOf(network.Predict(x), "y");
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
