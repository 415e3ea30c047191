using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The convolution of each channel with a window of its own, for some lines of some rows: z of x, or dx of dz.</summary>
internal unsafe struct DepthwiseJob : IJob<DepthwiseJob>
{
    public ConvolutionPass Pass;

    public static void Part<TVector>(ref DepthwiseJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        if (TVector.Count > Simd256.Count && job.Pass.Map.ToChannels <= Simd256.Count)
            job.Lines<Simd256>(part, parts);
        else
            job.Lines<TVector>(part, parts);
    }

    private readonly void Lines<TVector>(int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionMap map = Pass.Map;
        (int channels, int kernel) = (map.ToChannels, map.Sizes.Columns.Kernel);
        (int first, int count) = Workers.ShareOf(Pass.Rows * map.ToLines, 1, part, parts);
        DepthwiseLine line = default;
        line.Start = Pass.Start;
        line.Then = Pass.Then;
        line.Channels = channels;
        bool rolls = map.Sizes is { Lines: { Kernel: DepthwiseLine.RolledLines, Stride: 1, Dilation: 1 }, Columns.Kernel: <= 3 };
        var regions = new WindowRegions(map, first, first + count, rolls);
        while (regions.MoveNext())
        {
            ref readonly WindowRegion region = ref regions.Current;
            line.W = Pass.W + (((nint)region.Lines.First * kernel) + region.Columns.First) * channels;
            line.XLine = region.Lines.From;
            line.WLine = (nint)region.Lines.Step * kernel * channels;
            line.KernelLines = region.Lines.Count;
            (line.Before, line.Behind) = (region.LinesBefore, region.LinesBehind);
            line.IsRolled = rolls && line.KernelLines > 0;
            line.XStep = region.Columns.From;
            line.WStep = (nint)region.Columns.Step * channels;
            line.Kernel = region.Columns.Count;
            (line.Pixels, line.XPixel, line.YPixel) = region.Strip;
            for (int outer = 0; outer < region.Outer.Count; outer++)
            {
                for (int inner = 0; inner < region.Inner.Count; inner++)
                {
                    line.X = Pass.From + region.From + (outer * region.Outer.From) + (inner * region.Inner.From);
                    line.Y = Pass.To + region.To + (outer * region.Outer.To) + (inner * region.Inner.To);
                    line.Compute<TVector>();
                }
            }
        }
    }
}

/// <summary>A strip of pixels of a depthwise convolution: y[i, c] = start[c] + Σ over the window of x[i, window, c] · w[window, c].</summary>
/// <remarks>Channels lie side by side, so a vector of them goes through the window together; several pixels do so at the same time, because one
/// chain waits for each multiply-add.</remarks>
internal unsafe struct DepthwiseLine
{
    /// <summary>The first values of the window that count, and the weights that belong to them.</summary>
    public float* X, W, Start, Y;

    /// <summary>What is done to each sum.</summary>
    public ChannelFinish Then;

    /// <summary>From one line of the window to the next, in x and in w, and how many count.</summary>
    public nint XLine, WLine;
    public int KernelLines;

    /// <summary>Whether the window rolls over pixels below one another, and how many lines of that lie before and behind the image.</summary>
    public bool IsRolled;
    public int Before, Behind;

    /// <summary>From one value of a line of the window to the next, in x and in w, and how many count.</summary>
    public nint XStep, WStep;
    public int Kernel;

    /// <summary>From one pixel to the next, in x and in y, and how many there are.</summary>
    public nint XPixel, YPixel;
    public int Pixels, Channels;

    /// <summary>The lines of a window that rolls over those of the image.</summary>
    public const int RolledLines = 3;

    // Several pixels go at once, or where there is one, several vectors of channels.
    public readonly void Compute<TVector>() where TVector : struct, ISimdVector<TVector>
    {
        int channel = 0;
        if (IsRolled)
        {
            // The weights of two vectors fill the registers where there are many.
            for (; TVector.Registers >= 32 && channel <= Channels - (2 * TVector.Count); channel += 2 * TVector.Count)
                Roll<TVector, WholeVectors<R2>>(channel);
            for (; channel <= Channels - TVector.Count; channel += TVector.Count)
                Roll<TVector, WholeVectors<R1>>(channel);
            if (channel < Channels)
                Roll<TVector, PartialVectors<R1>>(channel);
            return;
        }

        for (; Pixels == 1 && channel <= Channels - (4 * TVector.Count); channel += 4 * TVector.Count)
            Wide<TVector>(channel);
        for (; channel <= Channels - TVector.Count; channel += TVector.Count)
            Tiles<TVector, WholeVectors<R1>>(channel);
        if (channel < Channels)
            Tiles<TVector, PartialVectors<R1>>(channel);
    }

