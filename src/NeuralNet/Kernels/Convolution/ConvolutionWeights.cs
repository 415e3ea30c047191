using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>dw += Σ over rows and pixels of x dz, for some elements of the window.</summary>
internal unsafe struct ConvolutionWeights : IJob<ConvolutionWeights>
{
    // A block of lines of x and dz stays in the second-level cache while all elements of the window go over it.
    private const int BlockFloats = 64 << 10;

    public float* X, Dz, Dw, Sum;
    public int Rows;
    public ConvolutionSizes Sizes;
    public float* Scratch;
    public int ScratchPerPart;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionSizes sizes)
    {
        int atOnce = LinesAtOnce(sizes), table = LineFactor.TableSize(atOnce);
        long padded = sizes.Columns.IsPadded ? (long)Math.Min(sizes.Lines.Size, InputLinesOf(sizes, atOnce)) * sizes.PaddedLine : 0;
        return checked(table + LineFactor.Rounded(padded));
    }

    public static void Part<TVector>(ref ConvolutionWeights job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Sizes.Pieces * job.Sizes.Piece, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(first, first + count, job.Scratch + ((nint)part * job.ScratchPerPart));
    }

    private static int LinesAtOnce(in ConvolutionSizes sizes)
    {
        int line = (sizes.PaddedLine * Math.Min(sizes.Lines.Stride, sizes.Lines.Extent)) + (sizes.Columns.Outputs * sizes.Filters);
        return Math.Clamp(BlockFloats / Math.Max(line, 1), 1, sizes.Lines.Outputs);
    }

    private static int InputLinesOf(in ConvolutionSizes sizes, int lines) => ((lines - 1) * sizes.Lines.Stride) + sizes.Lines.Extent;

    // From one element of the window, all of its channels counted, to another.
    private readonly void Compute<TVector>(int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = Sizes;
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        int line = sizes.PaddedLine, atOnce = LinesAtOnce(sizes);
        nint* runs = (nint*)memory;
        float* padded = memory + LineFactor.TableSize(atOnce);
        for (int i = 0; i < atOnce; i++)
            (runs[2 * i], runs[(2 * i) + 1]) = ((nint)i * lines.Stride * line, (nint)i * columns.Outputs * sizes.Filters);
        if (Sum != null)
            new Span<float>(Sum + ((nint)first * sizes.Filters), (end - first) * sizes.Filters).Clear();
        for (int row = 0; row < Rows; row++)
        {
            for (int y = 0; y < lines.Outputs; y += atOnce)
            {
                int count = Math.Min(atOnce, lines.Outputs - y), upper = 0;
                float* x = X + ((nint)row * sizes.InputSize);
                float* dz = Dz + (((nint)row * sizes.OutputSize) + ((nint)y * columns.Outputs * sizes.Filters));
                if (columns.IsPadded)
                {
                    upper = Math.Max(0, (y * lines.Stride) - lines.Before);
                    int lower = Math.Min(lines.Size, (y * lines.Stride) - lines.Before + InputLinesOf(sizes, count));
                    CopyPadded(
                        x, columns.Size * sizes.Channels, upper, lower, columns.Before * sizes.Channels, columns.After * sizes.Channels, padded);
                    x = padded;
                }

                Block<TVector>(first, end, x - ((nint)upper * line), dz, y, count, runs);
            }

            if (Sum != null)
                Add<TVector>(Sum + ((nint)first * sizes.Filters), Dw + ((nint)first * sizes.Filters), (nint)(end - first) * sizes.Filters);
        }
    }

    // All elements over some output lines.
    private readonly void Block<TVector>(int first, int end, float* x, float* dz, int y, int count, nint* runs)
        where TVector : struct, ISimdVector<TVector>
    {
        (WindowAxis lines, WindowAxis columns, int line, int filters) = (Sizes.Lines, Sizes.Columns, Sizes.PaddedLine, Sizes.Filters);
        float* dw = Sum == null ? Dw : Sum;
        bool halves = Sizes.Groups == 1 && Sizes.Piece <= MatrixTile.MaxRows && filters <= Math.Min(MatrixJob.HalvesColumns, TVector.Count);
        int stop;
        for (int at = first; at < end; at = stop)
        {
            int piece = at / Sizes.Piece, k = at - (piece * Sizes.Piece);
            stop = Math.Min(end, (piece + 1) * Sizes.Piece);

            // The output lines whose window has this line in the input.
            (int firstLine, int endLine) = LinesOf(piece, y, count);
            if (firstLine >= endLine)
                continue;
            for (int group = 0; group < Sizes.Groups; group++)
            {
                MatrixTile tile = default;
                tile.A = x + ((((nint)y * lines.Stride) - lines.Before) * line) + Sizes.PieceOffset(piece, line) + (group * Sizes.GroupChannels) + k;
                tile.ARow = 1;
                tile.AStep = columns.Stride * Sizes.Channels;
                tile.B = dz + (group * Sizes.GroupFilters);
                tile.BStep = filters;
                tile.C = dw + (((nint)at * filters) + (group * Sizes.GroupFilters));
                tile.Start = tile.C;
                (tile.StartRow, tile.CRow) = (filters, filters);
                tile.K = columns.Outputs;
                tile.Runs = runs + (2 * (firstLine - y));
                tile.RunCount = endLine - firstLine;
                if (halves && k == 0 && stop + Sizes.Piece <= end && LinesOf(piece + 1, y, count) == (firstLine, endLine))
                {
                    tile.AHalf = Sizes.PieceOffset(piece + 1, line) - Sizes.PieceOffset(piece, line);
                    tile.CHalf = (nint)Sizes.Piece * filters;
                    MatrixJob.Halves<TVector>(ref tile, Sizes.Piece, filters);
                    stop += Sizes.Piece;
                }
                else
                {
                    MatrixJob.Strip<TVector, SeveralRuns>(ref tile, stop - at, Sizes.GroupFilters, MatrixJob.Panel<TVector>(), 0);
                }
            }
        }
    }

    // Of some output lines those whose window has the line of this piece in the input.
    private readonly (int First, int End) LinesOf(int piece, int y, int count)
    {
        (int first, int end) = Sizes.Lines.OutputsWith(piece / (Sizes.Pieces / Sizes.Lines.Kernel));
        return (Math.Max(first, y), Math.Min(end, y + count));
    }

    // Lines of an image, each with zeros before it and behind it.
    private static void CopyPadded(float* from, int line, int first, int end, int before, int after, float* to)
    {
        for (int i = first; i < end; i++)
        {
            new Span<float>(to, before).Clear();
            Unsafe.CopyBlockUnaligned(to + before, from + ((nint)i * line), (uint)line * sizeof(float));
            new Span<float>(to + before + line, after).Clear();
            to += before + line + after;
        }
    }

    // to += from, which is 0 then.
    private static void Add<TVector>(float* from, float* to, nint count) where TVector : struct, ISimdVector<TVector>
    {
        for (nint i = 0; i < count; i += TVector.Count)
        {
            int left = (int)Math.Min(count - i, TVector.Count);
            VectorTail.Store(VectorTail.Load<TVector>(to + i, left) + VectorTail.Load<TVector>(from + i, left), to + i, left);
            VectorTail.Store(TVector.Zero, from + i, left);
        }
    }
}
