namespace NeuralNet.Onnx;

/// <summary>Networks as ONNX files: <c>SaveOnnx</c> and <c>ToOnnx</c> export one, <c>Load</c> and <c>Parse</c> import one.</summary>
public static partial class OnnxFile
{
    internal static void CheckImages(OnnxImages images)
    {
        if (images is not (OnnxImages.ChannelsLast or OnnxImages.AsInFile))
            throw new ArgumentOutOfRangeException(nameof(images), images, "There is no such order of images; take ChannelsLast or AsInFile.");
    }
}
