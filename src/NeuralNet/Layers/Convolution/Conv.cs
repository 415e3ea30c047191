namespace NeuralNet;

/// <summary>A convolution: z = b + the sum of a window of the input times the weights, y = f(z), at every place of the window; on images, and along
/// the steps of sequences.</summary>
/// <remarks><para>forward: z[i, j, f] = b[f] + Σ over ky, kx, c of w[ky, kx, c, f] · x[i·stride + ky·dilation − top, j·stride + kx·dilation − left,
/// c], where the input is 0 outside; y = f(z). As everywhere in the field it is the correlation: the window is not turned round.</para>
/// <para>backward: ∇z = ∇y J_f(z); ∇w[ky, kx, c, f] += Σ over rows and places of the input that it met times ∇z; ∇b[f] += Σ ∇z; ∇x of each input is
/// the sum over the outputs in whose windows it was, w · ∇z.</para>
/// <para>Parameters: "weight" [kernel height, kernel width, inputs / groups, width of z], of a sequence [kernel, inputs / groups, width of z], and
/// "bias" [width of z]. With groups the features of the input are divided into as many neighbouring parts, and so are the filters; each
/// filter sees its part alone. As many groups as features make the depthwise convolution.</para>
/// <para>Rows of sequences with lengths are padded around their own steps. With <see cref="NeuralNet.Padding.Causal"/> the layer carries the last
/// (kernel − 1) · dilation steps as its state, so a series may come in pieces (all but the last of a multiple of the stride,
/// <see cref="Layer.PieceSteps"/>), and has the bits of the whole; the gradient of a piece ends at its beginning unless
/// <see cref="Batch.StateGradient"/> asks for more.</para>
/// <para>Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: "Gradient-based learning applied to document recognition", 1998; dilation: F. Yu, V. Koltun,
/// 2015; groups: A. Krizhevsky, I. Sutskever, G. Hinton, 2012; depthwise: L. Sifre, 2014.</para></remarks>
public sealed class Conv : ConvolutionLayer, ILayerKind
{
    /// <summary>Makes a convolution.</summary>
    /// <param name="input">The shape of an input row, an image or a sequence.</param>
    /// <param name="filters">The width of y, at least 1.</param>
    /// <param name="kernel">How many values the window has: one number or (height, width).</param>
    /// <param name="stride">From one place of the window to the next; 1 unless given.</param>
    /// <param name="padding">What is thought around the input; nothing unless given.</param>
    /// <param name="dilation">From one value of the window to the next; 1 unless given.</param>
    /// <param name="groups">Into how many groups the features are divided.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="activation">f; the identity unless given.</param>
    /// <param name="initializer">How W is initialized; the activation's own choice unless given. b starts at 0.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, the padding is not for it, or the groups do not divide the
    /// features.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, the window is larger than the padded input, or W or a row would have
    /// 2³¹ values or more.</exception>
    public Conv(
        Shape input, int filters, HeightWidth kernel, HeightWidth? stride = null, Padding padding = default, HeightWidth? dilation = null,
        int groups = 1, bool bias = true, Activation? activation = null, Initializer? initializer = null)
        : base(
            new Window(nameof(Conv), input, kernel, stride ?? 1, dilation ?? 1, padding),
            new FusedActivation(activation, Guard.Count(filters, nameof(filters))), input, filters, padding, groups, bias, initializer)
    {
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Conv(
        input, settings.GetInt32("filters"), HeightWidth.Of(settings, "kernel"), HeightWidth.Of(settings, "stride"), Padding.Of(settings),
        HeightWidth.Of(settings, "dilation"), settings.GetInt32("groups"), settings.GetBoolean("bias"), settings.GetActivation("activation"));
}
