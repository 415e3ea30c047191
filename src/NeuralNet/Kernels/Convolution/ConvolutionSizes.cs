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
