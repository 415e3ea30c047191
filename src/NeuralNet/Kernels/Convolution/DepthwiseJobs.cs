using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The convolution of each channel with a window of its own, for some lines of some rows: z of x, or dx of dz.</summary>
internal unsafe struct DepthwiseJob : IJob<DepthwiseJob>
{
    public float* From, W, Start, To;
    public int Rows;
    public ConvolutionSizes Sizes;
    public bool IsBackward;

    public static void Part<TVector>(ref DepthwiseJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        (WindowAxis lines, WindowAxis columns) = (job.Sizes.Lines, job.Sizes.Columns);
        int height = job.IsBackward ? lines.Size : lines.Outputs, phases = job.IsBackward ? Math.Min(columns.Stride, columns.Size) : 1;
        (int first, int count) = Workers.ShareOf(job.Rows * height, 1, part, parts);
        for (int phase = 0; phase < phases; phase++)
        {
            WindowWalk walk = job.IsBackward ? columns.Backward(phase) : columns.Forward;
            for (int at = first; at < first + count; at++)
            {
                int row = at / height, y = at - (row * height);
                job.Line<TVector>(row, y, job.IsBackward ? lines.Backward(y % lines.Stride) : lines.Forward, walk, phase);
            }
        }
    }

    private readonly void Line<TVector>(int row, int y, in WindowWalk lines, in WindowWalk columns, int phase)
        where TVector : struct, ISimdVector<TVector>
    {
        (int channels, int stride) = (Sizes.Channels, IsBackward ? Sizes.Columns.Stride : 1);
        int fromWidth = IsBackward ? Sizes.Columns.Outputs : Sizes.Columns.Size, toWidth = IsBackward ? Sizes.Columns.Size : Sizes.Columns.Outputs;
        int height = IsBackward ? Sizes.Lines.Size : Sizes.Lines.Outputs, index = IsBackward ? y / Sizes.Lines.Stride : y;
        (int firstLine, int endLine) = lines.TapsAt(index);
        nint place = (nint)lines.Origin + (index * lines.PixelStep) + (firstLine * lines.TapStep), tap = lines.Tap + (firstLine * lines.WeightStep);
        float* from = From + ((nint)row * (IsBackward ? Sizes.OutputSize : Sizes.InputSize)) + (place * fromWidth * channels);
        float* w = W + (tap * Sizes.Columns.Kernel * channels);
        float* to = To + (((((nint)row * height) + y) * toWidth) + phase) * channels;
        DepthwiseLine line = default;
        line.Start = Start;
        line.Channels = channels;
        line.XLine = (nint)lines.TapStep * fromWidth * channels;
        line.WLine = (nint)lines.WeightStep * Sizes.Columns.Kernel * channels;
        line.KernelLines = Math.Max(0, endLine - firstLine);
        line.XStep = (nint)columns.TapStep * channels;
        line.WStep = (nint)columns.WeightStep * channels;
        line.XPixel = (nint)columns.PixelStep * channels;
        line.YPixel = (nint)stride * channels;
        (int inner, int outer) = columns.Inner();
        for (int pixel = 0; pixel < columns.Pixels; pixel += line.Pixels)
        {
            (int first, int end) = columns.TapsAt(pixel);
            line.Pixels = pixel == inner && outer > inner ? outer - inner : 1;
            line.Kernel = Math.Max(0, end - first);
            line.X = from + (((nint)columns.Origin + (pixel * columns.PixelStep) + (first * columns.TapStep)) * channels);
            line.W = w + (((nint)columns.Tap + (first * columns.WeightStep)) * channels);
            line.Y = to + (pixel * line.YPixel);
            line.Compute<TVector>();
        }
    }
}

/// <summary>dw += Σ over rows and pixels of x dz of such a convolution, for some channels.</summary>
internal unsafe struct DepthwiseWeights : IJob<DepthwiseWeights>
{
    public float* X, Dz, Dw;
    public int Rows;

    /// <summary>Whether the sum of each row is made from 0 and then added.</summary>
    public bool Sum;
    public ConvolutionSizes Sizes;

    public static void Part<TVector>(ref DepthwiseWeights job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = job.Sizes;
        (int first, int count) = Workers.ShareOf(sizes.Channels, Workers.Line, part, parts);
        for (int row = 0; row < job.Rows; row++)
        {
            float* x = job.X + ((nint)row * sizes.InputSize), dz = job.Dz + ((nint)row * sizes.OutputSize);
            for (int channel = first; channel < first + count; channel += TVector.Count)
            {
                int rest = Math.Min(first + count - channel, TVector.Count);
                for (int tap = 0; tap < sizes.Taps; tap++)
                {
                    float* dw = job.Dw + (((nint)tap * sizes.Channels) + channel);
                    TVector before = VectorTail.Load<TVector>(dw, rest), sum = job.Sum ? TVector.Zero : before;
                    AddTap(sizes, x + channel, dz + channel, tap, rest, ref sum);
                    VectorTail.Store(job.Sum ? before + sum : sum, dw, rest);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTap<TVector>(in ConvolutionSizes sizes, float* x, float* dz, int tap, int rest, ref TVector sum)
        where TVector : struct, ISimdVector<TVector>
    {
        (WindowAxis lines, WindowAxis columns, int channels) = (sizes.Lines, sizes.Columns, sizes.Channels);
        (int ky, int kx) = Math.DivRem(tap, columns.Kernel);
        (int firstColumn, int endColumn) = columns.OutputsWith(kx);
        (int firstLine, int endLine) = lines.OutputsWith(ky);
        for (int oy = firstLine; oy < endLine; oy++)
        {
            int y = (oy * lines.Stride) - lines.Before + (ky * lines.Dilation);
            int left = (firstColumn * columns.Stride) - columns.Before + (kx * columns.Dilation);
            float* from = x + ((((nint)y * columns.Size) + left) * channels);
            float* with = dz + ((((nint)oy * columns.Outputs) + firstColumn) * channels);
            for (int ox = firstColumn; ox < endColumn; ox++, from += columns.Stride * channels, with += channels)
                TVector.MultiplyAdd(ref sum, VectorTail.Load<TVector>(from, rest), VectorTail.Load<TVector>(with, rest));
        }
    }
}
