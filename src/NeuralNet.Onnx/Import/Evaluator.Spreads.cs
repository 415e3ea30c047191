namespace NeuralNet.Onnx.Import;

/// <content>Values that are repeated along an axis: by Expand and Tile, or by an operator that takes them beside larger ones.</content>
internal sealed partial class Evaluator
{
    /// <summary>A value as it is, or, where Expand has repeated it, with its values repeated.</summary>
    public Value Whole(Value value) => value is Repeated repeated ? Spread(repeated.Once, repeated.Sizes) : value;

    /// <summary>A signal repeated along its axes of one index.</summary>
    private Signal Spread(Signal x, long[] sizes)
    {
        Signal made = new(x.Expr, x.View.WithRank(sizes.Length));
        for (int axis = sizes.Length - 1; axis >= 0; axis--)
        {
            if (made.View.Size(axis) == sizes[axis])
                continue;
            if (made.View.Size(axis) != 1 || Sizes.HasRows(sizes[axis]) || sizes[axis] < 1)
                throw new Refusal($"{x.View} cannot be repeated to {Sizes.Text(sizes)}: rows are not made of one");
            made = Spread(made, axis, sizes[axis]);
        }

        return made;
    }

    // Where the memory follows the axes, it does so afterwards; otherwise each value is repeated by itself.
    private Signal Spread(Signal x, int axis, long size)
    {
        long within = Sizes.Product(Enumerable.Range(axis + 1, x.View.Rank - axis - 1).SelectMany(k => x.View[k]).Where(atom => !atom.IsRows)
            .Select(atom => atom.Size).ToArray());
        if (!Enumerable.Range(0, x.View.Rank).SelectMany(k => x.View[k])
                .All(atom => atom.IsRows || atom.Size * atom.Stride <= within || atom.Stride % within == 0)
            || !Enumerable.Range(axis + 1, x.View.Rank - axis - 1).SelectMany(k => x.View[k]).All(atom => atom.IsRows || atom.Stride < within))
            within = 1;
        View view = x.View.Mapped(atom => atom.Stride >= within ? new Atom(atom.Size, atom.Stride * size) : atom).With(axis, new Atom(size, within));
        return new Signal(Spread(x.Expr, size, within), view);
    }

    // Each piece of so many neighbours several times, one after the other.
    private LayerExpr Spread(Expr x, long times, long within)
    {
        if ((long)x.Shape.Size * times > int.MaxValue)
            throw new Refusal("a row would have too many values");
        Shape pieces = Shape.Sequence((int)(x.Shape.Size / within), (int)within);
        return new LayerExpr(new Upsample(pieces, (int)times), As(x, pieces), x.Origin) { Uses = x.Uses };
    }

    /// <summary>A signal repeated along several axes, as another one lies that has these.</summary>
    private Signal SpreadLike(Signal small, Signal whole, int[] axes)
    {
        View view = whole.View;
        var spreads = new List<(long Times, long Within)>();

        // The farthest apart first, so that neighbours can be repeated at once.
        foreach (int axis in axes.OrderByDescending(axis => PieceOrAxis(whole, axis).Stride))
        {
            (long size, long stride) = PieceOrAxis(new Signal(whole.Expr, view), axis);
            stride = Math.Max(1, stride);
            if (spreads.Count > 0 && spreads[^1].Within == size * stride)
                spreads[^1] = (spreads[^1].Times * size, stride);
            else
                spreads.Add((size, stride));
            view = AfterCount(view, axis, size, stride, 1);
        }

        small = new Signal(small.Expr, small.View.WithRank(view.Rank));
        if (!small.View.IsSame(view))
        {
            small = Turned(small, view, cuts: false) ?? Turned(small, view, cuts: true)
                ?? throw new Refusal($"{whole.View} and {small.View} do not lie in memory alike along the other axes: one is transposed");
        }

        Expr made = small.Expr;
        for (int k = spreads.Count - 1; k >= 0; k--)
            made = Spread(made, spreads[k].Times, spreads[k].Within);
        return new Signal(As(made, whole.Expr.Shape), whole.View);
    }

    private void ReadTile(Node node)
    {
        Value value = Whole(node.Input(0));
        long[] sizes = DimensionsOf(value), times = ListOf(node, node.Constant(1, "the repeats"), "the repeats");
        if (times.Length != sizes.Length || Array.Exists(times, count => count < 1))
            throw node.Bad($"its repeats, {Sizes.Text(times)}, must be a positive number for each axis of {Sizes.Text(sizes)}");
        if (value is Tensor tensor)
        {
            Tensor[] made = [tensor];
            for (int axis = 0; axis < times.Length; axis++)
            {
                if (times[axis] == 1)
                    continue;
                allowance.Take(checked(times[axis] * Math.Max(1, made[0].Count)), "a constant");
                made = [ConcatConstants(node, [.. Enumerable.Repeat(made[0], (int)times[axis])], axis)];
            }

            node.Set(made[0]);
            return;
        }

        var x = (Signal)value;
        if (sizes.Where((size, axis) => times[axis] > 1 && size != 1).Any())
            throw new Refusal($"axes of one index are repeated, and {x.View} is to be repeated {Sizes.Text(times)} times: write it with Concat");
        node.Set(Spread(x, [.. sizes.Zip(times, (size, count) => size * count)]));
    }
}
