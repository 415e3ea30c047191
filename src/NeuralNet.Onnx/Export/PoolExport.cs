using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Pools, and what makes images and sequences larger.</summary>
internal static class PoolExport
{
    public static string Convert(LayerWriter w, MaxPool pool, string x)
    {
        x = w.ChannelsFirstOf(pool.Input, x);
        (long Before, long After)[] sides = Reached(pool.Input, pool.Output, pool.Size, pool.Stride, pool.Dilation, pool.Padding);
        long[] kernel = WindowSides.Of(pool.Input, pool.Size);

        // Runtimes refuse padding as wide as the window; what lies around for them then is never the largest.
        if (sides.Index().Any(side => Math.Max(side.Item.Before, side.Item.After) >= kernel[side.Index]))
        {
            x = Around(w, x, sides, float.NegativeInfinity);
            sides = new (long, long)[sides.Length];
        }

        string y = w.Node("MaxPool", [x],
        [
            .. Windows(pool.Input, pool.Size, pool.Stride, sides), Attribute.Ints("dilations", WindowSides.Of(pool.Input, pool.Dilation)),
        ]);
        return w.ChannelsBackOf(pool.Output, y);
    }

    public static string Convert(LayerWriter w, AveragePool pool, string x)
    {
        x = w.ChannelsFirstOf(pool.Input, x);
        (long Before, long After)[] sides = Reached(pool.Input, pool.Output, pool.Size, pool.Stride, 1, pool.Padding);
        (long Before, long After)[] own = WindowSides.Padding(pool.Padding, pool.Input, pool.Size, pool.Stride, 1);
        bool counts = pool.CountPadding;
        if (counts && sides.Index().Any(side => side.Item.After > own[side.Index].After))
        {
            // The padding counts, and what a last window has behind it does not: the padding becomes values.
            x = Around(w, x, own, 0);
            sides = [.. sides.Select((side, k) => (0L, Math.Max(0, side.After - own[k].After)))];
            counts = false;
        }

        string y = w.Node(
            "AveragePool", [x], [.. Windows(pool.Input, pool.Size, pool.Stride, sides), Attribute.Int("count_include_pad", counts ? 1 : 0)]);
        return w.ChannelsBackOf(pool.Output, y);
    }

    /// <summary>One number of each channel of an image.</summary>
    public static string Global(LayerWriter w, string operation, string x) =>
        w.Node("Flatten", [w.Node(operation, x)], Attribute.Int("axis", 1));

    public static string Convert(LayerWriter w, Upsample upsample, string x)
    {
        bool isLinear = upsample.Mode == UpsampleMode.Bilinear, isSequence = upsample.Input.Kind == ShapeKind.Sequence;
        AttributeProto[] attributes = isLinear
            ? [
                Attribute.Text("mode", "linear"),
                Attribute.Text("coordinate_transformation_mode", upsample.AlignCorners ? "align_corners" : "half_pixel"),
            ]
            : [
                Attribute.Text("mode", "nearest"), Attribute.Text("coordinate_transformation_mode", "asymmetric"),
                Attribute.Text("nearest_mode", "floor"),
            ];

        // As an image of one line: runtimes know lines between values of images.
        x = w.ChannelsFirstOf(upsample.Input, x);
        if (isSequence)
            x = w.Node("Unsqueeze", x, w.Integers("line", 2));
        string y = w.Node("Resize", [x, "", w.Constant("scales", [1, 1, upsample.Factor.Height, upsample.Factor.Width], 4)], attributes);
        if (isSequence)
            y = w.Node("Squeeze", y, w.Integers("line", 2));
        return w.ChannelsBackOf(upsample.Output, y);
    }

    public static string Convert(LayerWriter w, Pad pad, string x)
    {
        if (pad.Input == pad.Output)
            return x;
        Padding padding = pad.Padding;
        long[] pads = pad.Input.Kind == ShapeKind.Sequence ? [0, padding.Left, 0, 0, padding.Right, 0]
            : [0, 0, padding.Top, padding.Left, 0, 0, padding.Bottom, padding.Right];
        return pad.Mode == PadMode.Constant
            ? w.Node("Pad", x, w.Integers("pads", pads), w.Scalar("value", pad.Value))
            : w.Node("Pad", [x, w.Integers("pads", pads)], Attribute.Text("mode", pad.Mode == PadMode.Edge ? "edge" : "reflect"));
    }

    private static AttributeProto[] Windows(Shape input, HeightWidth size, HeightWidth stride, (long Before, long After)[] sides) =>
    [
        Attribute.Ints("kernel_shape", WindowSides.Of(input, size)), Attribute.Ints("strides", WindowSides.Of(input, stride)),
        Attribute.Ints("pads", [.. sides.Select(side => side.Before), .. sides.Select(side => side.After)]),
    ];

    // What is before the input, and behind it as far as the last window reaches: whether that counts is decided by those who ask. So no runtime
    // needs to round sizes up, of which each has its own opinion.
    private static (long Before, long After)[] Reached(
        Shape input, Shape output, HeightWidth kernel, HeightWidth stride, HeightWidth dilation, Padding padding)
    {
        (long Before, long After)[] sides = WindowSides.Padding(padding, input, kernel, stride, dilation);
        long[] sizes = WindowSides.Of(input), outputs = WindowSides.Of(output), strides = WindowSides.Of(input, stride);
        long[] extents = WindowSides.Extents(input, kernel, dilation);
        return [.. sides.Select((side, k) =>
            (side.Before, Math.Max(0, ((outputs[k] - 1) * strides[k]) + extents[k] - sizes[k] - side.Before)))];
    }

    private static string Around(LayerWriter w, string x, (long Before, long After)[] sides, float value) => w.Node(
        "Pad", x, w.Integers("pads", [0, 0, .. sides.Select(side => side.Before), 0, 0, .. sides.Select(side => side.After)]),
        w.Scalar("value", value));
}
