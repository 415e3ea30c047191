namespace NeuralNet.Kernels;

/// <summary>dx, for some input lines of some rows: a convolution of dz with the turned weights.</summary>
/// <remarks>With a stride, the inputs fall into as many phases as it has steps, in lines and in columns: those of one phase lie in the same elements
/// of the window, and neighbours among them in neighbouring outputs. So each phase is a product like that of forward.</remarks>
internal unsafe struct ConvolutionInputs : IJob<ConvolutionInputs>
{
    public float* Dz, W, Bias, Dx;
    public int Rows;
    public ConvolutionSizes Sizes;
    public float* Scratch;
    public int ScratchPerPart;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionSizes sizes)
    {
        (Padding lines, Padding columns) = (new(sizes.Lines), new(sizes.Columns));
        return checked(
            LineFactor.TableSize(sizes.Taps)
            + LineFactor.PackedSize(sizes.Taps * sizes.GroupFilters, sizes.GroupChannels)
            + (lines.Any || columns.Any
                ? PaddedLines.Rounded((long)lines.Length(sizes.Lines) * columns.Length(sizes.Columns) * sizes.Filters) : 0));
    }

    public static void Part<TVector>(ref ConvolutionInputs job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Rows * job.Sizes.Lines.Size, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(first, first + count, job.Scratch + ((nint)part * job.ScratchPerPart));
    }

    // From one line of all rows to another.
    private readonly void Compute<TVector>(int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = Sizes;
        (Padding aroundLines, Padding aroundColumns) = (new(sizes.Lines), new(sizes.Columns));
        bool hasCopy = aroundLines.Any || aroundColumns.Any;
        int line = aroundColumns.Length(sizes.Columns) * sizes.Filters, height = sizes.Lines.Size;
        int depth = sizes.Taps * sizes.GroupFilters, panel = MatrixJob.Panel<TVector>();
        int width = sizes.GroupChannels > panel ? panel : (sizes.GroupChannels + TVector.Count - 1) & -TVector.Count;
        LineFactor factor = new() { Runs = (nint*)memory, Columns = sizes.GroupChannels, Step = width, NextPanel = (nint)width * depth };
        float* padded = memory + LineFactor.TableSize(sizes.Taps);
        factor.B = padded;
        padded += LineFactor.PackedSize(depth, sizes.GroupChannels);
        for (int group = 0; group < sizes.Groups; group++)
        {
            Turn(group, panel, width, factor.B);
            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / height, y = at - (row * height);
                stop = Math.Min(end, (row + 1) * height);
                float* dz = Dz + ((nint)row * sizes.OutputSize);
                int upper = -aroundLines.Before;
                if (hasCopy)
                {
                    upper = Padding.FloorDiv(y + sizes.Lines.Before - sizes.Lines.Extent + 1, sizes.Lines.Stride);
                    int lower = (y + stop - at - 1 + sizes.Lines.Before) / sizes.Lines.Stride;
                    PaddedLines.Copy(
                        dz, sizes.Lines.Outputs, sizes.Columns.Outputs * sizes.Filters, upper, lower - upper + 1, aroundColumns.Before * sizes.Filters,
                        aroundColumns.After * sizes.Filters, padded);
                    dz = padded;
                }

                dz += group * sizes.GroupFilters;
                float* dx = Dx + (((nint)row * sizes.InputSize) + (group * sizes.GroupChannels));
                for (int phaseY = 0; phaseY < sizes.Lines.Stride; phaseY++)
                {
                    for (int phaseX = 0; phaseX < Math.Min(sizes.Columns.Stride, sizes.Columns.Size); phaseX++)
                    {
                        FillRuns(ref factor, phaseY, phaseX, hasCopy ? upper : 0, hasCopy ? aroundColumns.Before : 0, line);
                        Phase<TVector>(factor, dz, dx, group, y, y + stop - at, phaseY, phaseX, line);
                    }
                }
            }
        }
    }

    private readonly void Phase<TVector>(
        in LineFactor factor, float* dz, float* dx, int group, int from, int to, int phaseY, int phaseX, int line)
        where TVector : struct, ISimdVector<TVector>
    {
        (int strideY, int strideX, int channels) = (Sizes.Lines.Stride, Sizes.Columns.Stride, Sizes.Channels);
        int pixels = (Sizes.Columns.Size - phaseX + strideX - 1) / strideX, panel = MatrixJob.Panel<TVector>();
        int firstStep = (from - phaseY + strideY - 1) / strideY;
        float* start = Bias == null ? null : Bias + (group * factor.Columns);
        for (int column = 0; column < factor.Columns; column += panel)
        {
            for (int step = firstStep; (step * strideY) + phaseY < to; step++)
            {
                float* c = dx + (((((nint)step * strideY) + phaseY) * Sizes.Columns.Size * channels) + (phaseX * channels));
                if (factor.Pieces == 0)
                    Fill(c + column, (nint)strideX * channels, start == null ? null : start + column, pixels, Math.Min(panel, factor.Columns - column));
                else
                    factor.Multiply<TVector>(column, dz + ((nint)step * line), Sizes.Filters, start, c, (nint)strideX * channels, pixels);
            }
        }
    }

    // Inputs that lie in no window, where the stride is longer than the window.
    private static void Fill(float* c, nint cRow, float* start, int pixels, int columns)
    {
        for (int i = 0; i < pixels; i++)
        {
            var to = new Span<float>(c + (i * cRow), columns);
            if (start == null)
                to.Clear();
            else
                new ReadOnlySpan<float>(start, columns).CopyTo(to);
        }
    }

    // The weights [window, filters, channels] of a group, the last element of the window first, in panels of channels.
    private readonly void Turn(int group, int panel, int width, float* to)
    {
        ConvolutionSizes sizes = Sizes;
        nint block = (nint)sizes.GroupFilters * width;
        for (int column = 0; column < sizes.GroupChannels; column += panel)
        {
            for (int tap = sizes.Taps - 1; tap >= 0; tap--, to += block)
            {
                MatrixPanel.CopyTransposed(
                    W + ((((nint)tap * sizes.GroupChannels) + column) * sizes.Filters) + (group * sizes.GroupFilters), sizes.Filters, to, width,
                    sizes.GroupFilters, Math.Min(panel, sizes.GroupChannels - column));
            }
        }
    }

    // The elements of the window in which the inputs of a phase lie, by the outputs that these belong to.
    private readonly void FillRuns(ref LineFactor factor, int phaseY, int phaseX, int upper, int before, int line)
    {
        (WindowAxis lines, WindowAxis columns) = (Sizes.Lines, Sizes.Columns);
        bool hasWholeLines = Sizes.HasWholeLines && columns.Stride == 1;
        factor.Piece = hasWholeLines ? columns.Kernel * Sizes.Filters : Sizes.GroupFilters;
        factor.Pieces = 0;
        for (int ky = lines.Kernel - 1; ky >= 0; ky--)
        {
            int y = phaseY + lines.Before - (ky * lines.Dilation);
            if (y % lines.Stride != 0)
                continue;
            for (int kx = columns.Kernel - 1; kx >= 0; kx--)
            {
                int x = phaseX + columns.Before - (kx * columns.Dilation), turned = Sizes.Taps - 1 - ((ky * columns.Kernel) + kx);
                if (x % columns.Stride != 0 || (hasWholeLines && kx != columns.Kernel - 1))
                    continue;
                factor.Runs[2 * factor.Pieces] =
                    ((nint)((y / lines.Stride) - upper) * line) + ((nint)((x / columns.Stride) + before) * Sizes.Filters);
                factor.Runs[(2 * factor.Pieces) + 1] = turned * Sizes.GroupFilters * factor.Step;
                factor.Pieces++;
            }
        }
    }

    /// <summary>The zeros around the outputs of an axis that inputs at its ends would lie in.</summary>
    private readonly struct Padding(WindowAxis axis)
    {
        public int Before { get; } = Math.Max(0, -FloorDiv(axis.Before - axis.Extent + 1, axis.Stride));

        public int After { get; } = Math.Max(0, ((axis.Size - 1 + axis.Before) / axis.Stride) - (axis.Outputs - 1));

        public bool Any => Before > 0 || After > 0;

        public int Length(WindowAxis of) => Before + of.Outputs + After;

        public static int FloorDiv(int value, int divisor) => value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
    }
}
