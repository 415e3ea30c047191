namespace NeuralNet.Onnx.Import;

/// <content>Operators that show the same values in another shape.</content>
internal sealed partial class Evaluator
{
    private const int MaxAxes = 64;

    private static long[] SizesFrom(Node node, int input, string attribute, string what)
    {
        if (node.HasAttribute(attribute))
            return node.Ints(attribute)!;
        return ListOf(node, node.Constant(input, what), what);
    }

    private static long[] ListOf(Node node, Tensor tensor, string what)
    {
        if (tensor.Count is < 0 or > MaxAxes)
            throw node.Bad($"{what} has {tensor.Count} numbers, more than there are axes");
        long[] list = new long[tensor.Count];
        for (int i = 0; i < list.Length; i++)
            list[i] = tensor.Integer(i);
        return list;
    }

    private void SetReshaped(Node node, long[] sizes)
    {
        if (node.Input(0) is Tensor tensor)
        {
            if (Sizes.Product(sizes) != tensor.Count)
                throw node.Bad($"{Sizes.Text(tensor.Dimensions)} cannot be reshaped to {Sizes.Text(sizes)}");
            node.Set(tensor.WithDimensions(sizes));
            return;
        }

        Signal x = node.Signal(0, "its input");
        if (Sizes.Product(sizes) != Sizes.Product(x.View.Dimensions()))
            throw node.Bad($"{x.View} cannot be reshaped to {Sizes.Text(sizes)}");
        if (x.View.Reshaped(sizes) is null)
            x = Straight(x, cuts: true) ?? x;
        View view = x.View.Reshaped(sizes)
            ?? throw new Refusal($"{x.View} cannot be seen as {Sizes.Text(sizes)} without mixing rows, or moving values");

        // An image of which one axis is made is features, as in the library.
        bool isFlat = x.Expr.Shape.Kind == ShapeKind.Image && Enumerable.Range(0, view.Rank).Any(axis => view.Size(axis) == x.Expr.Shape.Size);
        x = new Signal(isFlat ? As(x.Expr, Shape.Features(x.Expr.Shape.Size)) : x.Expr, view);
        node.Set(normed.Contains(node.OutputNames[0]) ? x : InPieces(x));
    }

    private void ReadReshape(Node node)
    {
        long[] old = DimensionsOf(node.Input(0)), sizes = (long[])SizesFrom(node, 1, "shape", "the shape").Clone();
        bool keepsZeros = node.Int("allowzero", 0) != 0;
        int open = -1;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            if (sizes[axis] == 0 && !keepsZeros)
                sizes[axis] = axis < old.Length ? old[axis] : throw node.Bad($"axis {axis} is to be copied, and there is none");
            if (sizes[axis] == -1 && open < 0)
                open = axis;
            else if (sizes[axis] < 0)
                throw node.Bad($"the shape {Sizes.Text(sizes)} has negative sizes");
        }

        if (open >= 0)
        {
            sizes[open] = 1;
            long rest = Sizes.Product(sizes), all = Sizes.Product(old);
            if (rest <= 0 || all < 0 || all % rest != 0)
                throw node.Bad($"{Sizes.Text(old)} cannot be reshaped: −1 would be no whole number");
            sizes[open] = all / rest;
        }

