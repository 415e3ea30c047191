using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>dw += Σ over rows and pixels of x dz of a depthwise convolution, for some channels.</summary>
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
            for (int channel = first; channel < first + count; channel += 2 * TVector.Count)
            {
                int rest = Math.Min(first + count - channel, 2 * TVector.Count);
                for (int ky = 0; ky < sizes.Lines.Kernel; ky++)
                {
                    for (int kx = 0; kx < sizes.Columns.Kernel; kx += DepthwiseTaps<TVector>.Most)
                    {
                        var taps = new DepthwiseTaps<TVector>(sizes, ky, kx, rest);
                        float* dw = job.Dw + ((((nint)ky * sizes.Columns.Kernel) + kx) * sizes.Channels) + channel;
                        if (!job.Sum)
                            taps.Load(dw);
                        taps.AddRow(x + channel, dz + channel);
                        if (job.Sum)
                            taps.AddTo(dw);
                        else
                            taps.Store(dw);
                    }
                }
            }
        }
    }
}

/// <summary>The sums of up to three neighbouring values of a line of a depthwise window, for two vectors of channels: one sum alone would wait for
/// each of its multiply-adds.</summary>
internal unsafe struct DepthwiseTaps<TVector> where TVector : struct, ISimdVector<TVector>
{
    /// <summary>How many values are summed at once.</summary>
    public const int Most = 3;

    private readonly ConvolutionSizes sizes;
    private readonly int ky, kx, taps, lower, upper; // lanes of the two vectors
    private readonly (int First, int End) pixels0, pixels1, pixels2; // at which each value lies in the input
    private TVector sum0, sum1, sum2, high0, high1, high2;

    public DepthwiseTaps(in ConvolutionSizes sizes, int ky, int kx, int channels)
    {
        this.sizes = sizes;
        (this.ky, this.kx, taps) = (ky, kx, Math.Min(Most, sizes.Columns.Kernel - kx));
        (lower, upper) = (Math.Min(channels, TVector.Count), Math.Max(0, channels - TVector.Count));
        pixels0 = sizes.Columns.OutputsWith(kx);
        pixels1 = taps > 1 ? sizes.Columns.OutputsWith(kx + 1) : pixels0;
        pixels2 = taps > 2 ? sizes.Columns.OutputsWith(kx + 2) : pixels1;
    }

    /// <summary>Goes on from sums in memory.</summary>
    public void Load(float* dw)
    {
        for (int tap = 0; tap < taps; tap++, dw += sizes.Channels)
            (SumOf(tap), HighOf(tap)) = (VectorTail.Load<TVector>(dw, lower), TVector.LoadPartial(dw + TVector.Count, upper));
    }

    public readonly void Store(float* dw)
    {
        for (int tap = 0; tap < taps; tap++, dw += sizes.Channels)
        {
            VectorTail.Store(tap == 0 ? sum0 : tap == 1 ? sum1 : sum2, dw, lower);
            TVector.StorePartial(tap == 0 ? high0 : tap == 1 ? high1 : high2, dw + TVector.Count, upper);
        }
    }

    /// <summary>Adds these sums to those in memory.</summary>
    public void AddTo(float* dw)
    {
        DepthwiseTaps<TVector> before = this;
        before.Load(dw);
        for (int tap = 0; tap < taps; tap++)
            (before.SumOf(tap), before.HighOf(tap)) = (before.SumOf(tap) + SumOf(tap), before.HighOf(tap) + HighOf(tap));
        before.Store(dw);
    }

    /// <summary>Adds the products of all pixels of a row.</summary>
    public void AddRow(float* x, float* dz)
    {
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        (int firstLine, int endLine) = lines.OutputsWith(ky);

        // The pixels at which all of these values lie in the input; those before and behind go by themselves.
        int first = Math.Max(pixels0.First, Math.Max(pixels1.First, pixels2.First));
        int end = Math.Max(first, Math.Min(pixels0.End, Math.Min(pixels1.End, pixels2.End)));
        for (int oy = firstLine; oy < endLine; oy++)
        {
            int y = (oy * lines.Stride) - lines.Before + (ky * lines.Dilation);
            float* line = x + ((((nint)y * columns.Size) - columns.Before + (kx * columns.Dilation)) * sizes.Channels);
            float* with = dz + ((nint)oy * columns.Outputs * sizes.Channels);
            for (int tap = 0; tap < taps; tap++)
                AddSome(tap, line, with, 0, first);
            bool isWhole = taps == Most && upper == TVector.Count;
            if (isWhole)
                AddInner(line, with, first, end);
            for (int tap = 0; tap < taps; tap++)
                AddSome(tap, line, with, isWhole ? end : first, columns.Outputs);
        }
    }

    // One value of the window, at those pixels of a range at which it lies in the input.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddSome(int tap, float* line, float* with, int first, int end)
    {
        (int firstOfTap, int endOfTap) = tap == 0 ? pixels0 : tap == 1 ? pixels1 : pixels2;
        (first, end) = (Math.Max(first, firstOfTap), Math.Min(end, endOfTap));
        if (first >= end)
            return;
        nint step = (nint)sizes.Columns.Stride * sizes.Channels;
        line += (first * step) + ((nint)tap * sizes.Columns.Dilation * sizes.Channels);
        with += (nint)first * sizes.Channels;
        TVector sum = SumOf(tap), high = HighOf(tap);
        for (; first < end; first++, line += step, with += sizes.Channels)
        {
            TVector.MultiplyAdd(ref sum, VectorTail.Load<TVector>(line, lower), VectorTail.Load<TVector>(with, lower));
            if (upper > 0)
            {
                TVector.MultiplyAdd(
                    ref high, VectorTail.Load<TVector>(line + TVector.Count, upper), VectorTail.Load<TVector>(with + TVector.Count, upper));
            }
        }

        (SumOf(tap), HighOf(tap)) = (sum, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddInner(float* line, float* with, int first, int end)
    {
        int channels = sizes.Channels;
        nint step = (nint)sizes.Columns.Stride * channels, next = (nint)sizes.Columns.Dilation * channels;
        TVector a0 = sum0, a1 = sum1, a2 = sum2, b0 = high0, b1 = high1, b2 = high2;
        line += first * step;
        with += (nint)first * channels;
        for (int left = end - first; left > 0; left--, line += step, with += channels)
        {
            TVector low = TVector.Load(with), high = TVector.Load(with + TVector.Count);
            TVector.MultiplyAdd(ref a0, TVector.Load(line), low);
            TVector.MultiplyAdd(ref b0, TVector.Load(line + TVector.Count), high);
            TVector.MultiplyAdd(ref a1, TVector.Load(line + next), low);
            TVector.MultiplyAdd(ref b1, TVector.Load(line + next + TVector.Count), high);
            TVector.MultiplyAdd(ref a2, TVector.Load(line + (2 * next)), low);
            TVector.MultiplyAdd(ref b2, TVector.Load(line + (2 * next) + TVector.Count), high);
        }

        (sum0, sum1, sum2, high0, high1, high2) = (a0, a1, a2, b0, b1, b2);
    }

    [UnscopedRef]
    private ref TVector SumOf(int tap)
    {
        if (tap == 0)
            return ref sum0;
        return ref tap == 1 ? ref sum1 : ref sum2;
    }

    [UnscopedRef]
    private ref TVector HighOf(int tap)
    {
        if (tap == 0)
            return ref high0;
        return ref tap == 1 ? ref high1 : ref high2;
    }
}
