namespace NeuralNet.Onnx.Export;

/// <summary>Normalizations of each vector along the features axis.</summary>
internal static class NormExport
{
    public static string Convert(LayerWriter w, LayerNorm norm, string x)
    {
        // The operator's axes are the last ones; an image's channels are brought there and back.
        bool isImage = norm.Input.Kind == ShapeKind.Image;
        int features = norm.Input.FeatureCount;
        if (isImage)
            x = w.ChannelsLast(x);
        string gain = w.Parameter("weight", features);
        string[] inputs = norm.HasBias ? [x, gain, w.Parameter("bias", features)] : [x, gain];
        string y = w.Node("LayerNormalization", inputs, Attribute.Int("axis", -1), Attribute.Float("epsilon", norm.Epsilon));
        return isImage ? w.ChannelsFirst(y) : y;
    }

    // y = g ⊙ u / √(mean u² + ε / s²) with u = x / s and s = max(1, |x₁|, |x₂|, …), so that no square overflows.
    public static string Convert(LayerWriter w, RmsNorm norm, string x)
    {
        int axis = Dimensions.FeatureAxis(norm.Input), features = norm.Input.FeatureCount;
        string s = w.Node("Max", LargestMagnitude(w, x, axis), w.Scalar("one", 1));
        string u = w.Node("Div", x, s);
        string squares = w.Node("ReduceMean", [w.Node("Mul", u, u)], Attribute.Ints("axes", axis));
        string epsilon = w.Node("Div", w.Node("Div", w.Scalar("epsilon", norm.Epsilon), s), s);
        string normed = w.Node("Div", u, w.Node("Sqrt", w.Node("Add", squares, epsilon)));
        return w.Node("Mul", normed, norm.Input.Kind == ShapeKind.Image ? w.Parameter("weight", features, 1, 1) : w.Parameter("weight", features));
    }

    /// <summary>max |xᵢ| of each vector, of which the axis stays.</summary>
    public static string LargestMagnitude(LayerWriter w, string x, int axis) =>
        w.Node("ReduceMax", [w.Node("Abs", x)], Attribute.Ints("axes", axis));
}
