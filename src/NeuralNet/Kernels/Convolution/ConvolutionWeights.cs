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
    public static int ScratchOf(in ConvolutionSizes sizes) => checked(
        LineFactor.TableSize(sizes.Lines.Outputs)
        + (HasCopy(sizes) ? PaddedLines.Rounded((long)PaddedLinesAtOnce(sizes) * sizes.PaddedLine) : 0));

    public static void Part<TVector>(ref ConvolutionWeights job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Sizes.Pieces * job.Sizes.Piece, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(first, first + count, job.Scratch + ((nint)part * job.ScratchPerPart));
    }

    private static bool HasCopy(in ConvolutionSizes sizes) => sizes.Lines.IsPadded || sizes.Columns.IsPadded;

    private static int LinesAtOnce(in ConvolutionSizes sizes)
    {
        int line = (sizes.PaddedLine * Math.Min(sizes.Lines.Stride, sizes.Lines.Extent)) + (sizes.Columns.Outputs * sizes.Filters);
        return Math.Clamp(BlockFloats / Math.Max(line, 1), 1, sizes.Lines.Outputs);
    }

    private static int PaddedLinesAtOnce(in ConvolutionSizes sizes) => ((LinesAtOnce(sizes) - 1) * sizes.Lines.Stride) + sizes.Lines.Extent;

    // From one element of the window, all of its channels counted, to another.
    private readonly void Compute<TVector>(int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = Sizes;
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        int line = sizes.PaddedLine, filters = sizes.Filters, atOnce = LinesAtOnce(sizes);
        nint* runs = (nint*)memory;
        float* padded = memory + LineFactor.TableSize(lines.Outputs);
        for (int i = 0; i < atOnce; i++)
            (runs[2 * i], runs[(2 * i) + 1]) = ((nint)i * lines.Stride * line, (nint)i * columns.Outputs * filters);
        float* dw = Sum == null ? Dw : Sum;
        for (int row = 0; row < Rows; row++)
        {
            float* x = X + ((nint)row * sizes.InputSize);
            for (int y = 0; y < lines.Outputs; y += atOnce)
            {
                int count = Math.Min(atOnce, lines.Outputs - y);
                float* a = x + ((nint)y * lines.Stride * line), dz = Dz + (((nint)row * sizes.OutputSize) + ((nint)y * columns.Outputs * filters));
                if (HasCopy(sizes))
                {
                    PaddedLines.Copy(
                        x, lines.Size, columns.Size * sizes.Channels, (y * lines.Stride) - lines.Before, ((count - 1) * lines.Stride) + lines.Extent,
                        columns.Before * sizes.Channels, columns.After * sizes.Channels, padded);
                    a = padded;
                }

                int stop;
                for (int at = first; at < end; at = stop)
                {
                    int piece = at / sizes.Piece, k = at - (piece * sizes.Piece);
                    stop = Math.Min(end, (piece + 1) * sizes.Piece);
                    for (int group = 0; group < sizes.Groups; group++)
                    {
                        MatrixTile tile = default;
                        tile.A = a + sizes.PieceOffset(piece, line) + (group * sizes.GroupChannels) + k;
                        tile.ARow = 1;
                        tile.AStep = columns.Stride * sizes.Channels;
                        tile.B = dz + (group * sizes.GroupFilters);
                        tile.BStep = filters;
                        tile.C = dw + (((nint)at * filters) + (group * sizes.GroupFilters));
                        tile.Start = Sum != null && y == 0 ? null : tile.C;
                        (tile.StartRow, tile.CRow) = (filters, filters);
                        tile.K = columns.Outputs;
                        tile.Runs = runs;
                        tile.RunCount = count;
                        MatrixJob.Strip<TVector, SeveralRuns>(ref tile, stop - at, sizes.GroupFilters, MatrixJob.Panel<TVector>(), 0);
                    }
                }
            }

            if (Sum != null)
                Add<TVector>(Sum + ((nint)first * filters), Dw + ((nint)first * filters), (nint)(end - first) * filters);
        }
    }

    private static void Add<TVector>(float* from, float* to, nint count) where TVector : struct, ISimdVector<TVector>
    {
        for (nint i = 0; i < count; i += TVector.Count)
        {
            int left = (int)Math.Min(count - i, TVector.Count);
            VectorTail.Store(VectorTail.Load<TVector>(to + i, left) + VectorTail.Load<TVector>(from + i, left), to + i, left);
        }
    }
}
