namespace NeuralNet;

// Left and right, or top and bottom, change places.
internal sealed class Flip(bool isVertical) : ImageAugmentation
{
    public override string Kind => isVertical ? "FlipVertically" : "FlipHorizontally";

    // Read backwards, each line has its pixels in the other order, and each image its lines; what is within them is turned back.
    public override void Apply(in AugmentationPass pass)
    {
        int line = pass.Shape.Width * pass.Shape.FeatureCount;
        (int whole, int part) = isVertical ? (pass.Values.Length, line) : (line, pass.Shape.FeatureCount);
        for (int at = 0; at < pass.Values.Length; at += whole)
            pass.Values.Slice(at, whole).Reverse();
        for (int at = 0; at < pass.Values.Length && part > 1; at += part)
            pass.Values.Slice(at, part).Reverse();
    }
}
