using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>A node of the graph while it is read: its inputs' values, its attributes, and where its outputs go.</summary>
internal sealed class Node
{
    private readonly NodeProto proto;
    private readonly HashSet<string> readAttributes = [];

    public Node(NodeProto proto, int position)
    {
        this.proto = proto;
        Position = position;
    }

    public int Position { get; }

    public string Operator => proto.OpType;

    public string Domain => proto.Domain;

    public IReadOnlyList<string> InputNames => proto.Input;

    public IReadOnlyList<string> OutputNames => proto.Output;

    /// <summary>The values of the inputs; null for one that is left out.</summary>
    public Value?[] Inputs { get; set; } = [];

    /// <summary>How often the outputs are read; null for one that has no name.</summary>
    public int[] Uses { get; set; } = [];

    public Value?[] Outputs { get; set; } = [];

    public int Count => Inputs.Length;

    public bool Has(int input) => input < Inputs.Length && Inputs[input] is not null;

    public bool IsUsed(int output) => output < Uses.Length && Uses[output] > 0;

    public Value Input(int i) => !Has(i) ? throw Bad($"input {i} is missing") : Inputs[i] is UnknownValue ? throw new UnknownInputException()
        : Inputs[i]!;

    /// <summary>An input that has to be a constant.</summary>
    public Tensor Constant(int i, string what) =>
        Input(i) as Tensor ?? throw new Refusal($"{what} must be a constant, and is computed from the network's input");

    public Tensor? OptionalConstant(int i, string what) => Has(i) ? Constant(i, what) : null;

    /// <summary>An input that has to be computed from the network's.</summary>
    public Signal Signal(int i, string what) =>
        Input(i) as Signal ?? throw new Refusal($"{what} is a constant, where something computed from the network's input was expected");

    public long Int(string name, long otherwise) => Attribute(name, AttributeProto.Types.AttributeType.Int) is { } a ? a.I : otherwise;

    public float Float(string name, float otherwise) => Attribute(name, AttributeProto.Types.AttributeType.Float) is { } a ? a.F : otherwise;

    public string Text(string name, string otherwise) => Attribute(name, AttributeProto.Types.AttributeType.String) is { } a
        ? a.S.ToStringUtf8() : otherwise;

    public long[]? Ints(string name) => Attribute(name, AttributeProto.Types.AttributeType.Ints) is { } a ? [.. a.Ints] : null;

    public float[]? Floats(string name) => Attribute(name, AttributeProto.Types.AttributeType.Floats) is { } a ? [.. a.Floats] : null;

    public string[]? Texts(string name) => Attribute(name, AttributeProto.Types.AttributeType.Strings) is { } a
        ? [.. a.Strings.Select(s => s.ToStringUtf8())] : null;

    public TensorProto? Tensor(string name) => Attribute(name, AttributeProto.Types.AttributeType.Tensor) is { } a
        ? a.T ?? throw Bad($"attribute \"{name}\" has no tensor") : null;

    public GraphProto? Graph(string name) => Attribute(name, AttributeProto.Types.AttributeType.Graph) is { } a
        ? a.G ?? throw Bad($"attribute \"{name}\" has no graph") : null;

    public bool HasAttribute(string name) => proto.Attribute.Any(a => a.Name == name);

    /// <summary>An attribute that changes nothing here.</summary>
    public void Ignore(string name) => readAttributes.Add(name);

    /// <summary>Refuses what nobody has asked for: it might change the meaning.</summary>
    public void CheckAttributes()
    {
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (!readAttributes.Contains(attribute.Name))
                throw new Refusal($"attribute \"{attribute.Name}\" is not known");
        }
    }

    public void Set(Value value, int output = 0)
    {
        if (output < Outputs.Length)
            Outputs[output] = value;
    }

    /// <summary>An axis from 0, of one that may be counted from the end.</summary>
    public int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank)
            throw Bad(FormattableString.Invariant($"there is no axis {axis} among {rank}"));
        return (int)(axis < 0 ? axis + rank : axis);
    }

    /// <summary>The file is wrong at this node.</summary>
    public InvalidDataException Bad(string what) => new($"{this}: {what}.");

    public override string ToString() => $"Node {Name} ({Operator})";

    public string Name => proto.Name.Length > 0 ? $"\"{Printable.Text(proto.Name)}\"" : FormattableString.Invariant($"{Position}");

    private AttributeProto? Attribute(string name, AttributeProto.Types.AttributeType type)
    {
        AttributeProto? found = null;
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (attribute.Name == name)
                found = found is null ? attribute : throw Bad($"attribute \"{name}\" is there twice");
        }

        readAttributes.Add(name);
        return found is null || found.Type == type ? found
            : throw Bad($"attribute \"{name}\" must be of type {type}, and is of type {found.Type}");
    }
}
