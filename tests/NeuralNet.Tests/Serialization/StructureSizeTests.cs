using System.Text;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Small files that ask for much: memory, time, stack.</summary>
public class StructureSizeTests
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData("[2000000000,1]", """{"kind":"SinusoidalPositions","input":[2000000000,1]}""", "*more than 256 MB*")]
    [InlineData("[1,2147483647]", """{"kind":"SinusoidalPositions","input":[1,2147483647]}""", "*more than 256 MB*")]
    [InlineData("[2147483647]", """{"kind":"Embedding","input":[2147483647],"vocabulary":2,"width":1}""", "*")]
    [InlineData("[1000000000]", """{"kind":"Embedding","input":[1000000000],"vocabulary":2,"width":1}""", "*")]
    [InlineData("[16777216]", """{"kind":"Embedding","input":[16777216],"vocabulary":16777216,"width":128}""", "*")]
    [InlineData("[1]", """{"kind":"Dense","input":[1],"outputs":2147483647,"activation":{"kind":"Identity"},"bias":false}""", "*")]
    [InlineData("[1]", """{"kind":"Dense","input":[1],"outputs":1000000000,"activation":{"kind":"Identity"},"bias":false}""",
        "*Missing: 0.weight [1000000000, 1]*")]
    [InlineData("[46341]", """{"kind":"Dense","input":[46341],"outputs":46341,"activation":{"kind":"Identity"},"bias":false}""", "*")]
    [InlineData("[1]", """{"kind":"Dense","input":[1],"outputs":2000000,"activation":{"kind":"Max","groupSize":2000000},"bias":false}""", "*")]
    [InlineData("[2000000000,1]",
        """{"kind":"MultiHeadAttention","input":[2000000000,1],"heads":1,"outputs":1,"causal":false,"bias":false,"keyMask":false}""", "*")]
    [InlineData("[30000,1]", """{"kind":"MultiHeadAttention","input":[30000,1],"heads":1,"outputs":1,"causal":false,"bias":false,"keyMask":false}""",
        "*Missing: 0.in_proj_weight*")]
    [InlineData("[3]",
        """{"kind":"MultiHeadAttention","input":[3],"queries":[2147483647,1],"memory":[2147483647,1],"heads":1,"""
        + """ "outputs":1,"causal":false,"bias":false,"keyMask":false}""", "*")]
    [InlineData("[1,1]", """{"kind":"Lstm","input":[1,1],"hidden":2147483647,"lastStep":false}""", "*")]
    [InlineData("[1,1]", """{"kind":"Gru","input":[1,1],"hidden":20000,"lastStep":false}""", "*Missing: 0.weight_ih_l0*")]
    [InlineData("[2000000000,1]", """{"kind":"Rnn","input":[2000000000,1],"hidden":100,"activation":{"kind":"Tanh"},"lastStep":true}""", "*")]
    [InlineData("[2147483647]", """{"kind":"Prelu","input":[2147483647],"shared":false}""", "*")]
    [InlineData("[2147483647,1]", """{"kind":"LearnedPositions","input":[2147483647,1]}""", "*")]
    [InlineData("[2000000000,1]", """{"kind":"LayerNorm","input":[2000000000,1],"epsilon":1e-5}""", "*")]
    public void Sizes_that_nothing_in_the_file_pays_for_take_no_memory(string input, string layer, string words)
    {
        byte[] file = FileOfLayers(input, layer);
        Allocated(() => Refused(file, words)).Should().BeLessThan(Megabyte);
    }

    [Fact]
    public void Layers_without_values_may_be_as_large_as_shapes_can_be()
    {
        byte[] file = FileOfLayers("[2147483647]", """{"kind":"ActivationLayer","input":[2147483647],"activation":{"kind":"Relu"}}""");
        Network? network = null;
        Allocated(() => network = Load(file)).Should().BeLessThan(Megabyte);
        network!.Output.Size.Should().Be(int.MaxValue);
    }

    [Fact]
    public void Tables_of_positions_and_ids_have_one_limit_together()
    {
        // 60,000 layers leave room for a table of some five million values.
        string many = string.Join(",", Enumerable.Repeat($$$"""{"kind":"Chain","input":[1],"layers":[{{{Skips(4000)}}}]}""", 15));
        byte[] file = FileOfLayers("[1,8000000]", many + "," + """{"kind":"SinusoidalPositions","input":[1,8000000]}""");
        const string Words = "*network.layers[15]: *more than 256 MB beside the network's values*";
        Action load = () => Network.Load(new MemoryStream(file));
        Allocated(() => load.Should().Throw<InvalidDataException>().WithMessage(Words)).Should().BeLessThan(200L * Megabyte);

        // A list of 200,000,000 inputs of which the last one is an id.
        string ids = """
            {"kind":"Slice","input":[200000000],"first":199999999,"count":1},
            {"kind":"MultiHeadAttention","input":[1],"heads":1,"outputs":1,"queries":[1,1],"memory":[1,1],"bias":false,"keyMask":true}
            """;
        Allocated(() => Refused(FileOfLayers("[200000000]", ids), "*")).Should().BeLessThan(Megabyte);
        ids = """
            {"kind":"Slice","input":[200000000],"first":199999997,"count":3},
            {"kind":"MultiHeadAttention","input":[3],"heads":1,"outputs":1,"queries":[1,1],"memory":[1,1],"bias":false,"keyMask":true}
            """;
        Allocated(() => Refused(FileOfLayers("[200000000]", ids), "*more than 256 MB*")).Should().BeLessThan(Megabyte);
    }

    [Fact]
    public void More_layers_than_anyone_needs_are_refused_before_they_fill_the_memory()
    {
        string layers = Skips(150_000);
        byte[] file = FileOfLayers("[1]", layers);
        Action load = () => Network.Load(new MemoryStream(file));
        long taken = Allocated(() => load.Should().Throw<InvalidDataException>().WithMessage("*network.layers[6*]: *more than 256 MB*"));
        taken.Should().BeLessThan(20L * file.Length);
        Refused(FileOfLayers("[1]", Skips(4097)), "*at most 4096 layers, but got 4097*");
    }

    // Each composite has the blocks of those within it anew, under longer names.
    [Fact]
    public void Many_blocks_deep_within_are_refused_before_they_fill_the_memory()
    {
        string layers =
            string.Join(",", Enumerable.Repeat("""{"kind":"Dense","input":[1],"outputs":1,"activation":{"kind":"Relu"},"bias":true}""", 3000));
        byte[] file = FileOfLayers("[1]", Nested(layers, 120));
        Action load = () => Network.Load(new MemoryStream(file));
        long taken = Allocated(() => load.Should().Throw<InvalidDataException>().WithMessage("*more than 256 MB*"));
        taken.Should().BeLessThan(1024L * Megabyte);
    }

    [Fact]
    public void What_could_not_be_loaded_is_not_saved()
    {
        var many = new Chain([.. Enumerable.Repeat(new Skip(1), 4000)]);
        Network network = Of(new Chain([.. Enumerable.Repeat(many, 17)]));
        new Action(() => network.Save(Stream.Null)).Should().Throw<NotSupportedException>().WithMessage("*could be saved, but not loaded*256 MB*");
    }

    [Fact]
    public void Composites_nest_as_deep_as_they_may_and_no_deeper()
    {
        // The network is a composite, too.
        Load(FileOfLayers("[1]", Nested("""{"kind":"Skip","input":[1]}""", 255))).Predict([3f]).Should().Equal(3);
        Refused(FileOfLayers("[1]", Nested("""{"kind":"Skip","input":[1]}""", 256)), "*network: *at most 256 composites*");
        Refused(FileOfLayers("[1]", Nested("""{"kind":"Skip","input":[1]}""", 2000)), "*\"neuralnet\" is not valid JSON*depth*");
    }

    [Fact]
    public void Activations_that_nest_deeper_than_a_file_may_are_not_saved()
    {
        Activation activation = Activation.Tanh;
        for (int i = 0; i < 600; i++)
            activation = new Within(activation);
        Network network = Network.Create(2).Add(shape => new ActivationLayer(shape, activation)).Build(1);
        new Action(() => network.Save(Stream.Null)).Should().Throw<NotSupportedException>().WithMessage("*activations nest too deep for a file*576*");
    }

    // The smallest stacks that programs use; what is too deep for one is refused with words, and never ends the process.
    [Theory]
    [InlineData(160)]
    [InlineData(192)]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    public void Threads_with_small_stacks_load_or_refuse(int kilobytes)
    {
        Layer layer = new Dense(2, 2, Activation.Tanh);
        for (int i = 0; i < 127; i++)
            layer = new Chain([Branches.Residual(layer)]);
        byte[] file = Save(Of(new Chain([layer])));
        string glu = string.Concat(Enumerable.Repeat("""{"kind":"Glu","gate":""", 560)) + """{"kind":"Relu"}""" + new string('}', 560);
        byte[] gates = FileOfLayers("[2]", $$$"""{"kind":"ActivationLayer","input":[2],"activation":{{{glu}}}}""");

        Exception? first = null, second = null;
        var thread = new Thread(
            () =>
            {
                first = Record.Exception(() => Load(file));
                second = Record.Exception(() => Load(gates));
            },
            kilobytes * 1024);
        thread.Start();
        thread.Join();

        if (first is not null)
            first.Should().BeOfType<InvalidDataException>().Which.Message.Should().Contain("nested deeper than the stack of this thread allows");
        second.Should().BeOfType<InvalidDataException>("no gate is a gate");
        if (kilobytes >= 1024)
            first.Should().BeNull("a megabyte is enough for the deepest network");
    }

    private static string Skips(int count) => string.Join(",", Enumerable.Repeat("""{"kind":"Skip","input":[1]}""", count));

    private static string Nested(string layers, int depth)
    {
        var text = new StringBuilder();
        for (int i = 0; i < depth; i++)
            text.Append("""{"kind":"Chain","input":[1],"layers":[""");
        text.Append(layers);
        for (int i = 0; i < depth; i++)
            text.Append("]}");
        return text.ToString();
    }

    private sealed class Within(Activation inner) : Activation
    {
        public override KindSettings Settings => new KindSettings().Set("inner", inner);

        protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) => z.CopyTo(y);

        protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) => dy.CopyTo(dz);
    }
}
