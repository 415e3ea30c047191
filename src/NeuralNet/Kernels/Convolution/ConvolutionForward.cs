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
        + (sizes.Columns.IsPadded ? PaddedLines.Rounded((long)sizes.Lines.Size * sizes.PaddedLine) : 0));

    public static void Part<TVector>(ref ConvolutionForward job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        int lines = job.Sizes.Lines.Outputs;
        (int first, int count) = Workers.ShareOf(job.Rows * lines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(first, first + count, job.Scratch + ((nint)part * job.ScratchPerPart));
    }

    // From one line of all rows to another.
    private readonly void Compute<TVector>(int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = Sizes;
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        int depth = sizes.Pieces * sizes.Piece, panel = MatrixJob.Panel<TVector>(), line = sizes.PaddedLine, filters = sizes.Filters;
        LineFactor factor = new() { Runs = (nint*)memory, Piece = sizes.Piece, Columns = sizes.GroupFilters };
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
            for (int piece = 0; piece < sizes.Pieces; piece++)
            {
                factor.Runs[2 * piece] = sizes.PieceOffset(piece, line);
                factor.Runs[(2 * piece) + 1] = piece * factor.Piece * factor.Step;
            }

            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / lines.Outputs, y = at - (row * lines.Outputs);
                stop = Math.Min(end, (row + 1) * lines.Outputs);
                float* x = X + ((nint)row * sizes.InputSize);
                int upper = 0;
                if (columns.IsPadded)
                {
                    upper = Math.Max(0, (y * lines.Stride) - lines.Before);
                    int lower = Math.Min(lines.Size, ((y + stop - at - 1) * lines.Stride) - lines.Before + lines.Extent);
                    PaddedLines.Copy(
                        x, columns.Size * sizes.Channels, upper, lower, columns.Before * sizes.Channels, columns.After * sizes.Channels, padded);
                    x = padded;
                }

                x += group * sizes.GroupChannels;
                float* z = Z + (((nint)at * columns.Outputs * filters) + (group * factor.Columns));
                for (int column = 0; column < factor.Columns; column += panel)
                    Lines<TVector>(factor, column, x, group, z, y, y + stop - at, upper);
            }
        }
    }

    // Some columns of the lines from one to another; x begins with the line upper.
    private readonly void Lines<TVector>(in LineFactor factor, int column, float* x, int group, float* z, int y, int end, int upper)
        where TVector : struct, ISimdVector<TVector>
    {
        (WindowAxis lines, int line, int outputs, int filters) = (Sizes.Lines, Sizes.PaddedLine, Sizes.Columns.Outputs, Sizes.Filters);
        int inLine = Sizes.Pieces / lines.Kernel;
        float* start = Bias == null ? null : Bias + (group * factor.Columns);
        for (; y < end; y++, z += (nint)outputs * filters)
        {
            int top = (y * lines.Stride) - lines.Before;
            (int first, int behind) = lines.Forward.TapsAt(y);
            if (first >= behind)
                PaddedLines.Fill(z + column, filters, start == null ? null : start + column, outputs, Math.Min(MatrixJob.Panel<TVector>(), factor.Columns - column));
            else
                factor.Multiply<TVector>(
                    column, x + ((nint)(top - upper) * line), Sizes.Columns.Stride * Sizes.Channels, first * inLine, behind * inLine, start, z, filters,
                    outputs);
        }
    }
}
