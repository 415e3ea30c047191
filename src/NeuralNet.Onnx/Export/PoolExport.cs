using NeuralNet.Kernels;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Pools, and what makes images and sequences larger or smaller.</summary>
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

    public static string Convert(LayerWriter w, Upsample upsample, string x) => upsample.Mode == UpsampleMode.Bilinear
        ? Resized(w, upsample, x, scales: [upsample.Factor.Height, upsample.Factor.Width], [
            Attribute.Text("mode", "linear"),
            Attribute.Text("coordinate_transformation_mode", upsample.AlignCorners ? "align_corners" : "half_pixel"),
        ])
        : Resized(w, upsample, x, scales: [upsample.Factor.Height, upsample.Factor.Width], [
            Attribute.Text("mode", "nearest"), Attribute.Text("coordinate_transformation_mode", "asymmetric"),
            Attribute.Text("nearest_mode", "floor"),
        ]);

    public static string Convert(LayerWriter w, Resize resize, string x)
    {
        string places = resize.Places switch
        {
            ResizePlaces.AlignedCorners => "align_corners",
            ResizePlaces.Asymmetric => "asymmetric",
            _ => "half_pixel",
        };
        string rounding = resize.Rounding switch
        {
            ResizeRounding.Floor => "floor",
            ResizeRounding.Ceiling => "ceil",
            ResizeRounding.HalfUp => "round_prefer_ceil",
            _ => "round_prefer_floor",
        };
        if (resize.Mode == UpsampleMode.Nearest && IndicesOf(resize) is { } indices)
            return Taken(w, resize, x, indices);
        AttributeProto where = Attribute.Text("coordinate_transformation_mode", places);
        return Resized(w, resize, x, ScalesOf(resize), resize.Mode == UpsampleMode.Bilinear
            ? [Attribute.Text("mode", "linear"), where]
            : [Attribute.Text("mode", "nearest"), where, Attribute.Text("nearest_mode", rounding)]);
    }

    // Runtimes multiply sizes by scales as floats; the next float is right where that falls short of a whole number.
    private static float[] ScalesOf(Resize resize)
    {
        (Shape input, Shape output) = (resize.Input, resize.Output);
        bool isSequence = input.Kind == ShapeKind.Sequence;
        return resize.Scale is not (float height, float width) ? []
            : isSequence ? [1, Of(input.Steps, output.Steps, width)]
            : [Of(input.Height, output.Height, height), Of(input.Width, output.Width, width)];

        static float Of(int size, int outputs, float scale)
        {
            while (MathF.Floor(size * scale) < outputs)
                scale = MathF.BitIncrement(scale);
            while (MathF.Floor(size * scale) > outputs)
                scale = MathF.BitDecrement(scale);
            return scale;
        }
    }

    // By scales, or to the sizes of the output where there are none. A sequence is an image of one line: runtimes know lines between values of
    // images.
    private static string Resized(LayerWriter w, Layer layer, string x, float[] scales, AttributeProto[] attributes)
    {
        Shape output = layer.Output;
        bool isSequence = output.Kind == ShapeKind.Sequence;
        x = w.ChannelsFirstOf(layer.Input, x);
        if (isSequence)
            x = w.Node("Unsqueeze", x, w.Integers("line", 2));
        string[] by = scales is [var height, var width] ? ["", w.Constant("scales", [1, 1, height, width], 4)] : ["", "", SizesOf(w, output, x)];
        string y = w.Node("Resize", [x, .. by], attributes);
        if (isSequence)
            y = w.Node("Squeeze", y, w.Integers("line", 2));
        return w.ChannelsBackOf(output, y);
    }

    // Places of runtimes are floats: of a tie, such as 18 / 1.2 = 15, they may take the other value. Then which value each output is, axis by axis.
    private static long[][]? IndicesOf(Resize resize)
    {
        (Shape input, Shape output) = (resize.Input, resize.Output);
        bool isSequence = input.Kind == ShapeKind.Sequence, isOther = false;
        long[][] indices = isSequence ? [Along(input.Steps, output.Steps, resize.Scale?.Width)]
            : [Along(input.Height, output.Height, resize.Scale?.Height), Along(input.Width, output.Width, resize.Scale?.Width)];
        return isOther ? indices : null;

        long[] Along(int size, int outputs, float? scale)
        {
            ResizeWalk walk = ResizeAxis.Of(size, outputs, scale, resize.Places, resize.Rounding).From(0);
            long[] taken = new long[outputs];
            float by = scale ?? (float)outputs / size;
            for (int i = 0; i < outputs; i++)
            {
                float place = resize.Places switch
                {
                    ResizePlaces.HalfPixel => ((i + 0.5f) / by) - 0.5f,
                    ResizePlaces.Asymmetric => i / by,
                    _ => outputs == 1 ? 0 : i * (size - 1f) / (outputs - 1),
                };
                float nearest = resize.Rounding switch
                {
                    ResizeRounding.Floor => MathF.Floor(place),
                    ResizeRounding.Ceiling => MathF.Ceiling(place),
                    ResizeRounding.HalfUp => MathF.Floor(place + 0.5f),
                    _ => MathF.Ceiling(place - 0.5f),
                };
                (taken[i], _, _) = walk.Current;
                walk.Next();
                isOther |= Math.Clamp(nearest, 0, size - 1) != taken[i];
            }

            return taken;
        }
    }

    private static string Taken(LayerWriter w, Resize resize, string x, long[][] indices)
    {
        x = w.ChannelsFirstOf(resize.Input, x);
        for (int side = 0; side < indices.Length; side++)
            x = w.Node("Gather", [x, w.Integers("indices", indices[side])], Attribute.Int("axis", 2 + side));
        return w.ChannelsBackOf(resize.Output, x);
    }

    // [rows, channels] as they are, height and width.
    private static string SizesOf(LayerWriter w, Shape output, string x)
    {
        bool isSequence = output.Kind == ShapeKind.Sequence;
        string same = w.Range(w.Node("Shape", x), 0, 0, 2), sides = w.Integers("size", output.Height, isSequence ? output.Steps : output.Width);
        return w.Node("Concat", [same, sides], Attribute.Int("axis", 0));
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
