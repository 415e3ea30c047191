using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>Networks of two heads, on the steps of a sequence and on the pixels of an image: each head goes through its logits where its own
/// divergence has a form, whatever the other does.</summary>
public class TwoHeadsTests
{
    private const int Rows = 3, Steps = 4, Inputs = 5, Columns = 3;

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (string name in cases.Keys)
            {
                all.Add(name, false);
                all.Add(name, true);
            }

            return all;
        }
    }

    private static readonly Dictionary<string, (Activation First, Divergence OnFirst, Activation Second, Divergence OnSecond)> cases = new()
    {
        ["classes and a number"] = (Activation.Softmax, Divergence.CrossEntropy, Activation.Identity, Divergence.L2),
        ["a number and classes"] = (Activation.Identity, Divergence.L2, Activation.Softmax, Divergence.CrossEntropy),
        ["yes or no, and something without a form"] = (Activation.Sigmoid, Divergence.BinaryCrossEntropy, Activation.Tanh, Divergence.Huber),
        ["something without a form that reads z"] = (Activation.Silu, Divergence.L2, Activation.Softmax, new CrossEntropy(0.1f)),
        ["a vector without a form"] = (Activation.Softmax, Divergence.L2, new Softmax(2), Divergence.KullbackLeibler),
        ["both"] = (Activation.Softmax, Divergence.CrossEntropy, Activation.Sigmoid, Divergence.BinaryCrossEntropy),
        ["neither"] = (Activation.Tanh, Divergence.L2, Activation.Sigmoid, Divergence.L2),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_short_path_is_equal_to_the_long_one(string name, bool image)
    {
        (Network network, Divergence divergence) = Make(name, image);
        using Workspace workspace = network.CreateWorkspace(Rows);
        foreach (int[] lengths in image ? new int[][] { [] } : [[], [4, 1, 2]])
        {
            Batch batch = BatchOf(lengths);
            float[] gradient = new float[network.Parameters.Length], expected = new float[gradient.Length];
            float[] y = new float[batch.Desired.Length], dy = new float[y.Length];
            double mean = network.AddGradient(batch, divergence, gradient, workspace);
            network.Forward(batch, y, workspace);
            float[] weights = [.. lengths.SelectMany(length => Enumerable.Range(0, Steps).Select(t => t < length ? 1f : 0))];
            mean.Should().BeApproximately(divergence.Forward(y, batch.Desired, Rows * Steps, weights), 1e-5);
            divergence.Backward(y, batch.Desired, dy, Rows * Steps, weights);
            network.Backward(batch, dy, expected, workspace);
            for (int i = 0; i < gradient.Length; i++)
                gradient[i].ShouldBeNear(expected[i], 1e-4, $"gradient {i}", floor: 0.05);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_the_gradient_check(string name, bool image)
    {
        (Network network, Divergence divergence) = Make(name, image);
        GradientCheck.Network(network, divergence).EnsurePasses();
    }

    [Theory]
    [InlineData("classes and a number", false)]
    [InlineData("classes and a number", true)]
    [InlineData("yes or no, and something without a form", false)]
    [InlineData("yes or no, and something without a form", true)]
    [InlineData("both", false)]
    [InlineData("both", true)]
    public void Is_finite_for_logits_of_1e30_where_it_has_a_form(string name, bool image)
    {
        (Network network, Divergence divergence) = Make(name, image);
        network.Parameters.Clear();
        int width = network.Output.FeatureCount;
        float[] x = TestData.Normal(Rows * Steps * Inputs), d = new float[Rows * Steps * width];
        for (int vector = 0; vector < Rows * Steps; vector++)
            (d[vector * width], d[(vector * width) + Columns]) = (1, 1);

        // Through the biases every logit with a form is ±1e30.
        Activation second = cases[name].Second;
        ((ReadOnlySpan<float>)[-1e30f, 1e30f, 0]).CopyTo(network.Parameter("0.0.0.bias"));
        if (second is not (Identity or Tanh))
            ((ReadOnlySpan<float>)[-1e30f, 1e30f]).CopyTo(network.Parameter("0.1.0.bias"));
        float[] gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        float value = network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = d }, divergence, gradient, workspace);
        value.Should().BeGreaterThan(9e29f).And.BeLessThan(1e31f);
        gradient.Should().OnlyContain(one => float.IsFinite(one)).And.Contain(one => one != 0);

        // And so does what Evaluate says, where y itself would give infinity.
        var data = Dataset.FromArrays(x, d, Rows);
        Evaluation.Of(network, data, divergence).Divergence.Should().BeApproximately(value, 1e24);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_measures_the_outputs_of_Predict(string name, bool image)
    {
        (Network network, Divergence divergence) = Make(name, image);
        Batch batch = BatchOf([]);
        var data = Dataset.FromArrays(batch.Inputs, batch.Desired, Rows);
        float[] y = network.Predict(batch.Inputs);
        Evaluation evaluation = Evaluation.Of(network, data, divergence);
        evaluation.Divergence.Should().BeApproximately(divergence.Forward(y, batch.Desired, Rows * Steps), 1e-5);
        evaluation.MeanAbsoluteError.Should().Be(Metrics.MeanAbsoluteError(y, batch.Desired));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Threads_change_no_bit_and_nothing_is_allocated(string name, bool image)
    {
        (Network network, Divergence divergence) = Make(name, image);
        float[] one = Gradient(1);
        Gradient(2).ShouldHaveTheBitsOf(one, "2 threads");
        Gradient(3).ShouldHaveTheBitsOf(one, "3 threads");

        float[] Gradient(int threads)
        {
            using Workspace workspace = network.CreateWorkspace(Rows, threads);
            float[] gradient = new float[network.Parameters.Length];
            float[] inputs = BatchOf([]).Inputs.ToArray(), desired = BatchOf([]).Desired.ToArray();
            network.AddGradient(new Batch { Rows = Rows, Inputs = inputs, Desired = desired }, divergence, gradient, workspace);
            float[] after = [.. gradient];
            if (threads == 1)
            {
                Allocations.Of(() => () =>
                {
                    for (int i = 0; i < 20; i++)
                        network.AddGradient(new Batch { Rows = Rows, Inputs = inputs, Desired = desired }, divergence, gradient, workspace);
                }).Should().Be(0);
            }

            return after;
        }
    }

    [Fact]
    public void A_head_behind_LastStep_and_Slice_goes_through_its_logits()
    {
        Network network = Network.Create(Shape.Sequence(Steps, 2)).Parallel(
            Merge.Concat, b => b.Dense(3, Activation.Softmax), b => b.Dense(2, Activation.Relu)).LastStep().Slice(0, 3).Build(seed: 1);
        network.Parameters.Clear();
        ((ReadOnlySpan<float>)[1e30f, -1e30f, 0]).CopyTo(network.Parameter("0.0.0.bias"));
        float[] gradient = new float[network.Parameters.Length], x = TestData.Normal(Steps * 2);
        using Workspace workspace = network.CreateWorkspace(1);
        network.AddGradient(new Batch { Rows = 1, Inputs = x, Desired = [0, 1, 0] }, Divergence.CrossEntropy, gradient, workspace).Should().Be(2e30f);
        gradient.Should().OnlyContain(one => float.IsFinite(one)).And.Contain(-1f);
    }

    private static (Network Network, Divergence Divergence) Make(string name, bool image)
    {
        (Activation first, Divergence onFirst, Activation second, Divergence onSecond) = cases[name];
        Network network = Network.Create(image ? Shape.Image(Steps / 2, 2, Inputs) : Shape.Sequence(Steps, Inputs))
            .Parallel(Merge.Concat, b => b.Dense(Columns, first), b => b.Dense(2, second)).Build(seed: 1);
        return (network, new TwoHeads(onFirst, Columns, onSecond));
    }

    // Distributions are desired in both heads.
    private static Batch BatchOf(int[] lengths)
    {
        const int Width = Columns + 2;
        float[] desired = new float[Rows * Steps * Width];
        for (int vector = 0; vector < Rows * Steps; vector++)
        {
            float share = 0.1f + (vector % 5 * 0.2f);
            ((ReadOnlySpan<float>)[share, 1 - share, 0, 1 - share, share]).CopyTo(desired.AsSpan(vector * Width));
        }

        return new Batch { Rows = Rows, Inputs = TestData.Normal(Rows * Steps * Inputs), Desired = desired, Lengths = lengths };
    }
}
