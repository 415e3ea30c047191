namespace NeuralNet.Tests.Training;

/// <summary>
/// Every pixel of an image is a vector of its channels, in layers, in divergences and in what is measured: as if the pixels
/// were steps.
/// </summary>
public class ImageTrainingTests
{
    private const int Rows = 12;

    private static readonly (NetworkBuilder Pixels, NetworkBuilder Steps)[] alike =
    [
        (Layers(Network.Create(Shape.Image(2, 3, 4))), Layers(Network.Create(Shape.Sequence(6, 4)))),
        (Branches(Network.Create(Shape.Image(2, 3, 4))), Branches(Network.Create(Shape.Sequence(6, 4)))),
    ];

    public static TheoryData<int> Pairs => [.. Enumerable.Range(0, alike.Length)];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_step_of_training_and_an_evaluation_have_the_bits_of_steps(int which)
    {
        foreach (Divergence divergence in new[] { Divergence.CrossEntropy, Divergence.L2, Divergence.KullbackLeibler })
        {
            (float[], float, Evaluation) Train(NetworkBuilder layers, int threads)
            {
                Network network = layers.Build(3);
                using var trainer = new Trainer(network, divergence, new Adam(1e-2f)) { BatchSize = 5, Threads = threads };
                Dataset data = Dataset.FromArrays(TestData.Normal(Rows * 24), TestData.OneHotOf(TestData.Labels(Rows * 6, 3), 3), Rows);
                float first = trainer.Step(data.Inputs, data.Desired, Rows);
                trainer.Fit(data, epochs: 2);
                return (network.Parameters.ToArray(), first, trainer.Evaluate(data));
            }

            (float[] parameters, float first, Evaluation evaluation) = Train(alike[which].Steps, 1);
            foreach (int threads in new[] { 1, 3 })
            {
                (float[] ofPixels, float firstOfPixels, Evaluation evaluationOfPixels) = Train(alike[which].Pixels, threads);
                ofPixels.Should().Equal(parameters);
                firstOfPixels.Should().Be(first);
                evaluationOfPixels.Should().BeEquivalentTo(evaluation);
            }
        }
    }

    [Fact]
    public void The_mean_divergence_is_that_over_all_pixels_by_the_weights_of_their_rows()
    {
        Network network = Network.Create(Shape.Image(1, 2, 2)).Dense(2, Activation.Softmax).Build(1);
        float[] x = TestData.Normal(8), d = [1, 0, 0, 1, 0, 1, 0, 1], y = network.Predict(x);
        double[] of = [.. Enumerable.Range(0, 4).Select(v => -Math.Log(y[(2 * v) + (d[2 * v] == 1 ? 0 : 1)]))];
        using Workspace workspace = network.CreateWorkspace(2);
        float mean = network.AddGradient(new Batch
        {
            Rows = 2,
            Inputs = x,
            Desired = d,
            Weights = [3, 1],
        }, Divergence.CrossEntropy, new float[6], workspace);
        mean.Should().BeApproximately((float)(((3 * (of[0] + of[1])) + of[2] + of[3]) / 8), 1e-6f);
    }

    [Fact]
    public void Cross_entropy_through_a_softmax_of_pixels_is_finite_at_1e30()
    {
        Network network = Network.Create(Shape.Image(2, 2, 3)).Dense(3, Activation.Softmax, bias: false).Build(1);
        for (int i = 0; i < 9; i++)
            network.Parameters[i] = i % 4 == 0 ? 1 : 0;
        float[] x = [1e30f, -1e30f, 0, 0, 1, 2, -1e30f, 0, 1e30f, 3, 2, 1], d = [0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1], gradient = new float[9];
        using Workspace workspace = network.CreateWorkspace(1);
        float.IsFinite(network.AddGradient(new Batch
        {
            Rows = 1,
            Inputs = x,
            Desired = d,
        }, Divergence.CrossEntropy, gradient, workspace)).Should().BeTrue();
        gradient.Should().OnlyContain(value => float.IsFinite(value));
    }

    [Fact]
    public void The_gradient_of_a_network_of_pixels_is_that_of_its_mean()
    {
        GradientCheck.Network(Network.Create(Shape.Image(2, 3, 4)).LayerNorm().Dense(6, Activation.Glu).Dense(3, Activation.Softmax)
            .Build(2), Divergence.CrossEntropy).EnsurePasses();
        GradientCheck.Network(alike[1].Pixels.Build(2), Divergence.CrossEntropy).EnsurePasses();
    }

    private static NetworkBuilder Layers(NetworkBuilder builder) =>
        builder.LayerNorm().Dense(10, Activation.Glu).Prelu().RmsNorm().Dropout(0.2f).Dense(6, Activation.Tanh)
            .Activation(Activation.RandomizedLeakyRelu).Dense(3, Activation.Softmax);

    private static NetworkBuilder Branches(NetworkBuilder builder) => builder
        .Parallel(Merge.Concat, b => b.Slice(1, 2).Dense(3, Activation.Tanh), b => b, b => b.Dense(2, Activation.Softmax))
        .Residual(b => b.Dense(9, Activation.Sigmoid)).Dense(3).Activation(Activation.Softmax);
}
