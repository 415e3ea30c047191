namespace NeuralNet.Kernels;

/// <summary>z = b + the convolution of x with w, for some output lines of some rows.</summary>
internal unsafe struct ConvolutionForward : IJob<ConvolutionForward>
{
    public float* X, W, Bias, Z;
    public int Rows;
    public ConvolutionSizes Sizes;
    public float* Scratch;
    public int ScratchPerPart;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionSizes sizes) => checked(
        LineFactor.TableSize(sizes.Pieces)
        + LineFactor.PackedSize(sizes.Pieces * sizes.Piece, sizes.GroupFilters)
        + (HasCopy(sizes) ? PaddedLines.Rounded((long)sizes.Lines.Padded * sizes.PaddedLine) : 0));

    public static void Part<TVector>(ref ConvolutionForward job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        int lines = job.Sizes.Lines.Outputs;
        (int first, int count) = Workers.ShareOf(job.Rows * lines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(first, first + count, job.Scratch + ((nint)part * job.ScratchPerPart));
    }

    private static bool HasCopy(in ConvolutionSizes sizes) => sizes.Lines.IsPadded || sizes.Columns.IsPadded;

    // From one line of all rows to another.
    private readonly void Compute<TVector>(int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = Sizes;
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        int depth = sizes.Pieces * sizes.Piece, panel = MatrixJob.Panel<TVector>(), line = sizes.PaddedLine, filters = sizes.Filters;
        LineFactor factor = new() { Runs = (nint*)memory, Pieces = sizes.Pieces, Piece = sizes.Piece, Columns = sizes.GroupFilters };
        float* packed = memory + LineFactor.TableSize(sizes.Pieces);
        float* padded = packed + LineFactor.PackedSize(depth, sizes.GroupFilters);
        for (int group = 0; group < sizes.Groups; group++)
        {
            float* w = W + (group * factor.Columns);
            bool isPacked = LineFactor.IsPacked<TVector>(w, filters, factor.Columns);
            if (isPacked)
                MatrixPanel.Copy<TVector>(w, filters, packed, panel, depth, factor.Columns);
            factor.B = isPacked ? packed : w;
            factor.Step = isPacked ? panel : filters;
            factor.NextPanel = isPacked ? (nint)panel * depth : panel;
            for (int piece = 0; piece < factor.Pieces; piece++)
            {
                factor.Runs[2 * piece] = sizes.PieceOffset(piece, line);
                factor.Runs[(2 * piece) + 1] = piece * factor.Piece * factor.Step;
            }

            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / lines.Outputs, y = at - (row * lines.Outputs);
                stop = Math.Min(end, (row + 1) * lines.Outputs);
                float* x = X + ((nint)row * sizes.InputSize), a = x + ((nint)y * lines.Stride * line);
                if (HasCopy(sizes))
                {
                    int upper = (y * lines.Stride) - lines.Before, needed = ((stop - at - 1) * lines.Stride) + lines.Extent;
                    PaddedLines.Copy(
                        x, lines.Size, columns.Size * sizes.Channels, upper, needed, columns.Before * sizes.Channels, columns.After * sizes.Channels,
                        padded);
                    a = padded;
                }

                a += group * sizes.GroupChannels;
                float* z = Z + (((nint)at * columns.Outputs * filters) + (group * factor.Columns));
                float* start = Bias == null ? null : Bias + (group * factor.Columns);
                for (int column = 0; column < factor.Columns; column += panel)
                {
                    for (int i = 0; i < stop - at; i++)
                    {
                        factor.Multiply<TVector>(
                            column, a + ((nint)i * lines.Stride * line), columns.Stride * sizes.Channels, start,
                            z + ((nint)i * columns.Outputs * filters), filters, columns.Outputs);
                    }
                }
            }
        }
    }
}
