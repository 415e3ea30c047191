namespace NeuralNet.Tests.Diagnosis;

/// <summary>What the outputs of gated layers tell of their units.</summary>
public class UnitLimitsTests
{
    private static readonly Shape input = Shape.Sequence(3, 2);

    [Fact]
    public void Outputs_of_gates_are_judged_by_the_activation_that_they_let_through()
    {
        UnitLimits tanh = UnitLimits.Of(new Dense(2, 2, Activation.Tanh)), softsign = UnitLimits.Of(new Dense(2, 2, Activation.Softsign));
        tanh.CanSaturate.Should().BeTrue();
        softsign.Should().NotBe(tanh);
        UnitLimits.Of(new Lstm(input, 2)).Should().Be(tanh);
        UnitLimits.Of(new Gru(input, 2, resetsBefore: true, gates: Activation.HardSigmoid)).Should().Be(tanh);
        UnitLimits.Of(new Gru(input, 2, activation: Activation.Softsign)).Should().Be(softsign);
        UnitLimits.Of(new Lstm(input, 2, activation: Activation.Relu)).CanDie.Should().BeTrue();
    }

    // A gate above 1 makes a large output of a small value, a shut one a small output of any.
    [Fact]
    public void Where_gates_hide_the_activation_nothing_is_said()
    {
        foreach (Layer layer in new Layer[]
        {
            new Lstm(input, 2, gates: Activation.Relu), new Gru(input, 2, gates: Activation.Softsign),
            new Lstm(input, 2, activation: Activation.Sigmoid), new Gru(input, 2, activation: Activation.HardSigmoid),
        })
        {
            UnitLimits limits = UnitLimits.Of(layer);
            (limits.CanSaturate, limits.CanDie).Should().Be((false, false), layer.ToString());
        }
    }
}
