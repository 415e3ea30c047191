using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The largest value of each window, channel by channel: of an image, or along the steps of a sequence.</summary>
/// <remarks><para>forward: y[i, j, c] = max over a, b of x[i s + a d − p, j s + b d − p, c], for a stride s, a dilation d and a padding p, over those
/// that lie in the input: padding is never the largest. NaN where any of them is.</para>
/// <para>backward: ∇x = Σ over the windows that have x of ∇y, for those in which x is the first of the largest (or the first NaN), counted line by
/// line: a subgradient where several are the largest. It is PyTorch's.</para>
/// <para>A row may come in pieces, all but the last of a multiple of the stride (<see cref="Layer.PieceSteps"/>), where nothing is padded and
/// windows do not overlap.</para></remarks>
public sealed class MaxPool : Pool, ILayerKind
{
    /// <summary>Makes a pool.</summary>
    /// <param name="input">The shape of an input row: an image or a sequence.</param>
    /// <param name="size">How many values a window has, along height and width; of a sequence one number.</param>
    /// <param name="stride">From one window to the next; null: as the size, so that windows lie side by side.</param>
    /// <param name="padding">What is around the input; none unless given.</param>
    /// <param name="dilation">From one value of a window to the next; null: 1.</param>
    /// <param name="ceiling">Whether there is a last window that reaches past the padding, if it begins before that.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, the padding does not fit it, or a window would lie in
    /// padding alone.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or a window is larger than the padded input.</exception>
    public MaxPool(
        Shape input, HeightWidth size, HeightWidth? stride = null, Padding padding = default, HeightWidth? dilation = null, bool ceiling = false)
        : this(input, new Window(nameof(MaxPool), input, size, stride ?? size, dilation ?? 1, padding, ceiling, nameof(size)), padding, ceiling)
    {
    }

    private MaxPool(Shape input, Window window, Padding padding, bool ceiling)
        : base(input, window.Output(input.FeatureCount), window) => (Padding, Ceiling) = (padding, ceiling);

    /// <summary>How many values a window has; of a sequence 1 × that many.</summary>
    public HeightWidth Size => Window.Kernel;

    /// <summary>From one window to the next.</summary>
    public HeightWidth Stride => Window.Stride;

    /// <summary>What is around the input.</summary>
    public Padding Padding { get; }

    /// <summary>From one value of a window to the next.</summary>
    public HeightWidth Dilation => Window.Dilation;

    /// <summary>Whether there is a last window that reaches past the padding.</summary>
    public bool Ceiling { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => Padding.AddTo(new KindSettings().Set("size", Size.Numbers).Set("stride", Stride.Numbers)
        .Set("dilation", Dilation.Numbers).Set("ceiling", Ceiling));

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new MaxPool(
        input, HeightWidth.Of(settings, "size"), HeightWidth.Of(settings, "stride"), Padding.Of(settings), HeightWidth.Of(settings, "dilation"),
        settings.GetBoolean("ceiling"));

    internal override string Detail => Words(Padding, Ceiling);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) =>
        PoolKernels.Max(Sizes(pass.Rows, pass.Steps, pass.Lengths), pass.Input, pass.Output, pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
        {
            PoolKernels.MaxGradient(
                Sizes(pass.Rows, pass.Steps, pass.Lengths), pass.Input, pass.Output, pass.OutputGradient, pass.InputGradient, pass.Workers);
        }
    }
}
