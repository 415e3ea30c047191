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
        (WindowAxis lines, WindowAxis columns, int channels) = (sizes.Lines, sizes.Columns, sizes.Channels);
        (int first, int count, int firstColumn, int endColumn) = sizes.ShareOf(lines.Outputs, columns.Outputs, part, parts);
        fixed (float* x = job.X, y = job.Y)
        {
            for (int at = first; at < first + count; at++)
            {
                (int row, int line) = Math.DivRem(at, lines.Outputs);
                float* from = x + ((nint)row * lines.Size * columns.Size * channels), to = y + ((nint)at * columns.Outputs * channels);
                WindowAxis own = sizes.ColumnsOf(row);
                Line<TVector>(sizes, own, line, from, to, firstColumn, Math.Min(endColumn, own.Outputs));
                int padding = Math.Max(firstColumn, own.Outputs); // behind a row's length
                if (padding < endColumn)
                    new Span<float>(to + ((nint)padding * channels), (endColumn - padding) * channels).Clear();
            }
        }
    }

    private static void Line<TVector>(in PoolSizes sizes, in WindowAxis columns, int line, float* x, float* y, int first, int end)
        where TVector : struct, ISimdVector<TVector>
    {
        int channels = sizes.Channels;
        (WindowWalk down, WindowWalk across) = (sizes.Lines.Forward, columns.Forward);
        (int inner, int outer) = across.Inner();
        (int firstTap, int endTap) = down.TapsAt(line);
        nint lineSize = (nint)sizes.Columns.Size * channels;
        PoolWindows windows = default;
        windows.XLine = down.TapStep * lineSize;
        windows.Lines = endTap - firstTap;
        windows.XStep = (nint)across.TapStep * channels;
        windows.XPixel = (nint)across.PixelStep * channels;
        x += down.PlaceOf(line, firstTap) * lineSize;
        for (int pixel = first, count; pixel < end; pixel += count)
        {
            (int tap, int behind) = across.TapsAt(pixel);
            count = pixel >= inner && pixel < outer ? Math.Min(outer, end) - pixel : 1;
            windows.Taps = behind - tap;
            windows.Y = y + ((nint)pixel * channels);
            if (windows.Taps <= 0 || windows.Lines <= 0)
            {
                new Span<float>(windows.Y, channels).Clear(); // in padding alone; layers refuse it
                continue;
            }

            // Windows that move by one pixel go on as channels do.
            bool isDense = windows.XPixel == channels;
            (windows.Pixels, windows.Channels) = isDense ? (1, count * channels) : (count, channels);
            windows.X = x + ((nint)across.PlaceOf(pixel, tap) * channels);
            windows.Factor = TFormula.ReadsValues ? 1 : sizes.FactorAt(columns, line, pixel);
            windows.Forward<TVector, TFormula>();
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
        (WindowAxis lines, int width) = (sizes.Lines, sizes.Columns.Size);
        (int first, int count, int firstColumn, int endColumn) = sizes.ShareOf(lines.Size, width, part, parts);
        fixed (float* x = job.X, y = job.Y, dy = job.Dy, dx = job.Dx)
        {
            for (int at = first, end = first + count; at < end;)
            {
                (int row, int line) = Math.DivRem(at, lines.Size);
                int some = Math.Min(lines.Size - line, end - at);
                nint start = (nint)row * lines.Size * width * sizes.Channels;
                nint pooled = (nint)row * lines.Outputs * sizes.Columns.Outputs * sizes.Channels;
                new Band
                {
                    Line = line,
                    Lines = some,
                    Column = firstColumn,
                    Columns = endColumn - firstColumn,
                    Axis = sizes.ColumnsOf(row),
                    X = x + start,
                    Y = y + pooled,
                    Dy = dy + pooled,
                    Dx = dx + start,
                }.Give<TVector>(sizes);
                at += some;
            }
        }
    }

    // Some lines and columns of a row's input.
    private struct Band
    {
        public int Line, Lines, Column, Columns;
        public WindowAxis Axis;
        public float* X, Y, Dy, Dx;

        public readonly void Give<TVector>(in PoolSizes sizes) where TVector : struct, ISimdVector<TVector>
        {
            (WindowAxis lines, WindowAxis columns, int channels) = (sizes.Lines, Axis, sizes.Channels);
            int real = Math.Min(Column + Columns, columns.Size) - Column; // behind a row's length there are no others
            bool isAlone = lines.IsApart && columns.IsApart;
            Clear(sizes, isAlone && lines.IsTiled && columns.IsTiled ? Math.Max(real, 0) : 0);
            if (real <= 0)
                return;

            (WindowWalk down, WindowWalk across) = (lines.Forward, columns.Forward);
            (int firstLine, int endLine) = lines.OutputsOver(Line, Lines);
            (int first, int end) = columns.OutputsOver(Column, real);
            (int inner, int outer) = (across with { Origin = across.Origin - Column, Limit = real }).Inner();
            nint lineSize = (nint)sizes.Columns.Size * channels, pooledLine = (nint)sizes.Columns.Outputs * channels;
            PoolWindows windows = default;
            windows.XLine = down.TapStep * lineSize;
            windows.XStep = (nint)across.TapStep * channels;
            windows.XPixel = (nint)across.PixelStep * channels;
            windows.Channels = channels;
            windows.IsAlone = isAlone;
            for (int line = firstLine; line < endLine; line++)
            {
                (int firstTap, int endTap) = down.TapsAt(line);
                int place = down.PlaceOf(line, firstTap);
                windows.Lines = endTap - firstTap;
                (windows.FirstLine, windows.EndLine) = (new WindowWalk(1, place - Line, 0, lines.Dilation, windows.Lines, Lines, 0, 0)).TapsAt(0);
                for (int pixel = first; pixel < end; pixel += windows.Pixels)
                {
                    (int tap, int behind) = across.TapsAt(pixel);
                    int column = across.PlaceOf(pixel, tap);
                    nint at = (place * lineSize) + ((nint)column * channels), pooled = (line * pooledLine) + ((nint)pixel * channels);
                    windows.Taps = behind - tap;
                    windows.Pixels = pixel >= inner && pixel < outer ? Math.Min(outer, end) - pixel : 1;
                    windows.X = X + at;
                    windows.Dx = Dx + at;
                    windows.Y = Y + pooled;
                    windows.Dy = Dy + pooled;
                    windows.Factor = TFormula.ReadsValues ? 1 : windows.Lines > 0 && windows.Taps > 0 ? sizes.FactorAt(columns, line, pixel) : 0;
                    (windows.FirstTap, windows.EndTap) =
                        new WindowWalk(1, column - Column, 0, columns.Dilation, windows.Taps, real, 0, 0).TapsAt(0);
                    windows.Backward<TVector, TFormula>();
                }
            }
        }

        // 0 for all but so many columns, which windows will write.
        private readonly void Clear(in PoolSizes sizes, int written)
        {
            for (int line = Line; line < Line + Lines && written < Columns; line++)
            {
                nint at = (((nint)line * sizes.Columns.Size) + Column + written) * sizes.Channels;
                new Span<float>(Dx + at, (Columns - written) * sizes.Channels).Clear();
            }
        }
    }
}
