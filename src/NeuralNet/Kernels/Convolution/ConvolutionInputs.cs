namespace NeuralNet.Kernels;

/// <summary>dx, for some input lines of some rows: a convolution of dz with the turned weights.</summary>
/// <remarks>With a stride, the pixels of a line fall into as many phases as it has steps: those of one phase lie in the same elements of the window,
/// and neighbours among them in neighbouring outputs. So each phase is a product like that of forward.</remarks>
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
        var columns = new Padding(sizes.Columns);
        return checked(
            LineFactor.TableSize(sizes.Taps) + LineFactor.TableSize(sizes.Columns.Kernel)
            + LineFactor.PackedSize(sizes.Taps * sizes.GroupFilters, sizes.GroupChannels)
            + (columns.Any ? PaddedLines.Rounded((long)sizes.Lines.Outputs * columns.Length(sizes.Columns) * sizes.Filters) : 0));
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
        var around = new Padding(sizes.Columns);
        int line = around.Length(sizes.Columns) * sizes.Filters, height = sizes.Lines.Size;
        int depth = sizes.Taps * sizes.GroupFilters, panel = MatrixJob.Panel<TVector>();
        int width = sizes.GroupChannels > panel ? panel : (sizes.GroupChannels + TVector.Count - 1) & -TVector.Count;
        LineFactor factor = new() { Runs = (nint*)memory, Columns = sizes.GroupChannels, Step = width, NextPanel = (nint)width * depth };
        nint* inLine = (nint*)(memory + LineFactor.TableSize(sizes.Taps));
        factor.B = (float*)inLine + LineFactor.TableSize(sizes.Columns.Kernel);
        float* padded = factor.B + LineFactor.PackedSize(depth, sizes.GroupChannels);
        for (int group = 0; group < sizes.Groups; group++)
        {
            Turn(group, panel, width, factor.B);
            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / height, y = at - (row * height);
                stop = Math.Min(end, (row + 1) * height);
                float* dz = Dz + ((nint)row * sizes.OutputSize), dx = Dx + (((nint)row * sizes.InputSize) + (group * sizes.GroupChannels));
                if (around.Any)
                {
                    (int upper, int lower) = sizes.Lines.OutputsOver(y, stop - at);
                    PaddedLines.Copy(
                        dz, sizes.Columns.Outputs * sizes.Filters, upper, lower, around.Before * sizes.Filters, around.After * sizes.Filters, padded);
                    dz = padded - ((nint)upper * line);
                }

                dz += group * sizes.GroupFilters;
                for (int phase = 0; phase < Math.Min(sizes.Columns.Stride, sizes.Columns.Size); phase++)
                {
                    int pieces = FillLine(ref factor, phase, around.Before, inLine);
                    for (int column = 0; column < factor.Columns; column += panel)
                    {
                        for (int i = y; i < y + stop - at; i++)
                            Line<TVector>(factor, column, inLine, pieces, dz, line, group, dx, i, phase);
                    }
                }
            }
        }
    }

    // Some columns of a line, at the pixels of one phase.
    private readonly void Line<TVector>(
        in LineFactor factor, int column, nint* inLine, int pieces, float* dz, int line, int group, float* dx, int y, int phase)
        where TVector : struct, ISimdVector<TVector>
    {
        int runs = 0;
        for (int ky = Sizes.Lines.Kernel - 1; ky >= 0; ky--)
        {
            int output = Sizes.Lines.OutputOf(y + Sizes.Lines.Before, ky);
            if (output < 0)
                continue;
            nint block = (nint)(Sizes.Lines.Kernel - 1 - ky) * Sizes.Columns.Kernel * Sizes.GroupFilters * factor.Step;
            for (int piece = 0; piece < pieces; piece++, runs++)
            {
                factor.Runs[2 * runs] = ((nint)output * line) + inLine[2 * piece];
                factor.Runs[(2 * runs) + 1] = block + inLine[(2 * piece) + 1];
            }
        }

        int stride = Sizes.Columns.Stride, pixels = (Sizes.Columns.Size - phase + stride - 1) / stride;
        float* c = dx + ((((nint)y * Sizes.Columns.Size) + phase) * Sizes.Channels), start = Bias == null ? null : Bias + (group * factor.Columns);
        nint next = (nint)stride * Sizes.Channels;
        if (runs > 0)
            factor.Multiply<TVector>(column, dz, Sizes.Filters, 0, runs, start, c, next, pixels);
        else
            PaddedLines.Fill(
                c + column, next, start == null ? null : start + column, pixels, Math.Min(MatrixJob.Panel<TVector>(), factor.Columns - column));
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

    // The elements of a line of the window in which the pixels of a phase lie: where they begin in a line of dz, and in the turned weights.
    private readonly int FillLine(ref LineFactor factor, int phase, int before, nint* inLine)
    {
        WindowAxis columns = Sizes.Columns;
        bool isWhole = Sizes.HasWholeLines && columns.Stride == 1;
        factor.Piece = isWhole ? columns.Kernel * Sizes.Filters : Sizes.GroupFilters;
        int pieces = 0;
        for (int kx = columns.Kernel - 1; kx >= 0; kx--)
        {
            int x = phase + columns.Before - (kx * columns.Dilation);
            if (x % columns.Stride != 0 || (isWhole && pieces > 0))
                continue;
            inLine[2 * pieces] = (nint)((x / columns.Stride) + before) * Sizes.Filters;
            inLine[(2 * pieces) + 1] = (nint)(columns.Kernel - 1 - kx) * Sizes.GroupFilters * factor.Step;
            pieces++;
        }

        return pieces;
    }

    /// <summary>The zeros around the outputs of an axis that inputs at its ends would lie in.</summary>
    private readonly struct Padding(WindowAxis axis)
    {
        public int Before { get; } = Math.Max(0, -FloorDiv(axis.Before - axis.Extent + 1, axis.Stride));

        public int After { get; } = Math.Max(0, ((axis.Size - 1 + axis.Before) / axis.Stride) - (axis.Outputs - 1));

        public bool Any => Before > 0 || After > 0;

        public int Length(WindowAxis of) => Before + of.Outputs + After;

        private static int FloorDiv(int value, int divisor) => value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
    }
}
