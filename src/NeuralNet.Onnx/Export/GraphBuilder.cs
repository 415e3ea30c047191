using System.Globalization;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>A graph in the making: nodes in the order of computation, constants, and names that occur once.</summary>
internal sealed class GraphBuilder
{
    // Protobuf's messages end at 2³¹ − 1 bytes; what is above this is left to names and nodes.
    private const long MaxBytes = 2_000_000_000;

    private readonly Dictionary<string, int> names;
    private readonly Dictionary<(string Name, string Dimensions), string> shared = [];
    private long bytes;

    public GraphBuilder() => names = [];

    // Names inside of a graph must not occur outside either.
    private GraphBuilder(GraphBuilder outer) => names = outer.names;

    public GraphProto Graph { get; } = new();

    /// <summary>A graph within this one, as the body of a loop.</summary>
    public GraphBuilder Inner() => new(this);

    /// <summary>Adds a node of one output.</summary>
    /// <returns>The name of its output, which is that of the node.</returns>
    public string Node(string name, string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<AttributeProto> attributes)
    {
        string unique = Unique(name);
        Node(unique, operation, inputs, [unique], attributes);
        return unique;
    }

    /// <summary>Adds a node.</summary>
    /// <param name="name">Its name, which occurs nowhere else.</param>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">The names of its inputs.</param>
    /// <param name="outputs">Those of its outputs; empty for one that is not wanted.</param>
    /// <param name="attributes">What belongs to the operator.</param>
    public void Node(string name, string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs,
        ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Name = name, OpType = operation };
        node.Input.AddRange(inputs.ToArray());
        node.Output.AddRange(outputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        Graph.Node.Add(node);
    }

    /// <summary>How many nodes there are.</summary>
    public int Count => Graph.Node.Count;

    /// <summary>Says of the nodes from one on what they are a part of, where nothing is said yet.</summary>
    public void Explain(int first, string words)
    {
        foreach (NodeProto node in Graph.Node.Skip(first).Where(node => node.DocString.Length == 0))
            node.DocString = words;
    }

    /// <summary>Adds a constant.</summary>
    /// <returns>Its name.</returns>
    /// <exception cref="NotSupportedException">With it the model would be too large for a file.</exception>
    public string Constant(TensorProto tensor)
    {
        bytes += tensor.RawData.Length;
        CheckSize(bytes);
        tensor.Name = Unique(tensor.Name);
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a constant that several nodes ask for, once for all that see it with the same dimensions.</summary>
    /// <returns>Its name.</returns>
    public string Shared(string name, ReadOnlySpan<float> values, ReadOnlySpan<long> dimensions)
    {
        var key = (name, string.Join(' ', dimensions.ToArray()));
        return shared.TryGetValue(key, out string? known) ? known : shared[key] = Constant(Tensor.Of(name, values, dimensions));
    }

    /// <summary>Refuses what does not fit into a file.</summary>
    /// <exception cref="NotSupportedException">There are too many bytes.</exception>
    public static void CheckSize(long bytes)
    {
        if (bytes > MaxBytes)
            throw new NotSupportedException(
                string.Create(CultureInfo.InvariantCulture, $"The values of the network take {bytes:N0} bytes or more; an ONNX file holds at most " +
                $"{MaxBytes:N0} here, because protobuf's limit is 2 GB."));
    }

    /// <summary>Gives a value the name by which the graph's output is known.</summary>
    public void NameOutput(string value, string name)
    {
        // The last node is renamed; only a value that is none (of a network that changes nothing) takes one more.
        NodeProto? last = Graph.Node.Count > 0 ? Graph.Node[^1] : null;
        if (last?.Output.Count == 1 && last.Output[0] == value)
            last.Output[0] = name;
        else
            Node(name, "Identity", [value], [name], []);
    }

    /// <summary>The name itself, or with a number that tells it from earlier ones.</summary>
    public string Unique(string name)
    {
        names.TryGetValue(name, out int before);
        names[name] = before + 1;
        return before == 0 ? name : Unique(string.Create(CultureInfo.InvariantCulture, $"{name}_{before}"));
    }
}
