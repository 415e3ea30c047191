namespace NeuralNet.Onnx.Export;

/// <summary>How a row's shape lies in a tensor, whose axis 0 is the batch: channels are an image's first axis there, and its last one here.</summary>
internal static class Dimensions
{
    /// <summary>The axes after the batch: [n], [steps, n] or [channels, height, width].</summary>
    public static long[] Of(Shape shape) => shape.Kind switch
    {
        ShapeKind.Sequence => [shape.Steps, shape.FeatureCount],
        ShapeKind.Image => [shape.FeatureCount, shape.Height, shape.Width],
        _ => [shape.FeatureCount],
    };

    /// <summary>Whether the values of an image lie in one order here and there: of one channel, or of one pixel.</summary>
    public static bool AreInOrder(Shape image) => image.FeatureCount == 1 || image.Height * image.Width == 1;

    /// <summary>The features axis: the last of a sequence, the channels of an image.</summary>
    public static int FeatureAxis(Shape shape) => shape.Kind == ShapeKind.Sequence ? 2 : 1;
}
