namespace NeuralNet.Onnx.Export;

/// <summary>Layers that move the values of a row, or make one step of many.</summary>
internal static class StepsExport
{
    private const int StepAxis = 1;

    public static string Convert(LayerWriter w, Flatten flatten, string x) =>
        flatten.Input == flatten.Output ? x : w.Node("Flatten", [InOrder(w, flatten.Input, x)], Attribute.Int("axis", 1));

    public static string Convert(LayerWriter w, Reshape reshape, string x)
    {
        Shape shape = reshape.Output;
        if (reshape.Input == shape)
            return x;
        x = InOrder(w, reshape.Input, x);
        return shape.Kind == ShapeKind.Image && w.InputOrder is null && FeatureOrder.Of(shape) is not null
            ? w.ChannelsFirst(w.Reshape(x, 0, shape.Height, shape.Width, shape.FeatureCount))
            : w.Reshape(x, [0, .. Dimensions.Of(shape)]);
    }

    public static string Convert(LayerWriter w, Slice slice, string x) =>
        slice.Input == slice.Output ? x : w.Range(x, Dimensions.FeatureAxis(slice.Input), slice.First, slice.Count);

    // From the last step backward to before the first one.
    public static string Convert(LayerWriter w, Reverse reverse, string x) =>
        reverse.Input.Steps == 1 ? x
        : w.Node("Slice", x, w.Integers("start", -1), w.Integers("end", long.MinValue), w.Integers("axis", StepAxis), w.Integers("step", -1));

    public static string Convert(LayerWriter w, LastStep last, string x) =>
        w.Node("Squeeze", w.Range(x, StepAxis, last.Input.Steps - 1, 1), w.Integers("axis", StepAxis));

    public static string Convert(LayerWriter w, MeanOverSteps mean, string x) => Reduce(w, "ReduceMean", x);

    public static string Convert(LayerWriter w, MaxOverSteps max, string x) => Reduce(w, "ReduceMax", x);

    // The values of an image in the order in which they lie in the library, unless what follows takes them as they lie in the graph.
    private static string InOrder(LayerWriter w, Shape shape, string x) =>
        shape.Kind == ShapeKind.Image && w.OutputOrder is null && FeatureOrder.Of(shape) is not null ? w.ChannelsLast(x) : x;

    private static string Reduce(LayerWriter w, string operation, string x) =>
        w.Node(operation, [x], Attribute.Ints("axes", StepAxis), Attribute.Int("keepdims", 0));
}
