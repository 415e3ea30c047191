namespace NeuralNet.Kernels;

/// <summary>The same as <see cref="ConvolutionJob"/> where there are few channels to make: they would fill a small part of a vector, so here the
/// pixels of a line lie in its lanes, and the channels in planes.</summary>
internal unsafe struct ConvolutionPlanes : IJob<ConvolutionPlanes>
{
    // With more channels than half a vector's lanes, vectors of channels have less to copy.
    private const int MostChannels = 8;

    public float* From, W, Start, To;
    public int Rows;
    public ConvolutionMap Map;
    public float* Scratch;
    public int ScratchPerPart;

    /// <summary>Whether this way is the faster one: neighbouring pixels must lie beside each other on both sides.</summary>
    public static bool Suits(in ConvolutionMap map) =>
        map.Sizes.Columns.Stride == 1 && map.ToChannels / map.Sizes.Groups <= MostChannels && map.ToColumns >= MostChannels;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionMap map) => checked(
        LineFactor.TableSize(map.Sizes.Taps) + (2 * PlaneOf(map) * (map.ToChannels / map.Sizes.Groups))
        + PaddedLines.Rounded((long)map.FromLines * map.PaddedColumns * (map.FromChannels / map.Sizes.Groups)));

    public static void Part<TVector>(ref ConvolutionPlanes job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Rows * job.Map.ToLines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(job.Map, first, first + count, job.Scratch + ((nint)part * job.ScratchPerPart));
    }

    // One channel of a line that is made.
    private static int PlaneOf(in ConvolutionMap map) => PaddedLines.Rounded(map.ToColumns);

    private readonly void Compute<TVector>(in ConvolutionMap map, int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        int groups = map.Sizes.Groups, channels = map.FromChannels / groups, made = map.ToChannels / groups, plane = PlaneOf(map);
        float* line = memory + LineFactor.TableSize(map.Sizes.Taps), starts = line + (plane * made), planes = starts + (plane * made);
        for (int group = 0; group < groups; group++)
        {
            for (int i = 0; i < made; i++)
                new Span<float>(starts + (i * plane), plane).Fill(Start == null ? 0 : Start[(group * made) + i]);
            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / map.ToLines, y = at - (row * map.ToLines);
                stop = Math.Min(end, (row + 1) * map.ToLines);
                float* from = From + ((nint)row * map.FromSize) + (group * channels), to = To + ((nint)row * map.ToSize) + (group * made);
                (int upper, int lower) = map.FromLinesOf(y, stop - at);
                CopyPlanes(map, from, upper, lower, planes);
                for (int i = y; i < y + stop - at; i++)
                {
                    float* tap = W + (map.IsBackward ? group * channels : group * made);
                    Line<TVector>(map, tap, planes, upper, lower, i, (nint*)memory, starts, line, plane);
                    MatrixPanel.CopyTransposed(line, plane, to + ((nint)i * map.ToColumns * map.ToChannels), map.ToChannels, map.ToColumns, made);
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

    private readonly void Line<TVector>(
        in ConvolutionMap map, float* w, float* planes, int upper, int lower, int y, nint* runs, float* starts, float* to, int plane)
        where TVector : struct, ISimdVector<TVector>
    {
        int groups = map.Sizes.Groups, channels = map.FromChannels / groups, made = map.ToChannels / groups, filters = map.Sizes.Filters;
        int line = map.PaddedColumns, tapSize = map.Sizes.GroupChannels * filters;
        (WindowWalk lines, int pixel) = map.Line(y);
        WindowWalk columns = map.Columns(0);
        (int first, int end) = lines.TapsAt(pixel);

        // Of a single channel, the values of a line of the window lie beside each other.
        bool isOneRun = channels == 1 && columns.TapStep == 1 && !map.IsBackward;
        int pieces = isOneRun ? 1 : columns.Taps, count = 0;
        for (int j = first; j < end; j++)
        {
            for (int i = 0; i < pieces; i++, count++)
            {
                runs[2 * count] = ((nint)(lines.TapOf(j) * map.Sizes.Columns.Kernel) + columns.TapOf(i)) * tapSize;
                runs[(2 * count) + 1] = ((nint)(lines.PlaceOf(pixel, j) - upper) * line) + columns.PlaceOf(0, i) + map.Before;
            }
        }

        if (count == 0)
        {
            new ReadOnlySpan<float>(starts, plane * made).CopyTo(new Span<float>(to, plane * made));
            return;
        }

        MatrixTile tile = default;
        tile.A = w;
        tile.ARow = map.IsBackward ? filters : 1;
        tile.AStep = map.IsBackward ? 1 : filters;
        tile.B = planes;
        tile.BStep = isOneRun ? 1 : (nint)(lower - upper) * line;
        tile.Start = starts;
        tile.C = to;
        (tile.StartRow, tile.CRow) = (plane, plane);
        tile.K = isOneRun ? columns.Taps : channels;
        tile.Runs = runs;
        tile.RunCount = count;
        int panel = MatrixJob.Panel<TVector>();
        MatrixJob.Strip<TVector, SeveralRuns>(ref tile, made, map.ToColumns, panel, 0);
    }
}
