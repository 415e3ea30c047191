namespace NeuralNet;

/// <content>Convolutions, on images and along the steps of sequences.</content>
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
}
