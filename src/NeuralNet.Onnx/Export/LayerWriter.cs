using System.Globalization;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>
/// Writes the nodes of one layer. Their names begin with the layer's position, "2.1/MatMul", and values are known by the name
/// of what makes them.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="network">Whose values are exported.</param>
/// <param name="orders">The order of features in the graph.</param>
/// <param name="position">The layer's, as in the names of its blocks: "2.1".</param>
internal sealed class LayerWriter(GraphBuilder graph, Network network, FeatureOrders orders, string position)
{
    public string Position => position;

    public GraphBuilder Graph => graph;

    /// <summary>The order in which the graph has the features of the layer's input; null: the library's.</summary>
    public FeatureOrder? InputOrder => orders.Input(position);

    /// <summary>The same of its output.</summary>
    public FeatureOrder? OutputOrder => orders.Output(position);

    /// <summary>The writer of a composite's child.</summary>
    public LayerWriter Child(int index) =>
        new(graph, network, orders, string.Create(CultureInfo.InvariantCulture, $"{position}{(position.Length > 0 ? "." : "")}{index}"));

    /// <summary>The writer of the same layer in a graph within this one.</summary>
    public LayerWriter Inner() => new(graph.Inner(), network, orders, position);

    /// <summary>Adds a node of one output.</summary>
    /// <returns>The name of its output.</returns>
    public string Node(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        graph.Node(Named(operation), operation, inputs, attributes);

    /// <summary>The same without attributes.</summary>
    public string Node(string operation, params ReadOnlySpan<string> inputs) => Node(operation, inputs, attributes: []);

    /// <summary>Adds a node that divides a value into equal parts along an axis.</summary>
    /// <returns>The names of the parts.</returns>
    public string[] Split(string value, int axis, int parts) => Split(value, axis, parts, []);

    /// <summary>Adds a node that divides a value into parts of these sizes along an axis.</summary>
    /// <returns>The names of the parts.</returns>
    public string[] Split(string value, int axis, ReadOnlySpan<long> sizes) => Split(value, axis, sizes.Length, [Integers("split", sizes)]);

    private string[] Split(string value, int axis, int parts, ReadOnlySpan<string> sizes)
    {
        string name = graph.Unique(Named("Split"));
        string[] outputs = [.. Enumerable.Range(0, parts).Select(part => string.Create(CultureInfo.InvariantCulture, $"{name}.{part}"))];
        graph.Node(name, "Split", [value, .. sizes], outputs, [Attribute.Int("axis", axis)]);
        return outputs;
    }

    /// <summary>Adds a node that keeps a range of an axis.</summary>
    public string Range(string value, int axis, int start, int count) =>
        Node("Slice", value, Integers("start", start), Integers("end", start + count), Integers("axis", axis));

    /// <summary>Adds a node that gives a value other axes; a 0 stands for the axis that was there, the batch.</summary>
    public string Reshape(string value, params ReadOnlySpan<long> dimensions) => Node("Reshape", value, Integers("shape", dimensions));

    /// <summary>An image as it lies in a row of the library, [batch, height, width, channels].</summary>
    public string ChannelsLast(string image) => Node("Transpose", [image], Attribute.Ints("perm", 0, 2, 3, 1));

    /// <summary>An image as ONNX has it, [batch, channels, height, width].</summary>
    public string ChannelsFirst(string image) => Node("Transpose", [image], Attribute.Ints("perm", 0, 3, 1, 2));

    /// <summary>A sequence with its features before its steps, [batch, features, steps], and an image as it lies in the graph: as operators that
    /// slide or go by channels take them.</summary>
    public string ChannelsFirstOf(Shape shape, string value) =>
        shape.Kind == ShapeKind.Sequence ? Node("Transpose", [value], Attribute.Ints("perm", 0, 2, 1)) : value;

    /// <summary>What such an operator makes, as the graph has such values.</summary>
    public string ChannelsBackOf(Shape shape, string value) => ChannelsFirstOf(shape, value);

    /// <summary>The values of a block of the layer.</summary>
    public ReadOnlySpan<float> Values(string block) => network.CopyParameter($"{position}.{block}");

    /// <summary>A block of the layer as a constant: a matrix [inputs, outputs], or numbers of the output's features, in the order in which the
    /// graph has those. Blocks that are tied are one constant, transposed in the graph where one is the other transposed, unless their orders
    /// are their own.</summary>
    public string Parameter(string block, params ReadOnlySpan<long> dimensions)
    {
        int width = (int)dimensions[dimensions.Length == 2 ? 1 : 0];
        int[]? rows = dimensions.Length == 2 ? InputOrder?.Features((int)dimensions[0]) : null;
        int[]? columns = width > 1 ? OutputOrder?.Features(width) : null;
        string name = $"{position}.{block}";
        if (rows is null && columns is null)
        {
            Tie? tie = network.Ties.FirstOrDefault(tie => tie.To == name);
            return tie switch
            {
                null => Shared(name, dimensions),
                { Transposed: false } => Shared(tie.Block, dimensions),
                _ => Node("Transpose", [Shared(tie.Block, [dimensions[1], dimensions[0]])], Attribute.Ints("perm", 1, 0)),
            };
        }

        ReadOnlySpan<float> values = Values(block);
        float[] ordered = new float[values.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, width);
            ordered[i] = values[((rows?[row] ?? row) * width) + (columns?[column] ?? column)];
        }

        return graph.Constant(Tensor.Of(name, ordered, dimensions));
    }

    private string Shared(string name, ReadOnlySpan<long> dimensions) => network.Ties.Any(tie => tie.Block == name)
        ? graph.Shared(name, network.Parameter(name), dimensions)
        : graph.Constant(Tensor.Of(name, network.Parameter(name), dimensions));

    /// <summary>A constant.</summary>
    public string Constant(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> dimensions) =>
        graph.Constant(Tensor.Of(Named(name), values, dimensions));

    /// <summary>A constant number.</summary>
    public string Scalar(string name, float value) => Constant(name, [value]);

    /// <summary>A constant list of whole numbers, such as axes.</summary>
    public string Integers(string name, params ReadOnlySpan<long> values) => graph.Constant(Tensor.Of(Named(name), values));

    /// <summary>What to say of a kind that has no form in ONNX here.</summary>
    public NotSupportedException NotExported(string what) =>
        new($"Layer {position}{what} is not of the library, so which ONNX operators it consists of is not known: a network can be exported if all " +
            $"its layers and activations are the library's own.");

    private string Named(string name) => $"{position}/{name}";
}
