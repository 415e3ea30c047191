namespace NeuralNet;

/// <content>Convolutions, pools and other windows, on images and along the steps of sequences.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a convolution: z = b + the sum of a window of the input times the weights, y = f(z).</summary>
    /// <inheritdoc cref="NeuralNet.Conv.Conv(Shape, int, HeightWidth, HeightWidth?, Padding, HeightWidth?, int, bool, Activation, Initializer)"
    /// path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Conv(
        int filters, HeightWidth kernel, HeightWidth? stride = null, Padding padding = default, HeightWidth? dilation = null, int groups = 1,
        bool bias = true, Activation? activation = null, Initializer? initializer = null) =>
        Add(shape => new Conv(shape, filters, kernel, stride, padding, dilation, groups, bias, activation, initializer));

    /// <summary>Adds a transposed convolution, which makes an image or a sequence larger: the gradient of a convolution as a layer, y = f(z).
    /// </summary>
    /// <inheritdoc cref="NeuralNet.ConvTranspose.ConvTranspose(Shape, int, HeightWidth, HeightWidth?, Padding, HeightWidth?, HeightWidth?, int, bool,
    /// Activation, Initializer)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder ConvTranspose(
        int filters, HeightWidth kernel, HeightWidth? stride = null, Padding padding = default, HeightWidth? outputPadding = null,
        HeightWidth? dilation = null, int groups = 1, bool bias = true, Activation? activation = null, Initializer? initializer = null) =>
        Add(shape => new ConvTranspose(shape, filters, kernel, stride, padding, outputPadding, dilation, groups, bias, activation, initializer));

    /// <summary>Adds the largest value of each window, channel by channel.</summary>
    /// <inheritdoc cref="NeuralNet.MaxPool.MaxPool(Shape, HeightWidth, HeightWidth?, Padding, HeightWidth?, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder MaxPool(
        HeightWidth size, HeightWidth? stride = null, Padding padding = default, HeightWidth? dilation = null, bool ceiling = false) =>
        Add(shape => new MaxPool(shape, size, stride, padding, dilation, ceiling));

    /// <summary>Adds the mean of each window, channel by channel.</summary>
    /// <inheritdoc cref="NeuralNet.AveragePool.AveragePool(Shape, HeightWidth, HeightWidth?, Padding, bool, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder AveragePool(
        HeightWidth size, HeightWidth? stride = null, Padding padding = default, bool countPadding = false, bool ceiling = false) =>
        Add(shape => new AveragePool(shape, size, stride, padding, countPadding, ceiling));

    /// <summary>Makes plain features of an image or a sequence: the mean of each channel, of a sequence over its real steps
    /// (<see cref="MeanOverSteps()"/>).</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder GlobalAveragePool() =>
        Add(shape => shape.Kind == ShapeKind.Sequence ? new MeanOverSteps(shape) : new GlobalAveragePool(shape));

    /// <summary>Makes plain features of an image or a sequence: the largest value of each channel, of a sequence over its real steps
    /// (<see cref="MaxOverSteps()"/>).</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder GlobalMaxPool() => Add(shape => shape.Kind == ShapeKind.Sequence ? new MaxOverSteps(shape) : new GlobalMaxPool(shape));

    /// <summary>Makes an image, or the steps of a sequence, larger by a whole number.</summary>
    /// <inheritdoc cref="NeuralNet.Upsample.Upsample(Shape, HeightWidth, UpsampleMode, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Upsample(HeightWidth factor, UpsampleMode mode = UpsampleMode.Nearest, bool alignCorners = false) =>
        Add(shape => new Upsample(shape, factor, mode, alignCorners));

    /// <summary>Makes an image, or the steps of a sequence, of a given size, larger or smaller: <c>Resize((30, 40), UpsampleMode.Bilinear)</c>,
    /// <c>Resize(100)</c>.</summary>
    /// <inheritdoc cref="NeuralNet.Resize.Resize(Shape, HeightWidth, UpsampleMode, ResizePlaces, ResizeRounding)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Resize(
        HeightWidth size, UpsampleMode mode = UpsampleMode.Nearest, ResizePlaces places = ResizePlaces.HalfPixel,
        ResizeRounding rounding = ResizeRounding.HalfDown) =>
        Add(shape => new Resize(shape, size, mode, places, rounding));

    /// <summary>Makes an image, or the steps of a sequence, so many times as large, rounded down.</summary>
    /// <inheritdoc cref="NeuralNet.Resize.ByScale" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder ResizeByScale(
        float height, float width, UpsampleMode mode = UpsampleMode.Nearest, ResizePlaces places = ResizePlaces.HalfPixel,
        ResizeRounding rounding = ResizeRounding.HalfDown) =>
        Add(shape => NeuralNet.Resize.ByScale(shape, height, width, mode, places, rounding));

    /// <summary>Puts pixels around an image, or steps before and behind a sequence.</summary>
    /// <inheritdoc cref="NeuralNet.Pad.Pad(Shape, Padding, float, PadMode)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Pad(Padding padding, float value = 0, PadMode mode = PadMode.Constant) =>
        Add(shape => new Pad(shape, padding, value, mode));
}
