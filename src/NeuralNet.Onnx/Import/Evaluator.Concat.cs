using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <content>Values put side by side.</content>
internal sealed partial class Evaluator
{
    /// <summary>The graph's outputs as one row, in which they lie side by side, or one after the other (<see cref="NamedParts"/>).</summary>
    public Expr Joined(IReadOnlyList<(Expr Expr, Shape Shape)> outputs, Shape row) => outputs.Count == 1 ? outputs[0].Expr
        : new MergeExpr(
            Merge.Concat, row, new Node(new NodeProto { OpType = "Concat", Name = "the outputs side by side" }, model.Nodes.Count),
            [.. outputs.Select(y => row.Kind != ShapeKind.Features ? As(y.Expr, y.Shape)
                : Lengths is not null && y.Expr.Shape.Kind == ShapeKind.Sequence ? Flat(y.Expr) : As(y.Expr, Shape.Features(y.Shape.Size)))]);

    // As an output all steps of a sequence stand beside others, also those behind a row's length, which are 0.
    private LayerExpr Flat(Expr sequence)
    {
        var flatten = new Flatten(sequence.Shape);
        knowLengths.Add(flatten);
        return new LayerExpr(flatten, sequence, null);
    }

    private void ReadConcat(Node node)
    {
        if (!node.HasAttribute("axis"))
            throw node.Bad("it has no axis");
        if (node.Count == 0)
            throw node.Bad("it has no input");
        int rank = DimensionsOf(node.Input(0)).Length;
        int axis = node.Axis(node.Int("axis", 0), rank);
        Value[] inputs = [.. Enumerable.Range(0, node.Count).Select(node.Input)];
        if (Array.TrueForAll(inputs, value => value is Tensor))
            node.Set(ConcatConstants(node, [.. inputs.Cast<Tensor>()], axis));
        else if (inputs.Length == 1)
            node.Set(inputs[0]);
        else
        {
            Signal[] signals = [.. Enumerable.Range(0, node.Count).Select(k => node.Signal(k, FormattableString.Invariant($"input {k}")))];
            node.Set(Concatenated(node, signals, axis));
        }
    }

    private Tensor ConcatConstants(Node node, Tensor[] inputs, int axis)
    {
        long[] sizes = (long[])inputs[0].Dimensions.Clone();
        sizes[axis] = 0;
        foreach (Tensor input in inputs)
        {
            if (input.Dimensions.Length != sizes.Length || input.Dimensions.Where((size, k) => k != axis && size != sizes[k]).Any())
                throw node.Bad($"{Sizes.Text(inputs[0].Dimensions)} and {Sizes.Text(input.Dimensions)} cannot be put side by side along axis {axis}");
            sizes[axis] = checked(sizes[axis] + input.Dimensions[axis]);
        }

        long count = Sizes.Product(sizes), outer = Sizes.Product(sizes.AsSpan(0, axis)), inner = Sizes.Product(sizes.AsSpan(axis + 1));
        allowance.Take(count, "a constant");
        bool isInteger = Array.TrueForAll(inputs, input => input.IsInteger);
        float[] floats = isInteger ? [] : new float[count];
        long[] integers = isInteger ? new long[count] : [];
        for (long o = 0, to = 0; o < outer && count > 0; o++)
        {
            foreach (Tensor input in inputs)
            {
                long run = input.Dimensions[axis] * inner;
                for (long i = 0; i < run; i++, to++)
                {
                    if (isInteger)
                        integers[to] = input.Integer((o * run) + i);
                    else
                        floats[to] = input.Float((o * run) + i);
                }
            }
        }

        return isInteger ? new Tensor(sizes, integers) : new Tensor(sizes, floats);
    }

    private Signal Concatenated(Node node, Signal[] inputs, int axis)
    {
        inputs = Array.ConvertAll(inputs, x => axis < x.View.Rank && x.View.TryAxis(axis, out _, out _) ? x : Straight(x, cuts: true) ?? x);
        Signal first = inputs[0];
        if (Array.Find(inputs, x => x.View.Rank != first.View.Rank) is { } other)
            throw node.Bad($"{first.View} and {other.View} cannot be put side by side");

        // What lies within an index of the axis must be the same; what lies around it, as many times. Of one index, it is as for the others.
        bool areImages = Array.TrueForAll(inputs, x => x.Expr.Shape.Kind == ShapeKind.Image && x.View.Size(axis) == x.Expr.Shape.FeatureCount
            && x.Expr.Shape.WithFeatures(1) == first.Expr.Shape.WithFeatures(1) && (x.View.Size(axis) == 1 || AxisOf(x, axis).Stride == 1));
        long shared = areImages ? 1 : inputs.Select(input => AxisOf(input, axis)).FirstOrDefault(atom => atom.Size > 1).Stride;
        long inner = 0, total = 0;
        View? around = null;
        foreach (Signal input in inputs)
        {
            (long size, long stride) = AxisOf(input, axis);
            if (size == 1)
                stride = shared > 0 ? shared : EndOf(input.View, axis + 1);
            View rest = input.View.With(axis).Mapped(atom => atom.Stride >= size * stride ? new Atom(atom.Size, atom.Stride / size) : atom);
            if (around is not null && (stride != inner || !rest.IsSame(around)))
                throw new Refusal($"{first.View} and {input.View} do not lie in memory alike along the other axes");
            (inner, around) = (stride, rest);
            total += size;
        }

        Shape shape = first.Expr.Shape;
        long outer = shape.Size / (first.View.Size(axis) * inner);
        if (total * inner * outer > int.MaxValue)
            throw new Refusal("a row would have too many values");
        bool areSequences = outer > 1 || Array.TrueForAll(inputs, x => x.Expr.Shape is { Kind: ShapeKind.Sequence, Steps: 1 });
        var parts = new Expr[inputs.Length];
        for (int k = 0; k < parts.Length; k++)
        {
            long width = inputs[k].View.Size(axis) * inner;
            parts[k] = areImages ? inputs[k].Expr
                : As(inputs[k].Expr, areSequences ? Shape.Sequence((int)outer, (int)width) : Shape.Features((int)width));
        }

        Shape merged = areImages ? shape.WithFeatures((int)total) : parts[0].Shape.WithFeatures((int)(total * inner));
        View view = around!.Mapped(atom => atom.Stride >= inner ? new Atom(atom.Size, atom.Stride * total) : atom).With(axis, new Atom(total, inner));
        return new Signal(new MergeExpr(Merge.Concat, merged, node, parts), view);
    }

    // Where in the memory of a row all that the axes from one on run over lies before.
    private static long EndOf(View view, int axis) =>
        Enumerable.Range(axis, view.Rank - axis).SelectMany(k => view[k]).Where(atom => !atom.IsRows).Select(atom => atom.Size * atom.Stride)
            .Append(1).Max();
}
