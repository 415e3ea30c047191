namespace NeuralNet.Kernels;

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
        (Before, After) = !isBackward ? (columns.Before, columns.After)
            : (Math.Max(0, -WindowAxis.FloorDiv(columns.Before - columns.Extent + 1, columns.Stride)),
                Math.Max(0, ((columns.Size - 1 + columns.Before) / columns.Stride) - (columns.Outputs - 1)));
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

    /// <summary>The zeros before each line of the other side that its pixels need.</summary>
    public int Before { get; }

    /// <summary>The zeros behind it.</summary>
    public int After { get; }

    /// <summary>The pixels of a line of the other side with these zeros.</summary>
    public int PaddedColumns => Before + FromColumns + After;

    /// <summary>Backward with a stride, neighbouring pixels of a line lie in other values of the window; those of one phase lie in the same.
    /// </summary>
    public int Phases { get; }

    /// <summary>From one pixel of a phase to the next, in pixels.</summary>
    public int PixelStep => IsBackward ? Sizes.Columns.Stride : 1;

    /// <summary>Whether the window of each pixel has all of its values, without gaps.</summary>
    public bool HasWholeLines => Sizes.Groups == 1 && Sizes.Columns.Dilation == 1 && (!IsBackward || Sizes.Columns.Stride == 1);

    /// <summary>How the pixels of a phase lie in a line of the other side.</summary>
    public WindowWalk Columns(int phase) => IsBackward ? Sizes.Columns.Backward(phase) : Sizes.Columns.Forward;

    /// <summary>How a line lies in the other side, and which of its pixels, in the walk's sense, it is.</summary>
    public (WindowWalk Walk, int Pixel) Line(int y) =>
        IsBackward ? (Sizes.Lines.Backward(y % Sizes.Lines.Stride), y / Sizes.Lines.Stride) : (Sizes.Lines.Forward, y);

    /// <summary>The lines of the other side that some lines may need, from the first to behind the last.</summary>
    public (int First, int End) FromLinesOf(int y, int count)
    {
        WindowAxis lines = Sizes.Lines;
        return IsBackward ? lines.OutputsOver(y, count)
            : (Math.Max(0, (y * lines.Stride) - lines.Before),
                Math.Min(lines.Size, ((y + count - 1) * lines.Stride) - lines.Before + lines.Extent));
    }
}
