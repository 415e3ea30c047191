using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>One output of several, by its name.</summary>
public class OutputTests
{
    private static ModelOf Two()
    {
        ModelOf model = new ModelOf(0, 4).Floats("W", 4, 3).Floats("V", 3, 2).Node("h = MatMul(input, W)").Node("t = Tanh(h)")
            .Node("mean = MatMul(t, V)").Node("label = Hardmax(t)");
        model.Graph.Output[0].Name = "label";
        ValueInfoProto mean = ModelOf.Info("mean", 0, 2);
        model.Graph.Output.Add(mean);
        return model;
    }

    [Fact]
    public void The_named_output_alone_is_imported()
    {
        byte[] model = Two().Bytes();
        Network network = OnnxFile.Load(model, output: "mean");
        network.Layers.Should().HaveCount(2);
        network.Outputs.Should().ContainSingle().Which.Name.Should().Be("mean");
        float[] x = [0.1f, -0.2f, 0.3f, 2];
        using var runtime = new Runtime(model);
        Imported.Close(network.Predict(x), runtime.RunAsItIs(x, [1, 4], "mean"));
    }

    [Fact]
    public void Nodes_weights_and_inputs_of_other_outputs_are_not_looked_at()
    {
        ModelOf model = Two().Node("u = Add(t, extra)").Node("s = ArrayFeatureExtractor(names, u)");
        model.Graph.Node[^1].Domain = "ai.onnx.ml";
        model.Graph.Output[0].Name = "s";
        model.Graph.Initializer.Add(new TensorProto { Name = "names", DataType = (int)TensorProto.Types.DataType.String, Dims = { 3 } });
        ValueInfoProto extra = ModelOf.Info("extra", 0, 3);
        extra.Type.TensorType.ElemType = (int)TensorProto.Types.DataType.String;
        model.Graph.Input.Add(extra);
        Network network = OnnxFile.Load(model.Bytes(), output: "mean");
        network.Input.Should().Be(Shape.Features(4));
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void A_name_that_no_output_has_is_refused_with_those_there_are() =>
        FluentActions.Invoking(() => OnnxFile.Load(Two().Bytes(), output: "probabilities")).Should().Throw<InvalidDataException>()
            .WithMessage("The file has no output \"probabilities\"; it has \"label\", \"mean\".");

    [Fact]
    public void What_other_outputs_need_is_refused_with_the_remedy() =>
        Two().Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage("*\"Hardmax 3\" (Hardmax)*output: \"mean\"*");

    [Theory]
    [InlineData(22, 10)]
    [InlineData(23, 11)]
    [InlineData(24, 12)]
    [InlineData(24, 13)]
    public void Newer_versions_are_read(int opset, int version)
    {
        ModelOf model = new ModelOf(opset, [0, 2, 6]).Floats("W", 3, 2, 3).Floats("g", 3).Floats("b", 3).List("s", 0, -1).Floats("V", 12, 2)
            .Number("zero", 0).Node("h = Conv(input, W)").Node("n = InstanceNormalization(h, g, b)").Node("m = HardSwish(n)").Node("e = Elu(m)")
            .Node("r = Reshape(e, s)").Node("d = Dropout(r)").Node("f = Softplus(d)").Node("c = Clip(f, zero)").Node("y = MatMul(c, V)")
            .Node("i = Identity(y)").Node("output = Cast(i)", ("to", 1));
        model.Proto.IrVersion = version;
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile);
        float[] x = [.. Enumerable.Range(0, 12).Select(i => MathF.Sin(i))];

        // The runtime's own limit of the version of files is older than the format's; what is in the file is the same.
        model.Proto.IrVersion = 10;
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(network.Predict(x), runtime.RunAsItIs(x, [1, 2, 6]));
    }
}
