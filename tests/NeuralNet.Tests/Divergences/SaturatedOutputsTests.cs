using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>Probabilities that floats round to 0 or 1: with the activation handed on, training goes on as on the logits; where it cannot be, the
/// logarithm is bounded, and one such row does not end the training.</summary>
public class SaturatedOutputsTests
{
    // The exact values are z + ln(1 + e^−z), which at these z is z within a float's digits.
    [Fact]
    public void Heads_side_by_side_train_on_their_logits()
    {
        Network network = Network.Create(1).Parallel(Merge.Concat, b => b.Dense(1, Activation.Sigmoid), b => b.Dense(1, Activation.Sigmoid)).Build(1);
        Set(network, 20, 0, 20, 0);
        StepsOn(network, Divergence.BinaryCrossEntropy, [1], [0, 0]).Should().Be(40);
        network.Parameters.ToArray().Should().Equal(19.5f, -0.5f, 19.5f, -0.5f);
    }

    [Fact]
    public void Vectors_of_several_heads_train_on_their_logits_too()
    {
        Network network = Network.Create(1).Parallel(Merge.Concat, b => b.Dense(2, Activation.Softmax), b => b.Dense(3, Activation.Softmax)).Build(1);
        Set(network, 120, 0, 0, 0, 0, 0, 300, 0, 0, 0);
        foreach (Divergence divergence in new[] { Divergence.CrossEntropy, Divergence.KullbackLeibler })
        {
            Set(network, 120, 0, 0, 0, 0, 0, 300, 0, 0, 0);
            StepsOn(network, divergence, [1], [0, 1, 1, 0, 0]).Should().Be(420);
            network.Parameters.ToArray().Should().Equal(119.5f, 0.5f, -0.5f, 0.5f, 0.5f, 0, 299.5f, 0.5f, 0, -0.5f);
        }
    }

    // Between the heads lie columns that are no activation's: there y itself is taken.
    [Fact]
    public void Columns_without_a_form_are_taken_as_they_are()
    {
        Network network = Network.Create(1)
            .Parallel(
                Merge.Concat,
                b => b.Dense(1, Activation.Sigmoid),
                b => b.Dense(1, Activation.HardSigmoid),
                b => b.Dense(2, Activation.Sigmoid).Slice(1, 1))
            .Build(1);
        GradientCheck.Network(network, Divergence.BinaryCrossEntropy).EnsurePasses();
        Set(network, 200, 0, 1, 0, 0, 300, 0, 0);
        double ofHard = -Math.Log(1 - ((1 / 6.0) + 0.5));
        StepsOn(network, Divergence.BinaryCrossEntropy, [1], [0, 0, 0]).Should().BeApproximately((float)(500 + ofHard), 1e-4f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_that_move_whole_vectors_hand_the_logits_on(bool flattened)
    {
        NetworkBuilder builder = Network.Create(Shape.Sequence(1, 1)).Dense(3, Activation.Softmax);
        Network network = (flattened ? builder.Flatten() : builder.LastStep()).Build(1);
        Set(network, 120, 0, -1000, 0, 0, 0);
        StepsOn(network, Divergence.CrossEntropy, [1], [0, 1, 0]).Should().Be(120);
        network.Parameters.ToArray().Should().Equal(119.5f, 0.5f, -1000, -0.5f, 0.5f, 0);
    }

    // What is left of a softmax is no function of its logits there. PyTorch's value on probabilities is 100 too.
    [Fact]
    public void A_softmax_that_is_cut_has_bounded_logarithms()
    {
        Network network = Network.Create(1).Dense(3, Activation.Softmax).Slice(0, 2).Build(1);
        Set(network, 110, 0, -1000, 0, 0, 0);
        StepsOn(network, Divergence.CrossEntropy, [1], [0, 1]).Should().Be(100);
        network.Parameters.ToArray().Should().Equal(110, 0, -1000, 0, 0, 0);
    }

    [Fact]
    public void One_saturated_row_does_not_end_a_training()
    {
        Network network = Network.Create(1).Dense(3, Activation.Softmax).Slice(0, 2).Build(1);
        Set(network, 110, 0, 0, 0, 0, 0);
        float[] x = [1, 0.5f, -0.5f, 0.1f, -0.1f, 0.2f, -0.2f, 0.3f], d = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1];
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 4 };
        TrainingHistory history = trainer.Fit(Dataset.FromArrays(x, d, rows: 8), epochs: 20);
        history.Epochs.Should().HaveCount(20).And.OnlyContain(epoch => double.IsFinite(epoch.TrainingDivergence));
        history.Epochs[^1].TrainingDivergence.Should().BeLessThan(history.Epochs[0].TrainingDivergence);
    }

