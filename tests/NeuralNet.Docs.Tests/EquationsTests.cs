namespace NeuralNet.Docs.Tests;

/// <summary>docs/equations.md names every public kind, so that its table cannot forget one.</summary>
public class EquationsTests
{
    public static TheoryData<string> Kinds =>
    [
        .. typeof(Layer).Assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && Ideas.Any(idea => type.IsAssignableTo(idea)))
            .Select(type => type.Name)
            .Order(StringComparer.Ordinal),
    ];

    private static Type[] Ideas => [typeof(Activation), typeof(Divergence), typeof(Layer), typeof(Optimizer), typeof(Schedule), typeof(Initializer)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_table_has_every_kind(string kind) =>
        Page.Read("docs/equations.md").Lines.Should().Contain(
            line => line.Contains($"`{kind}`", StringComparison.Ordinal) || line.Contains($"`{kind}.", StringComparison.Ordinal),
            "each has its equation there");
}
