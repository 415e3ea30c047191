using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests;

/// <summary>Weights of the vectors of an output, steps or pixels: the mean that they are for, what they leave out, and how they are told from weights
/// of rows.</summary>
public class VectorWeightsTests
{
    private const int Rows = 5, Steps = 6, Inputs = 2, Classes = 3, Vectors = Rows * Steps;

    private static readonly int[] lengths = [6, 1, 4, 6, 3];
    private static readonly float[] x = TestData.Normal(Vectors * Inputs);
    private static readonly int[] labels = TestData.Labels(Vectors, Classes, seed: 7);
    private static readonly float[] desired = TestData.OneHotOf(labels, Classes);

    // Runs of equal weights and single ones; a whole row of 0.
    private static readonly float[] weights =
        [.. Enumerable.Range(0, Vectors).Select(v => v / Steps == 3 ? 0 : (v % 7) switch { 0 or 1 => 0, 2 or 3 or 4 => 1, 5 => 0.3f, _ => 2.5f })];

    public static TheoryData<bool> Shapes => [true, false];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_gradient_is_that_of_the_weighted_mean_over_steps_or_pixels(bool isSequence)
    {
        Network network = Pointwise(isSequence ? Shape.Sequence(Steps, Inputs) : Shape.Image(2, 3, Inputs));
        Network single = Pointwise(Shape.Features(Inputs));
        network.Parameters.CopyTo(single.Parameters);
        int[] real = isSequence ? lengths : [];
        float[] gradient = new float[network.Parameters.Length], one = new float[gradient.Length];
        using Workspace workspace = network.CreateWorkspace(Rows), small = single.CreateWorkspace(1);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = weights, Lengths = real };
        float mean = network.AddGradient(batch, Divergence.CrossEntropy, gradient, workspace);

        double sum = 0, total = 0;
        double[] expected = new double[gradient.Length];
        for (int row = 0; row < Rows; row++)
        {
            for (int v = 0; v < (isSequence ? lengths[row] : Steps); v++)
            {
                int at = (row * Steps) + v;
                Array.Clear(one);
                var vector = new Batch { Rows = 1, Inputs = x.AsSpan(at * Inputs, Inputs), Desired = desired.AsSpan(at * Classes, Classes) };
                sum += weights[at] * single.AddGradient(vector, Divergence.CrossEntropy, one, small);
                total += weights[at];
                for (int i = 0; i < one.Length; i++)
                    expected[i] += weights[at] * one[i];
            }
        }

