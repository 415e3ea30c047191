namespace NeuralNet.Kernels;

/// <summary>y of x: some lines of outputs, or some columns of all of them.</summary>
internal unsafe ref struct PoolForward<TFormula> : IJob<PoolForward<TFormula>> where TFormula : struct, IPoolFormula
{
    public PoolSizes Sizes;
    public ReadOnlySpan<float> X;
    public Span<float> Y;

    public static void Part<TVector>(ref PoolForward<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        PoolSizes sizes = job.Sizes;
        (WindowAxis lines, int width, int outputs, int channels) = (sizes.Lines, sizes.Columns.Size, sizes.Columns.Outputs, sizes.Channels);
        (int first, int count, int firstColumn, int endColumn) = sizes.ShareOf(lines.Outputs, outputs, part, parts);
        WindowWalk down = lines.Forward;
        PoolColumns columns = default;
        nint lineSize = (nint)width * channels;
        fixed (float* x = job.X, y = job.Y)
        {
            for (int at = first; at < first + count; at++)
            {
                (int row, int line) = Math.DivRem(at, lines.Outputs);
                if (at == first || (line == 0 && sizes.HasLengths))
                    columns = new PoolColumns(sizes.ColumnsOf(row), 0, width);
                (int tap, int behind) = down.TapsAt(line);
                var windows = new PoolWindows { XLine = down.TapStep * lineSize, Lines = behind - tap };
                float* from = x + ((((nint)row * lines.Size) + down.PlaceOf(line, tap)) * lineSize), to = y + ((nint)at * outputs * channels);
                int end = Math.Min(endColumn, columns.Axis.Outputs);
                for (int pixel = firstColumn, some; pixel < end; pixel += some)
                {
                    int column = columns.At(pixel, end, channels, ref windows);
                    some = windows.Pixels;
                    windows.X = from + ((nint)column * channels);
                    windows.Y = to + ((nint)pixel * channels);
                    if (windows.Taps <= 0 || windows.Lines <= 0)
                    {
                        new Span<float>(windows.Y, channels).Clear(); // in padding alone; layers refuse it
                        continue;
                    }

                    if (windows.XPixel == channels)
                        (windows.Pixels, windows.Channels) = (1, some * channels); // windows that move by one pixel go on as channels do
                    windows.Factor = TFormula.ReadsValues ? 1 : sizes.FactorAt(columns.Axis, line, pixel, windows);
                    windows.Forward<TVector, TFormula>();
                }

                int padding = Math.Max(firstColumn, columns.Axis.Outputs); // behind a row's length
                if (padding < endColumn)
                    new Span<float>(to + ((nint)padding * channels), (endColumn - padding) * channels).Clear();
            }
        }
    }
}

