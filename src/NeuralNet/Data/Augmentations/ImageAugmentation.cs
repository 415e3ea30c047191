namespace NeuralNet;

// One that is for images alone.
internal abstract class ImageAugmentation : Augmentation
{
    public sealed override void Check(Shape shape)
    {
        if (shape.Kind != ShapeKind.Image)
            throw new ArgumentException(
                $"{Kind} is for images, but the rows are {shape}. If they are images, say so: "
                + "data.WithInputShape(Shape.Image(height, width, channels)).");
        CheckImage(shape);
    }

    protected virtual void CheckImage(Shape image)
    {
    }

    protected static ImageBorder Known(ImageBorder border) => border is ImageBorder.Zeros or ImageBorder.Nearest ? border
        : throw Guard.OutOfRange(nameof(border), (long)border, "Zeros or Nearest was expected.");

    // What moves an image further than its size would leave nothing of it.
    protected void CheckMoves(Shape image, float rows, float columns)
    {
        if (rows >= image.Height || columns >= image.Width)
            throw new ArgumentException(
                $"{this} could move {image} out of sight: fewer than {image.Height} rows and {image.Width} columns were expected.");
    }
}
