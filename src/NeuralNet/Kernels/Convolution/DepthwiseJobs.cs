using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>z = b + the convolution of each channel with a window of its own, for some output lines of some rows.</summary>
/// <remarks>Channels lie side by side, so a vector of them goes through the window together. Elements of the window that lie in the padding are
/// passed over.</remarks>
internal unsafe struct DepthwiseForward : IJob<DepthwiseForward>
{
    public float* X, W, Bias, Z;
    public int Rows;
    public ConvolutionSizes Sizes;

    public static void Part<TVector>(ref DepthwiseForward job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = job.Sizes;
        (WindowAxis lines, WindowAxis columns, int channels) = (sizes.Lines, sizes.Columns, sizes.Channels);
        (int first, int count) = Workers.ShareOf(job.Rows * lines.Outputs, 1, part, parts);
        for (int at = first; at < first + count; at++)
        {
            int row = at / lines.Outputs, top = ((at - (row * lines.Outputs)) * lines.Stride) - lines.Before;
            float* x = job.X + ((nint)row * sizes.InputSize), z = job.Z + ((nint)at * columns.Outputs * channels);
            (int firstLine, int endLine) = lines.Within(top);
            for (int i = 0; i < columns.Outputs; i++, z += channels)
            {
                int left = (i * columns.Stride) - columns.Before;
                (int firstColumn, int endColumn) = columns.Within(left);
                for (int channel = 0; channel < channels; channel += TVector.Count)
                {
                    int rest = channels - channel;
                    TVector sum = job.Bias == null ? TVector.Zero : VectorTail.Load<TVector>(job.Bias + channel, rest);
                    for (int ky = firstLine; ky < endLine; ky++)
                    {
                        float* from = x + ((((((nint)top + (ky * lines.Dilation)) * columns.Size) + left) * channels) + channel);
                        float* w = job.W + (((nint)ky * columns.Kernel * channels) + channel);
                        for (int kx = firstColumn; kx < endColumn; kx++)
                        {
                            TVector.MultiplyAdd(
                                ref sum, VectorTail.Load<TVector>(from + ((nint)kx * columns.Dilation * channels), rest),
                                VectorTail.Load<TVector>(w + ((nint)kx * channels), rest));
                        }
                    }

                    VectorTail.Store(sum, z + channel, rest);
                }
            }
        }
    }
}

/// <summary>dx of such a convolution, for some input lines of some rows; the chains start from a bias.</summary>
internal unsafe struct DepthwiseInputs : IJob<DepthwiseInputs>
{
    public float* Dz, W, Bias, Dx;
    public int Rows;
    public ConvolutionSizes Sizes;

    public static void Part<TVector>(ref DepthwiseInputs job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        ConvolutionSizes sizes = job.Sizes;
        (WindowAxis lines, WindowAxis columns, int channels) = (sizes.Lines, sizes.Columns, sizes.Channels);
        (int first, int count) = Workers.ShareOf(job.Rows * lines.Size, 1, part, parts);
        for (int at = first; at < first + count; at++)
        {
            int row = at / lines.Size, y = at - (row * lines.Size) + lines.Before;
            float* dz = job.Dz + ((nint)row * sizes.OutputSize), dx = job.Dx + ((nint)at * columns.Size * channels);
            for (int i = 0; i < columns.Size; i++, dx += channels)
            {
                for (int channel = 0; channel < channels; channel += TVector.Count)
                {
                    int rest = channels - channel;
                    TVector sum = job.Bias == null ? TVector.Zero : VectorTail.Load<TVector>(job.Bias + channel, rest);
                    for (int ky = lines.Kernel - 1; ky >= 0; ky--)
                    {
                        if (lines.OutputOf(y, ky) is var oy && oy < 0)
                            continue;
                        for (int kx = columns.Kernel - 1; kx >= 0; kx--)
                        {
                            if (columns.OutputOf(i + columns.Before, kx) is var ox && ox < 0)
                                continue;
                            TVector.MultiplyAdd(
                                ref sum, VectorTail.Load<TVector>(dz + (((((nint)oy * columns.Outputs) + ox) * channels) + channel), rest),
                                VectorTail.Load<TVector>(job.W + (((((nint)ky * columns.Kernel) + kx) * channels) + channel), rest));
                        }
                    }

                    VectorTail.Store(sum, dx + channel, rest);
                }
            }
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
