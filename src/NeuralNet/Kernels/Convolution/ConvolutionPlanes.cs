using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The same as <see cref="ConvolutionJob"/> where there are few channels to make: they would fill a small part of a vector, so here the
/// pixels of a line lie in its lanes, and the channels in planes.</summary>
internal unsafe struct ConvolutionPlanes : IJob<ConvolutionPlanes>
{
    // With more channels than half a vector's lanes, vectors of channels have less to copy.
    private const int MostChannels = 8;

    public ConvolutionPass Pass;

    /// <summary>Whether this way is the faster one: neighbouring pixels must lie beside each other on both sides.</summary>
    public static bool Suits(in ConvolutionMap map) =>
        map.Sizes.Columns.Stride == 1 && map.ToChannels / map.Sizes.Groups <= MostChannels && map.ToColumns >= MostChannels;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionMap map) => checked(
        LineFactor.TableSize(map.Sizes.Taps) + (3 * PlaneOf(map) * RoundedUp(map.ToChannels / map.Sizes.Groups))
        + LineFactor.Rounded((long)map.FromLines * map.PaddedColumns * (map.FromChannels / map.Sizes.Groups)));

    public static void Part<TVector>(ref ConvolutionPlanes job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Pass.Rows * job.Pass.Map.ToLines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(job.Pass.Map, first, first + count, job.Pass.Scratch + ((nint)part * job.Pass.ScratchPerPart));
    }

    // One channel of a line that is made.
    private static int PlaneOf(in ConvolutionMap map) => LineFactor.Rounded(map.ToColumns);

    private readonly void Compute<TVector>(in ConvolutionMap map, int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = map.Sizes;
        int groups = sizes.Groups, channels = map.FromChannels / groups, made = map.ToChannels / groups, plane = PlaneOf(map);
        float* line = memory + LineFactor.TableSize(sizes.Taps), pixels = line + (plane * RoundedUp(made));
        float* starts = pixels + (plane * RoundedUp(made)), copy = starts + (plane * made);
        WindowWalk forward = map.Lines(0);
        MatrixTile tile = default;
        tile.ARow = map.IsBackward ? sizes.Filters : 1;
        tile.AStep = map.IsBackward ? 1 : sizes.Filters;
        (tile.StartRow, tile.CRow) = (plane, plane);
        tile.Runs = (nint*)memory;
        for (int group = 0; group < groups; group++)
        {
            for (int i = 0; i < made; i++)
                new Span<float>(starts + (i * plane), plane).Fill(Pass.Start == null ? 0 : Pass.Start[(group * made) + i]);
            float* w = Pass.W + (map.IsBackward ? group * channels : group * made);
            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / map.ToLines, y = at - (row * map.ToLines);
                stop = Math.Min(end, (row + 1) * map.ToLines);
                float* from = Pass.From + ((nint)row * map.FromSize) + (group * channels), to = Pass.To + ((nint)row * map.ToSize) + (group * made);
                (int upper, int lower) = map.FromLinesOf(y, stop - at);
                bool isPlane = map.FromChannels == 1 && map.PaddedColumns == map.FromColumns;
                float* planes = isPlane ? from + ((nint)upper * map.FromColumns) : copy;
                if (!isPlane)
                    CopyPlanes(map, from, upper, lower, copy);
                nint inPlane = (nint)(lower - upper) * map.PaddedColumns;
                (int firstTap, int endTap, int tap) = (0, -1, 0);
                for (int i = y; i < y + stop - at; i++)
                {
                    // Between the edges the values of the window lie in the same way for every line.
                    (WindowWalk lines, int pixel) = map.IsBackward ? map.Line(i) : (forward, i);
                    (int firstOfLine, int endOfLine) = lines.TapsAt(pixel);
                    if ((firstOfLine, endOfLine, lines.Tap) != (firstTap, endTap, tap))
                    {
                        (firstTap, endTap, tap) = (firstOfLine, endOfLine, lines.Tap);
                        FillRuns(map, lines, firstTap, endTap, inPlane, ref tile);
                    }

                    tile.A = w;
                    tile.B = planes + ((nint)(lines.PlaceOf(pixel, 0) - upper) * map.PaddedColumns);
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

    // Lines in planes, one for each channel, with zeros at their ends.
    private static void CopyPlanes(in ConvolutionMap map, float* from, int upper, int lower, float* planes)
    {
        (int before, int after) = (map.Before, map.After);
        int channels = map.FromChannels / map.Sizes.Groups, line = map.PaddedColumns, size = Math.Max(0, lower - upper) * line;
        for (int y = upper; y < lower; y++, planes += line)
        {
            MatrixPanel.CopyTransposed(
                from + ((nint)y * map.FromColumns * map.FromChannels), map.FromChannels, planes + before, size, channels, map.FromColumns);
            for (int channel = 0; channel < channels; channel++)
            {
                new Span<float>(planes + ((nint)channel * size), before).Clear();
                new Span<float>(planes + ((nint)channel * size) + before + map.FromColumns, after).Clear();
            }
        }
    }

    // Where the values of the window lie in the weights and in the planes.
    private static void FillRuns(in ConvolutionMap map, in WindowWalk lines, int first, int end, nint inPlane, ref MatrixTile tile)
    {
        ConvolutionSizes sizes = map.Sizes;
        WindowWalk columns = map.Columns(0);
        int channels = map.FromChannels / sizes.Groups, tapSize = sizes.GroupChannels * sizes.Filters, kernel = sizes.Columns.Kernel;

        // Of a single channel, the values of a line of the window lie beside each other.
        bool isOneRun = channels == 1 && columns.TapStep == 1 && !map.IsBackward;
        int pieces = isOneRun ? 1 : columns.Taps, count = 0;
        tile.K = isOneRun ? columns.Taps : channels;
        tile.BStep = isOneRun ? 1 : inPlane;
        for (int j = first; j < end; j++)
        {
            for (int i = 0; i < pieces; i++, count++)
            {
                tile.Runs[2 * count] = ((nint)(lines.TapOf(j) * kernel) + columns.TapOf(i)) * tapSize;
                tile.Runs[(2 * count) + 1] = ((nint)j * lines.TapStep * map.PaddedColumns) + columns.PlaceOf(0, i) + map.Before;
            }
        }

        tile.RunCount = count;
    }

    // Planes of a line as pixels. Four or eight planes go together; where there are fewer, what is too much of a pixel is overwritten by the next one,
    // so the pixels are made elsewhere, with room behind the last.
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
            MatrixPanel.CopyTransposed(line, plane, pixels, step, Math.Min(plane, (columns + 7) & -8), RoundedUp(made));
        }

        if (!Pass.Then.IsNone)
            Pass.Then.Apply<TVector>(pixels, to, step, columns, channel, made);
        else if (pixels != to)
            Unsafe.CopyBlockUnaligned(to, pixels, (uint)(columns * step) * sizeof(float));
    }

    private static int RoundedUp(int made) => made > 4 ? 8 : made > 1 ? 4 : 1;
}
