using Google.Protobuf;
using NeuralNet.Onnx.Export;
using NeuralNet.Onnx.Schema;
using NeuralNet.Tests.Data;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>What a file says of itself, its names and bytes, and how it is saved.</summary>
public class ModelTests
{
    private static Network Example() => Network.Create(Shape.Sequence(4, 3))
        .Residual(b => b.Dense(3, Activation.Relu)).Gru(5, lastStep: true).Dense(2, Activation.Softmax).Build(seed: 1);

    private static ModelProto Exported(Network network) => ModelProto.Parser.ParseFrom(network.ToOnnx());

    [Fact]
    public void A_model_states_its_version_and_who_made_it()
    {
        ModelProto model = Exported(Example());
        model.IrVersion.Should().Be(7);
        model.OpsetImport.Should().ContainSingle().Which.Should().Be(new OperatorSetIdProto { Domain = "", Version = 13 });
        model.ProducerName.Should().Be("NeuralNet");
        model.ProducerVersion.Should().MatchRegex(@"^\d+\.\d+\.\d+$");
        model.DocString.Should().Be(Example().ToString());
        model.Graph.Name.Should().NotBeEmpty();
    }

    [Fact]
    public void The_version_is_the_oldest_that_has_the_operators()
    {
        Version(Network.Create(3).Dense(2)).Should().Be((7, 13));
        Version(Network.Create(3).Dense(2, Activation.HardSwish)).Should().Be((7, 14));
        Version(Network.Create(3).Dense(2, Activation.HardSwish).LayerNorm()).Should().Be((8, 17));
        Version(Network.Create(Shape.Sequence(3, 2)).Rnn(2, Activation.HardTanh)).Should().Be((8, 15)); // the loop asks for a shape's part
        Version(Network.Create(Shape.Sequence(3, 2)).Rnn(2, Activation.Tanh)).Should().Be((7, 13));

        static (long, long) Version(NetworkBuilder builder)
        {
            ModelProto model = Exported(builder.Build(seed: 1));
            return (model.IrVersion, model.OpsetImport[0].Version);
        }
    }

    [Fact]
    public void Input_and_output_have_names_and_any_number_of_rows()
    {
        foreach ((Shape shape, int[] dimensions) in new (
            Shape, int[])[] { (5, [-1, 5]), (Shape.Sequence(4, 3), [-1, 4, 3]), (Shape.Image(3, 4, 2), [-1, 2, 3, 4]) })
        {
            using var runtime = new Runtime(Network.Create(shape).Activation(Activation.Tanh).Build().ToOnnx());
            runtime.Inputs.Should().ContainKey("input").WhoseValue.Dimensions.Should().Equal(dimensions);
            runtime.Inputs["input"].SymbolicDimensions[0].Should().Be("batch");
            runtime.Outputs.Should().ContainKey("output").WhoseValue.Dimensions.Should().Equal(dimensions);
            runtime.Outputs["output"].SymbolicDimensions[0].Should().Be("batch");
            runtime.Inputs.Should().HaveCount(1);
            runtime.Outputs.Should().HaveCount(1);
        }
    }

