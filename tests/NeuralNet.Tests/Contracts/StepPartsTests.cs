using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Contracts;

/// <summary>A step that is cut into parts has the bits of the whole: contract of <see cref="Batch.TotalWeight"/>, over every kind; of those that mix
/// rows where they use the stored statistics.</summary>
public class StepPartsTests
{
    private const int Rows = 7, Classes = 3;

    private static readonly float[] weights = [1, 0.5f, 0, 2, 1, 0, 0.25f];

    public static TheoryData<string> Layers => PublicKinds.Names(PublicKinds.Layers());

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_step_cut_in_64_ways_has_the_gradient_of_the_whole(string name)
    {
        Layer layer = PublicKinds.Find(PublicKinds.Layers(), name);
        var chain = new Chain([layer, new Flatten(layer.Output), new Dense(layer.Output.Size, Classes, Activation.Softmax)]);
        var network = new Network(chain, [], new RandomStream(3));
        bool hasLengths = layer.Input.Kind == ShapeKind.Sequence && layer.Input.Steps > 1;
        int[] possible = [.. Enumerable.Range(1, layer.Input.Steps).Where(length => LeavesSteps(layer, length))];
        int[] lengths = hasLengths ? [.. Enumerable.Range(0, Rows).Select(row => possible[row * 5 % possible.Length])] : [];
        float[] x = new float[Rows * layer.Input.Size], desired = TestData.OneHotOf(TestData.Labels(Rows, Classes), Classes);
        Ids.Draw(new RandomStream(4), network.InputIds, x);
        using Workspace workspace = network.CreateWorkspace(Rows);

        (float[] whole, double mean) = Gradient([Rows], total: 0);
        foreach (bool[] cuts in Enumerable.Range(0, 1 << (Rows - 1)).Select(way => Bits(way).ToArray()))
        {
            int[] ends = [.. Enumerable.Range(1, Rows).Where(end => end == Rows || cuts[end - 1])];
            (float[] parts, double sum) = Gradient(ends, network.TotalWeight(Part(0, Rows, 0), Divergence.CrossEntropy));
            parts.ShouldHaveTheBitsOf(whole, $"cut at {string.Join(", ", ends)}");
            sum.Should().BeApproximately(mean, 1e-6);
        }

        (float[] Gradient, double Value) Gradient(int[] ends, double total)
        {
            float[] gradient = new float[network.Parameters.Length];
            double value = 0;
            int first = 0;
            foreach (int end in ends)
            {
                value += network.AddGradient(Part(first, end, total), Divergence.CrossEntropy, gradient, workspace);
                first = end;
            }

            return (gradient, value);
        }

        Batch Part(int first, int end, double total) => new()
        {
            Rows = end - first,
            Inputs = x.AsSpan(first * layer.Input.Size, (end - first) * layer.Input.Size),
            Desired = desired.AsSpan(first * Classes, (end - first) * Classes),
            Weights = weights.AsSpan(first, end - first),
            Lengths = hasLengths ? lengths.AsSpan(first, end - first) : default,
            FirstRow = first,
            TotalWeight = total,
            Stream = new RandomStream(5),
            Inference = layer.MixesRows,
        };
    }

    [Fact]
    public void The_value_of_a_part_is_its_share_in_the_mean()
    {
        Network network = TestData.Classifier();
        using Workspace workspace = network.CreateWorkspace(4);
        float[] x = TestData.Normal(8), d = TestData.OneHotOf(TestData.Labels(4, 3), 3), gradient = new float[network.Parameters.Length];
        float whole = network.AddGradient(new Batch { Rows = 4, Inputs = x, Desired = d }, Divergence.CrossEntropy, gradient, workspace);
        var one = new Batch { Rows = 1, Inputs = x.AsSpan(0, 2), Desired = d.AsSpan(0, 3), TotalWeight = 4 };
        var three = new Batch { Rows = 3, Inputs = x.AsSpan(2), Desired = d.AsSpan(3), TotalWeight = 4, FirstRow = 1 };
        float parts = network.AddGradient(one, Divergence.CrossEntropy, gradient, workspace)
            + network.AddGradient(three, Divergence.CrossEntropy, gradient, workspace);
        parts.Should().BeApproximately(whole, 1e-6f);
    }

    [Fact]
    public void A_part_whose_weights_are_all_0_adds_nothing()
    {
        Network network = TestData.Classifier();
        using Workspace workspace = network.CreateWorkspace(2);
        float[] gradient = new float[network.Parameters.Length];
        var none = new Batch { Rows = 2, Inputs = new float[4], Desired = new float[6], Weights = new float[2], TotalWeight = 3 };
        network.AddGradient(none, Divergence.CrossEntropy, gradient, workspace).Should().Be(0);
        gradient.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void A_whole_whose_weights_are_all_0_is_refused()
    {
        Network network = TestData.Classifier();
        using Workspace workspace = network.CreateWorkspace(2);
        Action none = () => network.AddGradient(
            new Batch { Rows = 2, Inputs = new float[4], Desired = new float[6], Weights = new float[2] },
            Divergence.CrossEntropy, new float[network.Parameters.Length], workspace);
        none.Should().Throw<ArgumentException>().WithMessage("All weights are 0*");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_total_weight_that_is_no_sum_is_refused(double total)
    {
        Network network = TestData.Classifier();
        using Workspace workspace = network.CreateWorkspace(1);
        Action wrong = () => network.AddGradient(
            new Batch { Rows = 1, Inputs = new float[2], Desired = new float[3], TotalWeight = total },
            Divergence.CrossEntropy, new float[network.Parameters.Length], workspace);
        wrong.Should().Throw<ArgumentException>().WithMessage("TotalWeight is *; a finite number of at least 0 was expected*");
    }

    private static IEnumerable<bool> Bits(int way)
    {
        for (int bit = 0; bit < Rows - 1; bit++)
            yield return (way >> bit & 1) == 1;
    }

    // Whether a row of so many real steps still has one behind the layer.
    private static bool LeavesSteps(Layer layer, int length)
    {
        int steps = layer.Input.Steps;
        string refusal = "";
        return StepCheck.Passes(layer, ref steps, ref length, ref refusal);
    }
}
