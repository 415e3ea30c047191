using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>z of x, or dx of dz, for some lines of some rows: of each strip of pixels one product with the weights.</summary>
internal unsafe struct ConvolutionJob : IJob<ConvolutionJob>
{
    // So many values stay in the first-level cache until something is done to them.
    private const int NearFloats = 4 << 10;

    // So many weights do not stay in the second-level cache from one region to the next. A panel of them does.
    private const int FarFloats = 96 << 10;

    public ConvolutionPass Pass;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionMap map, bool isPacked) => checked(
        LineFactor.TableSize(map.Sizes.Taps)
        + (isPacked ? 0 : LineFactor.PackedSize(map.Sizes.Taps * map.FromChannels / map.Sizes.Groups, map.ToChannels / map.Sizes.Groups)));

    public static void Part<TVector>(ref ConvolutionJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Pass.Rows * job.Pass.Map.ToLines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(job.Pass.Map, first, first + count, job.Pass.Scratch + ((nint)part * job.Pass.ScratchPerPart));
    }

    // From one line of all rows to another.
    private readonly void Compute<TVector>(in ConvolutionMap map, int first, int end, float* memory) where TVector : struct, ISimdVector<TVector>
    {
        int groups = map.Sizes.Groups, channels = map.FromChannels / groups, panel = MatrixJob.Panel<TVector>();
        LineFactor factor = new() { Runs = (nint*)memory, Columns = map.ToChannels / groups };
        float* packed = memory + LineFactor.TableSize(map.Sizes.Taps);
        for (int group = 0; group < groups; group++)
        {
            if (map.IsBackward)
                Turn<TVector>(ref factor, map.Sizes, group, packed);
            else
                Pack<TVector>(ref factor, map.Sizes, group, packed);
            float* start = Pass.Start == null ? null : Pass.Start + (group * factor.Columns);
            if ((long)map.Sizes.Taps * channels * factor.Columns <= FarFloats)
                Regions<TVector>(ref factor, map, first, end, group, start, 0, factor.Columns);
            else
                PanelByPanel<TVector>(ref factor, map, first, end, group, start);
        }
    }

    // A panel of weights for all regions of some rows before the next one: weights that come from far come once.
    private readonly void PanelByPanel<TVector>(ref LineFactor factor, in ConvolutionMap map, int first, int end, int group, float* start)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixJob.Panel<TVector>(), rows = WindowRegions.RowsAtOnce(map);
        for (int at = first, next; at < end; at = next)
        {
            next = (int)Math.Min(end, ((at / map.ToLines) + (long)rows) * map.ToLines);
            for (int column = 0; column < factor.Columns; column += panel)
                Regions<TVector>(ref factor, map, at, next, group, start, column, Math.Min(column + panel, factor.Columns));
        }
    }

    // Some columns of some lines.
    private readonly void Regions<TVector>(
        ref LineFactor factor, in ConvolutionMap map, int first, int end, int group, float* start, int firstColumn, int endColumn)
        where TVector : struct, ISimdVector<TVector>
    {
        int channels = map.FromChannels / map.Sizes.Groups, panel = MatrixJob.Panel<TVector>();
        var regions = new WindowRegions(map, first, end);
        while (regions.MoveNext())
        {
            ref readonly WindowRegion region = ref regions.Current;
            float* from = Pass.From + region.From + (group * channels), to = Pass.To + region.To + (group * factor.Columns);
            int runs = FillRuns(ref factor, map, region);
            for (int column = firstColumn; column < endColumn; column += panel)
                Strips<TVector>(factor, region, column, from, runs, start, to, group * factor.Columns);
        }
    }

    // Some columns of the pixels of a region.
    private readonly void Strips<TVector>(
        in LineFactor factor, in WindowRegion region, int column, float* from, int runs, float* start, float* to, int group)
        where TVector : struct, ISimdVector<TVector>
    {
        (RegionAxis axis, RegionAxis strip) = (region.Inner, region.Strip);
        int columns = Math.Min(MatrixJob.Panel<TVector>(), factor.Columns - column);

        // What is done to strips that lie one behind the other is done to several at once.
        int atOnce = axis.To == strip.To * strip.Count ? Math.Max(1, NearFloats / (strip.Count * columns)) : 1;
        for (int outer = 0; outer < region.Outer.Count; outer++)
        {
            float* a = from + (outer * region.Outer.From), c = to + (outer * region.Outer.To);
            for (int inner = 0, some; inner < axis.Count; inner += some)
            {
                some = Math.Min(atOnce, axis.Count - inner);
                float* first = c + column;
                for (int i = 0; i < some; i++, a += axis.From, c += axis.To)
                {
                    if (runs > 0)
                        factor.Multiply<TVector>(column, a, strip.From, runs, start, c, strip.To, strip.Count);
                    else
                        factor.Fill<TVector>(column, start, c, strip.To, strip.Count);
                }

                if (!Pass.Then.IsNone)
                    Pass.Then.Apply<TVector>(first, first, strip.To, some * strip.Count, group + column, columns);
            }
        }
    }

    // Where the values of the window begin in the other side, and in the weights.
    private static int FillRuns(ref LineFactor factor, in ConvolutionMap map, in WindowRegion region)
    {
        (RegionTaps lines, RegionTaps columns) = (region.Lines, region.Columns);
        int channels = map.FromChannels / map.Sizes.Groups, pieces = map.HasWholeLines ? Math.Min(1, columns.Count) : columns.Count, runs = 0;
        factor.Piece = map.HasWholeLines ? columns.Count * channels : channels;
        for (int j = 0; j < lines.Count; j++)
        {
            int line = BlockOf(map, lines.First + (j * lines.Step), map.Sizes.Lines.Kernel) * map.Sizes.Columns.Kernel;
            for (int i = 0; i < pieces; i++, runs++)
            {
                int tap = line + BlockOf(map, columns.First + (i * columns.Step), map.Sizes.Columns.Kernel);
                factor.Runs[2 * runs] = (j * lines.From) + (i * columns.From);
                factor.Runs[(2 * runs) + 1] = (nint)tap * channels * factor.Step;
            }
        }

        return runs;
    }

    // Turned weights begin with the last value of the window.
    private static int BlockOf(in ConvolutionMap map, int tap, int kernel) => map.IsBackward ? kernel - 1 - tap : tap;

    // The weights [window, channels, filters] of a group, as they lie or in panels of filters.
    private readonly void Pack<TVector>(ref LineFactor factor, in ConvolutionSizes sizes, int group, float* packed)
        where TVector : struct, ISimdVector<TVector>
    {
        int depth = sizes.Taps * sizes.GroupChannels, panel = MatrixJob.Panel<TVector>();
        float* w = Pass.W + (group * factor.Columns);
        bool isPacked = Pass.IsPacked || LineFactor.IsPacked<TVector>(w, sizes.Filters, factor.Columns);
        if (isPacked && !Pass.IsPacked)
            MatrixPanel.Copy<TVector>(w, sizes.Filters, packed, panel, depth, factor.Columns);
        factor.B = isPacked && !Pass.IsPacked ? packed : w;
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

/// <summary>The right factor of the products that a convolution is made of, one for each strip of pixels: C[i, j] = start[j] + Σ over pieces p and k
/// of A[i, offset of p + k] · B[p, k, j].</summary>
/// <remarks>The pieces of a window are read where they lie. Each element of C is one chain over the pieces in their order and k ascending in each,
/// and stays in a register from its start to its end.</remarks>
internal unsafe struct LineFactor
{
    public float* B;

    /// <summary>From one k to the next in B, and from one panel of columns to the next.</summary>
    public nint Step, NextPanel;
    public int Piece, Columns;

    /// <summary>Where each piece begins, in A from its first pixel and in B.</summary>
    public nint* Runs;

    /// <summary>A size in floats, rounded up to whole cache lines.</summary>
    public static int Rounded(long floats) => checked((int)((floats + Workers.Line - 1) & -Workers.Line));

    /// <summary>How many floats the table of so many pieces takes.</summary>
    public static int TableSize(int pieces) => Rounded(2L * pieces * (sizeof(nint) / sizeof(float)));

    /// <summary>How many floats a copy of B takes at most, on any machine.</summary>
    public static int PackedSize(int depth, int columns) =>
        Rounded((long)depth * ((columns + MatrixTile.WidestPanel - 1) & -MatrixTile.WidestPanel));

    /// <summary>Whether B is worth a copy, panel by panel: its rows lie across cache lines, or far apart.</summary>
    public static bool IsPacked<TVector>(float* b, int row, int columns) where TVector : struct, ISimdVector<TVector>
    {
        bool straddles = (((nuint)b | (nuint)(row * sizeof(float))) & (nuint)((TVector.Count * sizeof(float)) - 1)) != 0;
        return columns > MatrixJob.Panel<TVector>() || (straddles && columns > TVector.Count);
    }

    /// <summary>Some columns, a panel of B, of so many pixels, over so many runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TVector>(
        int column, float* a, nint aRow, int runs, float* start, float* c, nint cRow, int pixels)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixJob.Panel<TVector>();
        MatrixTile tile = default;
        tile.A = a;
        tile.ARow = aRow;
        tile.AStep = 1;
        tile.B = B + (column / panel * NextPanel);
        tile.BStep = Step;
        tile.Start = start == null ? null : start + column;
        tile.C = c + column;
        tile.CRow = cRow;
        tile.K = Piece;
        tile.Runs = Runs;
        tile.RunCount = runs;
        MatrixJob.Strip<TVector, SeveralRuns>(ref tile, pixels, Math.Min(panel, Columns - column), NextPanel, 0);
    }

    /// <summary>The same over no run at all: the start, or 0.</summary>
    public readonly void Fill<TVector>(int column, float* start, float* c, nint cRow, int pixels) where TVector : struct, ISimdVector<TVector>
    {
        int width = Math.Min(MatrixJob.Panel<TVector>(), Columns - column);
        for (int i = 0; i < pixels; i++)
        {
            var pixel = new Span<float>(c + column + (i * cRow), width);
            if (start == null)
                pixel.Clear();
            else
                new ReadOnlySpan<float>(start + column, width).CopyTo(pixel);
        }
    }
}
