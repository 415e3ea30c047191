using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The convolution of each channel with a window of its own, for some lines of some rows: z of x, or dx of dz.</summary>
internal unsafe struct DepthwiseJob : IJob<DepthwiseJob>
{
    public float* From, W, Start, To;
    public int Rows;
    public ConvolutionMap Map;

    public static void Part<TVector>(ref DepthwiseJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionMap map = job.Map;
        (int first, int count) = Workers.ShareOf(job.Rows * map.ToLines, 1, part, parts);
        for (int phase = 0; phase < map.Phases; phase++)
        {
            WindowWalk columns = map.Columns(phase);
            for (int at = first; at < first + count; at++)
                job.Line<TVector>(map, at / map.ToLines, at % map.ToLines, columns, phase);
        }
    }

    private readonly void Line<TVector>(in ConvolutionMap map, int row, int y, in WindowWalk columns, int phase)
        where TVector : struct, ISimdVector<TVector>
    {
        (int channels, int kernel) = (map.ToChannels, map.Sizes.Columns.Kernel);
        (WindowWalk lines, int pixelOfLine) = map.Line(y);
        (int firstLine, int endLine) = lines.TapsAt(pixelOfLine);
        nint fromLine = (nint)map.FromColumns * channels;
        float* from = From + ((nint)row * map.FromSize) + (lines.PlaceOf(pixelOfLine, firstLine) * fromLine);
        float* w = W + ((nint)lines.TapOf(firstLine) * kernel * channels);
        float* to = To + (((((nint)row * map.ToLines) + y) * map.ToColumns) + phase) * channels;
        DepthwiseLine line = default;
        line.Start = Start;
        line.Channels = channels;
        line.XLine = lines.TapStep * fromLine;
        line.WLine = (nint)lines.WeightStep * kernel * channels;
        line.KernelLines = Math.Max(0, endLine - firstLine);
        line.XStep = (nint)columns.TapStep * channels;
        line.WStep = (nint)columns.WeightStep * channels;
        line.XPixel = (nint)columns.PixelStep * channels;
        line.YPixel = (nint)map.PixelStep * channels;
        (int inner, int outer) = columns.Inner();
        for (int pixel = 0; pixel < columns.Pixels; pixel += line.Pixels)
        {
            (int first, int end) = columns.TapsAt(pixel);
            line.Pixels = pixel == inner && outer > inner ? outer - inner : 1;
            line.Kernel = Math.Max(0, end - first);
            line.X = from + ((nint)columns.PlaceOf(pixel, first) * channels);
            line.W = w + ((nint)columns.TapOf(first) * channels);
            line.Y = to + (pixel * line.YPixel);
            line.Compute<TVector>();
        }
    }
}

/// <summary>Pixels of a line of a depthwise convolution: y[i, c] = start[c] + Σ over the window of x[i, window, c] · w[window, c].</summary>
/// <remarks>Channels lie side by side, so a vector of them goes through the window together; several pixels do so at the same time, because one
/// chain waits for each multiply-add.</remarks>
internal unsafe struct DepthwiseLine
{
    /// <summary>The first values of the window that count, and the weights that belong to them.</summary>
    public float* X, W, Start, Y;

    /// <summary>From one line of the window to the next, in x and in w, and how many count.</summary>
    public nint XLine, WLine;
    public int KernelLines;

    /// <summary>From one value of a line of the window to the next, in x and in w, and how many count.</summary>
    public nint XStep, WStep;
    public int Kernel;

    /// <summary>From one pixel to the next, in x and in y, and how many there are.</summary>
    public nint XPixel, YPixel;
    public int Pixels, Channels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Compute<TVector>() where TVector : struct, ISimdVector<TVector>
    {
        const int AtOnce = 4;
        for (int channel = 0; channel < Channels; channel += TVector.Count)
        {
            int left = Channels - channel, pixel = 0;
            for (; pixel <= Pixels - AtOnce && left >= TVector.Count; pixel += AtOnce)
                Four<TVector>(channel, pixel);
            for (; pixel < Pixels; pixel++)
                One<TVector>(channel, pixel, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Four<TVector>(int channel, int pixel) where TVector : struct, ISimdVector<TVector>
    {
        TVector sum0 = Start == null ? TVector.Zero : TVector.Load(Start + channel), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        float* line = X + (pixel * XPixel) + channel, weights = W + channel;
        nint next = XPixel, step = XStep, weightStep = WStep;
        for (int ky = KernelLines; ky > 0; ky--, line += XLine, weights += WLine)
        {
            float* x = line, w = weights;
            for (int kx = Kernel; kx > 0; kx--, x += step, w += weightStep)
            {
                TVector weight = TVector.Load(w);
                TVector.MultiplyAdd(ref sum0, TVector.Load(x), weight);
                TVector.MultiplyAdd(ref sum1, TVector.Load(x + next), weight);
                TVector.MultiplyAdd(ref sum2, TVector.Load(x + (2 * next)), weight);
                TVector.MultiplyAdd(ref sum3, TVector.Load(x + (3 * next)), weight);
            }
        }

        float* y = Y + (pixel * YPixel) + channel;
        TVector.Store(sum0, y);
        TVector.Store(sum1, y + YPixel);
        TVector.Store(sum2, y + (2 * YPixel));
        TVector.Store(sum3, y + (3 * YPixel));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void One<TVector>(int channel, int pixel, int left) where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = Start == null ? TVector.Zero : VectorTail.Load<TVector>(Start + channel, left);
        float* line = X + (pixel * XPixel) + channel, weights = W + channel;
        for (int ky = KernelLines; ky > 0; ky--, line += XLine, weights += WLine)
        {
            float* x = line, w = weights;
            for (int kx = Kernel; kx > 0; kx--, x += XStep, w += WStep)
                TVector.MultiplyAdd(ref sum, VectorTail.Load<TVector>(x, left), VectorTail.Load<TVector>(w, left));
        }

        VectorTail.Store(sum, Y + (pixel * YPixel) + channel, left);
    }
}