    [Fact]
    public void Nodes_are_named_by_position_and_no_name_occurs_twice()
    {
        GraphProto graph = Exported(Example()).Graph;
        graph.Node.Select(node => node.Name).Should().StartWith(["0.1.0/MatMul", "0.1.0/Add", "0.1.0/Relu", "0/Add", "1/Transpose", "1/GRU"]);
        graph.Node.Select(node => node.Name).Should().OnlyHaveUniqueItems();
        graph.Node.SelectMany(node => node.Output).Concat(graph.Initializer.Select(tensor => tensor.Name)).Append("input")
            .Where(name => name.Length > 0).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Every_value_is_made_before_it_is_used_and_used_after_it_is_made()
    {
        GraphProto graph = Exported(Example()).Graph;
        var known = graph.Initializer.Select(tensor => tensor.Name).Append("input").ToHashSet();
        var unused = new HashSet<string>(known);
        foreach (NodeProto node in graph.Node)
        {
            known.Should().Contain(node.Input);
            unused.ExceptWith(node.Input);
            known.UnionWith(node.Output);
            unused.UnionWith(node.Output.Where(name => name.Length > 0));
        }

        unused.Should().Equal("output");
    }

    [Fact]
    public void Weights_keep_their_blocks_names_and_bits()
    {
        Network network = Example();
        TensorProto weight = Exported(network).Graph.Initializer.Single(tensor => tensor.Name == "2.weight");
        weight.Dims.Should().Equal(5, 2);
        byte[] bytes = weight.RawData.ToByteArray();
        float[] values = [.. Enumerable.Range(0, 10).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
        values.Should().Equal(network.Parameter("2.weight").ToArray());
    }

    [Fact]
    public void The_same_network_gives_the_same_bytes_and_exporting_changes_nothing_in_it()
    {
        Network network = Example();
        float[] before = network.Parameters.ToArray();
        byte[] first = network.ToOnnx();
        network.ToOnnx().Should().Equal(first);
        Example().ToOnnx().Should().Equal(first);
        network.Clone().ToOnnx().Should().Equal(first);
        network.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void A_saved_file_is_what_ToOnnx_gives_and_replaces_an_older_one()
    {
        using var folder = new TempFolder();
        string path = folder.Write("model.onnx", new string('?', 100_000));
        Example().SaveOnnx(path);
        File.ReadAllBytes(path).Should().Equal(Example().ToOnnx());
        Directory.GetFiles(Path.GetDirectoryName(path)!).Should().Equal(path);
    }

    [Fact]
    public void Files_of_others_stay_and_names_are_as_long_as_can_be()
    {
        using var folder = new TempFolder();
        foreach (string name in new[] { "model.onnx", ".model", "n" + new string('神', 84) })
        {
            string other = folder.Write(name[..Math.Min(name.Length, 20)] + ".20260101.tmp", "kept"), path = folder.PathOf(name);
            File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddDays(-2));
            Example().SaveOnnx(path);
            Example().SaveOnnx(path);
            File.ReadAllBytes(path).Should().Equal(Example().ToOnnx());
            File.ReadAllText(other).Should().Be("kept");
            Directory.GetFiles(Path.GetDirectoryName(path)!).Should().BeEquivalentTo(path, other);
            File.Delete(path);
            File.Delete(other);
        }
    }

    [Fact]
    public void A_refused_network_leaves_the_older_file_as_it_is()
    {
        using var folder = new TempFolder();
        string path = folder.Write("model.onnx", "old");
        Network own = Network.Create(3).Dense(2).Add(shape => new NeuralNet.Tests.Contracts.Probe(shape)).Build();
        own.Invoking(network => network.SaveOnnx(path)).Should().Throw<NotSupportedException>().WithMessage("Layer 1 (Probe) is not of the library*");
        File.ReadAllText(path).Should().Be("old");
        Directory.GetFiles(Path.GetDirectoryName(path)!).Should().Equal(path);
    }

    [Fact]
    public void Missing_arguments_and_folders_are_refused()
    {
        ((Action)(() => OnnxFile.ToOnnx(null!))).Should().Throw<ArgumentNullException>().WithParameterName("network");
        ((Action)(() => OnnxFile.SaveOnnx(null!, "x"))).Should().Throw<ArgumentNullException>().WithParameterName("network");
        ((Action)(() => Example().SaveOnnx(null!))).Should().Throw<ArgumentNullException>().WithParameterName("path");
        ((Action)(() => Example().SaveOnnx(""))).Should().Throw<ArgumentException>().WithParameterName("path");
        using var folder = new TempFolder();
        ((Action)(() => Example().SaveOnnx(folder.PathOf("none/model.onnx")))).Should().Throw<DirectoryNotFoundException>();
    }

    // The array is never written to, so that it takes no memory.
    [Fact]
    public void More_than_two_billion_bytes_of_values_are_refused_with_words()
    {
        ByteString much = UnsafeByteOperations.UnsafeWrap(new byte[200_000_000]);
        var graph = new GraphBuilder();
        for (int i = 0; i < 10; i++)
            graph.Constant(new TensorProto { Name = "c", RawData = much });
        graph.Invoking(builder => builder.Constant(new TensorProto { Name = "c", RawData = ByteString.CopyFrom(1) }))
            .Should().Throw<NotSupportedException>().WithMessage("*2,000,000,001 bytes*at most 2,000,000,000*2 GB*");
        graph.Graph.Initializer.Should().HaveCount(10);
    }

    [Fact]
    public void A_network_nested_too_deep_is_an_exception_and_no_crash()
    {
        Network? deep = null;
        Exception? thrown = null;
        OnThread(32 << 20, () =>
        {
            Layer layer = new Skip(1);
            for (int depth = 0; depth < 250; depth++)
                layer = new Chain([layer]);
            deep = Network.Create(1).Add(_ => layer).Build();
        });
        OnThread(160 << 10, () => thrown = Record.Exception(() => deep!.ToOnnx()));
        thrown.Should().BeOfType<NotSupportedException>();
    }

    private static void OnThread(int stackSize, ThreadStart work)
    {
        var thread = new Thread(work, stackSize);
        thread.Start();
        thread.Join();
    }
}
