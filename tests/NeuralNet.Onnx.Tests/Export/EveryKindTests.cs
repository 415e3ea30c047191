using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Every layer, activation and composition of the library, by the same list as the contracts: what is missing fails.</summary>
public class EveryKindTests
{
    public static TheoryData<string> OfTheLibrary => Names(own: false);

    public static TheoryData<string> WithPeoplesOwn => Names(own: true);

    public static TheoryData<string> Activations => PublicKinds.Names(PublicKinds.Activations());

    [Fact]
    public void Every_public_layer_is_tested() =>
        PublicKinds.LayerTypes().Should().OnlyContain(type => PublicKinds.Layers().Any(layer => layer.GetType() == type && !HasOwn(layer)));

    [Theory]
    [MemberData(nameof(OfTheLibrary))]
    public void A_layer_gives_what_it_predicts(string name) => Same.AsPredicted(Same.Of(PublicKinds.Find(PublicKinds.Layers(), name)));

    [Theory]
    [MemberData(nameof(OfTheLibrary))]
    public void A_layer_gives_what_it_predicts_of_large_numbers(string name)
    {
        Layer layer = PublicKinds.Find(PublicKinds.Layers(), name);

        // A z of some hundreds is rounded to 3·10⁻⁵, and a sine hands that on as it is, or what makes small numbers of it near 0.
        bool handsOn = layer is Dense { Activation: Sine } or ConvolutionLayer { Activation: not Identity } or BatchNorm;
        Same.AsPredicted(Same.Of(layer), seed: 2, deviation: 100, allowance: handsOn ? 10 : 1);
    }

    [Theory]
    [MemberData(nameof(WithPeoplesOwn))]
    public void A_layer_or_activation_of_ones_own_is_refused_by_name_and_place(string name)
    {
        Network network = Same.Of(PublicKinds.Find(PublicKinds.Layers(), name));
        network.Invoking(n => n.ToOnnx()).Should().Throw<NotSupportedException>().WithMessage(
            "Layer 0*(Twist|Probe|Repeat)*not of the library*".Replace("(Twist|Probe|Repeat)", OwnName(network.Layers[0]), StringComparison.Ordinal));
    }

    private static TheoryData<string> Names(bool own) =>
    [
        .. PublicKinds.Layers().Select((layer, i) => (layer, name: $"{i}: {layer}"))
            .Where(kind => HasOwn(kind.layer) == own).Select(kind => kind.name),
    ];

    private static bool HasOwn(Layer layer) => OwnName(layer) is not null;

    // The first that is met: these kinds, and no others, are the tests' own.
    private static string? OwnName(Layer layer) => layer switch
    {
        Probe or Repeat => layer.Kind,
        Dense { Activation: PublicKinds.Twist } or ActivationLayer { Activation: PublicKinds.Twist } => "Twist",
        ConvolutionLayer { Activation: PublicKinds.Twist } or BatchNorm { Activation: PublicKinds.Twist } => "Twist",
        _ => layer.Children.Select(OwnName).FirstOrDefault(name => name is not null),
    };
}
