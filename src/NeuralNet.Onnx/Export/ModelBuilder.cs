using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>A network as an ONNX model: what is said about it, its input and output, and the graph between them.</summary>
internal static class ModelBuilder
{
    // 2021's, which every runtime since then reads. IR version 8 is the one that came with it.
    public const int Opset = 17, IrVersion = 8;

    private const string InputName = "input", OutputName = "output";

    /// <summary>Makes the model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="channelsLast">Whether images go in and come out as they lie in rows of the library.</param>
    public static ModelProto Build(Network network, bool channelsLast)
    {
        GraphBuilder.CheckSize(4L * network.Parameters.Length);
        var graph = new GraphBuilder();
        var orders = new FeatureOrders(network.Layers, isOfValues: true);
        var w = new LayerWriter(graph, network, orders, "");
        bool turnsInput = channelsLast && network.Input.Kind == ShapeKind.Image, turnsOutput = channelsLast && network.Output.Kind == ShapeKind.Image;
        string y = LayerExport.Sequence(w, network.Layers, turnsInput ? w.ChannelsFirst(InputName) : InputName);
        graph.NameOutput(GraphTransposes.Reduce(graph.Graph, turnsOutput ? w.ChannelsLast(y) : y), OutputName);
        graph.Graph.Name = "network";
        graph.Graph.Input.Add(Value(InputName, network.Input, channelsLast));
        graph.Graph.Output.Add(Value(OutputName, network.Output, channelsLast));
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

    private static ValueInfoProto Value(string name, Shape shape, bool channelsLast)
    {
        long[] axes = channelsLast && shape.Kind == ShapeKind.Image ? [shape.Height, shape.Width, shape.FeatureCount] : Dimensions.Of(shape);
        var dimensions = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        foreach (long dimension in axes)
            dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dimension });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dimensions } },
        };
    }
}
