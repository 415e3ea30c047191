using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>How the window of a convolution or a pool slides over an image or a sequence, with the sizes that follow from it. A sequence is an image
/// of one line.</summary>
internal sealed class Window
{
    /// <summary>The longest side of an image with its padding.</summary>
    public const int Largest = 1 << 30;

    private readonly Shape input;
    private readonly Padding padding;
    private readonly WindowAxis columns;
    private readonly bool isCeiling, isSequence;
    private readonly string kernelName;

    /// <summary>Takes a window.</summary>
    /// <param name="layer">The kind of the layer, for messages.</param>
    /// <param name="input">What the window slides over.</param>
    /// <param name="kernel">How many values it has.</param>
    /// <param name="stride">From one of its places to the next.</param>
    /// <param name="dilation">From one of its values to the next.</param>
    /// <param name="padding">What is around the input.</param>
    /// <param name="isCeiling">Whether a last place counts at which the window reaches past the padding, but begins before it.</param>
    /// <param name="kernelName">What the layer's constructor calls the kernel.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, or the padding is not for it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or the window is larger than the padded input.</exception>
    public Window(
        string layer, Shape input, HeightWidth kernel, HeightWidth stride, HeightWidth dilation, Padding padding, bool isCeiling = false,
        string kernelName = "kernel")
    {
        CheckInput(layer, input);
        isSequence = input.Kind == ShapeKind.Sequence;
        (this.input, this.padding, this.isCeiling, this.kernelName) = (input, padding, isCeiling, kernelName);
        Padding.Check(padding, input);
        (Kernel, Stride, Dilation) =
            (kernel.Positive(input, kernelName), stride.Positive(input, nameof(stride)), dilation.Positive(input, nameof(dilation)));
        Lines = isSequence ? new WindowAxis(1, 1, 1, 1, 0, 0)
            : Axis(input.Height, Kernel.Height, Stride.Height, Dilation.Height, padding.Top, padding.Bottom);
        columns = ColumnsAt(isSequence ? input.Steps : input.Width);
        ColumnsOf = ColumnsAt;
        if (Lines.Outputs <= 0 || columns.Outputs <= 0)
            throw TooLarge(layer, Kernel);
    }

    /// <summary>How many values the window has; of a sequence 1 × that many.</summary>
    public HeightWidth Kernel { get; }

    /// <summary>From one of its places to the next.</summary>
    public HeightWidth Stride { get; }

    /// <summary>From one of its values to the next.</summary>
    public HeightWidth Dilation { get; }

    /// <summary>How it slides from line to line.</summary>
    public WindowAxis Lines { get; }

    /// <summary>Refuses an input that has nothing to slide over.</summary>
    public static void CheckInput(string layer, Shape input)
    {
        if (Guard.NotEmpty(input, nameof(input)).Kind == ShapeKind.Features)
        {
            throw new ArgumentException(
                $"{layer} takes an image, Shape.Image(height, width, channels), or a sequence, Shape.Sequence(steps, features), but got {input}. "
                + Say(input), nameof(input));
        }
    }

    /// <summary>What to do where plain features are an image.</summary>
    public static string Say(Shape features) => FormattableString.Invariant(
        $"If the {features.FeatureCount} features are an image, say so: the network's input is Shape.Image(height, width, channels), or put Reshape ")
        + "to that shape before it.";

    /// <summary>How it slides along a line, or along so many steps of a sequence.</summary>
    public WindowAxis ColumnsAt(int steps) => columns.Size == steps || (!isSequence && columns.Size > 0) ? columns
        : Axis(isSequence ? steps : input.Width, Kernel.Width, Stride.Width, Dilation.Width, padding.Left, padding.Right);

    /// <summary><see cref="ColumnsAt"/>, for kernels that ask for each row.</summary>
    public Func<int, WindowAxis> ColumnsOf { get; }

    /// <summary>Whether pieces of a sequence, all but the last a multiple of the stride, give the windows of the whole.</summary>
    public bool IsStreamable => padding == Padding.Valid && columns.IsApart;

