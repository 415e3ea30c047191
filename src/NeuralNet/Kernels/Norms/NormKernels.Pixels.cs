using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>The pixels of images, whose channels are apart: lanes are pixels.</content>
internal static unsafe partial class NormKernels
{
    // How many vectors the pixels of a row fill.
    private static int BlocksOf<TVector>(in NormPass pass) where TVector : struct, ISimdVector<TVector>
        => (pass.Pixels + TVector.Count - 1) / TVector.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardPixels<TVector>(in NormPass pass, int first, int count) where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width, pixels = pass.Pixels, blocks = BlocksOf<TVector>(pass);
        fixed (float* input = pass.Input, gain = pass.Gain, bias = pass.Bias, output = pass.Output, keeps = pass.Keeps)
        {
            for (int block = first; block < first + count; block++)
            {
                (int row, int pixel) = (block / blocks, block % blocks * TVector.Count);
                int left = pixels - pixel;
                nint start = ((nint)row * n * pixels) + pixel;
                float* x = input + start, y = output + start;
                (TVector s, TVector m, TVector r) = MeasurePixels<TVector>(x, pass, left);
                if (keeps != null)
                {
                    float* kept = keeps + ((nint)row * KeptPerVector * pixels) + pixel;
                    VectorTail.Store(s, kept, left);
                    VectorTail.Store(m, kept + pixels, left);
                    VectorTail.Store(r, kept + (2 * (nint)pixels), left);
                }

                TVector origin = OriginOf(VectorTail.Load<TVector>(x, left), s, pass.Centers);
                for (int c = 0; c < n; c++, x += pixels, y += pixels)
                {
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x, left), s, origin) - m) * r;
                    TVector g = TVector.Broadcast(gain[c]);
                    VectorTail.Store(bias == null ? g * normalized : TVector.FusedMultiplyAdd(g, normalized, TVector.Broadcast(bias[c])), y, left);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardPixels<TVector>(in NormPass pass, int first, int count) where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width, pixels = pass.Pixels, blocks = BlocksOf<TVector>(pass);
        TVector channels = TVector.Broadcast(n);
        fixed (float* input = pass.Input, gain = pass.Gain, kept = pass.Kept)
        fixed (float* outputGradient = pass.OutputGradient, inputGradient = pass.InputGradient)
        {
            for (int block = first; block < first + count; block++)
            {
                (int row, int pixel) = (block / blocks, block % blocks * TVector.Count);
                int left = pixels - pixel;
                nint start = ((nint)row * n * pixels) + pixel;
                (TVector s, TVector origin, TVector m, TVector r) = FiguresOfPixels<TVector>(pass, input, kept, row, pixel);
                TVector sums = TVector.Zero, dots = TVector.Zero;
                float* x = input + start, dy = outputGradient + start, dx = inputGradient + start;
                for (int c = 0; c < n; c++, x += pixels, dy += pixels)
                {
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x, left), s, origin) - m) * r;
                    TVector inner = TVector.Broadcast(gain[c]) * VectorTail.Load<TVector>(dy, left);
                    sums += inner;
                    dots = TVector.FusedMultiplyAdd(inner, normalized, dots);
                }

                TVector mean = pass.Centers ? sums / channels : TVector.Zero, minusDot = -(dots / channels), factor = r * s;
                x = input + start;
                dy = outputGradient + start;
                for (int c = 0; c < n; c++, x += pixels, dy += pixels, dx += pixels)
                {
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x, left), s, origin) - m) * r;
                    TVector inner = TVector.Broadcast(gain[c]) * VectorTail.Load<TVector>(dy, left);
                    VectorTail.Store(TVector.FusedMultiplyAdd(normalized, minusDot, inner - mean) * factor, dx, left);
                }
            }
        }
    }

    // Of some channels: the pixels of a row are summed in 16 lanes, and the rows in ascending order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ParametersOfPixels<TVector>(in NormPass pass, int first, int count) where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width, pixels = pass.Pixels;
        fixed (float* input = pass.Input, kept = pass.Kept, outputGradient = pass.OutputGradient)
        fixed (float* gainGradient = pass.GainGradient, biasGradient = pass.BiasGradient)
        {
            for (int c = first; c < first + count; c++)
            {
                for (int row = 0; row < pass.Rows; row++)
                {
                    nint start = (((nint)row * n) + c) * pixels;
                    TVector gains = TVector.Zero, biases = TVector.Zero;
                    for (int pixel = 0; pixel < pixels; pixel += TVector.Count)
                    {
                        int left = pixels - pixel;
                        (TVector s, TVector origin, TVector m, TVector r) = FiguresOfPixels<TVector>(pass, input, kept, row, pixel);
                        TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(input + start + pixel, left), s, origin) - m) * r;
                        TVector slope = VectorTail.Load<TVector>(outputGradient + start + pixel, left);
                        gains = TVector.FusedMultiplyAdd(slope, normalized, gains);
                        biases += slope;
                    }

                    if (gainGradient != null)
                        gainGradient[c] += TVector.SumLanes(gains);
                    if (biasGradient != null)
                        biasGradient[c] += TVector.SumLanes(biases);
                }
            }
        }
    }

    // The three numbers of each pixel, which forward kept, and −s x₀.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Scale, TVector Origin, TVector Mean, TVector Inverse) FiguresOfPixels<TVector>(
        in NormPass pass, float* x, float* kept, int row, int pixel) where TVector : struct, ISimdVector<TVector>
    {
        int pixels = pass.Pixels, left = pixels - pixel;
        kept += ((nint)row * KeptPerVector * pixels) + pixel;
        TVector s = VectorTail.Load<TVector>(kept, left);
        TVector origin = OriginOf(VectorTail.Load<TVector>(x + ((nint)row * pass.Width * pixels) + pixel, left), s, pass.Centers);
        return (s, origin, VectorTail.Load<TVector>(kept + pixels, left), VectorTail.Load<TVector>(kept + (2 * (nint)pixels), left));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector OriginOf<TVector>(TVector x, TVector scale, bool centers) where TVector : struct, ISimdVector<TVector>
        => centers ? -(scale * x) : TVector.Zero;

    private static (TVector Scale, TVector Mean, TVector Inverse) MeasurePixels<TVector>(float* x, in NormPass pass, int left)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width, pixels = pass.Pixels;
        TVector scale = TVector.One;
        (TVector mean, TVector squares) = MomentsOfPixels(x, pass, left, scale);

        // NaN if any is infinite or NaN. With a scale of 1 the others have the same bits as before.
        if (!float.IsFinite(TVector.SumLanes(squares * TVector.Zero)))
        {
            TVector largest = TVector.Zero;
            for (int c = 0; c < n; c++)
                largest = TVector.MaxBits(largest, TVector.Abs(VectorTail.Load<TVector>(x + ((nint)c * pixels), left)));
            scale = TVector.Select(TVector.LessThan(squares, TVector.Broadcast(float.PositiveInfinity)), TVector.One, PowerOfTwo.Reciprocal(largest));
            (mean, squares) = MomentsOfPixels(x, pass, left, scale);
        }

        TVector variance = squares / TVector.Broadcast(n);
        return (scale, mean, TVector.One / TVector.Sqrt(variance + (TVector.Broadcast(pass.Epsilon) * scale * scale)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (TVector Mean, TVector Squares) MomentsOfPixels<TVector>(float* x, in NormPass pass, int left, TVector scale)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width;
        nint pixels = pass.Pixels;
        TVector mean = TVector.Zero, origin = OriginOf(VectorTail.Load<TVector>(x, left), scale, pass.Centers);
        if (pass.Centers)
        {
            for (int c = 0; c < n; c++)
                mean += TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + (c * pixels), left), scale, origin);
            mean /= TVector.Broadcast(n);
        }

        TVector squares = TVector.Zero;
        for (int c = 0; c < n; c++)
        {
            TVector distance = TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + (c * pixels), left), scale, origin) - mean;
            squares = TVector.FusedMultiplyAdd(distance, distance, squares);
        }

        return (mean, squares);
    }
}
