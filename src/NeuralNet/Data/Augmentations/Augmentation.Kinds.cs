namespace NeuralNet;

/// <content>The augmentations of the library.</content>
public abstract partial class Augmentation
{
    /// <summary>Several augmentations, one after the other: each works on what the one before it leaves.</summary>
    /// <param name="augmentations">The augmentations, at least one.</param>
    /// <returns>All together. Their order matters, also for their random numbers.</returns>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="ArgumentNullException">One is null.</exception>
    public static Augmentation Of(params ReadOnlySpan<Augmentation> augmentations)
    {
        if (augmentations.IsEmpty)
            throw new ArgumentException("Expected at least one augmentation.", nameof(augmentations));
        var parts = new List<Augmentation>();
        foreach (Augmentation one in augmentations)
        {
            ArgumentNullException.ThrowIfNull(one, nameof(augmentations));
            parts.AddRange(one is Several several ? several.Parts : [one]);
        }

        return parts.Count == 1 ? parts[0] : new Several([.. parts]);
    }

    /// <summary>An augmentation of your own.</summary>
    /// <param name="kind">What checkpoints and messages call it. A checkpoint compares this name, and nothing else of the function.</param>
    /// <param name="function">Changes one row in place. Several threads call it at once, each for a row of its own: it must keep nothing from call
    /// to call, and draw from the stream that it is given alone.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static Augmentation Of(string kind, AugmentationFunction function)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(function);
        return new FunctionAugmentation(kind, function);
    }

    /// <summary>Images moved up or down, left or right, parts of pixels too (<see cref="Affine"/>); by whole ones: <see cref="Crop"/>.</summary>
    /// <inheritdoc cref="Affine"/>
    public static Augmentation Shift(float rows, float columns, ImageBorder border = ImageBorder.Zeros) =>
        new Affine(nameof(Shift), rows, columns, 0, 1, 1, border);

    /// <summary>Images turned about their middle (<see cref="Affine"/>).</summary>
    /// <inheritdoc cref="Affine"/>
    public static Augmentation Rotate(float degrees, ImageBorder border = ImageBorder.Zeros) =>
        new Affine(nameof(Rotate), 0, 0, degrees, 1, 1, border);

    /// <summary>Images made larger or smaller about their middle (<see cref="Affine"/>).</summary>
    /// <inheritdoc cref="Affine"/>
    public static Augmentation Scale(float minScale, float maxScale, ImageBorder border = ImageBorder.Zeros) =>
        new Affine(nameof(Scale), 0, 0, 0, minScale, maxScale, border);

    /// <summary>Images scaled and turned about their middle and shifted, at once: sharper and faster than one after the other.</summary>
    /// <remarks>Each pixel is taken from the place that comes to lie on it, between the four pixels around that place (bilinear). All four numbers
    /// are drawn uniformly. Along an axis of an odd number of pixels the middle is a pixel, otherwise it lies between two.</remarks>
    /// <param name="rows">By how many rows at most an image is moved up or down: −rows to rows; fewer than it has.</param>
    /// <param name="columns">By how many columns at most it is moved left or right; fewer than it has.</param>
    /// <param name="degrees">By how many degrees at most it is turned: −degrees (counterclockwise) to degrees (clockwise); from 0 to 180.</param>
    /// <param name="minScale">How much larger it becomes at least: 1 is as large as it is; from 0.01 to 100.</param>
    /// <param name="maxScale">How much larger it becomes at most; from <paramref name="minScale"/> to 100.</param>
    /// <param name="border">What is beyond the image's border.</param>
    /// <returns>The augmentation. Rows that are no images are refused before the first step, and so are images that it could move out of
    /// sight.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Augmentation Affine(
        float rows = 0, float columns = 0, float degrees = 0, float minScale = 1, float maxScale = 1, ImageBorder border = ImageBorder.Zeros) =>
        new Affine(nameof(Affine), rows, columns, degrees, minScale, maxScale, border);

    /// <summary>A window as large as the image, cut out at random of the image with so many pixels around it: the image is moved by
    /// −padding … padding whole rows and columns, each number as likely. CIFAR-10 is usually trained with 4.</summary>
    /// <param name="padding">The pixels on each side, at least 1; fewer than the image has.</param>
    /// <param name="border">What they are.</param>
    /// <returns>The augmentation. Rows that are no images are refused before the first step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The padding is not positive.</exception>
    public static Augmentation Crop(int padding, ImageBorder border = ImageBorder.Zeros) => new Crop(padding, border);

    /// <summary>Images as in a mirror, left and right exchanged.</summary>
    /// <param name="probability">The probability that a row is changed, from 0 to 1.</param>
    /// <returns>The augmentation. Rows that are no images are refused before the first step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not from 0 to 1.</exception>
    public static Augmentation FlipHorizontally(float probability = 0.5f) => new Flip(isVertical: false).Sometimes(probability);

    /// <summary>Images as in water, top and bottom exchanged.</summary>
    /// <inheritdoc cref="FlipHorizontally"/>
    public static Augmentation FlipVertically(float probability = 0.5f) => new Flip(isVertical: true).Sometimes(probability);

    /// <summary>A square of zeros in an image, its middle at any pixel, each as likely; what lies beyond the border is cut off ("cutout").</summary>
    /// <remarks>T. DeVries, G. Taylor: "Improved regularization of convolutional neural networks with cutout", 2017. Of an even size the middle is
    /// the pixel after it.</remarks>
    /// <param name="size">The side of the square in pixels, at least 1, and at most the image's longer one.</param>
    /// <returns>The augmentation. Rows that are no images are refused before the first step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public static Augmentation Erase(int size) => new Erase(size);

    /// <summary>Noise of N(0, σ²) added to each value of a row of any shape.</summary>
    /// <param name="deviation">σ, positive.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="ArgumentOutOfRangeException">σ is not a positive number.</exception>
    public static Augmentation Noise(float deviation) => new Noise(deviation);

    /// <summary>One number added to all values of a row, drawn uniformly from −change to change. Nothing is cut off at 0 or 1.</summary>
    /// <param name="change">The largest change, positive.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The change is not a positive number.</exception>
    public static Augmentation Brightness(float change) => new Brightness(change);

    /// <summary>The distances of a row's values from their mean multiplied by one factor, drawn uniformly. Nothing is cut off at 0 or 1.</summary>
    /// <param name="min">The smallest factor, at least 0; 1 changes nothing.</param>
    /// <param name="max">The largest factor, at least <paramref name="min"/>.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A factor is out of its range.</exception>
    public static Augmentation Contrast(float min, float max) => new Contrast(min, max);
}
