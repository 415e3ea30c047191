namespace NeuralNet.Onnx.Import;

/// <content>Operators that take parts of a row.</content>
internal sealed partial class Evaluator
{
    private void ReadSlice(Node node)
    {
        Value value = node.Input(0);
        long[] sizes = DimensionsOf(value);
        long[] starts = SizesFrom(node, 1, "starts", "the starts"), ends = SizesFrom(node, 2, "ends", "the ends");
        long[] axes = node.HasAttribute("axes") ? node.Ints("axes")! : node.OptionalConstant(3, "the axes") is { } given
            ? ListOf(node, given, "the axes") : [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        long[] steps = node.OptionalConstant(4, "the steps") is { } list ? ListOf(node, list, "the steps") : [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw node.Bad("starts, ends, axes and steps must be as many");
        for (int k = 0; k < starts.Length; k++)
        {
            int axis = node.Axis(axes[k], sizes.Length);
            long step = steps[k], size = sizes[axis];
            if (step is 0 or long.MinValue)
                throw node.Bad("a step is 0");

            // As in the format: from the end if negative, then clamped to what there is.
            long start = starts[k] < 0 ? Math.Max(starts[k], -size) + size : starts[k], end = ends[k] < 0
                ? Math.Max(ends[k], -size - 1) + size : ends[k];
            start = step > 0 ? Math.Clamp(start, 0, size) : Math.Clamp(start, 0, Math.Max(0, size - 1));
            end = step > 0 ? Math.Clamp(end, 0, size) : Math.Clamp(end, -1, size);
            long count = step > 0 ? (Math.Max(0, end - start) + step - 1) / step : (Math.Max(0, start - end) - step - 1) / -step;
            if (value is Tensor tensor)
            {
                long[] strides = Tensor.Strides(tensor.Dimensions), made = (long[])tensor.Dimensions.Clone();
                made[axis] = count;
                long offset = start * strides[axis];
                strides[axis] *= step;
                value = tensor.Strided(made, strides, offset, allowance);
            }
            else
            {
                value = Part(node, (Signal)value, axis, start, count, step);
            }
        }

        node.Set(value);
    }

    private Signal Part(Node node, Signal x, int axis, long start, long count, long step)
    {
        long size = x.View.Size(axis);
        if (start == 0 && count == size && step == 1)
            return x;
        if (count <= 0)
            throw node.Bad("nothing is left of an axis");
        if (step == 1)
            return Sliced(node, x, axis, start, count);
        if (step == -1 && count == size)
            return Reversed(node, x, axis);

        // Every so many-th, from an axis that is a multiple of it, is a column of the axis in two, or the beginning of one.
        if (step > 1 && start < step && size % step == 0)
        {
            long[] split = [.. x.View.Dimensions()[..axis], size / step, step, .. x.View.Dimensions()[(axis + 1)..]];
            if (x.View.Reshaped(split) is { } view)
            {
                Signal column = Sliced(node, new Signal(x.Expr, view), axis + 1, start, 1);
                return Part(node, new Signal(column.Expr, column.View.Without(axis + 1)), axis, 0, count, 1);
            }
        }

        if (count > 1 << 20)
            throw new Refusal("it takes too many single elements");
        return Gathered(node, x, axis, [.. Enumerable.Range(0, (int)count).Select(i => start + (i * step))]);
    }

    /// <summary>So many neighbours along an axis.</summary>
    private Signal Sliced(Node node, Signal x, int axis, long first, long count)
    {
        if (!x.View.TryAxis(axis, out _, out _))
            x = Straight(x, cuts: true) ?? x;
        (long size, long stride) = AxisOf(x, axis);
        if (count == size)
            return x;
        Shape shape = x.Expr.Shape;
        View view = AfterCount(x.View, axis, size, stride, count);

        // The last step by its own name, which knows of lengths.
        if (shape.Kind == ShapeKind.Sequence && size == shape.Steps && stride == shape.FeatureCount && count == 1 && first == size - 1)
            return new Signal(new LayerExpr(new LastStep(shape), x.Expr, node), view);

        // Features, or channels; otherwise the axes from this one on are taken for the features.
        long outer = shape.Size / (size * stride);
        bool areFeatures = size == shape.FeatureCount && stride == 1;
        Shape taken = areFeatures ? shape
            : outer == 1 ? Shape.Features(shape.Size) : Shape.Sequence((int)outer, (int)(size * stride));
        long unit = areFeatures ? 1 : stride;
        Expr from = As(x.Expr, taken);
        (int start, int width) = ((int)(first * unit), (int)(count * unit));
        while (PartOf(from, ref start, width) is { } part)
            from = part;
        if (from.Shape.FeatureCount == width)
            return new Signal(from, view);
        from.Uses = Math.Max(from.Uses, 2); // the slice reads it, beside what it has been put together with
        return new Signal(new LayerExpr(new Slice(from.Shape, start, width), from, node), view);
    }

    // One of the parts that have just been put together, in which all features of a slice lie; the slice begins there then.
    private static Expr? PartOf(Expr merged, ref int start, int width)
    {
        if (merged is not MergeExpr { Merge: Merge.Concat, Inputs.Count: <= MaxAxes } merge)
            return null;
        int at = 0;
        foreach (Expr part in merge.Inputs)
        {
            int end = at + part.Shape.FeatureCount;
            if (at <= start && start + width <= end)
            {
                start -= at;
                return part;
            }

            at = end;
        }

        return null;
    }

    // The view of what remains when an axis has another count: what lies outside of it moves together or apart.
    private static View AfterCount(View view, int axis, long size, long stride, long count)
    {
        View moved = view.Mapped(atom => atom.Stride >= size * stride ? new Atom(atom.Size, atom.Stride / size * count) : atom);
        return count == 1 ? moved.With(axis) : moved.With(axis, new Atom(count, stride));
    }

    private Signal Reversed(Node node, Signal x, int axis)
    {
        (long size, long stride) = AxisOf(x, axis);
        if (size == 1)
            return x;
        if (size * stride != x.Expr.Shape.Size)
            throw new Refusal("it reverses features; steps can be reversed");
        Shape steps = Shape.Sequence((int)size, (int)stride);
        return new Signal(new LayerExpr(new Reverse(steps), As(x.Expr, steps), node), x.View);
    }

    private static Signal Gathered(Node node, Signal x, int axis, long[] indices, Signal? otherwise = null)
    {
        Atom along = AxisOf(x, axis);
        Shape shape = x.Expr.Shape;
        long size = shape.Size / along.Size * indices.Length;
        if (size > int.MaxValue)
            throw new Refusal("it makes more values than a row can have");
        View view = otherwise?.View ?? AfterCount(x.View, axis, along.Size, Math.Max(1, along.Stride), indices.Length);
        Shape made = otherwise?.Expr.Shape ?? (along.Size == shape.FeatureCount && FeaturesAlong(shape, along.Size, along.Stride) == shape
            ? shape.WithFeatures(indices.Length) : Shape.Features((int)size));
        return new Signal(new GatherExpr(x.Expr, along, indices, otherwise?.Expr, made, node), view);
    }

    private void ReadSplit(Node node)
    {
        Value value = node.Input(0);
        long[] sizes = DimensionsOf(value);
        int axis = node.Axis(node.Int("axis", 0), sizes.Length), outputs = node.Outputs.Length;
        long parts = node.Int("num_outputs", outputs);
        long[] counts;
        if (node.HasAttribute("split") || node.Has(1))
        {
            counts = SizesFrom(node, 1, "split", "the split");
        }
        else
        {
            long each = (sizes[axis] + outputs - 1) / outputs;
            counts = [.. Enumerable.Range(0, outputs).Select(k => Math.Min(each, sizes[axis] - (k * each)))];
        }

        if (parts != outputs || counts.Length != outputs || Array.Exists(counts, count => count <= 0)
            || counts.Sum(count => (decimal)count) != sizes[axis])
            throw node.Bad($"{Sizes.Text(sizes)} cannot be split into {Sizes.Text(counts)} along axis {axis}");
        long start = 0;
        for (int k = 0; k < outputs; k++, start += counts[k - 1])
        {
            if (value is Signal x)
            {
                node.Set(Part(node, x, axis, start, counts[k], 1), k);
                continue;
            }

            var tensor = (Tensor)value;
            long[] strides = Tensor.Strides(sizes), made = (long[])sizes.Clone();
            made[axis] = counts[k];
            node.Set(tensor.Strided(made, strides, start * strides[axis], allowance), k);
        }
    }

    private void ReadGather(Node node, long at)
    {
        long[] sizes = DimensionsOf(node.Input(0));
        int axis = node.Axis(at, sizes.Length);
        if (node.Input(1) is Signal ids)
        {
            ReadEmbedding(node, node.Constant(0, "the table"), ids, axis);
            return;
        }

        Tensor list = node.Constant(1, "the indices");
        allowance.Take(Math.Max(list.Stored, list.Count), "the indices");
        long[] indices = new long[list.Count];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = list.Integer(i);
            if (indices[i] < -sizes[axis] || indices[i] >= sizes[axis])
                throw node.Bad(FormattableString.Invariant($"there is no index {indices[i]} among {sizes[axis]}"));
            indices[i] += indices[i] < 0 ? sizes[axis] : 0;
        }

        if (node.Input(0) is Tensor tensor)
        {
            GatherConstant(node, tensor, list, indices, axis);
            return;
        }

        Signal x = node.Signal(0, "its input");
        if (indices.Length == 0)
            throw node.Bad("there are no indices");
        long step = indices.Length > 1 ? indices[1] - indices[0] : 1;
        bool isEven = step != 0;
        for (int i = 1; i < indices.Length; i++)
            isEven &= indices[i] - indices[i - 1] == step;
        Signal made = isEven ? Part(node, x, axis, indices[0], indices.Length, step)
            : NearestOf(node, x, axis, indices) ?? Gathered(node, x, axis, indices);
        if (isEven && list.Dimensions.Length == 1 && made.Expr is LayerExpr { Layer: Slice })
            made = Gathered(node, x, axis, indices, made);
        node.Set(list.Dimensions.Length switch
        {
            0 => new Signal(made.Expr, made.View.Without(axis)),
            1 => made,
            _ => new Signal(made.Expr, made.View.Reshaped([.. sizes[..axis], .. list.Dimensions, .. sizes[(axis + 1)..]])
                ?? throw new Refusal($"{made.View} cannot be seen with its indices as {Sizes.Text(list.Dimensions)}")),
        });
    }

    private void GatherConstant(Node node, Tensor tensor, Tensor list, long[] indices, int axis)
    {
        long[] before = tensor.Dimensions[..axis], after = tensor.Dimensions[(axis + 1)..];
        long[] sizes = [.. before, .. list.Dimensions, .. after];
        if (tensor.IsUniform || tensor.Count == 0)
        {
            if (tensor.Count == 0 && Sizes.Product(sizes) != 0)
                throw node.Bad("it takes values from a tensor that has none");
            node.Set(tensor.WithDimensions(sizes));
            return;
        }

        long outer = Sizes.Product(before), inner = Sizes.Product(after), count = Sizes.Product(sizes), size = tensor.Dimensions[axis];
        allowance.Take(count, "a constant");
        float[] floats = tensor.IsInteger ? [] : new float[count];
        long[] integers = tensor.IsInteger ? new long[count] : [];
        for (long o = 0, to = 0; o < outer && count > 0; o++)
        {
            foreach (long index in indices)
            {
                for (long i = 0, from = ((o * size) + index) * inner; i < inner; i++, from++, to++)
                {
                    if (tensor.IsInteger)
                        integers[to] = tensor.Integer(from);
                    else
                        floats[to] = tensor.Float(from);
                }
            }
        }

        node.Set(tensor.IsInteger ? new Tensor(sizes, integers) : new Tensor(sizes, floats));
    }

    private void ReadEmbedding(Node node, Tensor table, Signal ids, int axis)
    {
        if (axis != 0 || table.Dimensions.Length != 2 || table.IsInteger)
            throw new Refusal("as an embedding, rows of a table of floats [ids, features] are imported");
        (long vocabulary, long width) = (table.Dimensions[0], table.Dimensions[1]);
        if (vocabulary == 0 || width == 0)
            throw node.Bad("the table is empty");
        if (!ids.View.IsInOrder)
            throw new Refusal("the ids are not in the order of the row");
        ids = new Signal(WholeExpr.Within(ids.Expr), ids.View);
        Shape shape = ids.Expr.Shape is { Kind: ShapeKind.Sequence, FeatureCount: 1 } ? ids.Expr.Shape : Shape.Features(ids.Expr.Shape.Size);
        if (vocabulary > int.MaxValue || (long)shape.Size * width > int.MaxValue)
            throw new Refusal("a row would have too many values");
        allowance.Take(table.IsUniform ? table.Count : 0, "the table");
        var layer = new Embedding(shape, (int)vocabulary, (int)width, Initializer.Zeros);
        View view = ids.View.Mapped(atom => new Atom(atom.Size, atom.Stride * width));
        view = width == 1 ? view.Inserted(view.Rank) : view.Inserted(view.Rank, new Atom(width, 1));
        node.Set(new Signal(new LayerExpr(layer, As(ids.Expr, shape), node, ("weight", table.ToArray())), view));
    }

    private void ReadReverseSequence(Node node)
    {
        Signal x = node.Signal(0, "its input");
        int time = node.Axis(node.Int("time_axis", 0), x.View.Rank), batch = node.Axis(node.Int("batch_axis", 1), x.View.Rank);
        long size = x.View.Size(time);
        if (node.Input(1) is not Tensor lengths || !lengths.All(length => length == size))
            throw new Refusal("all steps of every row are reversed here; lengths are given with a batch");
        if (!x.View.HasRows(batch) && rows != 1)
            throw new Refusal("its batch axis is not that of the rows");
        node.Set(Reversed(node, x, time));
    }
}
