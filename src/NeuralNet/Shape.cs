namespace NeuralNet;

/// <summary>What one row of a batch is: plain features, a sequence of steps, or an image.</summary>
public enum ShapeKind
{
    /// <summary>n features.</summary>
    Features,

    /// <summary>Steps, each a vector of features; step-major.</summary>
    Sequence,

    /// <summary>Height × width pixels, each a vector of channels; line after line.</summary>
    Image,
}

/// <summary>The shape of one row: <see cref="Features"/>, <see cref="Sequence"/> or <see cref="Image"/>.</summary>
/// <remarks>The number of rows is no part of a shape: a batch is [rows, <see cref="Size"/>], row-major. The features axis is always the last one:
/// a row is [features], [steps, features] or [height, width, channels]. Layers such as <see cref="Dense"/>, norms and activations act along that
/// axis, whose length is <see cref="FeatureCount"/>: each step of a sequence and each pixel of an image is a vector. An integer n converts to
/// <c>Shape.Features(n)</c>.</remarks>
public readonly record struct Shape
{
    private Shape(ShapeKind kind, int steps, int features, int height, int width, string name)
    {
        Int128 size = (Int128)((long)steps * features) * ((long)height * width);
        if (size > int.MaxValue)
            Guard.Size(size, name, $"A row of {Words(kind, steps, features, height, width)} would have");
        Kind = kind;
        Steps = steps;
        FeatureCount = features;
        Height = height;
        Width = width;
    }

    /// <summary>Which kind of row this is.</summary>
    public ShapeKind Kind { get; }

    /// <summary>The largest number of steps of a sequence; 1 for the other kinds.</summary>
    public int Steps { get; }

    /// <summary>The length of the features axis: n, the features of a step, or the channels.</summary>
    public int FeatureCount { get; }

    /// <summary>The height of an image; 1 for the other kinds.</summary>
    public int Height { get; }

    /// <summary>The width of an image; 1 for the other kinds.</summary>
    public int Width { get; }

    /// <summary>How many floats a row has.</summary>
    public int Size => Steps * FeatureCount * Height * Width;

    /// <summary>Plain features.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>The shape [count].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public static Shape Features(int count) => new(ShapeKind.Features, 1, Guard.Count(count, nameof(count)), 1, 1, nameof(count));

    /// <summary>A sequence of vectors.</summary>
    /// <param name="steps">The largest number of steps, at least 1; a batch may have fewer.</param>
    /// <param name="features">The features of each step, at least 1.</param>
    /// <returns>The shape [steps, features].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive, or the row would have 2³¹ values or more.</exception>
    public static Shape Sequence(int steps, int features) =>
        SequenceFor(steps > features ? nameof(steps) : nameof(features), steps, features);

    /// <summary>An image: a vector of channels for each pixel.</summary>
    /// <param name="height">The rows of pixels, at least 1.</param>
    /// <param name="width">The columns of pixels, at least 1.</param>
    /// <param name="channels">The channels, at least 1.</param>
    /// <returns>The shape [height, width, channels].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive, or the row would have 2³¹ values or more.</exception>
    public static Shape Image(int height, int width, int channels) => ImageFor(
        channels > Math.Max(height, width) ? nameof(channels) : width > height ? nameof(width) : nameof(height), height, width, channels);

    /// <summary>The shape of n plain features.</summary>
    /// <param name="features">How many.</param>
    public static implicit operator Shape(int features) => Features(features);

    /// <summary>How many floats a row has in a call with this many steps.</summary>
    /// <param name="steps">The steps of the call; without meaning for anything but a sequence.</param>
    /// <returns>The number of floats.</returns>
    /// <exception cref="OverflowException">That would be 2³¹ or more, of more steps than the shape has.</exception>
    public int SizeAt(int steps) => Kind == ShapeKind.Sequence ? checked(steps * FeatureCount) : Size;

    /// <summary>How many vectors (along the features axis) a row has in a call with this many steps: the steps of a sequence, the pixels of an
    /// image, otherwise 1.</summary>
    /// <param name="steps">The steps of the call; without meaning for anything but a sequence.</param>
    /// <returns>The number of vectors.</returns>
    public int VectorsAt(int steps) => Kind == ShapeKind.Sequence ? steps : Height * Width;

    /// <summary>The same kind of row with another number of features.</summary>
    /// <param name="features">The features, at least 1.</param>
    /// <returns>The new shape.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public Shape WithFeatures(int features) => WithFeatures(features, nameof(features));

    /// <summary>The shape in words.</summary>
    /// <returns>For example <c>Sequence(50, 32)</c>.</returns>
    public override string ToString() => Words(Kind, Steps, FeatureCount, Height, Width);

    /// <summary>The shapes with the name of the argument that a row of 2³¹ values or more follows from.</summary>
    internal static Shape SequenceFor(string name, int steps, int features) =>
        new(ShapeKind.Sequence, Guard.Count(steps, nameof(steps)), Guard.Count(features, nameof(features)), 1, 1, name);

    /// <inheritdoc cref="SequenceFor"/>
    internal static Shape ImageFor(string name, int height, int width, int channels)
    {
        Guard.Count(height, nameof(height));
        return new(ShapeKind.Image, 1, Guard.Count(channels, nameof(channels)), height, Guard.Count(width, nameof(width)), name);
    }

    /// <inheritdoc cref="SequenceFor"/>
    internal Shape WithFeatures(int features, string name) => new(Kind, Steps, Guard.Count(features, name), Height, Width, name);

    private static string Words(ShapeKind kind, int steps, int features, int height, int width) => kind switch
    {
        ShapeKind.Sequence => $"Sequence({steps}, {features})",
        ShapeKind.Image => $"Image({height}, {width}, {features})",
        _ => $"Features({features})",
    };
}
