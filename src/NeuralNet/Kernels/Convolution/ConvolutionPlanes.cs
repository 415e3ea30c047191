using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>z of x where there are few filters: they would fill a small part of a vector, so here the pixels of a line lie in its lanes, and the
/// channels in planes.</summary>
internal unsafe struct ConvolutionPlanes : IJob<ConvolutionPlanes>
{
    // With more filters than half a vector's lanes, vectors of filters have less to copy.
    private const int MostFilters = 8;

    public ConvolutionPass Pass;

    /// <summary>Whether this way is the faster one: neighbouring pixels must lie beside each other on both sides, and have the same values of the
    /// window.</summary>
    public static bool Suits(in ConvolutionMap map)
    {
        WindowAxis columns = map.Sizes.Columns;
        return !map.IsBackward && columns.Stride == 1 && !columns.IsPadded && map.Sizes.GroupFilters <= MostFilters && columns.Outputs >= MostFilters;
    }

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionMap map) => checked(
        LineFactor.TableSize(map.Sizes.Taps) + (3 * PlaneOf(map) * RoundedUp(map.Sizes.GroupFilters))
        + LineFactor.Rounded((long)map.FromLines * map.FromColumns * map.Sizes.GroupChannels));

    public static void Part<TVector>(ref ConvolutionPlanes job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Pass.Rows * job.Pass.Map.ToLines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(job.Pass.Map, first, first + count, job.Pass.Scratch + ((nint)part * job.Pass.ScratchPerPart));
    }

    // One filter of a line that is made.
    private static int PlaneOf(in ConvolutionMap map) => LineFactor.Rounded(map.ToColumns);

    private readonly void Compute<TVector>(in ConvolutionMap map, int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = map.Sizes;
        int groups = sizes.Groups, channels = sizes.GroupChannels, made = sizes.GroupFilters, plane = PlaneOf(map);
        float* line = memory + LineFactor.TableSize(sizes.Taps), pixels = line + (plane * RoundedUp(made));
        float* starts = pixels + (plane * RoundedUp(made)), copy = starts + (plane * made);
        WindowWalk lines = map.Lines(0);
        MatrixTile tile = default;
        (tile.ARow, tile.AStep) = (1, sizes.Filters);
        (tile.StartRow, tile.CRow) = (plane, plane);
        tile.Runs = (nint*)memory;
        for (int group = 0; group < groups; group++)
        {
            for (int i = 0; i < made; i++)
                new Span<float>(starts + (i * plane), plane).Fill(Pass.Start == null ? 0 : Pass.Start[(group * made) + i]);
            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / map.ToLines, y = at - (row * map.ToLines);
                stop = Math.Min(end, (row + 1) * map.ToLines);
                float* from = Pass.From + ((nint)row * map.FromSize) + (group * channels), to = Pass.To + ((nint)row * map.ToSize) + (group * made);
                (int upper, int lower) = LinesUnder(sizes.Lines, y, stop - at);
                float* planes = map.FromChannels == 1 ? from + ((nint)upper * map.FromColumns) : copy;
                if (map.FromChannels > 1)
                    CopyPlanes(map, from, upper, lower, copy);
                (int firstTap, int endTap) = (0, -1);
                for (int i = y; i < y + stop - at; i++)
                {
                    // Between the edges the values of the window lie in the same way for every line.
                    if (lines.TapsAt(i) is var taps && taps != (firstTap, endTap))
                    {
                        (firstTap, endTap) = taps;
                        FillRuns(map, lines, firstTap, endTap, (nint)(lower - upper) * map.FromColumns, ref tile);
                    }

                    tile.A = Pass.W + (group * made);
                    tile.B = planes + ((nint)(lines.PlaceOf(i, 0) - upper) * map.FromColumns);
                    tile.Start = starts;
                    tile.C = line;
                    if (tile.RunCount > 0)
                        MatrixJob.Strip<TVector, SeveralRuns>(ref tile, made, map.ToColumns, MatrixJob.Panel<TVector>(), 0);
                    else
                        new ReadOnlySpan<float>(starts, plane * made).CopyTo(new Span<float>(line, plane * made));
                    Interleave<TVector>(line, plane, pixels, to + ((nint)i * map.ToColumns * map.ToChannels), group * made, made);
                }
            }
        }
    }

    // The lines of x that some lines of z may need, from the first to behind the last.
    private static (int First, int End) LinesUnder(in WindowAxis lines, int y, int count) =>
        (Math.Max(0, (y * lines.Stride) - lines.Before), Math.Min(lines.Size, ((y + count - 1) * lines.Stride) - lines.Before + lines.Extent));

    // Lines in planes, one for each channel.
    private static void CopyPlanes(in ConvolutionMap map, float* from, int upper, int lower, float* planes)
    {
        int size = Math.Max(0, lower - upper) * map.FromColumns;
        for (int y = upper; y < lower; y++, planes += map.FromColumns)
        {
            MatrixPanel.CopyTransposed(
                from + ((nint)y * map.FromColumns * map.FromChannels), map.FromChannels, planes, size, map.Sizes.GroupChannels, map.FromColumns);
        }
    }

    // Where the values of the window lie in the weights and in the planes.
    private static void FillRuns(in ConvolutionMap map, in WindowWalk lines, int first, int end, nint inPlane, ref MatrixTile tile)
    {
        ConvolutionSizes sizes = map.Sizes;
        WindowAxis columns = sizes.Columns;
        int channels = sizes.GroupChannels, tapSize = channels * sizes.Filters;

        // Of a single channel, the values of a line of the window lie beside each other.
        bool isOneRun = channels == 1 && columns.Dilation == 1;
        int pieces = isOneRun ? 1 : columns.Kernel, count = 0;
        tile.K = isOneRun ? columns.Kernel : channels;
        tile.BStep = isOneRun ? 1 : inPlane;
        for (int j = first; j < end; j++)
        {
            for (int i = 0; i < pieces; i++, count++)
            {
                tile.Runs[2 * count] = ((nint)(j * columns.Kernel) + i) * tapSize;
                tile.Runs[(2 * count) + 1] = ((nint)j * lines.TapStep * map.FromColumns) + (i * columns.Dilation);
            }
        }

        tile.RunCount = count;
    }

    // Planes of a line as pixels. Four or eight planes go together; where there are fewer, what is too much of a pixel is overwritten by the next
    // one, so the pixels are made elsewhere, with room behind the last.
    private readonly void Interleave<TVector>(float* line, int plane, float* pixels, float* to, int channel, int made)
        where TVector : struct, ISimdVector<TVector>
    {
        (int step, int columns) = (Pass.Map.ToChannels, Pass.Map.ToColumns);
        if (made < step)
        {
            MatrixPanel.CopyTransposed(line, plane, to, step, columns, made);
            pixels = to;
        }
        else if (made == 1)
        {
            pixels = line;
        }
        else
        {
            // Eight planes go in two halves without AVX: the second would overwrite the next pixels' first.
            int together = made > 4 && !Avx.IsSupported ? made : RoundedUp(made);
            MatrixPanel.CopyTransposed(line, plane, pixels, step, Math.Min(plane, (columns + 7) & -8), together);
        }

        if (!Pass.Then.IsNone)
            Pass.Then.Apply<TVector>(pixels, to, step, columns, channel, made);
        else if (pixels != to)
            Unsafe.CopyBlockUnaligned(to, pixels, (uint)(columns * step) * sizeof(float));
    }

    private static int RoundedUp(int made) => made > 4 ? 8 : made > 1 ? 4 : 1;
}
