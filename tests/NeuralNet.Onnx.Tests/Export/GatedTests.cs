using System.Text;
using NeuralNet.Onnx.Schema;
using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>LSTM and GRU take any scalar activation, of which their operators know some; a GRU's reset gate multiplies h or the product.</summary>
public class GatedTests
{
    public static TheoryData<string> Activations => PublicKinds.Names(Scalars());

    [Theory]
    [MemberData(nameof(Activations))]
    public void Any_activation_gives_what_is_predicted(string name)
    {
        Activation activation = PublicKinds.Find(Scalars(), name);
        foreach (bool lastStep in new[] { false, true })
        {
            Predicted(b => b.Lstm(4, lastStep, activation: activation));
            Predicted(b => b.Lstm(4, lastStep, gates: activation));
            Predicted(b => b.Gru(4, lastStep, activation: activation));
            Predicted(b => b.Gru(4, lastStep, gates: activation));
            Predicted(b => b.Gru(4, lastStep, resetsBefore: true, activation: activation));
            Predicted(b => b.Gru(4, lastStep, resetsBefore: true, gates: activation, activation: activation));
        }
    }

    // The operators take the settings of their activations from two lists, in their order.
    [Fact]
    public void Activations_with_settings_do_not_mix_them_up()
    {
        foreach (Activation gates in Settings())
        {
            foreach (Activation activation in Settings())
            {
                Predicted(b => b.Lstm(3, gates: gates, activation: activation));
                Predicted(b => b.Gru(3, gates: gates, activation: activation));
                Predicted(b => b.Gru(3, resetsBefore: true, gates: gates, activation: activation));
            }
        }

        static Activation[] Settings() =>
            [new HardSigmoid(0.2f), new HardSigmoid(), new LeakyRelu(0.3f), Activation.Tanh, Activation.Sigmoid, Activation.Softsign];
    }

    [Fact]
    public void Keras_layers_are_one_operator()
    {
        NodeProto lstm = NodeOf("LSTM", b => b.Lstm(2, gates: new HardSigmoid(0.2f)));
        Words(lstm, "activations").Should().Equal("HardSigmoid", "Tanh", "Tanh");
        Of(lstm, "activation_alpha").Floats.Should().Equal(0.2f);
        Of(lstm, "activation_beta").Floats.Should().Equal(0.5f);

        NodeProto gru = NodeOf("GRU", b => b.Gru(2, resetsBefore: true, gates: new LeakyRelu(0.3f), activation: new HardSigmoid(0.2f)));
        Words(gru, "activations").Should().Equal("LeakyRelu", "HardSigmoid");
        Of(gru, "linear_before_reset").I.Should().Be(0);
        Of(gru, "activation_alpha").Floats.Should().Equal(0.3f, 0.2f);

        // As before there were others.
        NodeOf("LSTM", b => b.Lstm(2)).Attribute.Select(one => one.Name).Should().Equal("hidden_size");
        NodeOf("GRU", b => b.Gru(2)).Attribute.Select(one => one.Name).Should().Equal("hidden_size", "linear_before_reset");

        static AttributeProto Of(NodeProto node, string name) => node.Attribute.Single(one => one.Name == name);
        static IEnumerable<string> Words(NodeProto node, string name) => Of(node, name).Strings.Select(word => word.ToString(Encoding.UTF8));
    }

    [Fact]
    public void Loops_do_not_mix_up_their_names() => Predicted(b => b
        .Bidirectional(c => c.Gru(3, resetsBefore: true, activation: Activation.Silu)).Lstm(4, gates: Activation.Silu, activation: Activation.Mish)
        .Gru(3, gates: Activation.HardTanh, lastStep: true));

    [Fact]
    public void An_activation_of_ones_own_is_refused() =>
        Network.Create(Shape.Sequence(4, 3)).Dense(2).Gru(3, gates: new Cube()).Build().Invoking(network => network.ToOnnx())
            .Should().Throw<NotSupportedException>().WithMessage("Layer 1: its activation Cube is not of the library*");

    private static void Predicted(Func<NetworkBuilder, NetworkBuilder> layers)
    {
        foreach (int steps in new[] { 1, 5 })
            Same.AsPredicted(layers(Network.Create(Shape.Sequence(steps, 3))).Build(seed: 1));
    }

    private static NodeProto NodeOf(string operation, Func<NetworkBuilder, NetworkBuilder> layers) =>
        ModelProto.Parser.ParseFrom(layers(Network.Create(Shape.Sequence(4, 3))).Build(seed: 1).ToOnnx()).Graph.Node
            .Single(node => node.OpType == operation);

    private static IEnumerable<Activation> Scalars() =>
        PublicKinds.Activations().Where(activation => activation is ScalarActivation { IsRandom: false })
            .Concat([new LeakyRelu(0.3f), new HardSigmoid(0.2f)]);

    private sealed class Cube : ScalarActivation
    {
        public override float Value(float z) => z * z * z;

        public override float Derivative(float z, float y) => 3 * z * z;
    }
}
