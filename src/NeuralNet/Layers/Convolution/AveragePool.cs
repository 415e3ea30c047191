using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The mean of each window, channel by channel: of an image, or along the steps of a sequence.</summary>
/// <remarks><para>forward: y[i, j, c] = Σ over a, b of x[i s + a − p, j s + b − p, c] / n, for a stride s and a padding p. n is how many values of
/// the window lie in the input, or with <see cref="CountPadding"/> in the input or its padding: a value of padding is 0. What reaches past the
/// padding counts in neither case (<see cref="Ceiling"/>).</para>
/// <para>backward: ∇x = Σ over the windows that have x of ∇y / n.</para>
/// <para>That padding does not count unless it is asked for is what Keras and TensorFlow do, and ONNX's default (count_include_pad = 0); PyTorch
/// counts it unless it is told not to (count_include_pad=True). The sums of the lines of a window are added to each other, so that the mean of a
/// large one keeps its digits. A sum beyond the floats is infinite, and NaN stays NaN.</para>
/// <para>A row may come in pieces, all but the last of a multiple of the stride (<see cref="Layer.PieceSteps"/>), where nothing is padded and
/// windows do not overlap.</para></remarks>
public sealed class AveragePool : Pool, ILayerKind
{
    /// <summary>Makes a pool.</summary>
    /// <param name="input">The shape of an input row: an image or a sequence.</param>
    /// <param name="size">How many values a window has, along height and width; of a sequence one number.</param>
    /// <param name="stride">From one window to the next; null: as the size, so that windows lie side by side.</param>
    /// <param name="padding">What is around the input; none unless given.</param>
    /// <param name="countPadding">Whether values of padding, which are 0, count in the mean.</param>
    /// <param name="ceiling">Whether there is a last window that reaches past the padding, if it begins before that.</param>
    /// <inheritdoc cref="MaxPool(Shape, HeightWidth, HeightWidth?, Padding, HeightWidth?, bool)" path="/exception"/>
    public AveragePool(
        Shape input, HeightWidth size, HeightWidth? stride = null, Padding padding = default, bool countPadding = false, bool ceiling = false)
        : this(
            input, new Window(nameof(AveragePool), input, size, stride ?? size, 1, padding, ceiling, nameof(size)), padding, countPadding, ceiling)
    {
    }

    private AveragePool(Shape input, Window window, Padding padding, bool countPadding, bool ceiling)
        : base(input, window.Output(input.FeatureCount), window)
    {
        (Padding, CountPadding, Ceiling) = (padding, countPadding, ceiling);
        BackwardReads = BackwardReads.None;
    }

    /// <inheritdoc cref="MaxPool.Size"/>
    public HeightWidth Size => Window.Kernel;

    /// <inheritdoc cref="MaxPool.Stride"/>
    public HeightWidth Stride => Window.Stride;

    /// <inheritdoc cref="MaxPool.Padding"/>
    public Padding Padding { get; }

    /// <summary>Whether values of padding count in the mean.</summary>
    public bool CountPadding { get; }

    /// <inheritdoc cref="MaxPool.Ceiling"/>
    public bool Ceiling { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => Padding.AddTo(new KindSettings().Set("size", Size.Numbers).Set("stride", Stride.Numbers)
        .Set("countPadding", CountPadding).Set("ceiling", Ceiling));

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new AveragePool(
        input, HeightWidth.Of(settings, "size"), HeightWidth.Of(settings, "stride"), Padding.Of(settings), settings.GetBoolean("countPadding"),
        settings.GetBoolean("ceiling"));

    internal override string Detail => Words(Padding, Ceiling) + (CountPadding ? ", padding counts" : "");

    private PoolCount Count => CountPadding ? PoolCount.Padded : PoolCount.Input;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) =>
        PoolKernels.Mean(Sizes(pass.Rows, pass.Steps, pass.Lengths, Count), pass.Input, pass.Output, pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
        {
            PoolKernels.MeanGradient(
                Sizes(pass.Rows, pass.Steps, pass.Lengths, Count), pass.OutputGradient, pass.InputGradient, pass.Workers);
        }
    }
}