/// <summary>dx of dy: some lines of inputs, or some columns of all of them.</summary>
internal unsafe ref struct PoolBackward<TFormula> : IJob<PoolBackward<TFormula>> where TFormula : struct, IPoolFormula
{
    public PoolSizes Sizes;
    public ReadOnlySpan<float> X;
    public ReadOnlySpan<float> Y;
    public ReadOnlySpan<float> Dy;
    public Span<float> Dx;

    public static void Part<TVector>(ref PoolBackward<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        PoolSizes sizes = job.Sizes;
        (WindowAxis lines, int width, int channels) = (sizes.Lines, sizes.Columns.Size, sizes.Channels);
        (int first, int count, int firstColumn, int endColumn) = sizes.ShareOf(lines.Size, width, part, parts);
        PoolColumns columns = default;
        fixed (float* x = job.X, y = job.Y, dy = job.Dy, dx = job.Dx)
        {
            for (int at = first, end = first + count; at < end;)
            {
                (int row, int line) = Math.DivRem(at, lines.Size);
                if (at == first || sizes.HasLengths)
                {
                    WindowAxis own = sizes.ColumnsOf(row);
                    columns = new PoolColumns(own, firstColumn, Math.Min(endColumn, own.Size) - firstColumn);
                }

                int some = Math.Min(lines.Size - line, end - at);
                nint start = (nint)row * lines.Size * width * channels, pooled = (nint)row * lines.Outputs * sizes.Columns.Outputs * channels;
                new Band
                {
                    Line = line,
                    Lines = some,
                    Columns = endColumn - firstColumn,
                    X = x + start,
                    Y = y + pooled,
                    Dy = dy + pooled,
                    Dx = dx + start,
                }.Give<TVector>(sizes, columns);
                at += some;
            }
        }
    }

    // Some lines and columns of a row's input.
    private struct Band
    {
        public int Line, Lines, Columns;
        public float* X, Y, Dy, Dx;

        public readonly void Give<TVector>(in PoolSizes sizes, in PoolColumns columns) where TVector : struct, ISimdVector<TVector>
        {
            (WindowAxis lines, int channels) = (sizes.Lines, sizes.Channels);
            bool isAlone = lines.IsApart && columns.Axis.IsApart;
            Clear(sizes, columns.First, isAlone && lines.IsTiled && columns.Axis.IsTiled ? Math.Max(columns.Count, 0) : 0);
            if (columns.Count <= 0)
                return; // behind a row's length

            WindowWalk down = lines.Forward;
            (int firstLine, int endLine) = lines.OutputsOver(Line, Lines);
            (int first, int end) = columns.Axis.OutputsOver(columns.First, columns.Count);
            nint lineSize = (nint)sizes.Columns.Size * channels, pooledLine = (nint)sizes.Columns.Outputs * channels;
            for (int line = firstLine; line < endLine; line++)
            {
                (int tap, int behind) = down.TapsAt(line);
                int place = down.PlaceOf(line, tap);
                var windows = new PoolWindows { XLine = down.TapStep * lineSize, Lines = behind - tap, IsAlone = isAlone };
                (windows.FirstLine, windows.EndLine) = PoolColumns.Within(place - Line, lines.Dilation, windows.Lines, Lines);
                for (int pixel = first; pixel < end; pixel += windows.Pixels)
                {
                    int column = columns.At(pixel, end, channels, ref windows);
                    nint at = (place * lineSize) + ((nint)column * channels), pooled = (line * pooledLine) + ((nint)pixel * channels);
                    windows.X = X + at;
                    windows.Dx = Dx + at;
                    windows.Y = Y + pooled;
                    windows.Dy = Dy + pooled;
                    windows.Factor = TFormula.ReadsValues ? 1 : sizes.FactorAt(columns.Axis, line, pixel, windows);
                    windows.Backward<TVector, TFormula>();
                }
            }
        }

        // 0 for all but so many columns, which windows will write.
        private readonly void Clear(in PoolSizes sizes, int column, int written)
        {
            for (int line = Line; line < Line + Lines && written < Columns; line++)
            {
                nint at = (((nint)line * sizes.Columns.Size) + column + written) * sizes.Channels;
                new Span<float>(Dx + at, (Columns - written) * sizes.Channels).Clear();
            }
        }
    }
}

/// <summary>How windows lie along the lines of a row, of whose columns a part does some.</summary>
internal readonly struct PoolColumns
{
    private readonly WindowWalk across;
    private readonly int inner, outer;

    /// <summary>Finds the windows that lie in these columns.</summary>
    /// <param name="axis">How they slide, given the row's length.</param>
    /// <param name="first">The first column.</param>
    /// <param name="count">How many there are.</param>
    public PoolColumns(in WindowAxis axis, int first, int count)
    {
        (Axis, First, Count, across) = (axis, first, count, axis.Forward);
        (inner, outer) = (across with { Origin = across.Origin - first, Limit = Math.Min(count, axis.Size - first) }).Inner();
    }

    /// <summary>How the windows slide.</summary>
    public WindowAxis Axis { get; }

    /// <summary>The first column of the part, and how many there are.</summary>
    public int First { get; }

    public int Count { get; }

    /// <summary>Sets which windows go together from this one on: all up to an end that lie in the columns as a whole, or one. Returns the first
    /// column that they have.</summary>
    public int At(int pixel, int end, int channels, ref PoolWindows windows)
    {
        windows.XStep = (nint)across.TapStep * channels;
        windows.XPixel = (nint)across.PixelStep * channels;
        windows.Channels = channels;
        if (pixel >= inner && pixel < outer)
        {
            (windows.Pixels, windows.Taps, windows.FirstTap, windows.EndTap) = (Math.Min(outer, end) - pixel, across.Taps, 0, across.Taps);
            return across.PlaceOf(pixel, 0);
        }

        (int tap, int behind) = across.TapsAt(pixel);
        int column = across.PlaceOf(pixel, tap);
        (windows.Pixels, windows.Taps) = (1, behind - tap);
        (windows.FirstTap, windows.EndTap) = Within(column - First, across.TapStep, windows.Taps, Count);
        return column;
    }

    /// <summary>Which of some values of a window, the first of which is at a place, lie in so many lines or columns, from the first to behind the
    /// last.</summary>
    public static (int First, int End) Within(int place, int dilation, int taps, int count)
    {
        (int first, int end) = new WindowWalk(1, place, 0, dilation, taps, count, 0, 0).TapsAt(0);
        return (first, Math.Max(first, end));
    }
}
