namespace NeuralNet.Onnx.Export;

/// <summary>Layers of plain weights: z = x W + b, and the rectifier with learned slopes.</summary>
internal static class DenseExport
{
    public static string Convert(LayerWriter w, Dense dense, string x)
    {
        int inputs = dense.Input.FeatureCount, width = dense.Activation.InputWidth(dense.Output.FeatureCount);
        if (dense.Input.Kind == ShapeKind.Image)
            x = w.ChannelsLast(x);
        string z;
        if (dense.HasBias && dense.Input.Kind == ShapeKind.Features)
            z = w.Node("Gemm", x, w.Parameter("weight", inputs, width), w.Parameter("bias", width));
        else
            z = Product(w, x, "weight", inputs, width, dense.HasBias ? "bias" : null);
        if (dense.Input.Kind == ShapeKind.Image)
            z = w.ChannelsFirst(z);
        return ActivationExport.Convert(w, dense.Activation, z, dense.Input.WithFeatures(width), dense.Output);
    }

    /// <summary>x W + b along the last axis, whatever is before it.</summary>
    public static string Product(LayerWriter w, string x, string weight, int inputs, int outputs, string? bias)
    {
        string product = w.Node("MatMul", x, w.Parameter(weight, inputs, outputs));
        return bias is null ? product : w.Node("Add", product, w.Parameter(bias, outputs));
    }

    public static string Convert(LayerWriter w, Prelu prelu, string x)
    {
        // Slopes are broadcast from the last axis on; an image has its pixels there.
        long slopes = prelu.IsShared ? 1 : prelu.Input.FeatureCount;
        return w.Node("PRelu", x, prelu.Input.Kind == ShapeKind.Image ? w.Parameter("weight", slopes, 1, 1) : w.Parameter("weight", slopes));
    }
}
