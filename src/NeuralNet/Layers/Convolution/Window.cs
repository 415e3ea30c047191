using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>How the window of a convolution or a pool slides over an image or a sequence, with the sizes that follow from it. A sequence is an image
/// of one line.</summary>
internal sealed class Window
{
    private readonly Shape input;
    private readonly Padding padding;
    private readonly WindowAxis columns;
    private readonly bool isCeiling, isSequence;

    /// <summary>Takes a window.</summary>
    /// <param name="layer">The kind of the layer, for messages.</param>
    /// <param name="input">What the window slides over.</param>
    /// <param name="kernel">How many values it has.</param>
    /// <param name="stride">From one of its places to the next.</param>
    /// <param name="dilation">From one of its values to the next.</param>
    /// <param name="padding">What is around the input.</param>
    /// <param name="isCeiling">Whether a last place counts at which the window reaches past the padding, but begins before it.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, or the padding is not for it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or the window is larger than the padded input.</exception>
    public Window(
        string layer, Shape input, HeightWidth kernel, HeightWidth stride, HeightWidth dilation, Padding padding, bool isCeiling = false)
    {
        CheckInput(layer, input);
        isSequence = input.Kind == ShapeKind.Sequence;
        (this.input, this.padding, this.isCeiling) = (input, padding, isCeiling);
        Padding.Check(padding, input);
        (Kernel, Stride, Dilation) =
            (Positive(input, kernel, nameof(kernel)), Positive(input, stride, nameof(stride)), Positive(input, dilation, nameof(dilation)));
        Lines = isSequence ? new WindowAxis(1, 1, 1, 1, 0, 0)
            : Axis(input.Height, Kernel.Height, Stride.Height, Dilation.Height, padding.Top, padding.Bottom);
        columns = ColumnsAt(isSequence ? input.Steps : input.Width);
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
                $"{layer} takes an image, Shape.Image(height, width, channels), or a sequence, Shape.Sequence(steps, features), but got {input}; "
                + "Reshape makes one of plain features.", nameof(input));
        }
    }

    /// <summary>A pair of numbers that must be positive; of a sequence the first is 1.</summary>
    public static HeightWidth Positive(Shape input, HeightWidth pair, string name)
    {
        bool isSequence = input.Kind == ShapeKind.Sequence;
        if (isSequence && pair.Height != pair.Width && pair.Height != 1)
        {
            throw new ArgumentException(
                $"{input} has steps and no height: {name} must be one number, or a pair whose height is 1, but got {pair}.", name);
        }

        Guard.Count(pair.Width, name);
        return isSequence ? (1, pair.Width) : (Guard.Count(pair.Height, name), pair.Width);
    }

    /// <summary>How it slides along a line, or along so many steps of a sequence.</summary>
    public WindowAxis ColumnsAt(int steps) => columns.Size == steps || (!isSequence && columns.Size > 0) ? columns
        : Axis(isSequence ? steps : input.Width, Kernel.Width, Stride.Width, Dilation.Width, padding.Left, padding.Right);

    /// <summary>How many steps a sequence of so many becomes; 0 or less where the window is larger.</summary>
    public int OutputSteps(int steps) => isSequence ? Math.Max(0, ColumnsAt(steps).Outputs) : 1;

    /// <summary>What is made of the input, with so many features at each place of the window.</summary>
    public Shape Output(int features) =>
        isSequence ? Shape.Sequence(columns.Outputs, features) : Shape.Image(Lines.Outputs, columns.Outputs, features);

    // All sums in long: what does not fit an int is larger than any input.
    private WindowAxis Axis(int size, int kernel, int stride, int dilation, int before, int after)
    {
        long extent = ((long)(kernel - 1) * dilation) + 1;
        if (padding.IsSame)
        {
            long total = Math.Max(0, ((((size + (long)stride - 1) / stride) - 1) * stride) + extent - size);
            (before, after) = (Fit(total / 2), Fit(total - (total / 2)));
        }
        else if (padding.IsCausal)
        {
            before = Fit(extent - 1);
        }

        long padded = Fit((long)size + before + after);
        if (isCeiling && padded >= extent && (padded - extent) % stride != 0)
        {
            // One more place, if the window begins within the input or the padding before it.
            long more = stride - ((padded - extent) % stride), begin = padded + more - extent;
            if (begin < (long)size + before)
                after = Fit(after + more);
        }

        return new WindowAxis(size, kernel, stride, dilation, before, after);
    }

    private int Fit(long values) => Guard.Size(values, "padding", $"With its padding {input} would have a side of");

    private ArgumentOutOfRangeException TooLarge(string layer, HeightWidth kernel) => Guard.OutOfRange(
        nameof(kernel), kernel.Width, $"{layer}: a window of {kernel} (dilation {Dilation}) does not fit into {input} with padding {padding}; take a "
        + "smaller one, or more padding, such as Padding.Same.");
}
