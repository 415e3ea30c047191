namespace NeuralNet.Tests.Activations;

/// <summary>What activations are made with: what is refused, what is said, and what they ask of the weights before them.</summary>
public class ActivationSettingsTests
{
    [Fact]
    public void Bad_settings_are_refused_with_words()
    {
        foreach (float bad in new[] { 0, -1, float.NaN, float.PositiveInfinity, 1e-31f, 1e31f })
        {
            Refusal(() => new Elu(bad)).Should().Contain("1e-30 to 1e30");
            Refusal(() => new Celu(bad)).Should().Contain("1e-30 to 1e30");
        }

        foreach (float bad in new[] { 0, float.NaN, float.NegativeInfinity })
            Refusal(() => new Sine(bad)).Should().Contain("finite number other than 0");
        Refusal(() => new HardTanh(float.NaN)).Should().Contain("min");
        Refusal(() => new HardTanh(float.NegativeInfinity)).Should().Contain("min");
        Refusal(() => new HardTanh(1, 1)).Should().Contain("above the minimum, 1");
        Refusal(() => new HardTanh(0, float.PositiveInfinity)).Should().Contain("max");
        Refusal(() => new RandomizedLeakyRelu(-0.1f)).Should().Contain("lower");
        Refusal(() => new RandomizedLeakyRelu(0.5f, 0.25f)).Should().Contain("at least the lower, 0.5");
        Refusal(() => new RandomizedLeakyRelu(0.5f, float.NaN)).Should().Contain("upper");
        Refusal(() => new Prelu(3, slope: float.NaN)).Should().Contain("slope");
    }

    [Fact]
    public void Settings_are_kept_and_said()
    {
        (new Elu(0.5f).Alpha, new Celu(2).Alpha, new Sine(30).Frequency).Should().Be((0.5f, 2f, 30f));
        (new HardTanh(0, 6).Minimum, new HardTanh(0, 6).Maximum).Should().Be((0f, 6f));
        (new RandomizedLeakyRelu().Lower, new RandomizedLeakyRelu().Upper).Should().Be((1f / 8, 1f / 3));
        string.Join(" ", new Elu(0.5f), new Celu(2), new Sine(30), new HardTanh(0, 6), new RandomizedLeakyRelu(0.25f, 0.5f))
            .Should().Be("Elu(0.5) Celu(2) Sine(30) HardTanh(0, 6) RandomizedLeakyRelu(0.25, 0.5)");
    }

    [Fact]
    public void Selu_asks_for_weights_of_variance_one_over_the_fan()
    {
        Network network = Network.Create(400).Dense(100, Activation.Selu).Build(seed: 1);
        float[] weights = network.Parameter("0.weight").ToArray();
        weights.Average(w => w * w).Should().BeApproximately(1f / 400, 5e-5f);
    }

    private static string Refusal(Func<object> make) => make.Should().Throw<ArgumentOutOfRangeException>().Which.Message;
}
