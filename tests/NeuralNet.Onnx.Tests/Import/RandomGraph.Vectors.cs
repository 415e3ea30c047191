namespace NeuralNet.Onnx.Tests.Import;

/// <content>What acts along axes, and what changes them.</content>
internal sealed partial class RandomGraph
{
    private void Reduce(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis < 0)
            return;

        // Neighbouring axes, now and then.
        int last = axis;
        while (last + 1 < sizes.Length && sizes[last + 1] > 0 && Below(4) == 0)
            last++;
        string operation = new[] { "Mean", "Mean", "Max", "Max", "Sum", "L2", "SumSquare" }[Below(7)];
        bool keeps = Below(2) == 0 || sizes.Length - (last - axis) <= 2;
        long[] made = [.. sizes[..axis], .. keeps ? Enumerable.Repeat(1L, last - axis + 1) : [], .. sizes[(last + 1)..]];
        long[] axes = [.. Enumerable.Range(axis, last - axis + 1).Select(k => (long)k)];
        AddWithAxes($"Reduce{operation}", x, axes, isOld || operation != "Sum", made, ("keepdims", keeps ? 1 : 0));
        if (last > axis && operation == "Max")
            kinds.Add(("ReduceMax over axes", values[^1].Name));
    }

    private void AddWithAxes(
        string operation, string x, long[] axes, bool areAttribute, long[] sizes, params (string Name, object Value)[] attributes)
    {
        if (areAttribute)
            Add($"{operation}({x})", sizes, [("axes", axes), .. attributes]);
        else
            Add($"{operation}({x}, {List(axes)})", sizes, attributes);
    }

    // What acts on the vectors along an axis; or the norm of a vector by its parts, with any number to begin with.
    private void Vectors(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis < 0)
            return;
        (string, object)[] along = [("axes", (long[])[axis])];
        switch (Below(4))
        {
            case 0:
                Add($"Softmax({x})", sizes, ("axis", axis));
                break;
            case 1 when sizes[^1] > 0 && !isOld:
                Add($"LayerNormalization({x}, {Floats(sizes[^1])}, {Floats(sizes[^1])})", sizes, ("epsilon", 0.1f));
                break;
            case 2:
                string square = Below(2) == 0 ? Node($"Mul({x}, {x})") : Node($"Pow({x}, {Tensor([2])})");
                string mean = Node($"ReduceMean({square})", along), root = Node($"Sqrt({Node($"Add({mean}, {Positive()})")})");
                Add($"Div({x}, {Repeated(root, sizes)})", sizes);
                break;
            default:
                string length = Below(2) == 0 ? Node($"ReduceL2({x})", along) : Node($"Sqrt({Node($"ReduceSumSquare({x})", along)})");
                Add($"Div({x}, {Repeated(Node($"Max({length}, {Positive()})"), sizes)})", sizes);
                break;
        }
    }

    // As it is, or as large as a value that it is combined with.
    private string Repeated(string x, long[] sizes) =>
        Below(2) == 0 ? x : Node($"Expand({x}, {List([.. sizes.Select(size => Math.Max(1, size))])})");

    private string Positive() => Tensor([MathF.Abs(Constant())]);

    private void Others(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis < 0)
            return;
        long[] alone = With([.. Enumerable.Repeat(1L, sizes.Length)], axis, sizes[axis]);
        int single = Array.IndexOf(sizes, 1);
        switch (Below(6))
        {
            case 0 when single >= 0:
                long[] larger = With(sizes, single, 1 + Below(3));
                Add($"Expand({x}, {List([.. larger.Select(size => Math.Max(1, size))])})", larger);
                break;
            case 1:
                Add($"PRelu({x}, {Floats(Below(3) == 0 ? [.. alone.Select(_ => 1L)] : alone)})", sizes);
                break;
            case 2 when sizes[0] == 0:
                long channels = sizes[1];
                string variance = Tensor([.. Enumerable.Range(0, (int)channels).Select(_ => 0.1f + (3 * stream.Uniform(0, drawn++)))], channels);
                Add($"BatchNormalization({x}, {Floats(channels)}, {Floats(channels)}, {Floats(channels)}, {variance})", sizes);
                break;
            case 3:
                // The runtime squares in float: of the tails of a softmax, below 10⁻²³, it makes 0.
                if (Model.Graph.Node.Any(node => node.OpType == "Softmax"))
                    x = Adding($"Add({x}, {Tensor([0.01f])})", sizes);
                Add($"LpNormalization({x})", sizes, ("axis", axis));
                break;
            case 4 when sizes[0] == 0:
                Add($"Flatten({x})", [0, Count(sizes)]);
                break;
            default:
                if (single >= 0 && sizes.Length > 2)
                    AddWithAxes("Squeeze", x, [single], isOld, Without(sizes, single));
                break;
        }
    }
}
