namespace NeuralNet;

/// <summary>Images of files of version 1. A row then held an image channel after channel, [channels, height, width]; now each pixel is a vector of
/// its channels, [height, width, channels]. A layer that treats all values alike computes the same with either order, and is loaded. Any other
/// would take the values of old rows for those of other channels, or weight what an older library had put elsewhere, and is refused.</summary>
internal static class ChannelOrder
{
    /// <summary>Refuses a layer, or one within it, whose result would be another than when the file was written.</summary>
    /// <param name="place">Where it stands in the file.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="InvalidDataException">There is one.</exception>
    public static void CheckAll(string place, Layer layer)
    {
        Check(place, layer);
        for (int k = 0; k < layer.Children.Count; k++)
            CheckAll($"{place}.layers[{k}]", layer.Children[k]);
    }

    /// <summary>The same without what is within it.</summary>
    public static void Check(string place, Layer layer)
    {
        if (!(IsOrdered(layer.Input) || IsOrdered(layer.Output)) || IsAlike(layer))
            return;
        throw new InvalidDataException(
            $"{Printable.Text(place)}: the file has format version 1, in which a row held an image channel after channel; now the channels of a "
            + $"pixel lie side by side, and {layer.Kind}, {layer.Input} → {layer.Output}, would compute something else. Build the network with "
            + "Shape.Image(height, width, channels) and train it again, or take over the values that still fit with LoadWeights.");
    }

    /// <summary>Whether the two orders of an image differ: not for one channel, or one pixel.</summary>
    private static bool IsOrdered(Shape shape) => shape.FeatureCount > 1 && shape.Height * shape.Width > 1;

    // Whether all values are treated alike; what is drawn at random is drawn by the place in memory.
    private static bool IsAlike(Layer layer) => layer switch
    {
        ActivationLayer { Activation: ScalarActivation } or Dropout or Skip or Chain or Prelu { IsShared: true } => true,
        Branches branches => branches.Merge != Merge.Concat,
        _ => false,
    };
}
