namespace NeuralNet;

/// <summary>How the window of a transposed convolution slides over its output, whose size follows from the input's: each input is a place of the
/// window there.</summary>
internal sealed class TransposedWindow
{
    private const string Layer = nameof(ConvTranspose);

    private readonly Padding padding;
    private readonly HeightWidth outputPadding;

    /// <summary>Takes a window.</summary>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, or the padding is not for it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range, or the output has no size that is possible.</exception>
    public TransposedWindow(
        Shape input, int filters, HeightWidth kernel, HeightWidth stride, Padding padding, HeightWidth outputPadding, HeightWidth dilation)
    {
        Window.CheckInput(Layer, input);
        if (padding.IsCausal)
            throw new ArgumentException($"{Layer} has no causal padding; use Valid, Same or Of.", nameof(padding));
        Guard.Count(filters, nameof(filters));
        kernel = kernel.Positive(input, nameof(kernel));
        stride = stride.Positive(input, nameof(stride));
        dilation = dilation.Positive(input, nameof(dilation));
        Check(input, stride, padding, outputPadding, dilation);
        bool isSequence = input.Kind == ShapeKind.Sequence;
        (this.padding, this.outputPadding) = (padding, outputPadding);
        (KernelExtent, Stride) = (((kernel.Width - 1L) * dilation.Width) + 1, stride.Width);
        long extent = ((kernel.Height - 1L) * dilation.Height) + 1;
        long height = isSequence ? 1 : SizeOf(input.Height, extent, stride.Height, padding.Top + (long)padding.Bottom, outputPadding.Height);
        long width = WidthOf(isSequence ? input.Steps : input.Width);
        if (height <= 0 || width <= 0)
        {
            throw Guard.OutOfRange(
                nameof(padding), Math.Min(height, width), $"{Layer}: padding {padding} cuts off all that a window of {kernel} makes of {input}.");
        }

        // What makes more of a side than anything else; where one filter fits, there are too many.
        string high = Cause(input.Height, kernel.Height, stride.Height, dilation.Height);
        string wide = Cause(isSequence ? input.Steps : input.Width, kernel.Width, stride.Width, dilation.Width);
        const string TooLarge = "A side of the output would have";
        (int lines, int columns) = (Guard.Size(height, high, TooLarge, Window.Largest), Guard.Size(width, wide, TooLarge, Window.Largest));
        string cause = (long)lines * columns <= int.MaxValue ? nameof(filters) : lines > columns ? high : wide;
        Output = isSequence ? Shape.SequenceFor(cause, columns, filters) : Shape.ImageFor(cause, lines, columns, filters);

        // Output padding of a stride or more is padding less cut off, so that the window has as many places as there are inputs.
        bool isLess = outputPadding.Width < stride.Width && (isSequence || outputPadding.Height < stride.Height);
        Padding over = isLess ? padding : isSequence
            ? Padding.Of(padding.Left, Rest(padding.Right, outputPadding.Width))
            : Padding.Of(padding.Top, padding.Left, Rest(padding.Bottom, outputPadding.Height), Rest(padding.Right, outputPadding.Width));
        Over = new Window(Layer, Output, kernel, stride, dilation, over);
    }

    /// <summary>The window that slides over the output.</summary>
    public Window Over { get; }

    /// <summary>What is made of the input.</summary>
    public Shape Output { get; }

    private long KernelExtent { get; }

    private int Stride { get; }

    /// <summary>How many steps a sequence of so many becomes.</summary>
    public int OutputSteps(int steps) => Output.Kind == ShapeKind.Sequence ? (int)Math.Clamp(WidthOf(steps), 0, int.MaxValue) : 1;

    private static int Rest(int padding, int given) => Math.Max(0, padding - given);

    private static string Cause(int size, int kernel, int stride, int dilation) =>
        (size - 1L) * stride >= (kernel - 1L) * dilation ? nameof(stride) : kernel > dilation ? nameof(kernel) : nameof(dilation);

    private static void Check(Shape input, HeightWidth stride, Padding padding, HeightWidth outputPadding, HeightWidth dilation)
    {
        bool isSequence = input.Kind == ShapeKind.Sequence;
        int height = isSequence ? 0 : outputPadding.Height;
        if (height < 0 || outputPadding.Width < 0 || height >= Math.Max(stride.Height, dilation.Height)
            || outputPadding.Width >= Math.Max(stride.Width, dilation.Width))
        {
            throw Guard.OutOfRange(
                nameof(outputPadding), outputPadding.ToString(),
                $"{Layer}: an output padding of at least 0 and below the larger of stride and dilation, {stride} and {dilation}, was expected, "
                + $"but got {outputPadding}.");
        }

        if (height - padding.Bottom >= stride.Height || outputPadding.Width - padding.Right >= stride.Width)
        {
            throw Guard.OutOfRange(
                nameof(outputPadding), outputPadding.ToString(),
                $"{Layer}: an output padding of {outputPadding} gives back more of the padding, {padding}, than there is by a stride, {stride}, or "
                + "more: it would be places that no input reaches. Take less.");
        }

        if (padding.IsSame && (height > 0 || outputPadding.Width > 0))
        {
            throw new ArgumentException(
                $"{Layer}: Padding.Same says how large the output is, size · stride; an output padding, {outputPadding}, is for the others.",
                nameof(outputPadding));
        }
    }

    private long WidthOf(int size) => SizeOf(size, KernelExtent, Stride, padding.Left + (long)padding.Right, outputPadding.Width);

    private long SizeOf(int size, long extent, int stride, long cut, int more) =>
        padding.IsSame ? (long)size * stride : ((size - 1L) * stride) + extent - cut + more;
}
