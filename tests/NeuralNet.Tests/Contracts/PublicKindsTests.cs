using System.Reflection;

namespace NeuralNet.Tests.Contracts;

/// <summary>A kind that is missing in <see cref="PublicKinds"/> would be in no contract test.</summary>
public class PublicKindsTests
{
    [Fact]
    public void Every_public_kind_of_every_idea_is_listed()
    {
        Missing<Layer>(PublicKinds.Layers()).Should().BeEmpty();
        Missing<Activation>(PublicKinds.Activations()).Should().BeEmpty();
        Missing<Divergence>(PublicKinds.Divergences()).Should().BeEmpty();
        Missing<Optimizer>(PublicKinds.Optimizers()).Should().BeEmpty();
        Missing<Schedule>(PublicKinds.Schedules()).Should().BeEmpty();
        Missing<Initializer>(PublicKinds.Initializers()).Should().BeEmpty();
    }

    // Augmentations are made by functions.
    [Fact]
    public void Every_augmentation_is_listed()
    {
        string words = string.Join('\n', PublicKinds.Augmentations());
        typeof(Augmentation).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Augmentation))
            .Select(method => method.Name).Where(name => name != nameof(Augmentation.Of) && !words.Contains(name, StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    private static IEnumerable<string> Missing<T>(IEnumerable<T> kinds)
        where T : notnull => PublicKinds.Concrete<T>().Except(kinds.Select(kind => kind.GetType())).Select(type => type.Name);
}
