namespace NeuralNet.Onnx.Export;

/// <summary>The sizes of windows as attributes have them: a number for each axis that a window moves along, two of an image, one of a
/// sequence.</summary>
internal static class WindowSides
{
    /// <summary>How long the sides are that a window moves along.</summary>
    public static long[] Of(Shape shape) => shape.Kind == ShapeKind.Sequence ? [shape.Steps] : [shape.Height, shape.Width];

    public static long[] Of(Shape shape, HeightWidth pair) => shape.Kind == ShapeKind.Sequence ? [pair.Width] : [pair.Height, pair.Width];

    /// <summary>From the first value of a window to behind its last.</summary>
    public static long[] Extents(Shape shape, HeightWidth kernel, HeightWidth dilation)
    {
        long[] kernels = Of(shape, kernel), dilations = Of(shape, dilation);
        return [.. kernels.Select((size, k) => ((size - 1) * dilations[k]) + 1)];
    }

    /// <summary>How much padding there is before and behind, in numbers.</summary>
    /// <param name="padding">The padding, which may be a rule.</param>
    /// <param name="shape">What the window slides over.</param>
    /// <param name="kernel">How many values the window has.</param>
    /// <param name="stride">From one of its places to the next.</param>
    /// <param name="dilation">From one of its values to the next.</param>
    public static (long Before, long After)[] Padding(Padding padding, Shape shape, HeightWidth kernel, HeightWidth stride, HeightWidth dilation)
    {
        long[] sizes = Of(shape), extents = Extents(shape, kernel, dilation), strides = Of(shape, stride);
        var sides = new (long Before, long After)[sizes.Length];
        for (int k = 0; k < sides.Length; k++)
        {
            bool isWidth = k == sides.Length - 1;
            sides[k] = isWidth ? (padding.Left, padding.Right) : (padding.Top, padding.Bottom);
            if (padding == NeuralNet.Padding.Causal)
                sides[k] = (extents[k] - 1, 0);
            if (padding == NeuralNet.Padding.Same)
            {
                long total = Math.Max(0, ((((sizes[k] + strides[k] - 1) / strides[k]) - 1) * strides[k]) + extents[k] - sizes[k]);
                sides[k] = (total / 2, total - (total / 2));
            }
        }

        return sides;
    }
}
