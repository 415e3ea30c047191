using System.Runtime.InteropServices;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using AttributeType = NeuralNet.Onnx.Schema.AttributeProto.Types.AttributeType;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Small models by hand, in any spelling that the format allows.</summary>
internal sealed class ModelOf
{
    public ModelOf(params long[] input)
        : this(17, input)
    {
    }

    public ModelOf(long opset, long[] input)
    {
        Proto = new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = opset } }, Graph = new GraphProto { Name = "g" } };
        Graph.Input.Add(Info("input", input));
        ValueInfoProto output = Info("output");
        output.Type.TensorType.Shape = null;
        Graph.Output.Add(output);
    }

    public ModelProto Proto { get; }

    public GraphProto Graph => Proto.Graph;

    /// <summary>The random weights that it has been given so far are followed by others.</summary>
    private int Seed { get; set; }

    /// <summary>A branch of an If: nodes that give one value, which may read what is outside of it.</summary>
    public static GraphProto Branch(string output, Action<ModelOf> nodes)
    {
        GraphProto graph = new ModelOf(0, 1).Also(nodes).Graph;
        graph.Name = "branch";
        graph.Input.Clear();
        graph.Output.Clear();
        graph.Output.Add(new ValueInfoProto
        {
            Name = output,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } },
        });
        return graph;
    }

    /// <summary>The attribute "axes".</summary>
    public static (string, object) Axes(params long[] axes) => ("axes", axes);

    /// <summary>The attribute "perm" of a Transpose.</summary>
    public static (string, object) Perm(params long[] axes) => ("perm", axes);

    public static ValueInfoProto Info(string name, params long[] sizes)
    {
        var shape = new TensorShapeProto();
        foreach (long size in sizes)
            shape.Dim.Add(size == 0 ? new TensorShapeProto.Types.Dimension
            {
                DimParam = "n",
            } : new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } },
        };
    }

    public static TensorProto Tensor(string name, float[] values, params long[] sizes) =>
        new()
        {
            Name = name,
            DataType = (int)DataType.Float,
            Dims = { sizes },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
        };

    public static TensorProto Integers(string name, params long[] values) =>
        new() { Name = name, DataType = (int)DataType.Int64, Dims = { values.Length }, Int64Data = { values } };

    /// <summary>A constant of truth values.</summary>
    public ModelOf Mask(string name, float[] values, params long[] sizes)
    {
        Graph.Initializer.Add(Tensor(name + "f", values, sizes));
        return Node($"{name} = Cast({name}f)", ("to", (int)DataType.Bool));
    }

    public ModelOf Floats(string name, params long[] sizes)
    {
        var random = new RandomStream(7);
        long count = sizes.Aggregate(1L, (product, size) => product * size);
        Graph.Initializer.Add(Tensor(name, [.. Enumerable.Range(0, (int)count).Select(_ => 0.5f * random.Normal(0, Seed++))], sizes));
        return this;
    }

    public ModelOf Scales(string name, params float[] scales) => Values(name, scales);

    public ModelOf Ones(string name, int count) => Values(name, [.. Enumerable.Repeat(1f, count)]);

    public ModelOf Zeros(string name, int count) => Values(name, new float[count]);

    private ModelOf Values(string name, float[] values)
    {
        Graph.Initializer.Add(Tensor(name, values, values.Length));
        return this;
    }

    public ModelOf Number(string name, float value)
    {
        Graph.Initializer.Add(Tensor(name, [value]));
        return this;
    }

    public ModelOf List(string name, params long[] values)
    {
        Graph.Initializer.Add(Integers(name, values));
        return this;
    }

    /// <summary>One whole number, without axes.</summary>
    public ModelOf Index(string name, long value)
    {
        Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)DataType.Int64, Int64Data = { value } });
        return this;
    }

    /// <summary>A node: "output = Operator(input, input)", and attributes.</summary>
    public ModelOf Node(string text, params (string Name, object Value)[] attributes)
    {
        string[] parts = text.Split('=', '(', ')', ',');
        string[] names = [.. parts.Select(part => part.Trim())];
        int operation = Array.FindIndex(parts, 1, part => text.Contains(part + "(", StringComparison.Ordinal));
        var node = new NodeProto { OpType = names[operation], Name = $"{names[operation]} {Graph.Node.Count}" };
        node.Output.Add(names[..operation]);
        node.Input.Add(names[(operation + 1)..^1]);
        foreach ((string name, object value) in attributes)
            node.Attribute.Add(Attribute(name, value));
        Graph.Node.Add(node);
        return this;
    }

    public byte[] Bytes() => Proto.ToByteArray();

    public Network Import() => OnnxFile.Load(Bytes());

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case long number: (attribute.Type, attribute.I) = (AttributeType.Int, number); break;
            case int number: (attribute.Type, attribute.I) = (AttributeType.Int, number); break;
            case float number: (attribute.Type, attribute.F) = (AttributeType.Float, number); break;
            case string word: (attribute.Type, attribute.S) = (AttributeType.String, ByteString.CopyFromUtf8(word)); break;
            case TensorProto tensor: (attribute.Type, attribute.T) = (AttributeType.Tensor, tensor); break;
            case GraphProto graph: (attribute.Type, attribute.G) = (AttributeType.Graph, graph); break;
            case long[] list: attribute.Type = AttributeType.Ints; attribute.Ints.Add(list); break;
            case float[] list: attribute.Type = AttributeType.Floats; attribute.Floats.Add(list); break;
            case string[] list: attribute.Type = AttributeType.Strings; attribute.Strings.Add(list.Select(ByteString.CopyFromUtf8)); break;
            default: throw new ArgumentException(value.ToString());
        }

        return attribute;
    }
}
