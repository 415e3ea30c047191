using NeuralNet.Onnx.Import;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>A network as an ONNX model: what is said about it, its input and output, and the graph between them.</summary>
internal static class ModelBuilder
{
    // Of 2020; runtimes since then read it.
    private const int OldestOpset = 13;

    public const string Producer = "NeuralNet";

    /// <summary>Makes the model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="channelsLast">Whether images go in and come out as they lie in rows of the library.</param>
    public static ModelProto Build(Network network, bool channelsLast)
    {
        GraphBuilder.CheckSize(4L * network.Parameters.Length);
        var graph = new GraphBuilder();
        var orders = new FeatureOrders(network.Layers, isOfValues: true);
        var w = new LayerWriter(graph, network, orders, "");
        (string[] inputs, string[] outputs) = (Names(graph, network.Inputs), Names(graph, network.Outputs));
        string y = LayerExport.Sequence(w, network.Layers, Row(w, network, inputs, channelsLast));
        bool isOne = outputs.Length == 1;
        y = GraphTransposes.Reduce(graph.Graph, isOne ? Part(w, network, 0, y, channelsLast) : y);
        graph.Graph.Name = "network";
        for (int k = 0; k < inputs.Length; k++)
            graph.Graph.Input.Add(Value(inputs[k], network.Inputs[k], channelsLast));
        for (int k = 0; k < outputs.Length; k++)
        {
            graph.NameOutput(isOne ? y : Part(w, network, k, y, channelsLast), outputs[k]);
            graph.Graph.Output.Add(Value(outputs[k], network.Outputs[k], channelsLast));
        }

        GraphShapes.Add(graph.Graph);
        int opset = OpsetOf(graph.Graph);
        return new ModelProto
        {
            IrVersion = opset < 15 ? 7 : 8, // the one that came with it
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version?.ToString(3) ?? "",
            DocString = network.ToString(),
            Graph = graph.Graph,
            MetadataProps = { network.Metadata.Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }) },
        };
    }

    // The oldest version that has all operators: of those that are newer than version 13 the later ones mean the same.
    private static int OpsetOf(GraphProto graph) => graph.Node.Select(node => Math.Max(
            node.OpType switch { "LayerNormalization" => 17, "Shape" when node.Attribute.Count > 0 => 15, "HardSwish" => 14, _ => OldestOpset },
            node.Attribute.Select(attribute => attribute.G is null ? OldestOpset : OpsetOf(attribute.G)).DefaultIfEmpty().Max()))
        .DefaultIfEmpty(OldestOpset).Max();

    // No node may have the name of an input or output, and no output that of an input.
    private static string[] Names(GraphBuilder graph, NamedParts parts) => [.. parts.Select(part => graph.Unique(part.Name))];

    // The inputs as a row of the network's. What lies flat there lies pixel after pixel.
    private static string Row(LayerWriter w, Network network, string[] names, bool channelsLast)
    {
        string[] made = [.. names];
        for (int k = 0; k < made.Length; k++)
        {
            (Shape shape, bool isFlat) = (network.Inputs[k].Shape, network.Inputs[k].LiesFlat);
            if (shape.Kind == ShapeKind.Image && channelsLast != isFlat)
                made[k] = isFlat ? w.ChannelsLast(made[k]) : w.ChannelsFirst(made[k]);
            if (isFlat)
                made[k] = w.Reshape(made[k], 0, shape.Size);
        }

        return made.Length == 1 ? made[0] : w.Node("Concat", made, Attribute.Int("axis", Dimensions.FeatureAxis(network.Input)));
    }

    // One of the outputs, of a row of all.
    private static string Part(LayerWriter w, Network network, int output, string row, bool channelsLast)
    {
        NamedPart part = network.Outputs[output];
        (Shape shape, bool isFlat) = (part.Shape, part.LiesFlat);
        string made = network.Outputs.Count == 1 ? row : w.Range(row, Dimensions.FeatureAxis(network.Output), part.First, part.Count);
        if (isFlat)
            made = shape.Kind == ShapeKind.Image ? w.Reshape(made, 0, shape.Height, shape.Width, shape.FeatureCount)
                : w.Reshape(made, 0, shape.Steps, shape.FeatureCount);
        return shape.Kind != ShapeKind.Image || channelsLast == isFlat ? made : isFlat ? w.ChannelsFirst(made) : w.ChannelsLast(made);
    }

    // A name with a number is explained by its own one.
    private static ValueInfoProto Value(string name, NamedPart part, bool channelsLast)
    {
        Shape shape = part.Shape;
        long[] axes = channelsLast && shape.Kind == ShapeKind.Image ? [shape.Height, shape.Width, shape.FeatureCount] : Dimensions.Of(shape);
        var dimensions = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        int channels = shape.Kind != ShapeKind.Image ? -1 : channelsLast ? 2 : 0;
        foreach ((int axis, long size) in axes.Index())
        {
            string kind = channels < 0 ? "" : axis == channels ? ImageOrders.Channel : ImageOrders.Place;
            dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size, Denotation = kind });
        }

        return new ValueInfoProto
        {
            Name = name,
            DocString = name == part.Name ? "" : part.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dimensions } },
        };
    }
}
