using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Export;

/// <content>What each operator that the export writes makes of shapes.</content>
internal sealed partial class GraphShapes
{
    private Known[] Made(NodeProto node)
    {
        Known[] inputs = [.. node.Input.Select(name => name.Length == 0 ? new Known([], DataType.Undefined) : known[name])];
        Known? x = inputs.Length > 0 ? inputs[0] : null;
        return node.OpType switch
        {
            "Add" or "Sub" or "Mul" or "Div" or "Min" or "Max" => [new Known(Together(inputs), x!.Type)],
            "Less" or "Greater" or "Equal" or "GreaterOrEqual" or "And" => [new Known(Together(inputs), DataType.Bool)],
            "Where" => [new Known(Together(inputs), inputs[1].Type)],
            "Cast" => [x! with { Type = (DataType)Int(node, "to", 1), Numbers = null, Factors = null }],
            "MatMul" => [new Known(Product(x!.Sizes, inputs[1].Sizes), x.Type)],
            "Gemm" => [new Known([x!.Sizes[0], inputs[1].Sizes[1]], x.Type)],
            "Conv" or "MaxPool" or "AveragePool" => [new Known(Windows(node, inputs), x!.Type)],
            "ConvTranspose" => [new Known(Transposed(node, inputs), x!.Type)],
            "GlobalAveragePool" or "GlobalMaxPool" => [new Known([.. x!.Sizes[..2], .. x.Sizes[2..].Select(_ => 1L)], x.Type)],
            "Flatten" => [new Known([x!.Sizes[0], Count(x.Sizes[1..])], x.Type)],
            "Transpose" => [new Known([.. Ints(node, "perm").Select(axis => x!.Sizes[axis])], x!.Type)],
            "Reshape" => [new Known(Reshaped(x!.Sizes, inputs[1].Numbers!), x.Type)],
            "Slice" => [new Known(Sliced(x!.Sizes, inputs), x.Type, NumbersOf(x, inputs))],
            "Split" => [.. node.Output.Select((_, k) => new Known(With(x!.Sizes, Int(node, "axis", 0), size => inputs.Length > 1
                ? inputs[1].Numbers![k] : size / node.Output.Count), x.Type))],
            "Expand" => [new Known(Together([x!, new Known(inputs[1].Numbers!, x!.Type)]), x.Type)],
            "Squeeze" => [new Known([.. x!.Sizes.Where((_, axis) => !inputs[1].Numbers!.Contains(axis))], x.Type)],
            "Unsqueeze" => [new Known([.. x!.Sizes[..(int)inputs[1].Numbers![0]], 1, .. x.Sizes[(int)inputs[1].Numbers![0]..]], x.Type)],
            "Concat" => [Joined(inputs, Int(node, "axis", 0))],
            "Gather" => [new Known(Gathered(x!.Sizes, inputs[1].Sizes, (int)Int(node, "axis", 0)), x.Type)],
            "Pad" => [new Known([.. x!.Sizes.Select((size, axis) => Padded(size, axis, inputs[1].Numbers!))], x.Type)],
            "Resize" => Resized(x!, inputs[^1]),
            "ReduceMean" or "ReduceMax" or "ReduceL2" => [new Known(Reduced(node, x!.Sizes), x.Type)],
            "Shape" => [Range(x!.Sizes, node)],
            "ConstantOfShape" => [new Known(x!.Numbers!, DataType.Float)],
            "LSTM" or "GRU" or "RNN" => Recurrent(x!, Int(node, "hidden_size", 0)),
            "Scan" => Scanned(node, inputs),
            _ => [x! with { Numbers = null, Factors = null }], // element by element, or along an axis that stays
        };
    }

    // Sizes that are repeated to each other, from the last axis on.
    private static long[] Together(ReadOnlySpan<Known> values)
    {
        long[] sizes = [];
        foreach (Known value in values)
        {
            int rank = Math.Max(sizes.Length, value.Sizes.Length);
            long[] all = new long[rank];
            for (int axis = 1; axis <= rank; axis++)
            {
                long a = axis <= sizes.Length ? sizes[^axis] : 1, b = axis <= value.Sizes.Length ? value.Sizes[^axis] : 1;
                all[^axis] = a == 1 ? b : a;
            }

            sizes = all;
        }

        return sizes;
    }

    private static long[] Product(long[] a, long[] b) =>
        [.. Together([new Known(a[..^2], DataType.Float), new Known(b[..^2], DataType.Float)]), a[^2], b[^1]];

    private static long[] Windows(NodeProto node, Known[] inputs)
    {
        long[] sizes = inputs[0].Sizes, kernel = Ints(node, "kernel_shape"), strides = Ints(node, "strides"), pads = Ints(node, "pads");
        long[] dilations = Ints(node, "dilations");
        int sides = kernel.Length;
        long channels = node.OpType == "Conv" ? inputs[1].Sizes[0] : sizes[1];
        return [sizes[0], channels, .. kernel.Select((size, k) =>
        {
            long extent = ((size - 1) * (dilations.Length > 0 ? dilations[k] : 1)) + 1;
            return ((sizes[2 + k] + pads[k] + pads[sides + k] - extent) / strides[k]) + 1;
        })];
    }

