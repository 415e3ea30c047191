namespace NeuralNet.Kernels;

/// <summary>dx of dz where there are few channels: each pixel of dz is spread over the lines of its window in dx, whose values lie side by side, so
/// that a line of the window fills vectors where the channels of one pixel would not.</summary>
/// <remarks>Values of the window go from the last line to the first and then pixels along a line, so that each element of dx is one chain over the
/// lines and columns of dz and then filters, ascending: the chain of <see cref="ConvolutionJob"/>. It is stored and read again between
/// pixels.</remarks>
internal unsafe struct ConvolutionSpread : IJob<ConvolutionSpread>
{
    // With more channels, a pixel of dx fills a vector.
    private const int MostChannels = 8;

    public ConvolutionPass Pass;

    /// <summary>Whether this way is the faster one.</summary>
    public static bool Suits(in ConvolutionMap map) => map.IsBackward && map.ToChannels <= MostChannels && map.Sizes.HasWholeLines
        && map.Sizes.Columns.Kernel > 1;

    /// <summary>The memory that a part works in.</summary>
    public static int ScratchOf(in ConvolutionMap map) => checked(map.Sizes.Lines.Kernel * map.FromChannels * WidthOf(map.Sizes));

    public static void Part<TVector>(ref ConvolutionSpread job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job.Pass.Rows * job.Pass.Map.ToLines, 1, part, parts);
        if (count > 0)
            job.Compute<TVector>(first, first + count, job.Pass.Scratch + ((nint)part * job.Pass.ScratchPerPart));
    }

    // The floats of a line of the window, all of them whole vectors of any width.
    private static int WidthOf(in ConvolutionSizes sizes) => LineFactor.Rounded((long)sizes.Columns.Kernel * sizes.Channels);

    // From one line of all rows to another.
    private readonly void Compute<TVector>(int first, int end, float* turned) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionMap map = Pass.Map;
        ConvolutionSizes sizes = map.Sizes;
        int width = WidthOf(sizes), line = sizes.Columns.Kernel * sizes.Channels;
        for (int ky = 0; ky < sizes.Lines.Kernel; ky++)
        {
            MatrixPanel.CopyTransposed(
                Pass.W + ((nint)ky * line * sizes.Filters), sizes.Filters, turned + ((nint)ky * sizes.Filters * width), width, sizes.Filters, line);
        }

        int count;
        for (int at = first; at < end; at += count)
        {
            (int row, int y) = Math.DivRem(at, map.ToLines);
            count = Math.Min(end - at, map.ToLines - y);
            float* to = Pass.To + ((nint)row * map.ToSize);
            Begin(to + ((nint)y * map.ToColumns * map.ToChannels), count * map.ToColumns);
            Spread<TVector>(sizes, Pass.From + ((nint)row * map.FromSize), turned, width, to, y, y + count);
            if (!Pass.Then.IsNone)
            {
                float* made = to + ((nint)y * map.ToColumns * map.ToChannels);
                Pass.Then.Apply<TVector>(made, made, map.ToChannels, count * map.ToColumns, 0, map.ToChannels);
            }
        }
    }

    private readonly void Begin(float* to, int pixels)
    {
        int channels = Pass.Map.ToChannels;
        if (Pass.Start == null)
            new Span<float>(to, pixels * channels).Clear();
        for (int i = 0; i < pixels && Pass.Start != null; i++, to += channels)
            new ReadOnlySpan<float>(Pass.Start, channels).CopyTo(new Span<float>(to, channels));
    }

    // Some lines of dx, of one row.
    private static void Spread<TVector>(in ConvolutionSizes sizes, float* dz, float* turned, int width, float* dx, int first, int end)
        where TVector : struct, ISimdVector<TVector>
    {
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        nint toLine = (nint)columns.Size * sizes.Channels, fromLine = (nint)columns.Outputs * sizes.Filters;
        MatrixTile tile = default;
        for (int ky = lines.Kernel - 1; ky >= 0; ky--)
        {
            // The lines of dz that this line of the window brings to these lines of dx.
            int place = (ky * lines.Dilation) - lines.Before;
            int firstLine = first > place ? (first - place + lines.Stride - 1) / lines.Stride : 0;
            int endLine = end > place ? Math.Min(lines.Outputs, ((end - 1 - place) / lines.Stride) + 1) : 0;
            if (firstLine >= endLine)
                continue;
            float* a = dz + (firstLine * fromLine), c = dx + ((((nint)firstLine * lines.Stride) + place) * toLine);
            float* b = turned + ((nint)ky * sizes.Filters * width);
            for (int x = 0; x < columns.Outputs; x++, a += sizes.Filters)
            {
                int left = (x * columns.Stride) - columns.Before, firstTap = Math.Max(0, -left);
                int taps = Math.Min(columns.Kernel, columns.Size - left) - firstTap;
                if (taps <= 0)
                    continue;
                tile.A = a;
                (tile.ARow, tile.AStep) = (fromLine, 1);
                tile.B = b + (firstTap * sizes.Channels);
                tile.BStep = width;
                tile.C = tile.Start = c + ((nint)(left + firstTap) * sizes.Channels);
                tile.CRow = tile.StartRow = lines.Stride * toLine;
                tile.K = sizes.Filters;
                MatrixJob.Strip<TVector, OneRun>(ref tile, endLine - firstLine, taps * sizes.Channels, MatrixJob.Panel<TVector>(), 0);
            }
        }
    }
}
