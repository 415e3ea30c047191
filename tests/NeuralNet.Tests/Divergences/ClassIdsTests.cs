using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>Class ids as what is desired: the bits of one-hot vectors, ids of −1 that are as if absent, and what is refused.</summary>
public class ClassIdsTests
{
    private const int Rows = 70;

    public static TheoryData<int> Widths => [2, 3, 16, 17, 100];

    [Theory]
    [MemberData(nameof(Widths))]
    public void An_id_has_the_bits_of_its_one_hot_vector(int width)
    {
        int[] labels = TestData.Labels(Rows, width);
        float[] d = TestData.OneHotOf(labels, width), ids = [.. labels.Select(label => (float)label)];
        float[] y = Floats.Random(Rows * width, 2, 9), dy = new float[y.Length], expected = new float[y.Length];
        float[] weights = Array.ConvertAll(Floats.Random(Rows, 5), Math.Abs);
        foreach (CrossEntropy crossEntropy in Settings(width))
        {
            float[]? classWeights = crossEntropy.ClassWeights.IsEmpty ? null : crossEntropy.ClassWeights.ToArray();
            var idsOnly = new CrossEntropy(crossEntropy.LabelSmoothing, classWeights, ids: true);
            foreach (float temperature in new[] { 0, 1, 0.7f })
            {
                Divergence Form(CrossEntropy of) => temperature == 0 ? of : of.Through(new Softmax(temperature))!;
                float[] given = temperature == 0 ? Array.ConvertAll(y, Math.Abs) : y;
                foreach (float[] w in new[] { [], weights })
                {
                    float value = Form(crossEntropy).Forward(given, d, Rows, w);
                    Form(crossEntropy).Backward(given, d, expected, Rows, w);
                    foreach (Divergence form in new[] { Form(crossEntropy), Form(idsOnly) })
                    {
                        form.Forward(given, ids, Rows, w).ShouldHaveTheBitsOf(value, $"{form} of {width}");
                        Array.Fill(dy, float.NaN);
                        form.Backward(given, ids, dy, Rows, w);
                        dy.ShouldHaveTheBitsOf(expected, $"gradient of {form} of {width}");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_vector_of_id_minus_1_is_as_if_absent_even_if_it_is_NaN(int width)
    {
        float[] ids = [.. TestData.Labels(Rows, width).Select((label, row) => row % 3 == 1 || row is > 5 and < 20 ? -1f : label)];
        int[] present = [.. Enumerable.Range(0, Rows).Where(row => ids[row] >= 0)];
        float[] y = Array.ConvertAll(Floats.Random(Rows * width, 2, 9), Math.Abs), dy = new float[y.Length];
        for (int row = 0; row < Rows; row++)
            y.AsSpan(row * width, ids[row] < 0 ? width : 0).Fill(float.NaN);
        float[] few = [.. present.SelectMany(row => y[(row * width)..((row + 1) * width)])], fewIds = [.. present.Select(row => ids[row])];
        float[] expected = new float[few.Length];
        foreach (Divergence divergence in Settings(width).SelectMany(one => new[] { one, one.Through(Activation.Softmax)! }))
        {
            divergence.Forward(y, ids, Rows).ShouldHaveTheBitsOf(divergence.Forward(few, fewIds, present.Length), $"{divergence}");
            divergence.Backward(y, ids, dy, Rows);
            divergence.Backward(few, fewIds, expected, present.Length);
            for (int row = 0, at = 0; row < Rows; row++)
            {
                ReadOnlySpan<float> wanted = ids[row] < 0 ? new float[width] : expected.AsSpan(at++ * width, width);
                dy.AsSpan(row * width, width).ShouldHaveTheBitsOf(wanted, $"row {row} of {divergence}");
            }
        }
    }

    [Fact]
    public void One_output_keeps_its_meaning_unless_ids_are_asked_for()
    {
        // A single desired value of a single output is d, as ever: here a probability.
        Divergence.CrossEntropy.Forward([0.5f], [0.25f], 1).Should().Be(-0.25f * MathF.Log(0.5f));
        var idsOnly = new CrossEntropy(ids: true);
        idsOnly.Invoking(one => one.Forward([0.5f], [0.25f], 1)).Should().Throw<ArgumentException>().WithMessage("*class id*0 to 0*");
        idsOnly.Forward([0.5f], [0], 1).Should().Be(-MathF.Log(0.5f));
        idsOnly.Invoking(one => one.Forward([0.5f, 0.5f], [1, 0], 1)).Should().Throw<ArgumentException>()
            .WithMessage("desired has 2 values; for 1 rows of 2 outputs 1 class id were expected.*");
        Divergence.L2.Invoking(one => one.Forward([0.5f, 0.5f], [1], 1)).Should().Throw<ArgumentException>().WithMessage("*2 desired values were*");
        idsOnly.DesiredWidth(7).Should().Be(1);
        Divergence.CrossEntropy.DesiredWidth(7).Should().Be(7);
        Divergence.CrossEntropy.TakesIds.Should().BeFalse();
        Divergence.CrossEntropy.Settings.ToString().Should().NotContain("ids");
        idsOnly.ToString().Should().Contain("ids True");
    }

    [Fact]
    public void Ids_are_checked_before_anything_is_written()
    {
        float[] y = [0.5f, 0.25f, 0.25f, 0.5f, 0.25f, 0.25f], dy = [7, 7, 7, 7, 7, 7];
        Divergence onLogits = Divergence.CrossEntropy.Through(Activation.Softmax)!;
        foreach (float id in new[] { 3, -2, 0.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e20f })
        {
            foreach (Divergence divergence in new[] { Divergence.CrossEntropy, onLogits, new CrossEntropy(ids: true) })
            {
                divergence.Invoking(one => one.Backward(y, [0, id], dy, 2)).Should().Throw<ArgumentException>()
                    .WithMessage("What is desired in row 1 is *; a class id was expected, a whole number from 0 to 2, or −1 for none.*");
                dy.Should().AllBeEquivalentTo(7f);

                // A row of weight 0 is not read.
                float.IsFinite(divergence.Forward(y, [0, id], 2, [1, 0])).Should().BeTrue();
            }
        }

        Divergence.CrossEntropy.Invoking(one => one.Forward(y, [-1, -1], 2)).Should().Throw<ArgumentException>().WithMessage("*at least one vector*");
        Divergence.CrossEntropy.Invoking(one => one.Forward(y, [-1, 1], 2, [1, 0])).Should().Throw<ArgumentException>().WithMessage("*at least one*");
    }

    [Fact]
    public void Passes_the_gradient_check_by_ids()
    {
        GradientCheck.Divergence(new CrossEntropy(0.1f, [1, 2, 0, 1, 3], ids: true)).EnsurePasses();
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(4, Activation.Tanh).Dense(5, Activation.Softmax).Build(seed: 1);
        GradientCheck.Network(network, new CrossEntropy(ids: true)).EnsurePasses();
        GradientCheck.Network(network, new OwnOfIds()).EnsurePasses();
    }

    [Fact]
    public void Nothing_is_allocated_and_of_a_wide_vocabulary_no_one_hot()
    {
        const int Classes = 50_000, Wide = 64;
        Network network = Network.Create(2).Dense(Classes, Activation.Softmax).Build(seed: 1);
        float[] x = TestData.Normal(Wide * 2), gradient = new float[network.Parameters.Length];
        float[] ids = [.. Enumerable.Range(0, Wide).Select(row => row % 9 == 4 ? -1f : row * 781)];
        using Workspace workspace = network.CreateWorkspace(Wide);
        float first = network.AddGradient(new Batch { Rows = Wide, Inputs = x, Desired = ids }, Divergence.CrossEntropy, gradient, workspace);
        first.Should().BeApproximately(MathF.Log(Classes), 1);
        Allocations.Of(() => () =>
        {
            network.AddGradient(new Batch { Rows = Wide, Inputs = x, Desired = ids }, Divergence.CrossEntropy, gradient, workspace);
            Divergence.CrossEntropy.Forward(new ReadOnlySpan<float>(gradient, 0, Classes), ids.AsSpan(0, 1), 1);
        }).Should().Be(0);

        // Neither where the data comes from: 64 rows of 50,000 floats would be 12.8 MB.
        int[] labels = [.. ids.Select(id => id < 0 ? 7 : (int)id)];
        Allocations.Of(() => () => Dataset.FromIds(x, labels, Classes)).Should().BeLessThan(100_000);
        Allocations.Of(() => () =>
        {
            Dataset data = Dataset.FromIds(x, labels, Classes);
            (Dataset train, Dataset test) = data.Split(0.5, 1);
            train.Select([0, 1]).Slice(0, 1).ClassNames[Classes - 1].Should().Be("49999");
        }).Should().BeLessThan(3_000_000);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = Wide };
        Dataset whole = Dataset.FromIds(x, labels, Classes);
        double before = trainer.Evaluate(whole).Divergence;
        trainer.Fit(whole, 3);
        trainer.Evaluate(whole).Divergence.Should().BeLessThan(before);
    }

    private static CrossEntropy[] Settings(int width)
    {
        float[] weights = [.. Enumerable.Range(0, width).Select(i => i % 5 / 2f)];
        return [(CrossEntropy)Divergence.CrossEntropy, new(0.1f), new(0, weights), new(0.3f, weights)];
    }

    // A person's own: D = (1 − y_id)², of an id.
    private sealed class OwnOfIds : Divergence
    {
        public override bool TakesIds => true;

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => Math.Pow(1 - y[(int)desired[0]], 2);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
        {
            gradient.Clear();
            gradient[(int)desired[0]] = -2 * weight * (1 - y[(int)desired[0]]);
        }
    }
}