    private readonly void Roll<TVector, TColumns>(int channel) where TVector : struct, ISimdVector<TVector> where TColumns : struct, ITileColumns
    {
        switch (Kernel)
        {
            case 1: Roll<TVector, R1, TColumns>(channel); break;
            case 2: Roll<TVector, R2, TColumns>(channel); break;
            default: Roll<TVector, R3, TColumns>(channel); break;
        }
    }

    private readonly void Tiles<TVector, TColumns>(int channel) where TVector : struct, ISimdVector<TVector> where TColumns : struct, ITileColumns
    {
        const int Most = 6;
        int pixel = 0, tiles = (Pixels + Most - 1) / Most, low = Pixels / tiles, higher = Pixels - (low * tiles);
        for (int tile = 0; tile < tiles; tile++)
        {
            int height = tile < higher ? low + 1 : low;
            switch (height)
            {
                case 1: Several<TVector, R1, TColumns>(channel, pixel); break;
                case 2: Several<TVector, R2, TColumns>(channel, pixel); break;
                case 3: Several<TVector, R3, TColumns>(channel, pixel); break;
                case 4: Several<TVector, R4, TColumns>(channel, pixel); break;
                case 5: Several<TVector, R5, TColumns>(channel, pixel); break;
                default: Several<TVector, R6, TColumns>(channel, pixel); break;
            }

            pixel += height;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void Several<TVector, TPixels, TColumns>(int channel, int pixel) where TVector : struct, ISimdVector<TVector>
        where TPixels : struct, ITileCount where TColumns : struct, ITileColumns
    {
        int tail = Channels - channel;
        TVector lanes = TColumns.Whole ? default : TVector.FirstLanes(tail);
        TVector sum0 = Start == null ? TVector.Zero : Load<TVector, TColumns>(Start + channel, tail, lanes);
        TVector sum1 = sum0, sum2 = sum0, sum3 = sum0, sum4 = sum0, sum5 = sum0;
        float* line = X + (pixel * XPixel) + channel, weights = W + channel;
        nint next = XPixel, step = XStep, weightStep = WStep;
        for (int ky = KernelLines; ky > 0; ky--, line += XLine, weights += WLine)
        {
            float* x = line, x3 = line + (3 * next), w = weights;
            for (int kx = Kernel; kx > 0; kx--, x += step, x3 += step, w += weightStep)
            {
                TVector weight = Load<TVector, TColumns>(w, tail, lanes);
                TVector.MultiplyAdd(ref sum0, Load<TVector, TColumns>(x, tail, lanes), weight);
                if (TPixels.Count > 1)
                    TVector.MultiplyAdd(ref sum1, Load<TVector, TColumns>(x + next, tail, lanes), weight);
                if (TPixels.Count > 2)
                    TVector.MultiplyAdd(ref sum2, Load<TVector, TColumns>(x + (2 * next), tail, lanes), weight);
                if (TPixels.Count > 3)
                    TVector.MultiplyAdd(ref sum3, Load<TVector, TColumns>(x3, tail, lanes), weight);
                if (TPixels.Count > 4)
                    TVector.MultiplyAdd(ref sum4, Load<TVector, TColumns>(x3 + next, tail, lanes), weight);
                if (TPixels.Count > 5)
                    TVector.MultiplyAdd(ref sum5, Load<TVector, TColumns>(x3 + (2 * next), tail, lanes), weight);
            }
        }

        if (!Then.IsNone)
        {
            ChannelNumbers<TVector> then = Then.Numbers<TVector>(channel, tail);
            (sum0, sum1, sum2) = (then.Of(sum0), then.Of(sum1), then.Of(sum2));
            (sum3, sum4, sum5) = (then.Of(sum3), then.Of(sum4), then.Of(sum5));
        }

        float* y = Y + (pixel * YPixel) + channel;
        Store<TVector, TPixels, TColumns, R0>(sum0, y, tail);
        Store<TVector, TPixels, TColumns, R1>(sum1, y + YPixel, tail);
        Store<TVector, TPixels, TColumns, R2>(sum2, y + (2 * YPixel), tail);
        Store<TVector, TPixels, TColumns, R3>(sum3, y + (3 * YPixel), tail);
        Store<TVector, TPixels, TColumns, R4>(sum4, y + (4 * YPixel), tail);
        Store<TVector, TPixels, TColumns, R5>(sum5, y + (5 * YPixel), tail);
    }

    // One or two vectors of channels of pixels below one another, whose windows overlap: a line of the image is loaded once, and goes into the sums
    // of the three pixels that have it in their windows. The chains are those of one pixel after the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void Roll<TVector, TTaps, TColumns>(int channel) where TVector : struct, ISimdVector<TVector>
        where TTaps : struct, ITileCount where TColumns : struct, ITileColumns
    {
        int tail = Channels - channel, next = TVector.Count;
        TVector lanes = TColumns.Whole ? default : TVector.FirstLanes(tail);
        float* w0 = W + channel, w1 = w0 + WLine, w2 = w1 + WLine;
        TVector a00 = Weight<TVector, TTaps, R0, TColumns>(w0, tail, lanes), b00 = default;
        TVector a01 = Weight<TVector, TTaps, R1, TColumns>(w0, tail, lanes), b01 = default;
        TVector a02 = Weight<TVector, TTaps, R2, TColumns>(w0, tail, lanes), b02 = default;
        TVector a10 = Weight<TVector, TTaps, R0, TColumns>(w1, tail, lanes), b10 = default;
        TVector a11 = Weight<TVector, TTaps, R1, TColumns>(w1, tail, lanes), b11 = default;
        TVector a12 = Weight<TVector, TTaps, R2, TColumns>(w1, tail, lanes), b12 = default;
        TVector a20 = Weight<TVector, TTaps, R0, TColumns>(w2, tail, lanes), b20 = default;
        TVector a21 = Weight<TVector, TTaps, R1, TColumns>(w2, tail, lanes), b21 = default;
        TVector a22 = Weight<TVector, TTaps, R2, TColumns>(w2, tail, lanes), b22 = default;
        if (TColumns.Vectors > 1)
        {
            b00 = Weight<TVector, TTaps, R0, TColumns>(w0 + next, tail, lanes);
            b01 = Weight<TVector, TTaps, R1, TColumns>(w0 + next, tail, lanes);
            b02 = Weight<TVector, TTaps, R2, TColumns>(w0 + next, tail, lanes);
            b10 = Weight<TVector, TTaps, R0, TColumns>(w1 + next, tail, lanes);
            b11 = Weight<TVector, TTaps, R1, TColumns>(w1 + next, tail, lanes);
            b12 = Weight<TVector, TTaps, R2, TColumns>(w1 + next, tail, lanes);
            b20 = Weight<TVector, TTaps, R0, TColumns>(w2 + next, tail, lanes);
            b21 = Weight<TVector, TTaps, R1, TColumns>(w2 + next, tail, lanes);
            b22 = Weight<TVector, TTaps, R2, TColumns>(w2 + next, tail, lanes);
        }

        nint step = XStep, line = XLine;
        TVector startA = TVector.Zero, startB = startA;
        if (Start != null)
            startA = Load<TVector, TColumns>(Start + channel, tail, lanes);
        if (Start != null && TColumns.Vectors > 1)
            startB = TVector.Load(Start + channel + next);
        bool finishes = !Then.IsNone;
        ChannelNumbers<TVector> thenA = finishes ? Then.Numbers<TVector>(channel, tail) : default;
        ChannelNumbers<TVector> thenB = finishes && TColumns.Vectors > 1 ? Then.Numbers<TVector>(channel + next, tail - next) : default;

        float* x = X + channel, y = Y + channel;
        TVector lastA = startA, lastB = startB, middleA = startA, middleB = startB;
        for (int i = 0, lines = Pixels + RolledLines - 1, end = lines - Behind; i < lines; i++, x += line)
        {
            TVector firstA = startA, firstB = startB;
            if (i >= Before && i < end)
            {
                TVector xa = Load<TVector, TColumns>(x, tail, lanes);
                TVector.MultiplyAdd(ref firstA, xa, a00);
                TVector.MultiplyAdd(ref middleA, xa, a10);
                TVector.MultiplyAdd(ref lastA, xa, a20);
                if (TTaps.Count > 1)
                {
                    xa = Load<TVector, TColumns>(x + step, tail, lanes);
                    TVector.MultiplyAdd(ref firstA, xa, a01);
                    TVector.MultiplyAdd(ref middleA, xa, a11);
                    TVector.MultiplyAdd(ref lastA, xa, a21);
                }

                if (TTaps.Count > 2)
                {
                    xa = Load<TVector, TColumns>(x + (2 * step), tail, lanes);
                    TVector.MultiplyAdd(ref firstA, xa, a02);
                    TVector.MultiplyAdd(ref middleA, xa, a12);
                    TVector.MultiplyAdd(ref lastA, xa, a22);
                }

                if (TColumns.Vectors > 1)
                {
                    float* other = x + next;
                    TVector xb = TVector.Load(other);
                    TVector.MultiplyAdd(ref firstB, xb, b00);
                    TVector.MultiplyAdd(ref middleB, xb, b10);
                    TVector.MultiplyAdd(ref lastB, xb, b20);
                    if (TTaps.Count > 1)
                    {
                        xb = TVector.Load(other + step);
                        TVector.MultiplyAdd(ref firstB, xb, b01);
                        TVector.MultiplyAdd(ref middleB, xb, b11);
                        TVector.MultiplyAdd(ref lastB, xb, b21);
                    }

                    if (TTaps.Count > 2)
                    {
                        xb = TVector.Load(other + (2 * step));
                        TVector.MultiplyAdd(ref firstB, xb, b02);
                        TVector.MultiplyAdd(ref middleB, xb, b12);
                        TVector.MultiplyAdd(ref lastB, xb, b22);
                    }
                }
            }

            // The first two lines are not the last of any pixel.
            if (i >= RolledLines - 1)
            {
                if (finishes)
                    lastA = thenA.Of(lastA);
                if (finishes && TColumns.Vectors > 1)
                    lastB = thenB.Of(lastB);
                Store<TVector, R1, TColumns, R0>(lastA, y, tail);
                if (TColumns.Vectors > 1)
                    TVector.Store(lastB, y + next);
                y += YPixel;
            }

            (lastA, middleA) = (middleA, firstA);
            (lastB, middleB) = (middleB, firstB);
        }
    }

    // A weight of a line of the window, if the line has so many.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TVector Weight<TVector, TTaps, TTap, TColumns>(float* line, int tail, TVector lanes) where TVector : struct, ISimdVector<TVector>
        where TTaps : struct, ITileCount where TTap : struct, ITileCount where TColumns : struct, ITileColumns =>
        TTap.Count < TTaps.Count ? Load<TVector, TColumns>(line + (TTap.Count * WStep), tail, lanes) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TVector, TColumns>(float* from, int tail, TVector lanes) where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns => TColumns.Whole ? TVector.Load(from) : TVector.LoadPartial(from, tail, lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TPixels, TColumns, TPixel>(TVector sum, float* y, int tail) where TVector : struct, ISimdVector<TVector>
        where TPixels : struct, ITileCount where TColumns : struct, ITileColumns where TPixel : struct, ITileCount
    {
        if (TPixel.Count >= TPixels.Count)
            return;
        if (TColumns.Whole)
            TVector.Store(sum, y);
        else
            TVector.StorePartial(sum, y, tail);
    }

    // The first pixel, four vectors of channels.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void Wide<TVector>(int channel) where TVector : struct, ISimdVector<TVector>
    {
        TVector sum0 = TVector.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        if (Start != null)
        {
            float* start = Start + channel;
            (sum0, sum1) = (TVector.Load(start), TVector.Load(start + TVector.Count));
            (sum2, sum3) = (TVector.Load(start + (2 * TVector.Count)), TVector.Load(start + (3 * TVector.Count)));
        }

        float* line = X + channel, weights = W + channel;
        for (int ky = KernelLines; ky > 0; ky--, line += XLine, weights += WLine)
        {
            float* x = line, w = weights;
            for (int kx = Kernel; kx > 0; kx--, x += XStep, w += WStep)
            {
                TVector.MultiplyAdd(ref sum0, TVector.Load(x), TVector.Load(w));
                TVector.MultiplyAdd(ref sum1, TVector.Load(x + TVector.Count), TVector.Load(w + TVector.Count));
                TVector.MultiplyAdd(ref sum2, TVector.Load(x + (2 * TVector.Count)), TVector.Load(w + (2 * TVector.Count)));
                TVector.MultiplyAdd(ref sum3, TVector.Load(x + (3 * TVector.Count)), TVector.Load(w + (3 * TVector.Count)));
            }
        }

        if (!Then.IsNone)
        {
            sum0 = Then.Numbers<TVector>(channel, TVector.Count).Of(sum0);
            sum1 = Then.Numbers<TVector>(channel + TVector.Count, TVector.Count).Of(sum1);
            sum2 = Then.Numbers<TVector>(channel + (2 * TVector.Count), TVector.Count).Of(sum2);
            sum3 = Then.Numbers<TVector>(channel + (3 * TVector.Count), TVector.Count).Of(sum3);
        }

        float* y = Y + channel;
        TVector.Store(sum0, y);
        TVector.Store(sum1, y + TVector.Count);
        TVector.Store(sum2, y + (2 * TVector.Count));
        TVector.Store(sum3, y + (3 * TVector.Count));
    }
}
