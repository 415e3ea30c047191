namespace NeuralNet.Tests.Activations;

/// <summary>Cross-entropy through a softmax that has a temperature.</summary>
public class SoftmaxTemperatureTests
{
    [Theory]
    [InlineData(0.3f)]
    [InlineData(1)]
    [InlineData(4)]
    public void The_form_on_logits_is_the_long_way_wherever_that_is_finite(float temperature)
    {
        const int Rows = 5, Width = 4;
        var softmax = new Softmax(temperature);
        Divergence onLogits = Divergence.CrossEntropy.Through(softmax)!;
        float[] z = Draw(Rows * Width, 1), d = new float[z.Length], y = new float[z.Length], dy = new float[z.Length], dz = new float[z.Length],
            direct = new float[z.Length];
        for (int row = 0; row < Rows; row++)
            (d[row * Width], d[(row * Width) + (row % 3) + 1]) = (0.25f, 0.75f);
        softmax.Forward(new ActivationForwardPass { Vectors = Rows, Z = z, Y = y });
        Divergence.CrossEntropy.Backward(y, d, dy, Rows);
        softmax.Backward(new ActivationBackwardPass { Vectors = Rows, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
        onLogits.Backward(z, d, direct, Rows);
        float expected = Divergence.CrossEntropy.Forward(y, d, Rows);
        onLogits.Forward(z, d, Rows).Should().BeApproximately(expected, 2e-6f * expected);
        for (int i = 0; i < z.Length; i++)
            direct[i].Should().BeApproximately(dz[i], 2e-6f / temperature);
    }

    [Theory]
    [InlineData(1e-5f)]
    [InlineData(0.5f)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1e30f)]
    public void Value_and_gradient_are_finite_for_logits_up_to_1e30(float temperature)
    {
        Divergence onLogits = Divergence.CrossEntropy.Through(new Softmax(temperature))!;
        float[] z = [1e30f, -1e30f, 0, -1e30f, 1e30f, 1e30f], d = [0, 1, 0, 0.5f, 0.25f, 0.25f], dz = new float[6], y = new float[3],
            dy = new float[3];
        float.IsFinite(onLogits.Forward(z, d, 2)).Should().BeTrue();
        onLogits.Backward(z, d, dz, 2);
        dz.Should().OnlyContain(one => float.IsFinite(one));
        (dz[0] + dz[1] + dz[2]).Should().BeApproximately(0, 1e-6f / temperature);
        new Softmax(temperature).Forward(z.AsSpan(0, 3), y);
        new Softmax(temperature).Backward(z.AsSpan(0, 3), y, [1, 2, 3], dy);
        y.Should().OnlyContain(one => one >= 0 && one <= 1);
        dy.Should().OnlyContain(one => float.IsFinite(one));
    }

    [Fact]
    public void Training_takes_that_form_and_allocates_nothing()
    {
        Network network = Network.Create(2).Dense(3, new Softmax(0.5f)).Build(seed: 1);
        network.Parameter("0.bias")[0] = 1e30f;
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        float[] x = [1, 2, 3, 4], d = [0, 1, 0, 0, 0, 1];
        trainer.Step(x, d, 2).Should().Be(2e30f);
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 20; i++)
                trainer.Step(x, d, 2);
        }).Should().Be(0);
    }

    // One divergence, as Divergence.CrossEntropy is, serves all networks: as a teacher and its pupils, each with a temperature of its own.
    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void Networks_of_different_temperatures_that_train_in_turn_allocate_nothing(int networks)
    {
        foreach (Divergence divergence in new Divergence[] { Divergence.CrossEntropy, new CrossEntropy(0.1f), Divergence.KullbackLeibler })
        {
            Trainer[] trainers = [.. Enumerable.Range(0, networks).Select(i =>
                new Trainer(Network.Create(2).Dense(3, new Softmax(0.5f + i)).Build(seed: 1), divergence, new Sgd(0.1f)))];
            float[] x = [1, 2, 3, 4], d = [0, 1, 0, 0, 0, 1];
            void Steps()
            {
                foreach (Trainer trainer in trainers)
                    trainer.Step(x, d, 2);
            }

            Steps();
            Allocations.Of(() => () =>
            {
                for (int i = 0; i < 20; i++)
                    Steps();
            }).Should().Be(0, $"{divergence}");
        }
    }

    [Fact]
    public void Forms_of_a_temperature_that_changes_all_the_time_are_not_kept_for_ever()
    {
        var divergence = new CrossEntropy(0.1f);
        Divergence first = divergence.Through(new Softmax(1000))!, last = first;
        for (int i = 1; i < 1000; i++)
            last = divergence.Through(new Softmax(1000 + i))!;
        divergence.Through(new Softmax(1999)).Should().BeSameAs(last);
        divergence.Through(new Softmax(1000)).Should().NotBeSameAs(first);
    }

    [Fact]
    public void Every_temperature_has_its_own_form()
    {
        Divergence crossEntropy = Divergence.CrossEntropy;
        foreach (float temperature in new[] { 2f, 0.5f, 2f, 1f })
        {
            float[] z = [1, 2], d = [1, 0];
            double expected = Math.Log(1 + Math.Exp(1 / temperature));
            ((double)crossEntropy.Through(new Softmax(temperature))!.Forward(z, d, 1)).Should().BeApproximately(expected, 1e-6);
        }

        crossEntropy.Through(new Softmax(2))!.ToString().Should().Be("CrossEntropy through Softmax(2)");
        crossEntropy.Through(Activation.LogSoftmax).Should().BeNull();
    }

    private static float[] Draw(int count, long seed) => [.. Enumerable.Range(0, count).Select(i => 2 * new RandomStream(seed).Normal(0, i))];
}
