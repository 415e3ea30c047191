namespace NeuralNet;

// A square of zeros, its middle at any pixel.
internal sealed class Erase(int size) : ImageAugmentation
{
    private readonly int size = Guard.Count(size, nameof(size));

    public override KindSettings Settings => new KindSettings().Set("size", size);

    protected override void CheckImage(Shape image)
    {
        int all = Math.Max(image.Height, image.Width);
        if (size >= all)
            throw new ArgumentException($"{this} could erase all of {image}: a size of at most {all - 1} was expected.");
    }

    public override void Apply(in AugmentationPass pass)
    {
        Shape image = pass.Shape;
        (int top, int height) = Part(pass.Below(0, image.Height), image.Height);
        (int left, int width) = Part(pass.Below(1, image.Width), image.Width);
        for (int row = top; row < top + height; row++)
            pass.Values.Slice(((row * image.Width) + left) * image.FeatureCount, width * image.FeatureCount).Clear();
    }

    // Of an even size the pixel after the middle.
    private (int First, int Count) Part(int middle, int all)
    {
        int first = middle - (size / 2), from = Math.Max(first, 0);
        return (from, Math.Min(first + size, all) - from);
    }
}
