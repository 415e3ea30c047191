using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>The simple recurrent layer takes any scalar activation, of which the operator knows few.</summary>
public class RnnTests
{
    public static TheoryData<string> Activations => PublicKinds.Names(Scalars());

    [Theory]
    [MemberData(nameof(Activations))]
    public void Any_activation_gives_what_is_predicted(string name)
    {
        Activation activation = PublicKinds.Find(Scalars(), name);
        foreach (int steps in new[] { 1, 5 })
        {
            foreach (bool lastStep in new[] { false, true })
                Same.AsPredicted(Network.Create(Shape.Sequence(steps, 3)).Rnn(4, activation, lastStep).Build(seed: 1));
        }
    }

    [Fact]
    public void Two_loops_in_one_network_do_not_mix_up_their_names() =>
        Same.AsPredicted(Network.Create(Shape.Sequence(4, 3)).Bidirectional(b => b.Rnn(3, Activation.Mish)).Rnn(2, Activation.Elu, lastStep: true)
            .Build(seed: 1));

    [Fact]
    public void An_activation_of_ones_own_is_refused() =>
        Network.Create(Shape.Sequence(4, 3)).Dense(2).Rnn(3, new Cube()).Build().Invoking(network => network.ToOnnx())
            .Should().Throw<NotSupportedException>().WithMessage("Layer 1: its activation Cube is not of the library*");

    [Fact]
    public void A_gate_of_ones_own_is_refused() =>
        Network.Create(3).Residual(b => b.Dense(3, new Glu(new Cube()))).Build().Invoking(network => network.ToOnnx())
            .Should().Throw<NotSupportedException>().WithMessage("Layer 0.1.0: its activation Cube is not of the library*");

    private static IEnumerable<Activation> Scalars() =>
        PublicKinds.Activations().Where(activation => activation is ScalarActivation { IsRandom: false }).Concat([new LeakyRelu(0.3f), new Elu(20)]);

    private sealed class Cube : ScalarActivation
    {
        public override float Value(float z) => z * z * z;

        public override float Derivative(float z, float y) => 3 * z * z;
    }
}
