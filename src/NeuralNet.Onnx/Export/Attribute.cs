using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using static NeuralNet.Onnx.Schema.AttributeProto.Types;

namespace NeuralNet.Onnx.Export;

/// <summary>The attributes of a node.</summary>
internal static class Attribute
{
    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Ints(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values.ToArray());
        return attribute;
    }

    public static AttributeProto Floats(string name, params ReadOnlySpan<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Floats };
        attribute.Floats.AddRange(values.ToArray());
        return attribute;
    }

    public static AttributeProto Strings(string name, params ReadOnlySpan<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Strings };
        foreach (string value in values)
            attribute.Strings.Add(ByteString.CopyFromUtf8(value));
        return attribute;
    }

    public static AttributeProto Graph(string name, GraphProto value) => new() { Name = name, Type = AttributeType.Graph, G = value };
}
