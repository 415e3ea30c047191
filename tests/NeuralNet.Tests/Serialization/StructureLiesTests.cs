using NeuralNet.Tests.Contracts;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Files whose layers are said to be what they are not.</summary>
public class StructureLiesTests
{
    private const string ActivationIs = """{"version":1,"input":[2],"layers":[{"kind":"ActivationLayer","input":[2],"activation":""";
    private const string AttentionEnds = """ "outputs":4,"causal":false,"bias":true,"keyMask":false}]}""";
    private const string Dense = """{"kind":"Dense","input":[2],"outputs":3,"activation":{"kind":"Relu"},"bias":true}""";

    private static readonly byte[] valid = Save(Network.Create(2).Dense(3, Activation.Relu).Build(1));

    [Theory]
    [InlineData("0", "*no \"version\", a whole number from 1*")]
    [InlineData("-1", "*no \"version\", a whole number from 1*")]
    [InlineData("\"1\"", "*no \"version\", a whole number from 1*")]
    [InlineData("1.0", "*no \"version\", a whole number from 1*")]
    [InlineData("null", "*no \"version\", a whole number from 1*")]
    [InlineData("99999999999", "*no \"version\", a whole number from 1*")]
    [InlineData("3", "*format version 3, and this library reads up to 2; a later one wrote it*")]
    public void Versions_that_are_not_known_are_refused(string version, string words) =>
        Refused(WithStructure(valid, text => text.Replace("\"version\":2", $"\"version\":{version}", StringComparison.Ordinal)), words);

