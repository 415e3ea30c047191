namespace NeuralNet.Onnx.Export;

/// <summary>Normalizations of channels over batches, pixels and steps.</summary>
internal static class ChannelNormExport
{
    public static string Convert(LayerWriter w, BatchNorm norm, string x)
    {
        int features = norm.Input.FeatureCount;
        string[] arguments =
        [
            w.ChannelsFirstOf(norm.Input, x),
            norm.IsAffine ? w.Parameter("weight", features) : Same(w, "weight", features, 1),
            norm.IsAffine ? w.Parameter("bias", features) : Same(w, "bias", features, 0),
            w.Parameter("running_mean", features), w.Parameter("running_var", features),
        ];
        string z = w.Node("BatchNormalization", arguments, Attribute.Float("epsilon", norm.Epsilon), Attribute.Float("momentum", 1 - norm.Momentum));
        return ActivationExport.Convert(w, norm.Activation, w.ChannelsBackOf(norm.Input, z), norm.Input, norm.Output);
    }

    public static string Convert(LayerWriter w, InstanceNorm norm, string x)
    {
        int channels = norm.Input.FeatureCount;
        string gain = norm.IsAffine ? w.Parameter("weight", channels) : Same(w, "weight", channels, 1);
        string bias = norm.IsAffine ? w.Parameter("bias", channels) : Same(w, "bias", channels, 0);
        string y = w.Node(
            "InstanceNormalization", [w.ChannelsFirstOf(norm.Input, x), gain, bias], Attribute.Float("epsilon", norm.Epsilon));
        return w.ChannelsBackOf(norm.Input, y);
    }

    // The operator is one of a later version: here each group is one channel of an instance normalization, as PyTorch writes it.
    public static string Convert(LayerWriter w, GroupNorm norm, string x)
    {
        Shape shape = norm.Input;
        long channels = shape.FeatureCount;
        long[] sides = shape.Kind == ShapeKind.Features ? [] : WindowSides.Of(shape);
        string groups = w.Reshape(w.ChannelsFirstOf(shape, x), 0, norm.Groups, -1);
        string normed = w.Node(
            "InstanceNormalization", [groups, Same(w, "scale", norm.Groups, 1), Same(w, "shift", norm.Groups, 0)],
            Attribute.Float("epsilon", norm.Epsilon));
        string apart = w.Reshape(normed, [0, channels, .. sides]);
        long[] dimensions = [channels, .. sides.Select(_ => 1L)];
        return w.ChannelsBackOf(shape, w.Node("Add", w.Node("Mul", apart, w.Parameter("weight", dimensions)), w.Parameter("bias", dimensions)));
    }

    private static string Same(LayerWriter w, string name, int count, float value)
    {
        float[] values = new float[count];
        values.AsSpan().Fill(value);
        return w.Constant(name, values, count);
    }
}
