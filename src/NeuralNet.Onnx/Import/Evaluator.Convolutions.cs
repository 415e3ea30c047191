namespace NeuralNet.Onnx.Import;

/// <content>Convolutions.</content>
internal sealed partial class Evaluator
{
    private void ReadConvolution(Node node)
    {
        Signal x = Places(node.Signal(0, "X"));
        Tensor w = node.Constant(1, "W");
        bool isTransposed = node.Operator == "ConvTranspose";
        Shape input = x.Expr.Shape;
        int count = x.View.Rank - 2, channels = input.FeatureCount;
        if (w.Dimensions.Length != x.View.Rank || w.IsInteger || w.Stored == 0)
            throw node.Bad($"of {x.View} the weights must be floats with {x.View.Rank} axes, and are {Sizes.Text(w.Dimensions)}");
        long groups = node.Int("group", 1), b = w.Dimensions[0], a = w.Dimensions[1];
        decimal inputs = isTransposed ? b : (decimal)a * groups, filters = isTransposed ? (decimal)a * groups : b;
        if (groups < 1 || inputs != channels || filters is < 1 or > int.MaxValue || filters % groups != 0 || inputs % groups != 0)
        {
            throw node.Bad(FormattableString.Invariant(
                $"weights of {Sizes.Text(w.Dimensions)} in {groups} groups do not fit {channels} channels of {x.View}"));
        }

        long[] kernel = Sides(node, "kernel_shape", w.Dimensions[2..]);
        if (!kernel.AsSpan().SequenceEqual(w.Dimensions.AsSpan(2)))
            throw node.Bad($"its kernel_shape, {Sizes.Text(kernel)}, is not that of the weights, {Sizes.Text(w.Dimensions)}");
        long[] strides = Sides(node, "strides", Ones(count)), dilations = Sides(node, "dilations", Ones(count));
        long[] sizes = SidesOf(input), extents = [.. kernel.Select((size, k) => ((size - 1) * dilations[k]) + 1)];
        (Padding padding, HeightWidth? more, Expr before) = isTransposed
            ? TransposedPadding(node, x.Expr, sizes, strides, extents) : PaddingBefore(x.Expr, PaddingOf(node, sizes, strides, extents));
        var settings = new ConvSettings(
            (int)filters, PairOf(kernel), PairOf(strides), PairOf(dilations), Named(padding, count, extents), (int)groups, more);
        float[]? bias = node.OptionalConstant(2, "B") is { } given ? Along(node, given, (long)filters, "B") : null;
        node.Set(PlacesFrom(new ConvExpr(settings, before, Taps(w), bias, node), x));
    }

    // From [b, a, taps] to [taps, a, b].
    private float[] Taps(Tensor w)
    {
        allowance.Take(w.IsUniform ? w.Count : 0, "W");
        float[] values = w.ToArray();
        float[] turned = new float[values.Length];
        int b = (int)w.Dimensions[0], a = (int)w.Dimensions[1], taps = values.Length / a / b, each = a * taps;

        // A few of the first axis at a time: so many places are read, and lines of so many are written.
        const int Together = 16;
        for (int first = 0; first < b; first += Together)
        {
            int end = Math.Min(b, first + Together);
            for (int i = 0; i < each; i++)
            {
                (int channel, int tap) = Math.DivRem(i, taps);
                int to = ((tap * a) + channel) * b;
                for (int k = first; k < end; k++)
                    turned[to + k] = values[(k * each) + i];
            }
        }

        return turned;
    }

    // What is put around the input by a node of its own, if that is zeros, is a part of the convolution's padding.
    private static (Padding Padding, HeightWidth? More, Expr Input) PaddingBefore(Expr x, Padding padding) =>
        padding != Padding.Same && x is LayerExpr { Layer: Pad { Mode: PadMode.Constant, Value: 0, Padding: var own } } pad
            ? (Sum(own, padding), null, pad.Input) : (padding, null, x);

    private static Padding Sum(Padding a, Padding b) => Padding.Of(
        checked(a.Top + b.Top), checked(a.Left + b.Left), checked(a.Bottom + b.Bottom), checked(a.Right + b.Right));

    // Steps before the first one alone have a name, by which pieces of a series can be predicted; and nothing has one.
    private static Padding Named(Padding padding, int sides, long[] extents) =>
        sides == 1 && padding != Padding.Same && padding.Right == 0 && padding.Left > 0 && padding.Left == extents[0] - 1 ? Padding.Causal : padding;

