namespace NeuralNet.Tests.Contracts;

/// <summary>Every public layer and activation is known by its kind, and is made anew from its settings.</summary>
public class KindContractTests
{
    public static TheoryData<string> AllLayers => PublicKinds.Names(Layers());

    public static TheoryData<string> AllActivations => PublicKinds.Names(PublicKinds.Activations());

    [Fact]
    public void Every_kind_of_the_library_is_in_the_list()
    {
        PublicKinds.LayerTypes().Select(type => type.Name).Where(kind => !KnownKinds.IsLayer(kind))
            .Should().BeEmpty("KnownKinds must list every layer");
        PublicKinds.Activations().Select(activation => activation.Kind).Where(kind => !KnownKinds.IsActivation(kind)).Should()
            .BeEmpty("KnownKinds must list every activation");
    }

    [Theory]
    [MemberData(nameof(AllLayers))]
    public void A_layer_is_made_anew_from_its_settings(string name)
    {
        Layer layer = PublicKinds.Find(Layers(), name);
        Layer again = KnownKinds.Layer(layer.Kind)!(layer.Input, layer.Settings);
        again.Should().BeOfType(layer.GetType());
        again.ToString().Should().Be(layer.ToString());
        again.Settings.ToString().Should().Be(layer.Settings.ToString());
        again.Output.Should().Be(layer.Output);
        again.Blocks.Select(block => $"{block.Name} {block.Role} {block.Length}")
            .Should().Equal(layer.Blocks.Select(block => $"{block.Name} {block.Role} {block.Length}"));
    }

    [Theory]
    [MemberData(nameof(AllActivations))]
    public void An_activation_is_made_anew_from_its_settings(string name)
    {
        Activation activation = PublicKinds.Find(PublicKinds.Activations(), name);
        Activation again = KnownKinds.Activation(activation.Kind)!(activation.Settings);
        again.Should().BeOfType(activation.GetType());
        again.ToString().Should().Be(activation.ToString());
        again.Settings.ToString().Should().Be(activation.Settings.ToString());
        if (activation.Settings.Names.Count > 0)
            (activation is IActivationKind).Should().BeTrue("one instance that all networks share would lose the settings");
    }

    // Layers of the tests' own are not in the library's list.
    private static IEnumerable<Layer> Layers() => PublicKinds.Layers().Where(layer => layer.GetType().Assembly == typeof(Network).Assembly);
}
