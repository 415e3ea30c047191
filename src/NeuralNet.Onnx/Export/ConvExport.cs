using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Convolutions and transposed ones: of images as they lie in the graph, of sequences with a Transpose before and behind.</summary>
internal static class ConvExport
{
    public static string Convert(LayerWriter w, ConvolutionLayer layer, string x)
    {
        int inputs = layer.Input.FeatureCount, width = layer.Activation.InputWidth(layer.Filters);
        bool isTransposed = layer is ConvTranspose;

        // W is [taps, a, b] in the library and [b, a, taps] here: b are the filters, or of a transposed convolution the inputs.
        int b = isTransposed ? inputs : width, a = (isTransposed ? width : inputs) / layer.Groups;
        string weight = w.Constant(
            $"{w.Position}.weight", Turned(w.Values("weight"), a, b), [b, a, .. WindowSides.Of(layer.Input, layer.Kernel)]);
        string[] arguments = layer.HasBias ? [w.ChannelsFirstOf(layer.Input, x), weight, w.Parameter("bias", width)]
            : [w.ChannelsFirstOf(layer.Input, x), weight];
        (long Before, long After)[] padding = WindowSides.Padding(
            layer.Padding, isTransposed ? layer.Output : layer.Input, layer.Kernel, layer.Stride, layer.Dilation);
        AttributeProto[] attributes =
        [
            Attribute.Ints("kernel_shape", WindowSides.Of(layer.Input, layer.Kernel)),
            Attribute.Ints("strides", WindowSides.Of(layer.Input, layer.Stride)),
            Attribute.Ints("dilations", WindowSides.Of(layer.Input, layer.Dilation)),
            Attribute.Ints("pads", [.. padding.Select(side => side.Before), .. padding.Select(side => side.After)]),
            Attribute.Int("group", layer.Groups),
        ];
        if (isTransposed)
            attributes = [.. attributes, Attribute.Ints("output_padding", OutputPadding(layer, padding))];
        string z = w.Node(isTransposed ? "ConvTranspose" : "Conv", arguments, attributes);
        Shape argument = layer.Output.WithFeatures(width);
        return ActivationExport.Convert(w, layer.Activation, w.ChannelsBackOf(argument, z), argument, layer.Output);
    }

    // What the output has more than the operator would make without it.
    private static long[] OutputPadding(ConvolutionLayer layer, (long Before, long After)[] padding)
    {
        long[] inputs = WindowSides.Of(layer.Input), outputs = WindowSides.Of(layer.Output), strides = WindowSides.Of(layer.Input, layer.Stride);
        long[] extents = WindowSides.Extents(layer.Input, layer.Kernel, layer.Dilation);
        return [.. padding.Select((side, k) => outputs[k] - ((inputs[k] - 1) * strides[k]) - extents[k] + side.Before + side.After)];
    }

    private static float[] Turned(ReadOnlySpan<float> weight, int a, int b)
    {
        float[] turned = new float[weight.Length];
        int taps = weight.Length / a / b;
        for (int i = 0; i < turned.Length; i++)
            turned[(((i % b * a) + (i / b % a)) * taps) + (i / b / a)] = weight[i];
        return turned;
    }
}
