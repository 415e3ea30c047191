using System.Buffers.Binary;
using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Export;

/// <summary>Writes the shape of every value within a graph beside it, so that viewers show it and runtimes need not infer it.</summary>
/// <content>What is known of a value, and the graph; the operators are in the other part.</content>
internal sealed partial class GraphShapes
{
    /// <summary>Stands for the number of rows.</summary>
    private const long Batch = -1;

    private const string BatchName = "batch";

    private readonly Dictionary<string, Known> known;

    private GraphShapes(Dictionary<string, Known> known) => this.known = known;

    /// <summary>The sizes and the type of a value; of a short list that is known also its whole numbers or factors.</summary>
    private sealed record Known(long[] Sizes, DataType Type, long[]? Numbers = null, float[]? Factors = null);

    /// <summary>Adds the shapes.</summary>
    /// <param name="graph">The graph, with its inputs and outputs.</param>
    public static void Add(GraphProto graph)
    {
        var shapes = new GraphShapes([]);
        foreach (ValueInfoProto input in graph.Input)
        {
            IEnumerable<long> sizes = input.Type.TensorType.Shape.Dim.Select(size => size.DimParam == BatchName ? Batch : size.DimValue);
            shapes.known[input.Name] = new Known([.. sizes], DataType.Float);
        }

        shapes.Follow(graph);
    }

    private void Follow(GraphProto graph)
    {
        foreach (TensorProto constant in graph.Initializer)
            known[constant.Name] = KnownOf(constant);
        HashSet<string> outputs = [.. graph.Output.Select(output => output.Name)];
        foreach (NodeProto node in graph.Node)
        {
            // What no operator of this class makes has no shape, and neither has what is made of it.
            bool isKnown = node.Input.All(name => name.Length == 0 || known.ContainsKey(name));
            Known[] made = isKnown ? Made(node) : [];
            foreach ((int k, Known value) in made.Index())
            {
                string name = k < node.Output.Count ? node.Output[k] : "";
                if (name.Length == 0)
                    continue;
                known[name] = value;
                if (!outputs.Contains(name))
                    graph.ValueInfo.Add(Info(name, value));
            }
        }
    }

    private static ValueInfoProto Info(string name, Known value)
    {
        var shape = new TensorShapeProto();
        foreach (long size in value.Sizes)
        {
            shape.Dim.Add(size == Batch ? new TensorShapeProto.Types.Dimension { DimParam = BatchName }
                : new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)value.Type, Shape = shape } },
        };
    }

    // Lists of axes, sizes, factors and the like are short.
    private static Known KnownOf(TensorProto constant)
    {
        const int MaxNumbers = 16;
        var known = new Known([.. constant.Dims], (DataType)constant.DataType);
        bool isWhole = known.Type == DataType.Int64;
        ReadOnlySpan<byte> bytes = constant.RawData.Span;
        int size = isWhole ? sizeof(long) : sizeof(float), count = bytes.Length / size;
        if (constant.Dims.Count != 1 || count > MaxNumbers)
            return known;
        known = isWhole ? known with { Numbers = new long[count] } : known with { Factors = new float[count] };
        for (int i = 0; i < count; i++)
        {
            if (isWhole)
                known.Numbers![i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * size)..]);
            else
                known.Factors![i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * size)..]);
        }

        return known;
    }
}