    /// <summary>Whether the number of steps stays what it is, whatever it is.</summary>
    public bool KeepsSteps => isSequence && Stride.Width == 1 && columns.Outputs == input.Steps;

    /// <summary>Whether at some number of steps a window may lie in padding alone.</summary>
    public bool MayLieOutside => padding != Padding.Valid && !(Dilation == 1 && (padding.IsSame || padding.IsCausal));

    /// <summary>Refuses windows that lie in padding alone, of which a pool can make nothing.</summary>
    /// <param name="layer">The kind of the layer, for messages.</param>
    /// <param name="steps">The real steps of a row; without meaning for an image.</param>
    /// <param name="row">What messages call the row: "Row 3".</param>
    /// <exception cref="ArgumentException">There is such a window.</exception>
    public void RefuseOutside(string layer, int steps, string row)
    {
        if (ColumnsAt(steps).FirstOutside() >= 0 || Lines.FirstOutside() >= 0)
            throw Outside(layer, isSequence ? FormattableString.Invariant($"{row} with {steps} steps") : row);
    }

    /// <summary>How many steps a sequence of so many becomes; 0 or less where the window is larger.</summary>
    public int OutputSteps(int steps) => isSequence ? Math.Max(0, ColumnsAt(steps).Outputs) : 1;

    /// <summary>What is made of the input, with so many features at each place of the window.</summary>
    public Shape Output(int features)
    {
        // Where one feature alone would be too many there is too much padding.
        string name = (long)Lines.Outputs * columns.Outputs > int.MaxValue || features == input.FeatureCount ? nameof(padding) : "filters";
        return isSequence ? Shape.SequenceFor(name, columns.Outputs, features) : Shape.ImageFor(name, Lines.Outputs, columns.Outputs, features);
    }

    // All sums in long: what does not fit an int is larger than any input.
    private WindowAxis Axis(int size, int kernel, int stride, int dilation, int before, int after)
    {
        long extent = ((long)(kernel - 1) * dilation) + 1;
        if (padding.IsSame)
        {
            long total = Math.Max(0, ((((size + (long)stride - 1) / stride) - 1) * stride) + extent - size);
            (before, after) = (Fit(total / 2, kernel, dilation), Fit(total - (total / 2), kernel, dilation));
        }
        else if (padding.IsCausal)
        {
            before = Fit(extent - 1, kernel, dilation);
        }

        int beyond = 0;
        long padded = Fit((long)size + before + after, kernel, dilation);
        if (isCeiling && padded - extent > -(long)stride && (padded - extent) % stride != 0)
        {
            // One more place, if the window begins within the input or the padding before it. A window that is larger than all may be the only one.
            long more = padded < extent ? extent - padded : stride - ((padded - extent) % stride), begin = padded + more - extent;
            if (begin < (long)size + before)
            {
                beyond = Fit(more, kernel, dilation);
                after = Fit(after + more, kernel, dilation);
            }
        }

        // No further than there is anything to meet, so that no place that is counted is beyond an int.
        return new WindowAxis(size, kernel, Math.Min(stride, (int)padded), kernel == 1 ? 1 : dilation, before, after, beyond);
    }

    // Rules take the padding from the window.
    private int Fit(long values, int kernel, int dilation) => values <= Largest ? (int)values : Guard.Size(
        values,
        padding == Padding.Valid ? nameof(input) : !padding.IsSame && !padding.IsCausal ? nameof(padding)
            : kernel > dilation ? kernelName : nameof(dilation),
        $"With its padding {input} would have a side of", Largest);

    private ArgumentException Outside(string layer, string what) => new(
        $"{layer}: of {what} a window of {Kernel} (stride {Stride}, dilation {Dilation}) would lie in padding alone ({padding}), of which no "
        + "value can be made; take less padding, or a larger input.");

    private ArgumentOutOfRangeException TooLarge(string layer, HeightWidth kernel) => new(
        kernelName,
        FormattableString.Invariant(
            $"{layer}: a window of {kernel} (dilation {Dilation}) does not fit into {input} with padding {padding}; take a smaller one, or ")
        + "more padding, such as Padding.Same.");
}
