using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>A network as an ONNX model: what is said about it, its input and output, and the graph between them.</summary>
internal static class ModelBuilder
{
    // 2021's, which every runtime since then reads. IR version 8 is the one that came with it.
    public const int Opset = 17, IrVersion = 8;

    private const string InputName = "input", OutputName = "output";

    public static ModelProto Build(Network network)
    {
        GraphBuilder.CheckSize(4L * network.Parameters.Length);
        var graph = new GraphBuilder();
        var orders = new FeatureOrders(network.Layers, isOfValues: true);
        string y = LayerExport.Sequence(new LayerWriter(graph, network, orders, ""), network.Layers, InputName);
        graph.NameOutput(y, OutputName);
        graph.Graph.Name = "network";
        graph.Graph.Input.Add(Value(InputName, network.Input));
        graph.Graph.Output.Add(Value(OutputName, network.Output));
        return new ModelProto
        {
            IrVersion = IrVersion,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
            ProducerName = "NeuralNet",
            ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version?.ToString(3) ?? "",
            DocString = network.ToString(),
            Graph = graph.Graph,
        };
    }

    private static ValueInfoProto Value(string name, Shape shape)
    {
        var dimensions = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        foreach (long dimension in Dimensions.Of(shape))
            dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dimension });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dimensions } },
        };
    }
}
