namespace NeuralNet.Kernels;

/// <summary>One direction of a convolution, from x to z or from dz to dx: both are sums over the window of products with the weights, and differ in
/// how the pixels of one side lie in the other.</summary>
/// <param name="Sizes">The sizes.</param>
/// <param name="IsBackward">Whether it goes from dz to dx.</param>
internal readonly record struct ConvolutionMap(ConvolutionSizes Sizes, bool IsBackward)
{
    public int FromLines => IsBackward ? Sizes.Lines.Outputs : Sizes.Lines.Size;

    public int FromColumns => IsBackward ? Sizes.Columns.Outputs : Sizes.Columns.Size;

    public int FromChannels => IsBackward ? Sizes.Filters : Sizes.Channels;

    public int ToLines => IsBackward ? Sizes.Lines.Size : Sizes.Lines.Outputs;

    public int ToColumns => IsBackward ? Sizes.Columns.Size : Sizes.Columns.Outputs;

    public int ToChannels => IsBackward ? Sizes.Channels : Sizes.Filters;

    public int FromSize => FromLines * FromColumns * FromChannels;

    public int ToSize => ToLines * ToColumns * ToChannels;

    /// <summary>Backward with a stride, neighbouring pixels of a line lie in other values of the window; those of one phase lie in the same.
    /// </summary>
    public int Phases => IsBackward ? Math.Min(Sizes.Columns.Stride, Sizes.Columns.Size) : 1;

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

    /// <summary>The zeros before and behind each line of the other side that its pixels need.</summary>
    public (int Before, int After) Margins()
    {
        WindowAxis columns = Sizes.Columns;
        return IsBackward
            ? (Math.Max(0, -WindowAxis.FloorDiv(columns.Before - columns.Extent + 1, columns.Stride)),
                Math.Max(0, ((columns.Size - 1 + columns.Before) / columns.Stride) - (columns.Outputs - 1)))
            : (columns.Before, columns.After);
    }
}
