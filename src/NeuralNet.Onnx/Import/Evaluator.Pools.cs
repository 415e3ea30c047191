namespace NeuralNet.Onnx.Import;

/// <content>Pools, and what is put around images; what resizes them is in another part.</content>
internal sealed partial class Evaluator
{
    private void ReadPool(Node node)
    {
        bool isMax = node.Operator == "MaxPool";
        Signal x = Places(node.Signal(0, "X"));
        Shape input = x.Expr.Shape;
        int count = x.View.Rank - 2;
        if (!node.HasAttribute("kernel_shape"))
            throw node.Bad("it has no kernel_shape");
        long[] kernel = Sides(node, "kernel_shape", Ones(count)), strides = Sides(node, "strides", Ones(count));
        long[] dilations = Sides(node, "dilations", Ones(count)), extents = [.. kernel.Select((size, k) => ((size - 1) * dilations[k]) + 1)];
        if (!isMax && Array.Exists(dilations, dilation => dilation > 1))
            throw new Refusal("of means, windows without gaps are imported (dilations of 1)");

        // In which order it counts places matters for its second output alone.
        node.Ignore("storage_order");
        bool ceiling = node.Int("ceil_mode", 0) != 0, counts = !isMax && node.Int("count_include_pad", 0) != 0;
        Padding padding = PaddingOf(node, SidesOf(input), strides, extents);
        HeightWidth size = PairOf(kernel), stride = PairOf(strides);
        Layer pool = isMax ? new MaxPool(input, size, stride, padding, PairOf(dilations), ceiling)
            : new AveragePool(input, size, stride, padding, counts, ceiling);
        node.Set(PlacesFrom(new LayerExpr(pool, x.Expr, node), x));
    }

    private void ReadGlobalPool(Node node)
    {
        Signal x = Places(node.Signal(0, "X"));
        Shape input = x.Expr.Shape;
        bool isMax = node.Operator == "GlobalMaxPool";
        Layer pool = input.Kind == ShapeKind.Sequence ? isMax ? new MaxOverSteps(input) : new MeanOverSteps(input)
            : isMax ? new GlobalMaxPool(input) : new GlobalAveragePool(input);
        node.Set(PlacesFrom(new LayerExpr(pool, x.Expr, node), x));
    }

    private void ReadPad(Node node)
    {
        Signal given = node.Signal(0, "its input");
        int rank = given.View.Rank;
        long[] pads = SizesFrom(node, 1, "pads", "the pads");
        int[] axes = node.OptionalConstant(3, "the axes") is { } list
            ? [.. ListOf(node, list, "the axes").Select(axis => node.Axis(axis, rank))] : [.. Enumerable.Range(0, rank)];
        if (pads.Length != 2 * axes.Length)
            throw node.Bad($"its pads, {Sizes.Text(pads)}, must be two for each of {axes.Length} axes");
        float value = node.HasAttribute("value") ? node.Float("value", 0) : 0;
        if (node.OptionalConstant(2, "the value") is { Stored: > 0 } number)
            value = number.Count == 1 ? number.Float(0) : throw node.Bad("its value must be one number");
        long[] before = new long[rank], after = new long[rank];
        for (int k = 0; k < axes.Length; k++)
            (before[axes[k]], after[axes[k]]) = (pads[k], pads[k + axes.Length]);
        PadMode mode = node.Text("mode", "constant") switch
        {
            "constant" => PadMode.Constant,
            "reflect" => PadMode.Reflect,
            "edge" => PadMode.Edge,
            var other => throw new Refusal($"of its modes constant, reflect and edge are imported, and this is \"{Printable.Text(other)}\""),
        };
        node.Set(Padded(node, given, before, after, value, mode));
    }

    private Signal Padded(Node node, Signal given, long[] before, long[] after, float value, PadMode mode)
    {
        int rank = given.View.Rank;
        int[] padded = [.. Enumerable.Range(0, rank).Where(axis => before[axis] != 0 || after[axis] != 0)];
        if (padded.Length == 0)
            return given;
        if (Array.Exists(padded, axis => before[axis] < 0 || after[axis] < 0))
            throw new Refusal("values are put around an image, and with negative pads they would be cut off; export the model with Slice for that");

        // The channels are on the first axis or the last: on the one that is not padded, or whose values lie side by side.
        int[] possible = [.. new[] { 1, rank - 1 }.Where(axis => axis > 0 && Array.IndexOf(padded, axis) < 0).Distinct()];
        if (rank is not (3 or 4) || possible.Length == 0 || padded[0] == 0)
        {
            throw new Refusal($"it is imported along the height and width of images and along steps, and pads {given.View} along the axes "
                + $"[{string.Join(", ", padded)}]");
        }

        int channels = Array.Find(possible, axis => given.View.IsSame(PlacesOf(given.View, axis).View)) is > 0 and int found ? found : possible[0];
        Signal x = Places(given, channels);
        int[] sides = [.. Enumerable.Range(1, rank - 1).Where(axis => axis != channels)];
        Padding padding = PaddingOf(node, [.. sides.Select(axis => before[axis])], [.. sides.Select(axis => after[axis])]);
        return PlacesFrom(new LayerExpr(new Pad(x.Expr.Shape, padding, value, mode), x.Expr, node), x, channels);
    }
}
