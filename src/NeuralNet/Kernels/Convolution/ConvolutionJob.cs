namespace NeuralNet.Kernels;

/// <summary>z of x, or dx of dz, for some lines of some rows: of each line one product with the weights.</summary>
internal unsafe struct ConvolutionJob : IJob<ConvolutionJob>
{
    public ConvolutionPass Pass;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionMap map) => checked(
        LineFactor.TableSize(map.Sizes.Taps) + LineFactor.TableSize(map.Sizes.Columns.Kernel)
        + LineFactor.PackedSize(map.Sizes.Taps * map.FromChannels / map.Sizes.Groups, map.ToChannels / map.Sizes.Groups)
        + (map.Before + map.After == 0 ? 0 : PaddedLines.Rounded((long)map.FromLines * map.PaddedColumns * map.FromChannels)));

    public static void Part<TVector>(ref ConvolutionJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Pass.Rows * job.Pass.Map.ToLines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(job.Pass.Map, first, first + count, job.Pass.Scratch + ((nint)part * job.Pass.ScratchPerPart));
    }

    // From one line of all rows to another.
    private readonly void Compute<TVector>(in ConvolutionMap map, int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        (int before, int after) = (map.Before, map.After);
        int line = map.PaddedColumns * map.FromChannels, groups = map.Sizes.Groups, channels = map.FromChannels, panel = MatrixJob.Panel<TVector>();
        LineFactor factor = new() { Runs = (nint*)memory, Columns = map.ToChannels / groups };
        nint* inLine = (nint*)(memory + LineFactor.TableSize(map.Sizes.Taps));
        float* packed = (float*)inLine + LineFactor.TableSize(map.Sizes.Columns.Kernel);
        float* padded = packed + LineFactor.PackedSize(map.Sizes.Taps * channels / groups, factor.Columns);
        for (int group = 0; group < groups; group++)
        {
            if (map.IsBackward)
                Turn<TVector>(ref factor, map.Sizes, group, packed);
            else
                Pack<TVector>(ref factor, map.Sizes, group, packed);
            int stop;
            for (int at = first; at < end; at = stop)
            {
                int row = at / map.ToLines, y = at - (row * map.ToLines);
                stop = Math.Min(end, (row + 1) * map.ToLines);
                float* from = Pass.From + ((nint)row * map.FromSize), to = Pass.To + (((nint)row * map.ToSize) + (group * factor.Columns));
                if (before + after > 0)
                {
                    (int upper, int lower) = map.FromLinesOf(y, stop - at);
                    PaddedLines.Copy(from, map.FromColumns * channels, upper, lower, before * channels, after * channels, padded);
                    from = padded - ((nint)upper * line);
                }

                from += (nint)group * (channels / groups);
                for (int phase = 0; phase < map.Phases; phase++)
                {
                    WindowWalk columns = map.Columns(phase);
                    int pieces = FillLine(ref factor, map, columns, before, inLine);
                    for (int column = 0; column < factor.Columns; column += panel)
                    {
                        for (int i = y; i < y + stop - at; i++)
                            Line<TVector>(factor, map, columns, column, inLine, pieces, from, line, group, to, i, phase);
                    }
                }
            }
        }
    }

    // Some columns of a line, at the pixels of one phase.
    private readonly void Line<TVector>(
        in LineFactor factor, in ConvolutionMap map, in WindowWalk columns, int column, nint* inLine, int pieces, float* from, int line, int group,
        float* to, int y, int phase)
        where TVector : struct, ISimdVector<TVector>
    {
        (WindowWalk lines, int pixel) = map.Line(y);
        (int first, int end) = lines.TapsAt(pixel);
        int runs = 0, panel = MatrixJob.Panel<TVector>();
        for (int j = first; j < end; j++)
        {
            nint place = (nint)lines.PlaceOf(pixel, j) * line;
            nint block = BlockOf(map, lines.TapOf(j), map.Sizes.Lines.Kernel) * map.Sizes.Columns.Kernel;
            for (int piece = 0; piece < pieces; piece++, runs++)
            {
                factor.Runs[2 * runs] = place + inLine[2 * piece];
                factor.Runs[(2 * runs) + 1] = (block * (map.FromChannels / map.Sizes.Groups) * factor.Step) + inLine[(2 * piece) + 1];
            }
        }

        nint next = (nint)map.PixelStep * map.ToChannels;
        float* c = to + ((((nint)y * map.ToColumns) + phase) * map.ToChannels);
        float* start = Pass.Start == null ? null : Pass.Start + (group * factor.Columns);
        if (runs > 0)
            factor.Multiply<TVector>(column, from, (nint)columns.PixelStep * map.FromChannels, runs, start, c, next, columns.Pixels);
        else
            PaddedLines.Fill(c + column, next, start == null ? null : start + column, columns.Pixels, Math.Min(panel, factor.Columns - column));
    }

    // The values of a line of the window: where they begin in a line of the other side, and in the weights.
    private static int FillLine(ref LineFactor factor, in ConvolutionMap map, in WindowWalk columns, int before, nint* inLine)
    {
        int channels = map.FromChannels / map.Sizes.Groups, pieces = map.HasWholeLines ? 1 : columns.Taps;
        factor.Piece = map.HasWholeLines ? columns.Taps * channels : channels;
        for (int j = 0; j < pieces; j++)
        {
            inLine[2 * j] = (nint)(columns.PlaceOf(0, j) + before) * map.FromChannels;
            inLine[(2 * j) + 1] = BlockOf(map, columns.TapOf(j), map.Sizes.Columns.Kernel) * channels * factor.Step;
        }

        return pieces;
    }

    // Turned weights begin with the last value of the window.
    private static nint BlockOf(in ConvolutionMap map, int tap, int kernel) => map.IsBackward ? kernel - 1 - tap : tap;

    // The weights [window, channels, filters] of a group, as they lie or in panels of filters.
    private readonly void Pack<TVector>(ref LineFactor factor, in ConvolutionSizes sizes, int group, float* packed)
        where TVector : struct, ISimdVector<TVector>
    {
        int depth = sizes.Taps * sizes.GroupChannels, panel = MatrixJob.Panel<TVector>();
        float* w = Pass.W + (group * factor.Columns);
        bool isPacked = LineFactor.IsPacked<TVector>(w, sizes.Filters, factor.Columns);
        if (isPacked)
            MatrixPanel.Copy<TVector>(w, sizes.Filters, packed, panel, depth, factor.Columns);
        factor.B = isPacked ? packed : w;
        factor.Step = isPacked ? panel : sizes.Filters;
        factor.NextPanel = isPacked ? (nint)panel * depth : panel;
    }

    // The weights [window, filters, channels] of a group, the last value of the window first, in panels of channels.
    private readonly void Turn<TVector>(ref LineFactor factor, in ConvolutionSizes sizes, int group, float* turned)
        where TVector : struct, ISimdVector<TVector>
    {
        int channels = sizes.GroupChannels, panel = MatrixJob.Panel<TVector>();
        int width = channels > panel ? panel : (channels + TVector.Count - 1) & -TVector.Count;
        nint block = (nint)sizes.GroupFilters * width;
        (factor.Step, factor.NextPanel) = (width, block * sizes.Taps);
        factor.B = turned;
        for (int column = 0; column < channels; column += panel)
        {
            for (int tap = sizes.Taps - 1; tap >= 0; tap--, turned += block)
            {
                MatrixPanel.CopyTransposed(
                    Pass.W + ((((nint)tap * channels) + column) * sizes.Filters) + (group * sizes.GroupFilters), sizes.Filters, turned, width,
                    sizes.GroupFilters, Math.Min(panel, channels - column));
            }
        }
    }
}