        SetReshaped(node, sizes);
    }

    private void ReadFlatten(Node node)
    {
        long[] old = DimensionsOf(node.Input(0));
        long at = node.Int("axis", 1);
        int axis = at == old.Length ? old.Length : node.Axis(at, old.Length);
        long before = Sizes.Product(old.AsSpan(0, axis)), after = Sizes.Product(old.AsSpan(axis));
        if (before < 0 || after < 0)
            throw node.Bad($"{Sizes.Text(old)} are too many values");
        SetReshaped(node, [before, after]);
    }

    private void ReadSqueeze(Node node)
    {
        long[] old = DimensionsOf(node.Input(0));
        bool[] dropped = new bool[old.Length];
        if (node.HasAttribute("axes") || node.Has(1))
        {
            foreach (long at in SizesFrom(node, 1, "axes", "the axes"))
            {
                int axis = node.Axis(at, old.Length);
                dropped[axis] = old[axis] == 1 ? true : throw node.Bad(FormattableString.Invariant($"axis {at} of {Sizes.Text(old)} is not 1"));
            }
        }
        else
        {
            if (node.Input(0) is Signal && rows == Sizes.Rows)
                throw new Refusal("without axes it would drop the rows of a batch of one; export it with axes, or load it with rows: OnnxRows.One");
            dropped = [.. old.Select(size => size == 1)];
        }

        if (node.Input(0) is Signal x)
        {
            View view = x.View;
            for (int axis = old.Length - 1; axis >= 0; axis--)
                view = dropped[axis] ? view.Without(axis) : view;
            node.Set(new Signal(x.Expr, view));
            return;
        }

        SetReshaped(node, [.. old.Where((_, axis) => !dropped[axis])]);
    }

    private void ReadUnsqueeze(Node node)
    {
        long[] old = DimensionsOf(node.Input(0)), axes = SizesFrom(node, 1, "axes", "the axes");
        bool[] isNew = new bool[old.Length + axes.Length];
        foreach (long at in axes)
        {
            int axis = node.Axis(at, isNew.Length);
            isNew[axis] = !isNew[axis] ? true : throw node.Bad(FormattableString.Invariant($"axis {at} is there twice"));
        }

        if (isNew.Length > MaxAxes)
            throw node.Bad("there are too many axes");
        if (node.Input(0) is Signal x)
        {
            View view = x.View;
            for (int axis = 0; axis < isNew.Length; axis++)
                view = isNew[axis] ? view.Inserted(axis) : view;
            node.Set(new Signal(x.Expr, view));
            return;
        }

        long[] sizes = new long[isNew.Length];
        for (int axis = 0, from = 0; axis < sizes.Length; axis++)
            sizes[axis] = isNew[axis] ? 1 : old[from++];
        SetReshaped(node, sizes);
    }

    private void ReadTranspose(Node node)
    {
        long[] old = DimensionsOf(node.Input(0));
        long[] order = node.Ints("perm") ?? [.. Enumerable.Range(0, old.Length).Select(axis => (long)(old.Length - 1 - axis))];
        if (!order.Order().SequenceEqual(Enumerable.Range(0, old.Length).Select(axis => (long)axis)))
            throw node.Bad($"perm {Sizes.Text(order)} is no order of {old.Length} axes");
        int[] axes = [.. order.Select(axis => (int)axis)];
        if (node.Input(0) is Tensor tensor)
        {
            long[] strides = Tensor.Strides(old);
            node.Set(tensor.Strided([.. axes.Select(axis => old[axis])], [.. axes.Select(axis => strides[axis])], 0, allowance));
            return;
        }

        Signal x = node.Signal(0, "its input");
        node.Set(new Signal(x.Expr, x.View.Transposed(axes)));
    }

    private void ReadExpand(Node node)
    {
        long[] old = DimensionsOf(node.Input(0)), wanted = ListOf(node, node.Constant(1, "the shape"), "the shape");
        long[] sizes = Broadcast(node, old, wanted);
        if (node.Input(0) is Tensor tensor)
        {
            // Whoever takes a constant repeats it by itself, along rows, of which there are any number.
            bool repeatsRows = !tensor.IsUniform && Array.Exists(sizes, Sizes.HasRows);
            node.Set(!repeatsRows ? Expanded(tensor, sizes)
                : Expanded(tensor, [.. sizes.Select(size => Sizes.HasRows(size) ? 1 : size)]).OfOneRow());
            return;
        }

        if (Array.Exists(sizes, size => size <= 0))
            throw node.Bad($"the shape {Sizes.Text(wanted)} has sizes below 1");
        Signal x = Once(node.Input(0)) as Signal ?? node.Signal(0, "its input");
        node.Set(Repeat(new Signal(x.Expr, x.View.WithRank(sizes.Length)), sizes));
    }

    private static Value Repeat(Signal once, long[] sizes) =>
        once.View.Dimensions().AsSpan().SequenceEqual(sizes) ? once : new Repeated(once, sizes);

    private static Value Once(Value value) => value is Repeated repeated ? repeated.Once : value;

    private static void ReadDropout(Node node)
    {
        node.Ignore("seed");
        float rate = node.HasAttribute("ratio") ? node.Float("ratio", 0.5f) : node.OptionalConstant(1, "the ratio") is { Count: 1 } ratio
            ? ratio.Float(0) : 0.5f;
        if (node.OptionalConstant(2, "training_mode") is { } mode && !mode.All(value => value == 0))
            throw new Refusal("it is set to drop values always, not while training alone");
        if (node.Input(0) is Tensor)
        {
            node.Set(node.Input(0));
            return;
        }

        Signal x = node.Signal(0, "its input");
        node.Set(new Signal(new LayerExpr(new Dropout(x.Expr.Shape, rate), x.Expr, node), x.View));
    }
}
