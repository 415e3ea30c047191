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

    /// <summary>The features axis: the last of a sequence, the channels of an image.</summary>
    public static int FeatureAxis(Shape shape) => shape.Kind == ShapeKind.Sequence ? 2 : 1;
}
