namespace NeuralNet;

/// <summary>A transposed convolution: the gradient of a <see cref="Conv"/> with respect to its input as a layer, which makes an image larger where
/// a convolution with a stride makes it smaller; y = f(z).</summary>
/// <remarks><para>forward: z[y, x, f] = b[f] + Σ w[ky, kx, f, c] · x[i, j, c], over all i, j, ky, kx with i·stride + ky·dilation − top = y and
/// j·stride + kx·dilation − left = x; y = f(z). The output has (size − 1) · stride + (kernel − 1) · dilation + 1 − padding + outputPadding
/// values along each side; with <see cref="NeuralNet.Padding.Same"/> size · stride.</para>
/// <para>backward: ∇z = ∇y J_f(z); ∇w += Σ x ∇z over rows and places, ∇b += Σ ∇z; ∇x is the convolution of ∇z with w.</para>
/// <para>Parameters: "weight" [kernel height, kernel width, width of z / groups, inputs], of a sequence [kernel, width of z / groups, inputs], and
/// "bias" [width of z]. A row of a sequence that has n real steps has as many in the output as n steps make.</para>
/// <para>M. Zeiler, D. Krishnan, G. Taylor, R. Fergus: "Deconvolutional networks", 2010.</para></remarks>
public sealed class ConvTranspose : ConvolutionLayer, ILayerKind
{
    /// <summary>Makes a transposed convolution.</summary>
    /// <param name="input">The shape of an input row, an image or a sequence.</param>
    /// <param name="filters">The width of y, at least 1.</param>
    /// <param name="kernel">How many values the window has: one number or (height, width).</param>
    /// <param name="stride">How far the places of neighbouring inputs lie apart in the output; 1 unless given.</param>
    /// <param name="padding">What is cut off from the output's sides; nothing unless given.</param>
    /// <param name="outputPadding">What is added to the output below and to the right, because several sizes have the same convolution; less than the
    /// stride or the dilation, and beyond the stride no more than the padding there; 0 unless given.</param>
    /// <param name="dilation">From one value of the window to the next; 1 unless given.</param>
    /// <param name="groups">Into how many groups the features are divided.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="activation">f; the identity unless given.</param>
    /// <param name="initializer">How W is initialized; the activation's own choice unless given. b starts at 0.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, the padding is not for it, or the groups do not divide the
    /// features.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, the output padding is too large, nothing is left of the
    /// output, or W or a row would have 2³¹ values or more.</exception>
    public ConvTranspose(
        Shape input, int filters, HeightWidth kernel, HeightWidth? stride = null, Padding padding = default, HeightWidth? outputPadding = null,
        HeightWidth? dilation = null, int groups = 1, bool bias = true, Activation? activation = null, Initializer? initializer = null)
        : base(
            new TransposedWindow(input, filters, kernel, stride ?? 1, padding, outputPadding ?? 0, dilation ?? 1),
            new FusedActivation(activation, filters), input, padding, groups, bias, initializer) =>
        OutputPadding = input.Kind == ShapeKind.Sequence ? (0, (outputPadding ?? 0).Width) : outputPadding ?? 0;

    /// <summary>What is added to the output below and to the right.</summary>
    public HeightWidth OutputPadding { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => base.Settings.Set("outputPadding", OutputPadding.Numbers);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new ConvTranspose(
        input, settings.GetInt32("filters"), HeightWidth.Of(settings, "kernel"), HeightWidth.Of(settings, "stride"), Padding.Of(settings),
        HeightWidth.Of(settings, "outputPadding"), HeightWidth.Of(settings, "dilation"), settings.GetInt32("groups"), settings.GetBoolean("bias"),
        settings.GetActivation("activation"));
}
