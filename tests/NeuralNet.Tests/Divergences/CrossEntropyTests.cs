using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

public class CrossEntropyTests
{
    [Fact]
    public void Smoothing_and_class_weights_stand_for_other_targets()
    {
        var divergence = new CrossEntropy(0.25f, [1, 2, 0, 4]);
        float[] d = [0, 1, 0, 0], targets = [0.0625f, 2 * 0.8125f, 0, 4 * 0.0625f], y = [0.125f, 0.5f, 0, 0.375f], z = [1, -2, 0.5f, 3];
        SameAs(Divergence.CrossEntropy, divergence, y, d, targets);
        SameAs(Divergence.CrossEntropy.Through(Activation.Softmax)!, divergence.Through(Activation.Softmax)!, z, d, targets);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public void Many_rows_have_the_bits_of_each_alone(int width)
    {
        const int Rows = 70;
        float[] weights = Array.ConvertAll(Floats.Random(width, 1), Math.Abs), z = Floats.Random(Rows * width, 2, 9),
            d = Array.ConvertAll(Floats.Random(Rows * width, 3), Math.Abs);
        Divergence form = new CrossEntropy(0.1f, weights).Through(Activation.Softmax)!;
        float[] dz = new float[z.Length], one = new float[width];
        form.Backward(z, d, dz, Rows);
        double sum = 0;
        for (int row = 0; row < Rows; row++)
        {
            sum += form.Forward(z.AsSpan(row * width, width), d.AsSpan(row * width, width), 1);
            form.Backward(z.AsSpan(row * width, width), d.AsSpan(row * width, width), one, 1);
            for (int i = 0; i < width; i++)
                dz[(row * width) + i].ShouldBeNear(one[i] / Rows, 1e-6, $"row {row}", floor: 1e-6);
        }

        form.Forward(z, d, Rows).ShouldBeNear(sum / Rows, 1e-6, "mean");

        // With weights the mean goes row by row.
        float[] ones = new float[Rows], alone = new float[z.Length];
        Array.Fill(ones, 1f);
        form.Backward(z, d, alone, Rows, ones);
        alone.ShouldHaveTheBitsOf(dz, "row by row");
    }

    [Fact]
    public void Settings_that_say_nothing_change_no_bit()
    {
        float[] z = Floats.Random(40, 1, 9), d = Array.ConvertAll(Floats.Random(40, 2), Math.Abs), expected = new float[40], actual = new float[40];
        Divergence plain = Divergence.CrossEntropy.Through(Activation.Softmax)!,
            ones = new CrossEntropy(0, [1, 1, 1, 1, 1]).Through(Activation.Softmax)!;
        plain.Backward(z, d, expected, 8);
        ones.Backward(z, d, actual, 8);
        actual.ShouldHaveTheBitsOf(expected, "weights of 1");
        ones.Forward(z, d, 8).Should().Be(plain.Forward(z, d, 8));
        new CrossEntropy(0).Through(Activation.Softmax).Should().BeSameAs(plain, "the path of training has no detour");
    }

    [Fact]
    public void Its_own_copy_of_the_weights_is_what_counts()
    {
        float[] weights = [1, 2];
        var divergence = new CrossEntropy(0.5f, weights);
        weights[0] = 100;
        divergence.ClassWeights.ToArray().Should().Equal(1, 2);
        divergence.LabelSmoothing.Should().Be(0.5f);
        Divergence.CrossEntropy.Should().BeOfType<CrossEntropy>().Which.ClassWeights.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void A_class_of_weight_0_costs_nothing_and_a_NaN_is_still_seen()
    {
        var divergence = new CrossEntropy(classWeights: [1, 0]);
        divergence.Forward([1, 0], [0, 1], 1).Should().Be(0);
        divergence.Forward([1, float.NaN], [0, 1], 1).Should().Be(float.NaN);
        divergence.Through(Activation.Softmax)!.Forward([1, float.NaN], [0, 1], 1).Should().Be(float.NaN);
    }

    [Fact]
    public void Nothing_is_allocated_through_a_network()
    {
        Network network = Network.Create(inputs: 2).Dense(3, Activation.Softmax).Build(seed: 1);
        using Workspace workspace = network.CreateWorkspace(maxRows: 2);
        float[] gradient = new float[network.Parameters.Length], inputs = [1, 2, 3, 4], desired = [1, 0, 0, 0, 1, 0];
        foreach (Divergence divergence in new Divergence[] { new CrossEntropy(0.1f, [1, 2, 3]), Divergence.KullbackLeibler })
        {
            network.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = desired }, divergence, gradient, workspace);
            Allocations.Of(() => () =>
            {
                for (int i = 0; i < 20; i++)
                    network.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = desired }, divergence, gradient, workspace);
            }).Should().Be(0);
        }
    }

    [Fact]
    public void Weights_of_another_number_of_classes_are_refused_before_anything_is_written()
    {
        var divergence = new CrossEntropy(classWeights: [1, 2]);
        float[] y = [0.5f, 0.25f, 0.25f], d = [1, 0, 0], dy = [7, 7, 7];
        divergence.Invoking(one => one.Forward(y, d, 1)).Should().Throw<ArgumentException>().WithMessage("*2 class weights*3 classes*");
        divergence.Invoking(one => one.Backward(y, d, dy, 1)).Should().Throw<ArgumentException>();
        divergence.Invoking(one => one.Through(Activation.Softmax)!.Backward(y, d, dy, 1))
            .Should().Throw<ArgumentException>().WithMessage("*2 class weights*");
        dy.Should().Equal(7, 7, 7);

        Network network = Network.Create(inputs: 1).Dense(3, Activation.Softmax).Build(seed: 1);
        float[] before = network.Parameters.ToArray(), gradient = new float[before.Length];
        using Workspace workspace = network.CreateWorkspace(maxRows: 1);
        network.Invoking(one => one.AddGradient(new Batch { Rows = 1, Inputs = new float[1], Desired = d }, divergence, gradient, workspace))
            .Should().Throw<ArgumentException>().WithMessage("*2 class weights*");
        gradient.Should().OnlyContain(one => one == 0);
        FluentActions.Invoking(() => new Trainer(network, divergence, new Sgd(0.1f)))
            .Should().Throw<ArgumentException>("it can be known before the first step").WithMessage("*2 class weights*3 classes*");
        network.Parameters.ToArray().Should().Equal(before);

        // The width is that of a step, however many there are.
        Network steps = Network.Create(Shape.Sequence(4, 1)).Dense(2, Activation.Softmax).Build(seed: 1);
        using var trainer = new Trainer(steps, divergence, new Sgd(0.1f));
        trainer.Step(new Batch { Rows = 1, Inputs = new float[3], Desired = [1, 0, 0, 1, 1, 0], Steps = 3 }).Should().BePositive();
    }

    [Fact]
    public void Bad_settings_are_refused_with_words()
    {
        foreach (float smoothing in new[] { -0.1f, 1, 2, float.NaN, float.PositiveInfinity })
            FluentActions.Invoking(() => new CrossEntropy(smoothing))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*smoothing*below 1*");
        foreach (float weight in new[] { -1, float.NaN, float.PositiveInfinity })
            FluentActions.Invoking(() => new CrossEntropy(0, [1, weight]))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*class 1*at least 0*");
        FluentActions.Invoking(() => new CrossEntropy(0, [])).Should().Throw<ArgumentException>().WithMessage("*0 class weights*");
        FluentActions.Invoking(() => new CrossEntropy(0, [0, 0]))
            .Should().Throw<ArgumentException>().WithMessage("*None of * class weights is above 0*");
        foreach (float setting in new[] { 0, -1, float.NaN, float.PositiveInfinity })
        {
            FluentActions.Invoking(() => new Huber(setting)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*δ*positive*");
            FluentActions.Invoking(() => new Hinge(setting)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*margin*positive*");
            FluentActions.Invoking(() => new SquaredHinge(setting)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*margin*positive*");
        }

        new Huber(0.5f).ToString().Should().Be("Huber(0.5)");
        new Hinge(2).ToString().Should().Be("Hinge(2)");
        new SquaredHinge(2).ToString().Should().Be("SquaredHinge(2)");
    }

    private static void SameAs(Divergence expected, Divergence actual, float[] y, float[] d, float[] targets)
    {
        float[] dy = new float[y.Length], dyExpected = new float[y.Length];
        actual.Forward(y, d, 1).Should().Be(expected.Forward(y, targets, 1));
        actual.Backward(y, d, dy, 1);
        expected.Backward(y, targets, dyExpected, 1);
        dy.Should().Equal(dyExpected);
    }
}