    private static long[] Transposed(NodeProto node, Known[] inputs)
    {
        long[] sizes = inputs[0].Sizes, kernel = Ints(node, "kernel_shape"), strides = Ints(node, "strides"), pads = Ints(node, "pads");
        long[] dilations = Ints(node, "dilations"), more = Ints(node, "output_padding");
        return [sizes[0], inputs[1].Sizes[1] * Int(node, "group", 1), .. kernel.Select((size, k) =>
            ((sizes[2 + k] - 1) * strides[k]) + ((size - 1) * dilations[k]) + 1 + more[k] - pads[k] - pads[kernel.Length + k])];
    }

    // A 0 is the size that was there, and a −1 what remains.
    private static long[] Reshaped(long[] sizes, long[] wanted)
    {
        int open = Array.IndexOf(wanted, -1);
        long[] made = [.. wanted.Select((size, axis) => size == 0 ? sizes[axis] : axis == open ? 1 : size)];
        return open < 0 ? made : With(made, open, _ => Count(sizes) / Count(made)); // with that of the rows in both
    }

    private static long[] Sliced(long[] sizes, Known[] inputs)
    {
        long start = inputs[1].Numbers![0], end = inputs[2].Numbers![0], axis = inputs[3].Numbers![0];
        return With(sizes, axis, size => inputs.Length > 4 ? size : end - start); // with steps of −1 it turns the axis round
    }

    // A part of a list.
    private static long[]? NumbersOf(Known x, Known[] inputs) =>
        inputs.Length == 4 ? x.Numbers?[(int)inputs[1].Numbers![0]..(int)inputs[2].Numbers![0]] : null;

    private static long[] With(long[] sizes, long axis, Func<long, long> change) => [.. sizes.Select((size, k) => k == axis ? change(size) : size)];

    private static Known Joined(Known[] inputs, long axis)
    {
        bool areNumbers = Array.TrueForAll(inputs, input => input.Numbers is not null);
        return new Known(
            With(inputs[0].Sizes, axis, _ => inputs.Sum(input => input.Sizes[axis])), inputs[0].Type,
            areNumbers ? [.. inputs.SelectMany(input => input.Numbers!)] : null);
    }

    private static long[] Gathered(long[] sizes, long[] indices, int axis) => [.. sizes[..axis], .. indices, .. sizes[(axis + 1)..]];

    private static long Padded(long size, int axis, long[] pads) =>
        size == Batch ? size : size + pads[axis] + pads[axis + (pads.Length / 2)];

    // To sizes, or by factors.
    private static Known[] Resized(Known x, Known by) => [new Known(
        by.Factors is { } factors ? [.. x.Sizes.Select((size, axis) => factors[axis] == 1 ? size : (long)MathF.Floor(size * factors[axis]))]
            : by.Numbers!, x.Type)];

    private static long[] Reduced(NodeProto node, long[] sizes)
    {
        long[] axes = Ints(node, "axes");
        return Int(node, "keepdims", 1) != 0 ? [.. sizes.Select((size, axis) => axes.Contains(axis) ? 1 : size)]
            : [.. sizes.Where((_, axis) => !axes.Contains(axis))];
    }

    private static Known Range(long[] sizes, NodeProto node)
    {
        long[] part = sizes[(int)Int(node, "start", 0)..(int)Int(node, "end", sizes.Length)];
        return new Known([part.Length], DataType.Int64, part);
    }

    // Y [steps, 1, batch, hidden], Y_h and Y_c [1, batch, hidden]
    private static Known[] Recurrent(Known x, long hidden)
    {
        var state = new Known([1, x.Sizes[1], hidden], x.Type);
        return [new Known([x.Sizes[0], .. state.Sizes], x.Type), state, state];
    }

    // The states as they begin, and what the body gives at each step, of as many steps as it goes over.
    private Known[] Scanned(NodeProto node, Known[] inputs)
    {
        GraphProto body = node.Attribute.First(attribute => attribute.Name == "body").G;
        long steps = inputs[^1].Sizes[0];
        var within = new GraphShapes(new Dictionary<string, Known>(known));
        foreach ((int k, ValueInfoProto input) in body.Input.Index())
            within.known[input.Name] = k < inputs.Length - 1 ? inputs[k] : new Known(inputs[k].Sizes[1..], inputs[k].Type);
        within.Follow(body);
        return [.. inputs[..^1], .. body.Output.Skip(inputs.Length - 1).Select(output => within.known[output.Name])
            .Select(each => new Known([steps, .. each.Sizes], each.Type))];
    }

    private static long Count(long[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);

    private static long Int(NodeProto node, string name, long otherwise) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.I ?? otherwise;

    private static long[] Ints(NodeProto node, string name) => [.. node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.Ints ?? []];
}
