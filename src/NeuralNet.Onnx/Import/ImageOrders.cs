using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>On which axis the inputs and outputs of a graph have their channels: where the file says it (the denotation of its axes), there;
/// otherwise as far as what stands next to them tells. Images lie channels first unless they are transposed to that, or from that, or a matrix
/// goes along their last axis; sequences lie features last, unless something slides along their last axis.
/// </summary>
internal sealed class ImageOrders(Model model)
{
    /// <summary>What the standard calls an axis of channels, and one of pixels.</summary>
    public const string Channel = "DATA_CHANNEL", Place = "DATA_FEATURE";

    private static readonly long[] toFirst = [0, 3, 1, 2], toLast = [0, 2, 3, 1];

    /// <summary>Whether the channels of an input are the first axis of a row.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sizes">Its axes, that of the rows first.</param>
    public bool AreFirstAtInput(string name, IReadOnlyList<long> sizes)
    {
        int rank = sizes.Count;
        if (rank > 2 && Declared(model.Inputs, name) is { } isFirst)
            return isFirst;
        var reached = new HashSet<string> { name };
        foreach (NodeProto node in model.Nodes)
        {
            if (!node.Input.Any(reached.Contains))
                continue;
            if (rank == 4 && (IsTranspose(node, toFirst) || IsReshapeOfOneChannel(node, sizes) || node.OpType == "MatMul"))
                return false;
            if (Slides(node))
                return true;
            if (PassesOn(node))
                reached.UnionWith(node.Output);
        }

        return rank == 4;
    }

    /// <summary>Whether the channels of an output are the first axis of a row.</summary>
    public bool AreFirstAtOutput(string name, int rank)
    {
        if (rank > 2 && Declared(model.Outputs, name) is { } isFirst)
            return isFirst;
        var wanted = new HashSet<string> { name };
        foreach (NodeProto node in model.Nodes.AsEnumerable().Reverse())
        {
            if (!node.Output.Any(wanted.Contains))
                continue;
            if (rank == 4 && (IsTranspose(node, toLast) || node.OpType == "MatMul"))
                return false;
            if (Slides(node))
                return true;
            if (PassesOn(node) || node.OpType is "Softmax" or "LogSoftmax")
                wanted.UnionWith(node.Input);
        }

        return rank == 4;
    }

    // What the file says of its axes, in the words of the standard: whether channels come before pixels or steps.
    private static bool? Declared(IReadOnlyList<ValueInfoProto> values, string name)
    {
        string[] axes = [.. (values.FirstOrDefault(value => value.Name == name)?.Type?.TensorType?.Shape?.Dim ?? []).Select(axis => axis.Denotation)];
        int channels = Array.IndexOf(axes, Channel), place = Array.IndexOf(axes, Place);
        return channels < 0 || place < 0 ? null : channels < place;
    }

    private static bool IsTranspose(NodeProto node, long[] order) =>
        node.OpType == "Transpose" && node.Attribute.Any(attribute => attribute.Name == "perm" && attribute.Ints.SequenceEqual(order));

    // [rows, height, width, 1] as [rows, 1, height, width], which moves nothing.
    private bool IsReshapeOfOneChannel(NodeProto node, IReadOnlyList<long> sizes) => node.OpType == "Reshape" && node.Input.Count > 1 && sizes[3] == 1
        && model.Constants.TryGetValue(node.Input[1], out Tensor? shape) && shape.Count == 4 && shape.Integer(1) == 1 && sizes[1] != 1
        && shape.Integer(2) == sizes[1] && shape.Integer(3) == sizes[2];

    private static bool Slides(NodeProto node) => node.OpType is "Conv" or "ConvTranspose" or "MaxPool" or "AveragePool" or "GlobalAveragePool"
        or "GlobalMaxPool" or "InstanceNormalization" or "GroupNormalization" or "Resize" or "Upsample";

    private static bool PassesOn(NodeProto node) => node.OpType is "Identity" or "Cast" or "Dropout" or "Add" or "Sub" or "Mul" or "Div" or "Sum"
        or "Max" or "Min" or "Pow" or "Clip" or "Relu" or "LeakyRelu" or "PRelu" or "Elu" or "Celu" or "Selu" or "Sigmoid" or "HardSigmoid"
        or "HardSwish" or "Tanh" or "Softplus" or "Softsign" or "Neg" or "Abs" or "Sqrt" or "Exp" or "Log" or "Erf"
        or "Mish" or "Gelu" or "BatchNormalization"
        or "Pad" or "Concat";
}
