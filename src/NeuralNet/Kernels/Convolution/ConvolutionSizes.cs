namespace NeuralNet.Kernels;

/// <summary>The sizes of a convolution of images [lines, columns, channels], with the weights [kernel lines, kernel columns, channels of a group,
/// filters]; a sequence is an image of one line.</summary>
/// <param name="Lines">How the window slides from line to line.</param>
/// <param name="Columns">How it slides along a line.</param>
/// <param name="Channels">The channels of the input.</param>
/// <param name="Filters">The channels of the output.</param>
/// <param name="Groups">Into how many groups both are divided; each filter sees the channels of its group.</param>
internal readonly record struct ConvolutionSizes(WindowAxis Lines, WindowAxis Columns, int Channels, int Filters, int Groups)
{
    public int GroupChannels => Channels / Groups;

    public int GroupFilters => Filters / Groups;

    /// <summary>The values of the window.</summary>
    public int Taps => Lines.Kernel * Columns.Kernel;

    /// <summary>The floats of an input row.</summary>
    public int InputSize => Lines.Size * Columns.Size * Channels;

    /// <summary>The pixels of an output row.</summary>
    public int Places => Lines.Outputs * Columns.Outputs;

    /// <summary>The floats of an output row.</summary>
    public int OutputSize => Places * Filters;

    public int WeightSize => Taps * GroupChannels * Filters;

    /// <summary>Whether each filter sees one channel and each channel has one filter.</summary>
    public bool IsDepthwise => Groups == Channels && Groups == Filters && Groups > 1;

    /// <summary>Whether each pixel of the output is made of one pixel of the input, as in a dense layer.</summary>
    public bool IsPointwise => Groups == 1 && Lines.IsPointwise && Columns.IsPointwise;

    /// <summary>The floats of a padded line of the input.</summary>
    public int PaddedLine => Columns.Padded * Channels;

    /// <summary>Whether a line of the window lies in one piece in a line of the input.</summary>
    public bool HasWholeLines => Groups == 1 && Columns.Dilation == 1;

    /// <summary>How many pieces of a window lie apart in the input.</summary>
    public int Pieces => HasWholeLines ? Lines.Kernel : Taps;

    /// <summary>The floats of such a piece.</summary>
    public int Piece => HasWholeLines ? Columns.Kernel * Channels : GroupChannels;

    /// <summary>From the first piece of a window to this one, in lines of so many floats.</summary>
    public nint PieceOffset(int piece, int line)
    {
        if (HasWholeLines)
            return (nint)piece * Lines.Dilation * line;
        (int y, int x) = Math.DivRem(piece, Columns.Kernel);
        return ((nint)y * Lines.Dilation * line) + ((nint)x * Columns.Dilation * Channels);
    }
}

/// <summary>One direction of a convolution, from x to z or from dz to dx: both are sums over the window of products with the weights, and differ in
/// how the pixels of one side lie in the other.</summary>
internal readonly struct ConvolutionMap
{
    /// <summary>Takes a direction.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="isBackward">Whether it goes from dz to dx.</param>
    public ConvolutionMap(in ConvolutionSizes sizes, bool isBackward)
    {
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        Sizes = sizes;
        IsBackward = isBackward;
        (FromLines, ToLines) = isBackward ? (lines.Outputs, lines.Size) : (lines.Size, lines.Outputs);
        (FromColumns, ToColumns) = isBackward ? (columns.Outputs, columns.Size) : (columns.Size, columns.Outputs);
        (FromChannels, ToChannels) = isBackward ? (sizes.Filters, sizes.Channels) : (sizes.Channels, sizes.Filters);
        Phases = isBackward ? Math.Min(columns.Stride, columns.Size) : 1;
    }

    public ConvolutionSizes Sizes { get; }

    public bool IsBackward { get; }

    public int FromLines { get; }

    public int FromColumns { get; }

    public int FromChannels { get; }

    public int ToLines { get; }

    public int ToColumns { get; }

    public int ToChannels { get; }

    public int FromSize => FromLines * FromColumns * FromChannels;

    public int ToSize => ToLines * ToColumns * ToChannels;

    /// <summary>Backward with a stride, neighbouring pixels of a line lie in other values of the window; those of one phase lie in the same.
    /// </summary>
    public int Phases { get; }

    /// <summary>The same of lines.</summary>
    public int LinePhases => IsBackward ? Math.Min(Sizes.Lines.Stride, Sizes.Lines.Size) : 1;

    /// <summary>From one pixel of a phase to the next, in pixels.</summary>
    public int PixelStep => IsBackward ? Sizes.Columns.Stride : 1;

    /// <summary>From one line of a phase to the next, in lines.</summary>
    public int LineStep => IsBackward ? Sizes.Lines.Stride : 1;

    /// <summary>Whether the window of each pixel has all of its values, without gaps.</summary>
    public bool HasWholeLines => Sizes.Groups == 1 && Sizes.Columns.Dilation == 1 && (!IsBackward || Sizes.Columns.Stride == 1);

    /// <summary>How the pixels of a phase lie in a line of the other side.</summary>
    public WindowWalk Columns(int phase) => IsBackward ? Sizes.Columns.Backward(phase) : Sizes.Columns.Forward;

    /// <summary>How the lines of a phase lie in the other side.</summary>
    public WindowWalk Lines(int phase) => IsBackward ? Sizes.Lines.Backward(phase) : Sizes.Lines.Forward;
}

/// <summary>What a job of one direction works on.</summary>
internal unsafe struct ConvolutionPass
{
    /// <summary>The rows that are read, the weights, where the chains start (null for 0), and the rows that are made.</summary>
    public float* From, W, Start, To;

    /// <summary>Whether the weights lie in panels already (<see cref="ConvolutionKernels.Packed"/>).</summary>
    public bool IsPacked;

    /// <summary>What is done to each value when its chain is at its end.</summary>
    public ChannelFinish Then;
    public int Rows;
    public ConvolutionMap Map;

    /// <summary>Memory for all parts.</summary>
    public float* Scratch;
    public int ScratchPerPart;
}
