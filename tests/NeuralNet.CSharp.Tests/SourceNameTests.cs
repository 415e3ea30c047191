namespace NeuralNet.CSharp.Tests;

public class SourceNameTests
{
    private static readonly Network network = Network.Create(1).Dense(1, Activation.Tanh).Build();

    [Theory]
    [InlineData("", "*must not be empty*")]
    [InlineData("1st", "*\"1st\" has '1' at position 0*")]
    [InlineData("My Class", "*\"My Class\" has U+0020 at position 2*")]
    [InlineData("A.B", "*has '.' at position 1*")]
    [InlineData("A;class B{}", "*has ';' at position 1*")]
    [InlineData("A\n", "*has U+000A at position 1*")]
    [InlineData("@class", "*has '@' at position 0*")]
    [InlineData("A\u200B", "*has U+200B at position 1*")]
    [InlineData("System", "*\"System\" is one that the generated file itself uses*")]
    [InlineData("class", "*must not be a keyword of C#, and \"class\" is one*")]
    [InlineData("record", "*\"record\" is a word of C# that no class should be called*")]
    [InlineData("Predict", "*\"Predict\" is one that the generated file itself uses*")]
    [InlineData("Floats", "*\"Floats\" is one that the generated file itself uses*")]
    [InlineData("Span", "*\"Span\" is one that the generated file itself uses*")]
    public void Names_that_no_class_can_have_are_refused(string name, string message)
    {
        Action export = () => network.ToCSharp(name);
        export.Should().Throw<ArgumentException>().WithMessage(message).And.ParamName.Should().Be("className");
    }

    [Theory]
    [InlineData("")]
    [InlineData("A..B")]
    [InlineData(".A")]
    [InlineData("A.")]
    [InlineData("A.class")]
    [InlineData("A B")]
    [InlineData("A{")]
    public void Namespaces_that_are_none_are_refused(string name)
    {
        Action export = () => network.ToCSharp("Net", name);
        export.Should().Throw<ArgumentException>().WithMessage("A namespace such as Company.Product was expected, *").And.ParamName
            .Should().Be("namespaceName");
    }

    [Fact]
    public void There_must_be_a_name_and_it_must_be_text()
    {
        ((Action)(() => network.ToCSharp(null!))).Should().Throw<ArgumentNullException>();
        ((Action)(() => network.ToCSharp("A\uD800"))).Should().Throw<ArgumentException>().WithMessage("*has U+D800 at position 1*");
    }

    [Fact]
    public void Names_that_a_class_can_have_compile()
    {
        string[] names = ["_1", "Größe", "digits", "Tanh", "Layer0", "Math", "MathF", "Values1", "Weight0", "BitConverter", "_"];
        CompiledSource source = new(
        [
            .. names.Select(name => network.ToCSharp(name)),
            network.ToCSharp("Net", "Company.record.Größe_1"), network.ToCSharp("Net", "Net.Net"),
        ]);
        foreach (string name in names.Append("Company.record.Größe_1.Net").Append("Net.Net.Net"))
            source.PredictToArray(name)([0.5f]).Should().Equal(network.Predict([0.5f]));
    }
}