    [Theory]
    [InlineData("", "*\"neuralnet\" is not valid JSON*")]
    [InlineData("x", "*\"neuralnet\" is not valid JSON*")]
    [InlineData("{", "*\"neuralnet\" is not valid JSON*")]
    [InlineData("{} {}", "*\"neuralnet\" is not valid JSON*")]
    [InlineData("{/**/}", "*\"neuralnet\" is not valid JSON*")]
    [InlineData("null", "*no \"version\"*")]
    [InlineData("[]", "*no \"version\"*")]
    [InlineData("{}", "*no \"version\"*")]
    [InlineData("""{"version":1,"version":1}""", "*\"neuralnet\" is not valid JSON*version*")]
    [InlineData("""{"version":1}""", "*network: there is no \"input\"; a shape*")]
    [InlineData("""{"version":1,"input":[2]}""", "*network: there is no \"layers\"; a list of layers was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":null}""", "*network: \"layers\" is null; a list of layers was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":{}}""", "*network: \"layers\" is {}; a list of layers was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[]}""", "*network: A chain needs at least one layer*")]
    [InlineData("""{"version":1,"input":[2],"layers":[null]}""", "*network.layers[0]: a layer was expected*but got null*")]
    [InlineData("""{"version":1,"input":[2],"layers":[[]]}""", "*network.layers[0]: a layer was expected*but got []*")]
    [InlineData("""{"version":1,"input":[2],"layers":["Dense"]}""",
        "*network.layers[0]: a layer was expected, an object with its kind, but got \"Dense\"*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{}]}""", "*network.layers[0]: there is no \"kind\"; a text was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":null}]}""", "*\"kind\" is null; a text was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip"}]}""", "*network.layers[0]: there is no \"input\"; a shape*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","kind":"Skip","input":[2]}]}""", "*\"neuralnet\" is not valid JSON*kind*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","k\u0069nd":"Skip","input":[2]}]}""", "*\"neuralnet\" is not valid JSON*kind*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"\ud800","input":[2]}]}""", "*text of \"neuralnet\" is not Unicode*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","\ud800":1,"input":[2]}]}""", "*text of \"neuralnet\" is not Unicode*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Dens","input":[2]}]}""",
        "*network.layers[0]: \"Dens\" is no layer of the library*LayerTypes.Add*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"System.Diagnostics.Process","input":[2]}]}""",
        "*\"System.Diagnostics.Process\" is no layer of the library*")]
    [InlineData(ActivationIs + """{"kind":"Rely"}}]}""",
        "*network.layers[0].activation: \"Rely\" is no activation of the library*LayerTypes.AddActivation*")]
    [InlineData(ActivationIs + """ "Relu"}]}""",
        "*network.layers[0].activation: an activation was expected, an object with its kind, but got \"Relu\"*")]
    [InlineData(ActivationIs + """{"kind":"Glu","gate":{"kind":"Softmax","temperature":1}}}]}""", "*The gate is not a scalar activation*")]
    [InlineData(ActivationIs + """{"kind":"Product","inputs":2,"pairs":[0,1,1]}}]}""", "*\"pairs\" has 3 numbers; two for each pair*")]
    [InlineData(ActivationIs + """{"kind":"Product","inputs":2,"pairs":[0,2]}}]}""", "*Pair 0 is (0, 2)*")]
    [InlineData(ActivationIs + """{"kind":"Max","groupSize":0}}]}""", "*network.layers[0].activation: *groupSize*")]
    [InlineData(ActivationIs + """{"kind":"Softmax","temperature":"warm"}}]}""", "*\"temperature\" is \"warm\"; a number was expected*")]
    [InlineData(ActivationIs + """{"kind":"Softmax","temperature":"NaN"}}]}""", "*network.layers[0].activation: *")]
    [InlineData(ActivationIs + """{"kind":"Softmax","temperature":1e999}}]}""", "*network.layers[0].activation*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Dropout","input":[2],"rate":2}]}""", "*network.layers[0]: *rate*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Branches","input":[2],"merge":"Maximum","layers":[{"kind":"Skip","input":[2]}]}]}""",
        "*\"merge\" is \"Maximum\"; Sum, Product or Concat was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Branches","input":[2],"merge":"Sum","layers":[]}]}""", "*needs at least one branch*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Branches","input":[2],"merge":"Sum","layers":["""
        + """{"kind":"Skip","input":[2]},{"kind":"Skip","input":[3]}]}]}""", "*network.layers[0]: Branch 1*takes Features(3)*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":[{"name":"a","shape":[3]}]}""",
        "*outputs: together they are Features(3), but the network's row is Features(2)*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"inputs":[{"name":"a","shape":[1]},{"name":"a","shape":[1]}]}""",
        "*inputs: Two parts, 0 and 1, are called \"a\"*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"inputs":[{"name":"a.b","shape":[2]}]}""",
        "*inputs: Name 0 is \"a.b\"*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":[{"name":"a"}]}""",
        "*outputs[0]: there is no \"shape\"*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":[{"name":7,"shape":[2]}]}""",
        "*outputs[0]: \"name\" is 7; a text was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":["a"]}""",
        "*outputs[0]: an object with a name and a shape was expected, but got \"a\"*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":[]}""",
        "*outputs: At least one name was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":[{"name":"a","shape":[2]},{"name":"b","shape":[0]}]}""",
        "*outputs[1]: *")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":[{"name":" ","shape":[2]}]}""",
        "*outputs: Name 0 is \" \"*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"outputs":{}}""",
        "*\"outputs\" is {}; a list was expected*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]}],"inputs":[1,2,3]}""",
        "*\"inputs\" is ?1,2,3?; a list was expected, of no more names than a row has values*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Slice","input":[2],"first":1,"count":2}]}""", "*network.layers[0]: *")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Reshape","input":[2],"output":[3]}]}""", "*network.layers[0]: *")]
    [InlineData("""{"version":1,"input":[4],"layers":[{"kind":"MultiHeadAttention","input":[1,4],"heads":3,"""
        + AttentionEnds, "*4 features cannot be divided among 3 heads*")]
    [InlineData("""{"version":1,"input":[4],"layers":[{"kind":"MultiHeadAttention","input":[1,4],"heads":0,"""
        + AttentionEnds, "*network.layers[0]: *heads*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[3]}]}""",
        "*its input is Features(2), but layers[0] (Skip) takes Features(3)*")]
    [InlineData("""{"version":1,"input":[2],"layers":[{"kind":"Skip","input":[2]},{"kind":"Skip","input":[3]}]}""",
        "*Layer 1 (Skip) takes Features(3), but layer 0 (Skip) gives Features(2)*")]
    public void Structures_that_are_none_are_refused_with_their_place(string structure, string words) => Refused(FileOfStructure(structure), words);

    [Theory]
    [InlineData("[]")]
    [InlineData("[0]")]
    [InlineData("[-1]")]
    [InlineData("[1,2,3,4]")]
    [InlineData("[2147483648]")]
    [InlineData("[65536,65536]")]
    [InlineData("[2147483647,2147483647,2147483647]")]
    [InlineData("[1.5]")]
    [InlineData("[\"2\"]")]
    [InlineData("2")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[2,3,4]")]
    [InlineData("""{"height":2,"width":3}""")]
    [InlineData("""{"height":2,"width":3,"channels":0}""")]
    [InlineData("""{"height":2,"width":3,"channels":"4"}""")]
    [InlineData("""{"height":65536,"width":65536,"channels":1}""")]
    public void Shapes_that_are_none_are_refused(string shape)
    {
        Refused(FileOfLayers(shape, """{"kind":"Skip","input":[2]}"""), "The stream: network: *");
        Refused(FileOfLayers("[2]", $$$"""{"kind":"Skip","input":{{{shape}}}}"""), "The stream: network.layers[0]: *");
        Refused(FileOfLayers("[2]", $$$"""{"kind":"Reshape","input":[2],"output":{{{shape}}}}"""), "The stream: network.layers[0]: *");
    }

    [Theory]
    [InlineData("\"outputs\":3", "\"outputs\":null", "*\"outputs\" is null; a whole number was expected*")]
    [InlineData("\"outputs\":3", "\"outputs\":3.0", "*\"outputs\" is 3.0; a whole number was expected*")]
    [InlineData("\"outputs\":3", "\"outputs\":\"3\"", "*\"outputs\" is \"3\"; a whole number was expected*")]
    [InlineData("\"outputs\":3", "\"outputs\":0", "*network.layers[0]: *")]
    [InlineData("\"outputs\":3", "\"outputs\":-3", "*network.layers[0]: *")]
    [InlineData("\"outputs\":3", "\"outputs\":2147483647", "*network.layers[0]: *")]
    [InlineData("\"outputs\":3", "\"outputs\":2147483648", "*\"outputs\" is 2147483648; a whole number was expected*")]
    [InlineData("\"outputs\":3,", "", "*there is no \"outputs\"; a whole number was expected*")]
    [InlineData("\"bias\":true", "\"bias\":1", "*\"bias\" is 1; true or false was expected*")]
    [InlineData("\"bias\":true", "\"bias\":\"true\"", "*\"bias\" is \"true\"; true or false was expected*")]
    [InlineData("\"kind\":\"Relu\"", "\"kind\":\"Dense\"", "*\"Dense\" is no activation*")]
    public void Settings_of_another_type_are_refused(string from, string to, string words) =>
        Refused(WithStructure(valid, text => text.Replace(from, to, StringComparison.Ordinal)), words);

    [Fact]
    public void One_report_has_all_tensors_that_are_missing_or_too_many_or_of_another_shape_or_type()
    {
        string structure = $$"""{"version":1,"input":[2],"layers":[{{Dense}},{{Dense.Replace("[2]", "[3]", StringComparison.Ordinal)}}]}""";
        byte[] file = FileOf(
            $$$"""
            {"__metadata__":{"neuralnet":{{{System.Text.Json.JsonSerializer.Serialize(structure)}}}},
            {{{Tensor("0.weight", "F32", "2,3", "0,24")}}},{{{Tensor("0.bias", "I32", "3", "24,36")}}},
            {{{Tensor("0.extra", "F32", "", "36,40")}}},{{{Tensor("1.bias", "F32", "3", "40,52")}}}}
            """,
            new byte[52]);
        InvalidDataException refusal = Refused(file, "*");
        refusal.Message.Should().Be("""
            The stream: the tensors are not those of the network.
            Missing: 1.weight [3, 3].
            Not in the network: 0.extra F32 [].
            Of another shape or type: 0.weight is [2, 3] instead of [3, 2]; 0.bias is of type I32 instead of F32, F64, F16 or BF16.
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_kind_of_the_librarys_own_cannot_be_named()
    {
        foreach (string kind in new[] { "Dense", "Chain", "Lstm" })
            new Action(() => new LayerTypes().Add(kind, (input, _) => new Skip(input)))
                .Should().Throw<ArgumentException>().WithMessage($"\"{kind}\" is the library's own*");
        new Action(() => new LayerTypes().AddActivation("Relu", _ => new Relu()))
            .Should().Throw<ArgumentException>().WithMessage("\"Relu\" is the library's own*");
        LayerTypes types = new LayerTypes().Add("Mine", (input, _) => new Skip(input)).AddActivation("Mine", _ => new Relu());
        new Action(() => types.Add("Mine", (input, _) => new Skip(input)))
            .Should().Throw<ArgumentException>().WithMessage("*has been added already*");
        new Action(() => types.AddActivation("Mine", _ => new Relu())).Should().Throw<ArgumentException>().WithMessage("*has been added already*");
        new Action(() => types.Add("", (input, _) => new Skip(input))).Should().Throw<ArgumentException>();
        new Action(() => types.Add("Other", null!)).Should().Throw<ArgumentException>();
        new Action(() => types.AddActivation("Other", null!)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Functions_that_give_something_else_are_refused()
    {
        byte[] file = FileOfLayers("[2]", """{"kind":"Mine","input":[2],"text":"a"}""");
        Refused(file, "*\"Mine\" is no layer of the library; name your own*");
        Refused(file, "*network.layers[0]: the function that makes Mine gave null*", new LayerTypes().Add("Mine", (_, _) => null!));
        Refused(file, "*Mine is to take Features(2), but takes Features(3)*", new LayerTypes().Add("Mine", (_, _) => new Skip(3)));
        Refused(file, "*network.layers[0]: Not so*", new LayerTypes().Add("Mine", (_, _) => throw new ArgumentException("Not so")));
        Refused(file, "*network.layers[0]: Not so*", new LayerTypes().Add("Mine", (_, _) => throw new NotSupportedException("Not so")));
        Refused(file, "*network.layers[0]: *", new LayerTypes().Add("Mine", (_, _) => throw new OverflowException()));
        Refused(file, "*Not so*", new LayerTypes().Add("Mine", (_, _) => throw new InvalidDataException("Not so")));
        Refused(
            file, "*there is no \"rate\"; a number was expected*",
            new LayerTypes().Add("Mine", (input, settings) => new Dropout(input, settings.GetSingle("rate"))));
        Refused(
            file, "*network.layers[0].text: a layer was expected, an object with its kind, but got \"a\"*",
            new LayerTypes().Add("Mine", (_, settings) => settings.GetLayer("text")));
        Refused(
            file, "*network.layers[0].text: an activation was expected, an object with its kind, but got \"a\"*",
            new LayerTypes().Add("Mine", (input, settings) => new ActivationLayer(input, settings.GetActivation("text"))));
        Refused(file, "*the tensors are not those*Missing: 0.gain [2]; 0.count [2]*", new LayerTypes().Add("Mine", (input, _) => new Probe(input)));

        // What has nothing to do with the file passes through.
        Action throws = () => Network.Load(new MemoryStream(file), new LayerTypes().Add("Mine", (_, _) => throw new TimeoutException("mine")));
        throws.Should().Throw<TimeoutException>().WithMessage("mine");
        byte[] activation = FileOfLayers("[2]", """{"kind":"ActivationLayer","input":[2],"activation":{"kind":"Mine"}}""");
        Refused(activation, "*the function that makes Mine gave null*", new LayerTypes().AddActivation("Mine", _ => null!));
        Network.Load(new MemoryStream(activation), new LayerTypes().AddActivation("Mine", _ => new Relu())).Predict([-1f, 2f]).Should().Equal(0, 2);
    }
}