    // Values as PyTorch's binary_cross_entropy has them, and its bound for the others.
    [Theory]
    [InlineData("BinaryCrossEntropy", 0, 1, 100, 0)]
    [InlineData("BinaryCrossEntropy", 1, 0, 100, 0)]
    [InlineData("BinaryCrossEntropy", 1, 0.25, 75, -0.25)]
    [InlineData("BinaryCrossEntropy", 1e-45, 1, 100, -1e30)]
    [InlineData("CrossEntropy", 0, 1, 100, 0)]
    [InlineData("CrossEntropy", -0.0, 1, 100, 0)]
    [InlineData("CrossEntropy", 1e-45, 1, 100, -1e30)]
    [InlineData("CrossEntropy", 1e-40, 1, 92.103404, -1e30)]
    [InlineData("CrossEntropy", 1e-30, 0.5, 34.538776, -0.5e30)]
    [InlineData("CrossEntropy", 1e-29, 1, 66.774966, -1e29)]
    [InlineData("KullbackLeibler", 0, 1, 100, 0)]
    [InlineData("KullbackLeibler", -0.0, 0.5, 49.653426, 0)]
    [InlineData("KullbackLeibler", 1e-45, 1, 100, -1e30)]
    [InlineData("Poisson", 0, 3, 300, 1)]
    [InlineData("Poisson", 1e-40, 3, 276.31021, -3e30)]
    public void Logarithms_are_bounded(string kind, float y, float d, double value, double derivative)
    {
        Divergence divergence = Contracts.PublicKinds.Divergences().First(one => one.Kind == kind);
        float[] gradient = new float[3];
        divergence.Forward([y, 0.5f, y], [d, 0, d], 1, [1]).ShouldBeNear(
            (2 * value) + divergence.Forward([0.5f], [0], 1), 1e-6, "value");
        divergence.Backward([y, 0.5f, y], [d, 0, d], gradient, 1);
        gradient[0].ShouldBeNear(derivative, 1e-6, "derivative");
        gradient[2].Should().Be(gradient[0]);
    }

    [Theory]
    [InlineData("BinaryCrossEntropy")]
    [InlineData("CrossEntropy")]
    [InlineData("KullbackLeibler")]
    [InlineData("Poisson")]
    public void The_bound_swallows_no_NaN(string kind)
    {
        Divergence divergence = Contracts.PublicKinds.Divergences().First(one => one.Kind == kind);
        foreach (float y in new[] { float.NaN, -0.5f })
            divergence.Forward([y], [1], 1).Should().Be(float.NaN);
        float[] gradient = new float[1];
        divergence.Backward([float.NaN], [1], gradient, 1);
        gradient.Should().Equal(float.NaN);
    }

    // The divergence of a step, which is made; the values are small numbers, on which Sgd with a rate of ½ is exact.
    private static float StepsOn(Network network, Divergence divergence, float[] x, float[] d)
    {
        using var trainer = new Trainer(network, divergence, new Sgd(0.5f));
        return trainer.Step(x, d, 1);
    }

    // A form that is not of a value for each output cannot be that of some columns.
    [Fact]
    public void A_form_that_takes_ids_is_not_taken_for_columns()
    {
        FinalActivation[] heads = [new(Activation.Softmax, 0, 2), new(Activation.Softmax, 2, 3)];
        bool[] taken = new bool[2];
        new WithFormOfIds().Through(heads, 5, taken).Should().BeNull();
        taken.Should().Equal(false, false);
    }

    private sealed class WithFormOfIds() : Divergence<CrossEntropy.Formula>(default)
    {
        public override Divergence? Through(Activation activation) => new CrossEntropy(ids: true);
    }

    private static void Set(Network network, params float[] parameters) => parameters.CopyTo(network.Parameters);
}
