using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>The binary cross-entropy with weights of the positives; PyTorch's values are in <see cref="Reference.ParityTests"/>.</summary>
public class PositiveWeightTests
{
    private const int Rows = 9, Width = 5;

    private static readonly float[] each = [0.5f, 1, 3, 10, 0.1f];
    private static readonly float[] z = Floats.Random(Rows * Width, 3, 9);
    private static readonly float[] d = [.. Enumerable.Range(0, Rows * Width).Select(i => (i % 4) switch { 0 => 1f, 1 => 0.25f, _ => 0 })];

    [Fact]
    public void It_is_the_weighted_sum_of_both_logarithms_and_its_gradient()
    {
        var divergence = new BinaryCrossEntropy(each);
        GradientCheck.Divergence(divergence, Width).EnsurePasses();
        GradientCheck.Divergence(divergence.Through(Activation.Sigmoid)!, Width).EnsurePasses();
        float[] y = new float[z.Length];
        double expected = 0;
        for (int i = 0; i < z.Length; i++)
        {
            y[i] = (float)(1 / (1 + Math.Exp(-z[i])));
            expected += Math.Log(1 + Math.Exp(-z[i])) * each[i % Width] * d[i] / Rows;
            expected += Math.Log(1 + Math.Exp(z[i])) * (1 - d[i]) / Rows;
        }

        ((double)divergence.Through(Activation.Sigmoid)!.Forward(z, d, Rows)).Should().BeApproximately(expected, 1e-5);
        ((double)divergence.Forward(y, d, Rows)).Should().BeApproximately(expected, 1e-3);
    }

    [Fact]
    public void One_weight_for_all_is_that_weight_for_each_and_1_is_none()
    {
        float[] seven = [7, 7, 7, 7, 7], y = Array.ConvertAll(z, value => 1 / (1 + MathF.Exp(-value)));
        Same(new BinaryCrossEntropy(7), new BinaryCrossEntropy(seven), y);
        Same(new BinaryCrossEntropy(1), Divergence.BinaryCrossEntropy, y);
        Same(new BinaryCrossEntropy(7).Through(Activation.Sigmoid)!, new BinaryCrossEntropy(seven).Through(Activation.Sigmoid)!, z);
        new BinaryCrossEntropy(1).Through(Activation.Sigmoid).Should().BeSameAs(Divergence.BinaryCrossEntropy.Through(Activation.Sigmoid));
        new BinaryCrossEntropy(7).Through(Activation.Tanh).Should().BeNull();

        static void Same(Divergence one, Divergence other, float[] y)
        {
            float[] dy = new float[y.Length], expected = new float[y.Length];
            one.Forward(y, d, Rows).ShouldHaveTheBitsOf(other.Forward(y, d, Rows), $"{one}");
            one.Backward(y, d, dy, Rows);
            other.Backward(y, d, expected, Rows);
            dy.ShouldHaveTheBitsOf(expected, $"gradient of {one}");
        }
    }

    [Theory]
    [InlineData(1e30f, 0, 1e30f, 1)]
    [InlineData(1e30f, 1, 0, 0)]
    [InlineData(-1e30f, 1, 4e30f, -4)]
    [InlineData(-1e30f, 0, 0, 0)]
    [InlineData(1e4f, 0.25f, 7.5e3f, 0.75f)]
    public void On_logits_it_is_finite_to_the_ends(float logit, float wanted, float value, float gradient)
    {
        Divergence form = new BinaryCrossEntropy(4).Through(Activation.Sigmoid)!;
        float[] dy = new float[1];
        form.Forward([logit], [wanted], 1).Should().Be(value);
        form.Backward([logit], [wanted], dy, 1);
        dy[0].Should().Be(gradient);
    }

    [Fact]
    public void Settings_say_what_it_is_and_a_checkpoint_of_others_is_refused()
    {
        Divergence.BinaryCrossEntropy.ToString().Should().Be("BinaryCrossEntropy");
        Divergence.BinaryCrossEntropy.Settings.Names.Should().BeEmpty();
        new BinaryCrossEntropy(2.5f).ToString().Should().Be("BinaryCrossEntropy(positiveWeight 2.5)");
        new BinaryCrossEntropy(each).ToString().Should().StartWith("BinaryCrossEntropy(positiveWeights ");
        new BinaryCrossEntropy(each).PositiveWeights.ToArray().Should().Equal(each);
        new BinaryCrossEntropy(2.5f).PositiveWeights.ToArray().Should().Equal(2.5f);
        new BinaryCrossEntropy().PositiveWeights.IsEmpty.Should().BeTrue();

        using var folder = new Data.TempFolder();
        string path = folder.PathOf("checkpoint");
        Network network = Network.Create(2).Dense(Width, Activation.Sigmoid).Build(seed: 1);
        using var trainer = new Trainer(network, new BinaryCrossEntropy(each), new Sgd(0.1f));
        trainer.SaveCheckpoint(path);
        trainer.Resume(path).Should().BeTrue();
        using var other = new Trainer(network, new BinaryCrossEntropy(2), new Sgd(0.1f));
        other.Invoking(one => one.Resume(path)).Should().Throw<InvalidDataException>().WithMessage("*divergence*");
    }

    [Fact]
    public void What_are_no_weights_is_refused_with_words()
    {
        foreach (float wrong in new[] { 0, -1, float.NaN, float.PositiveInfinity })
        {
            Action one = () => _ = new BinaryCrossEntropy(wrong);
            Action several = () => _ = new BinaryCrossEntropy([1, wrong]);
            one.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*weight of the positives*");
            several.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*weight of output 1*");
        }

        Action none = () => _ = new BinaryCrossEntropy([]);
        none.Should().Throw<ArgumentException>().WithMessage("Expected a weight for each output, but got none.*");
        Action null0 = () => _ = new BinaryCrossEntropy(null!);
        null0.Should().Throw<ArgumentNullException>();
        var two = new BinaryCrossEntropy([1, 2]);
        two.Invoking(one => one.Forward([0.5f, 0.5f, 0.5f], [0, 1, 0], 1)).Should().Throw<ArgumentException>()
            .WithMessage("The divergence has 2 weights of positives, but the outputs are 3 wide.*");
        Network network = Network.Create(2).Dense(3, Activation.Sigmoid).Build(seed: 1);
        Action trainer = () => _ = new Trainer(network, two, new Sgd(0.1f));
        trainer.Should().Throw<ArgumentException>().WithMessage("The divergence has 2 weights of positives*");
    }

    [Fact]
    public void Sigmoids_of_several_heads_are_taken_through_with_a_weight_for_each_column()
    {
        var divergence = new BinaryCrossEntropy([2f, 3, 0.5f]);
        Network heads = Network.Create(2).Parallel(Merge.Concat, b => b.Dense(1, Activation.Sigmoid), b => b.Dense(2, Activation.Sigmoid)).Build(1);
        heads.Parameters.Fill(1e20f);
        using Workspace workspace = heads.CreateWorkspace(1);
        float[] gradient = new float[heads.Parameters.Length];
        float value = heads.AddGradient(
            new Batch { Rows = 1, Inputs = [1e5f, 1e5f], Desired = [0f, 1, 0] }, divergence, gradient, workspace);
        value.Should().BeGreaterThan(1e24f, "no logarithm was bounded");
        gradient.Should().OnlyContain(one => float.IsFinite(one));
    }
}