    private static (Padding Padding, HeightWidth? More, Expr Input) TransposedPadding(Node node, Expr x, long[] sizes, long[] strides, long[] extents)
    {
        int count = sizes.Length;
        long[] more = Sides(node, "output_padding", new long[count], least: 0);
        string rule = node.Text("auto_pad", "NOTSET");
        long[] shape = node.Ints("output_shape") ?? [];
        if (shape.Length == count + 2)
            shape = shape[2..];
        if (shape.Length == 0 && rule is not ("SAME_UPPER" or "SAME_LOWER"))
            return (PaddingOf(node, sizes, strides, extents), PairOf(more), x);
        if (shape.Length > 0 && (shape.Length != count || Array.Exists(shape, size => size is < 1 or > int.MaxValue)))
            throw node.Bad($"its output_shape, {Sizes.Text(shape)}, must be {count} positive numbers");

        // How much there is around follows from the size of the output.
        node.Ignore("pads");
        long[] begins = new long[count], ends = new long[count];
        for (int k = 0; k < count; k++)
        {
            long all = ((sizes[k] - 1) * strides[k]) + more[k] + extents[k];
            long total = all - (shape.Length > 0 ? shape[k] : sizes[k] * strides[k]);
            if (total < 0 && shape.Length > 0)
                more[k] -= total;
            total = Math.Max(0, total);
            begins[k] = rule == "SAME_UPPER" ? total / 2 : total - (total / 2);
            ends[k] = total - begins[k];
        }

        return (PaddingOf(node, begins, ends), PairOf(more), x);
    }

    /// <summary>The padding of a window by its attributes.</summary>
    private static Padding PaddingOf(Node node, long[] sizes, long[] strides, long[] extents)
    {
        int count = sizes.Length;
        long[] pads = node.Ints("pads") ?? new long[2 * count];
        string rule = node.Text("auto_pad", "NOTSET");
        if (pads.Length != 2 * count)
            throw node.Bad($"its pads, {Sizes.Text(pads)}, must be {2 * count} numbers, of which the first half is before the input");
        long[] begins = pads[..count], ends = pads[count..];
        switch (rule)
        {
            case "NOTSET":
                break;
            case "VALID":
                return Padding.Valid;
            case "SAME_UPPER":
                return Padding.Same;
            case "SAME_LOWER":
                for (int k = 0; k < count; k++)
                {
                    long outputs = (sizes[k] + strides[k] - 1) / strides[k];
                    long total = Math.Max(0, ((outputs - 1) * strides[k]) + extents[k] - sizes[k]);
                    (begins[k], ends[k]) = (total - (total / 2), total / 2);
                }

                break;
            default:
                throw node.Bad($"its auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, and is \"{Printable.Text(rule)}\"");
        }

        return PaddingOf(node, begins, ends);
    }

    private static Padding PaddingOf(Node node, long[] begins, long[] ends)
    {
        if (begins.Concat(ends).Any(pad => pad is < 0 or > int.MaxValue))
            throw new Refusal($"its pads, {Sizes.Text(begins)} before and {Sizes.Text(ends)} behind, must be at least 0; cut values off by Slice");
        int[] before = Array.ConvertAll(begins, pad => (int)pad), after = Array.ConvertAll(ends, pad => (int)pad);
        return before.Length == 1 ? Padding.Of(before[0], after[0]) : Padding.Of(before[0], before[1], after[0], after[1]);
    }

    private static long[] Ones(int count) => [.. Enumerable.Repeat(1L, count)];

    private static long[] SidesOf(Shape shape) => shape.Kind == ShapeKind.Sequence ? [shape.Steps] : [shape.Height, shape.Width];

    // A number for each side of an image, or for the steps of a sequence.
    private static long[] Sides(Node node, string name, long[] otherwise, long least = 1)
    {
        long[] values = node.Ints(name) ?? otherwise;
        return values.Length == otherwise.Length && Array.TrueForAll(values, value => value >= least && value <= int.MaxValue) ? values
            : throw node.Bad(FormattableString.Invariant(
                $"its {name}, {Sizes.Text(values)}, must be {otherwise.Length} numbers of at least {least}"));
    }

    private static HeightWidth PairOf(long[] sides) => sides.Length == 1 ? (1, (int)sides[0]) : ((int)sides[0], (int)sides[1]);
}
