namespace NeuralNet.Onnx.Import;

/// <content>Pools, and what makes images larger.</content>
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

    private const string Corners = "align_corners";

    private void ReadResize(Node node)
    {
        Signal given = node.Signal(0, "X");
        long[] sizes = given.View.Dimensions(), targets = Targets(node, sizes);
        string mode = node.Text("mode", "nearest"), places = node.Text("coordinate_transformation_mode", Opset < 11 ? "asymmetric" : "half_pixel");
        string rounding = node.Text("nearest_mode", Opset < 11 ? "floor" : "round_prefer_floor");
        foreach (string name in new[] { "cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias" })
            node.Ignore(name);
        if (mode is not ("nearest" or "linear"))
            throw new Refusal($"of its modes nearest and linear are imported, and this is \"{Printable.Text(mode)}\"; export with one of these");
        if (targets.AsSpan().SequenceEqual(sizes))
        {
            node.Set(given);
            return;
        }

        // Channels are on the first axis, or, where that is made larger, on the last.
        int rank = given.View.Rank, channels = rank > 2 && targets[1] != sizes[1] ? rank - 1 : 1;
        Signal x = Places(given, channels);
        long[] factors = [.. Enumerable.Range(1, rank - 1).Where(axis => axis != channels).Select(axis => targets[axis] / sizes[axis])];
        bool isLinear = mode == "linear";
        for (int axis = 0, side = 0; axis < rank; axis++)
        {
            if (targets[axis] == sizes[axis])
            {
                side += axis > 0 && axis != channels ? 1 : 0;
                continue;
            }

            if (axis == 0 || axis == channels || targets[axis] % sizes[axis] != 0)
            {
                throw new Refusal($"{given.View} would become {Sizes.Text(targets)}, and images are made larger by a whole number along height and "
                    + "width; export the model with other sizes");
            }

            CheckPlaces(sizes[axis], factors[side++], isLinear, places, rounding);
        }

        Layer layer = new Upsample(
            x.Expr.Shape, PairOf(factors), isLinear ? UpsampleMode.Bilinear : UpsampleMode.Nearest, alignCorners: isLinear && places == Corners);
        node.Set(PlacesFrom(new LayerExpr(layer, x.Expr, node), x, channels));
    }

    // The sizes that all axes are to have.
    private long[] Targets(Node node, long[] sizes)
    {
        long[] axes = node.Ints("axes") ?? [.. Enumerable.Range(0, sizes.Length).Select(axis => (long)axis)];
        string policy = node.Text("keep_aspect_ratio_policy", "stretch");
        if (policy != "stretch")
            throw new Refusal("sizes are imported as they are given (keep_aspect_ratio_policy stretch)");
        long[] targets = [.. sizes];
        bool hasRoi = node.Operator == "Resize" && Opset >= 11;
        float[]? factors = node.HasAttribute("scales") ? node.Floats("scales") : null;
        if (factors is null && node.OptionalConstant(hasRoi ? 2 : 1, "the scales") is { Stored: > 0, Count: > 0 and <= MaxAxes } scales)
            factors = scales.ToArray();
        long[]? given = factors is null && hasRoi && node.OptionalConstant(3, "the sizes") is { } list ? ListOf(node, list, "the sizes") : null;
        if ((factors?.Length ?? given?.Length) != axes.Length)
            throw node.Bad($"it needs a scale or a size for each of {axes.Length} axes");
        for (int k = 0; k < axes.Length; k++)
        {
            int axis = node.Axis(axes[k], sizes.Length);
            targets[axis] = given?[k] ?? (factors![k] == 1 ? sizes[axis] : (long)Math.Floor(sizes[axis] * (double)factors[k]));
            if (targets[axis] < 1 || (factors is not null && factors[k] != 1 && factors[k] != Math.Floor(factors[k])))
            {
                throw new Refusal($"{Sizes.Text(sizes)} is made larger by a whole number alone, and its scales are "
                    + $"[{string.Join(", ", factors ?? [])}]; export the model with whole ones");
            }
        }

        return targets;
    }

    // Whether the places that the operator reads are those of the layer.
    private static void CheckPlaces(long size, long factor, bool isLinear, string places, string rounding)
    {
        if (size == 1)
            return;
        const string Halves = "half_pixel", OfTorch = "pytorch_half_pixel";
        if (isLinear)
        {
            if (places is not (Halves or OfTorch or Corners))
            {
                throw new Refusal($"its mode linear is imported with the places \"{Halves}\" (align_corners=False in PyTorch) and \"{Corners}\", and "
                    + $"they are \"{Printable.Text(places)}\"");
            }

            return;
        }

        for (long i = 0, outputs = Math.Min(size * factor, 4 * factor); i < outputs; i++)
        {
            double at = places switch
            {
                Halves or OfTorch => ((i + 0.5) / factor) - 0.5,
                "asymmetric" => (double)i / factor,
                "tf_half_pixel_for_nn" => (i + 0.5) / factor,
                Corners => i * (size - 1.0) / ((size * factor) - 1.0),
                _ => throw new Refusal($"its places \"{Printable.Text(places)}\" are not imported"),
            };
            double nearest = rounding switch
            {
                "floor" => Math.Floor(at),
                "ceil" => Math.Ceiling(at),
                "round_prefer_floor" => Math.Ceiling(at - 0.5),
                "round_prefer_ceil" => Math.Floor(at + 0.5),
                _ => throw new Refusal($"its nearest_mode \"{Printable.Text(rounding)}\" is not imported"),
            };
            if (Math.Clamp(nearest, 0, size - 1) != i / factor)
            {
                throw new Refusal(
                    "each value is repeated as often as the scale says, as the places \"asymmetric\" with the rounding \"floor\" do, or "
                    + $"\"{Halves}\"; \"{Printable.Text(places)}\" with \"{Printable.Text(rounding)}\" takes others");
            }
        }
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