        ((double)mean).Should().BeApproximately(sum / total, 1e-6);
        network.TotalWeight(batch, Divergence.CrossEntropy).Should().Be(total);
        for (int i = 0; i < gradient.Length; i++)
            ((double)gradient[i]).Should().BeApproximately(expected[i] / total, 1e-6);
    }

    [Fact]
    public void Weights_of_1_have_the_bits_of_none_and_a_rows_weight_those_of_each_of_its_steps()
    {
        float[] ofRows = [0.3f, 2, 0, 1, 0.7f], ones = [.. Enumerable.Repeat(1f, Vectors)];
        float[] repeated = [.. ofRows.SelectMany(weight => Enumerable.Repeat(weight, Steps))];
        foreach (int[] real in new[] { [], lengths })
        {
            Same(Of(ones, real), Of([], real));
            Same(Of(ones[..Rows], real), Of([], real));
            Same(Of(repeated, real), Of(ofRows, real));
        }
    }

    [Fact]
    public void Parts_of_a_step_have_the_bits_of_the_whole()
    {
        Network network = Recurrent();
        using Workspace workspace = network.CreateWorkspace(Rows);
        double total = network.TotalWeight(Part(0, Rows, 0), Divergence.CrossEntropy);
        for (int way = 0; way < 1 << (Rows - 1); way++)
        {
            float[] gradient = new float[network.Parameters.Length];
            double value = 0;
            int first = 0;
            for (int end = 1; end <= Rows; end++)
            {
                if (end < Rows && (way >> (end - 1) & 1) == 0)
                    continue;
                value += network.AddGradient(Part(first, end, total), Divergence.CrossEntropy, gradient, workspace);
                first = end;
            }

            (float mean, float[] whole) = Of(weights, lengths);
            gradient.ShouldHaveTheBitsOf(whole, $"way {way}");
            value.Should().BeApproximately(mean, 1e-6);
        }

        static Batch Part(int first, int end, double total) => new()
        {
            Rows = end - first,
            Inputs = x.AsSpan(first * Steps * Inputs, (end - first) * Steps * Inputs),
            Desired = desired.AsSpan(first * Steps * Classes, (end - first) * Steps * Classes),
            Weights = weights.AsSpan(first * Steps, (end - first) * Steps),
            Lengths = lengths.AsSpan(first, end - first),
            FirstRow = first,
            TotalWeight = total,
        };
    }

    [Fact]
    public void A_step_of_weight_0_is_as_if_absent_and_has_the_bits_of_an_id_of_minus_1()
    {
        float[] masked = [.. weights.Select(weight => weight == 0 ? 0f : 1)], spoiled = [.. desired];
        float[] ids = [.. labels], absent = [.. labels], odd = [.. labels];
        for (int v = 0; v < Vectors; v++)
        {
            bool counts = masked[v] > 0 && v % Steps < lengths[v / Steps];
            spoiled.AsSpan(v * Classes, counts ? 0 : Classes).Fill(float.NaN);
            (absent[v], odd[v]) = counts ? (ids[v], ids[v]) : (-1, v % 2 == 0 ? float.NaN : 99);
        }

        (float, float[]) expected = Of(masked, lengths);
        Same(Of(masked, lengths, spoiled), expected);
        Same(Of(masked, lengths, ids), expected);
        Same(Of(masked, lengths, odd), expected);
        Same(Of([], lengths, absent), expected);

        // Weights past a row's length do not count, whatever they are.
        float[] past = [.. masked.Select((weight, v) => v % Steps < lengths[v / Steps] ? weight : 7)];
        Same(Of(past, lengths), expected);
    }

    [Fact]
    public void A_row_mixes_with_others_if_one_of_its_real_steps_counts()
    {
        Network network = Network.Create(Shape.Sequence(Steps, Inputs)).Dense(4).BatchNorm().Dense(Classes, Activation.Softmax).Build(seed: 3);
        int[] present = [0, 2, 4];
        float[] some = [.. Enumerable.Range(0, Vectors).Select(v => (v / Steps) switch
        {
            0 => v == 3 ? 1f : 0,           // one step counts
            1 => v % Steps == 0 ? 0 : 1,    // what counts is past the length of 1
            3 => 0,
            _ => 0.5f,
        })];
        float[] gradient = new float[network.Parameters.Length], expected = new float[gradient.Length];
        Network other = network.Clone();
        using Workspace workspace = network.CreateWorkspace(Rows), memory = other.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = some, Lengths = lengths };
        var few = new Batch
        {
            Rows = present.Length,
            Inputs = Few(x, Inputs),
            Desired = Few(desired, Classes),
            Weights = Few(some, 1),
            Lengths = [6, 4, 3],
        };
        float mean = network.AddGradient(batch, Divergence.CrossEntropy, gradient, workspace);
        network.UpdateStatistics(batch, workspace);
        mean.ShouldHaveTheBitsOf(other.AddGradient(few, Divergence.CrossEntropy, expected, memory), "mean");
        other.UpdateStatistics(few, memory);
        gradient.ShouldHaveTheBitsOf(expected, "gradient");
        network.Statistics.ShouldHaveTheBitsOf(other.Statistics, "statistics");

        // Of one real step there is no variance, and a layer says so before anything is written.
        float[] single = new float[2 * Steps];
        single[0] = 1;
        float[] two = x[..(2 * Steps * Inputs)], wanted = desired[..(2 * Steps * Classes)];
        Action refused = () => network.AddGradient(
            new Batch { Rows = 2, Inputs = two, Desired = wanted, Weights = single, Lengths = [1, 6] }, Divergence.CrossEntropy, gradient, workspace);
        refused.Should().Throw<ArgumentException>().WithMessage("*BatchNorm*");

        float[] Few(float[] values, int width) =>
            [.. present.SelectMany(row => values[(row * Steps * width)..((row + 1) * Steps * width)])];
    }

    [Fact]
    public void Forward_and_backward_by_hand_take_them_too()
    {
        Network network = Recurrent();
        using Workspace workspace = network.CreateWorkspace(Rows);
        float[] y = new float[Vectors * Classes], gradient = new float[network.Parameters.Length];
        network.Forward(new Batch { Rows = Rows, Inputs = x, Weights = weights }, y, workspace);
        network.Backward(new Batch { Rows = Rows, Inputs = x, Weights = weights }, y, gradient, workspace);
        gradient.Should().Contain(value => value != 0);
    }

    [Fact]
    public void Nothing_is_allocated_for_each_step()
    {
        Network network = Network.Create(Shape.Sequence(Steps, Inputs)).Dense(4).BatchNorm().Dense(Classes, Activation.Softmax).Build(seed: 3);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        float[] rows = [1, 0, 2, 1, 0.5f];
        Allocations.Of(() =>
        {
            Step();
            return Step;
        }).Should().Be(0);

        void Step()
        {
            for (int i = 0; i < 5; i++)
            {
                trainer.Step(new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = weights, Lengths = lengths });
                trainer.Step(new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = rows, Lengths = lengths });
            }
        }
    }

    [Fact]
    public void Others_are_refused_with_words()
    {
        Refused(new float[7], "5 rows need 5 weights, or 30 for their steps, but got 7.*");
        Refused([.. weights[..29], float.NaN], "The weight of row 4, step 5 is NaN; it must be finite and at least 0.*");
        Refused([.. weights[..7], -1, .. weights[8..]], "The weight of row 1, step 1 is -1;*");
        Refused([1, 1, -1, 1, 1], "The weight of row 2 is -1;*");
        Refused(new float[Vectors], "All weights are 0; at least one row must count.*");
        float[] past = new float[Vectors];
        past[Steps + 1] = 1;
        Refused(past, "All weights are 0; at least one row must count.*");

        Network image = Pointwise(Shape.Image(2, 3, Inputs));
        using Workspace workspace = image.CreateWorkspace(Rows);
        Action pixels = () => image.AddGradient(
            new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = [.. weights[..29], -2] }, Divergence.CrossEntropy,
            new float[image.Parameters.Length], workspace);
        pixels.Should().Throw<ArgumentException>().WithMessage("The weight of row 4, pixel 5 is -2;*");

        static void Refused(float[] wrong, string message)
        {
            Action refused = () => Of(wrong, lengths);
            refused.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void What_is_not_finite_or_out_of_range_is_looked_for_where_it_counts()
    {
        Network network = Recurrent();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        float[] wrong = [.. desired];
        wrong[0] = float.NaN;               // weight 0
        wrong[1] = 5;
        trainer.Step(new Batch { Rows = Rows, Inputs = x, Desired = wrong, Weights = weights }).Should().BePositive();
        wrong[3 * Classes] = float.NaN;     // step 3 of row 0 has weight 1
        trainer.Invoking(one => one.Step(new Batch { Rows = Rows, Inputs = x, Desired = wrong, Weights = weights }))
            .Should().Throw<NotFiniteNumberException>().WithMessage("*In desired, row 0, column 9 is NaN.*");
        wrong[3 * Classes] = 5;
        trainer.Invoking(one => one.Step(new Batch { Rows = Rows, Inputs = x, Desired = wrong, Weights = weights }))
            .Should().Throw<ArgumentException>().WithMessage("What is desired in row 0, step 3, column 0 is 5,*");

        float[] spoiled = [.. x];
        spoiled[3 * Steps * Inputs] = float.NaN;
        trainer.Invoking(one => one.Step(new Batch { Rows = Rows, Inputs = spoiled, Desired = desired, Weights = weights }))
            .Should().Throw<ArgumentException>().WithMessage("Row 3 has weight 0, but its inputs are not finite*");
    }

    private static Network Pointwise(Shape input) =>
        Network.Create(input).Dense(4, Activation.Tanh).Dense(Classes, Activation.Softmax).Build(seed: 1);

    private static Network Recurrent() =>
        Network.Create(Shape.Sequence(Steps, Inputs)).Lstm(4).Dense(Classes, Activation.Softmax).Build(seed: 1);

    private static (float Mean, float[] Gradient) Of(float[] weights, int[] lengths, float[]? other = null)
    {
        Network network = Recurrent();
        float[] gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = other ?? desired, Weights = weights, Lengths = lengths };
        return (network.AddGradient(batch, Divergence.CrossEntropy, gradient, workspace), gradient);
    }

    private static void Same((float Mean, float[] Gradient) actual, (float Mean, float[] Gradient) expected)
    {
        actual.Mean.ShouldHaveTheBitsOf(expected.Mean, "mean");
        actual.Gradient.ShouldHaveTheBitsOf(expected.Gradient, "gradient");
    }
}
