using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>What the library exports comes back as a network that predicts the same, known by the graph's structure alone.</summary>
public class RoundTripTests
{
    public static TheoryData<string> Layers =>
    [
        .. PublicKinds.Layers().Select((layer, i) => (layer, name: $"{i}: {layer}"))
            .Where(kind => !HasOwn(kind.layer) && !IsLoopOfGates(kind.layer)).Select(kind => kind.name),
    ];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_comes_back(string name)
    {
        Network network = Same.Of(PublicKinds.Find(PublicKinds.Layers(), name));
        Network again = OnnxFile.Load(network.ToOnnx());
        Imported.PredictsLike(again, network);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_comes_back_as_what_it_was(string name)
    {
        Layer layer = PublicKinds.Find(PublicKinds.Layers(), name);
        Network again = OnnxFile.Load(Same.Of(layer).ToOnnx());
        string was = string.Join(" ", Leaves(layer)), became = string.Join(" ", again.Layers.SelectMany(Leaves));
        became.Should().Be(was);
    }

    [Fact]
    public void What_comes_back_is_exported_to_the_same_again()
    {
        Network network = Network.Create(Shape.Sequence(4, 3)).Dense(6, Activation.Gelu).LayerNorm().Residual(b => b.MultiHeadAttention(2))
            .Lstm(5, lastStep: true).Dense(3, Activation.Softmax).Build(seed: 1);
        Network once = OnnxFile.Load(network.ToOnnx());
        OnnxFile.Load(once.ToOnnx()).ToOnnx().Should().Equal(once.ToOnnx());
        once.Summary().Should().Be(network.Summary());
    }

    [Fact]
    public void A_masked_memory_of_one_step_comes_back()
    {
        Network network = Same.Of(MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(1, 5), 2, keyMask: true));
        Network again = OnnxFile.Load(network.ToOnnx());
        Imported.PredictsLike(again, network);
        float[] x = Same.Inputs(network, 1, seed: 1);
        x[^1] = 0;
        Imported.Close(again.Predict(x), network.Predict(x));
    }

    // What a layer is beneath chains, in words. An identity and a dropout leave no trace in an inference graph; a random slope
    // is its mean there, a lone branch what is in it, and what only changes the shape may be elsewhere.
    private static IEnumerable<string> Leaves(Layer layer) => layer switch
    {
        Chain chain => chain.Layers.SelectMany(Leaves),
        Branches { Layers: [var only] } => Leaves(only),
        Branches branches => [$"{branches.Merge}(", .. branches.Layers.SelectMany(branch => Leaves(branch).Append(",")), ")"],
        Skip or Dropout or ChannelDropout or Flatten or Reshape or ActivationLayer { Activation: Identity } => [],
        Upsample or Pad when layer.Input == layer.Output => [],
        Slice slice when slice.Input == slice.Output => [],
        Dense { Activation: RandomizedLeakyRelu } => [$"Dense {new LeakyRelu(11f / 48)}"],
        Dense dense => [$"Dense {dense.Activation}"],
        ConvolutionLayer conv => [$"{layer.Kind} {(conv.Activation is RandomizedLeakyRelu ? new LeakyRelu(11f / 48) : conv.Activation)}"],
        BatchNorm norm => [$"BatchNorm {(norm.Activation is RandomizedLeakyRelu ? new LeakyRelu(11f / 48) : norm.Activation)}"],
        MaxPool { Dilation.Width: > 1 } pool when pool.Padding == Padding.Causal => ["Pad", "MaxPool"],
        GroupNorm norm when norm.Groups == norm.Input.FeatureCount && norm.Input.Kind != ShapeKind.Features => ["InstanceNorm"],
        _ => [layer.Kind],
    };

    // No operator has these activations, so that the layer becomes a loop of its formulas.
    private static bool IsLoopOfGates(Layer layer) =>
        layer is Lstm { GateActivation: Silu or Gelu } or Lstm { Activation: Silu or Gelu }
            or Gru { GateActivation: Silu or Gelu } or Gru { Activation: Silu or Gelu };

    [Fact]
    public void A_loop_of_gates_is_not_read_again()
    {
        Layer[] loops = [.. PublicKinds.Layers().Where(IsLoopOfGates)];
        loops.Should().NotBeEmpty();
        foreach (Layer layer in loops)
        {
            byte[] model = Same.Of(layer).ToOnnx();
            FluentActions.Invoking(() => OnnxFile.Load(model)).Should().Throw<InvalidDataException>().WithMessage("*(Scan): as a loop*");
        }
    }

    private static bool HasOwn(Layer layer) => layer is Probe or Repeat
        || layer is Dense { Activation: PublicKinds.Twist } or ActivationLayer { Activation: PublicKinds.Twist }
        || layer is ConvolutionLayer { Activation: PublicKinds.Twist } or BatchNorm { Activation: PublicKinds.Twist } || layer.Children.Any(HasOwn);
}
