using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Vectors that lie together: lanes are elements.</content>
internal static unsafe partial class NormKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardVectors<TVector>(in NormPass pass, int first, int count) where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width;
        bool centers = pass.Centers;
        fixed (float* input = pass.Input, gain = pass.Gain, bias = pass.Bias, output = pass.Output, keeps = pass.Keeps)
        {
            float* x = input + ((nint)first * n), y = output + ((nint)first * n);
            for (int v = first; v < first + count; v++, x += n, y += n)
            {
                (float scale, float mean, float inverse) = Measure<TVector>(x, n, centers, pass.Epsilon);
                if (keeps != null)
                {
                    float* kept = keeps + ((nint)v * KeptPerVector);
                    (kept[0], kept[1], kept[2]) = (scale, mean, inverse);
                }

                (TVector s, TVector origin, TVector m, TVector r) = Figures<TVector>(x, centers, scale, mean, inverse);
                for (int i = 0; i < n; i += TVector.Count)
                {
                    int left = n - i;
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                    TVector g = VectorTail.Load<TVector>(gain + i, left);
                    TVector result = bias == null
                        ? g * normalized
                        : TVector.FusedMultiplyAdd(g, normalized, VectorTail.Load<TVector>(bias + i, left));
                    VectorTail.Store(result, y + i, left);
                }
            }
        }
    }

    // ∇x = (∇x̂ − mean ∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / σ with ∇x̂ = g ⊙ ∇y; without centering the first mean is left out. Where ∇g and
    // ∇b are given, they are added to as well.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardVectors<TVector>(in NormPass pass, int first, int count) where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width;
        nint start = (nint)first * n;
        bool centers = pass.Centers;
        fixed (float* input = pass.Input, gain = pass.Gain, keeps = pass.Kept, outputGradient = pass.OutputGradient)
        fixed (float* inputGradient = pass.InputGradient, gainGradient = pass.GainGradient, biasGradient = pass.BiasGradient)
        {
            float* x = input + start, dy = outputGradient + start, dx = inputGradient + start, kept = keeps + ((nint)first * KeptPerVector);
            for (; count > 0; count--, x += n, dy += n, dx += n, kept += KeptPerVector)
            {
                (TVector s, TVector origin, TVector m, TVector r) = Figures<TVector>(x, centers, kept[0], kept[1], kept[2]);
                TVector sums = TVector.Zero, dots = TVector.Zero;
                for (int i = 0; i < n; i += TVector.Count)
                {
                    int left = n - i;
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                    TVector slope = VectorTail.Load<TVector>(dy + i, left), inner = VectorTail.Load<TVector>(gain + i, left) * slope;

                    // Past the end it is −(s x₀ + m) r, which may be infinite, and then 0 times it would be NaN.
                    if (left < TVector.Count)
                        normalized = TVector.BitAnd(TVector.FirstLanes(left), normalized);
                    sums += inner;
                    dots = TVector.FusedMultiplyAdd(inner, normalized, dots);
                    if (gainGradient != null)
                    {
                        TVector before = VectorTail.Load<TVector>(gainGradient + i, left);
                        VectorTail.Store(TVector.FusedMultiplyAdd(slope, normalized, before), gainGradient + i, left);
                    }

                    if (biasGradient != null)
                        VectorTail.Store(VectorTail.Load<TVector>(biasGradient + i, left) + slope, biasGradient + i, left);
                }

                TVector mean = centers ? TVector.Broadcast(TVector.SumLanes(sums) / n) : TVector.Zero;
                TVector minusDot = TVector.Broadcast(-(TVector.SumLanes(dots) / n)), factor = TVector.Broadcast(kept[2] * kept[0]);
                for (int i = 0; i < n; i += TVector.Count)
                {
                    int left = n - i;
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                    TVector inner = VectorTail.Load<TVector>(gain + i, left) * VectorTail.Load<TVector>(dy + i, left);
                    VectorTail.Store(TVector.FusedMultiplyAdd(normalized, minusDot, inner - mean) * factor, dx + i, left);
                }
            }
        }
    }

    // ∇g += Σ ∇y ⊙ x̂ and ∇b += Σ ∇y, of some columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ParametersOfVectors<TVector>(in NormPass pass, int first, int count) where TVector : struct, ISimdVector<TVector>
    {
        int n = pass.Width, vectors = pass.Vectors;
        bool centers = pass.Centers;
        fixed (float* input = pass.Input, keeps = pass.Kept, outputGradient = pass.OutputGradient)
        fixed (float* gainGradient = pass.GainGradient, biasGradient = pass.BiasGradient)
        {
            for (int i = first; i < first + count; i += TVector.Count)
            {
                int left = first + count - i;
                TVector gains = gainGradient == null ? TVector.Zero : VectorTail.Load<TVector>(gainGradient + i, left);
                TVector biases = biasGradient == null ? TVector.Zero : VectorTail.Load<TVector>(biasGradient + i, left);
                float* x = input, dy = outputGradient, kept = keeps;
                for (int v = 0; v < vectors; v++, x += n, dy += n, kept += KeptPerVector)
                {
                    (TVector s, TVector origin, TVector m, TVector r) = Figures<TVector>(x, centers, kept[0], kept[1], kept[2]);
                    TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                    TVector slope = VectorTail.Load<TVector>(dy + i, left);
                    gains = TVector.FusedMultiplyAdd(slope, normalized, gains);
                    biases += slope;
                }

                if (gainGradient != null)
                    VectorTail.Store(gains, gainGradient + i, left);
                if (biasGradient != null)
                    VectorTail.Store(biases, biasGradient + i, left);
            }
        }
    }

    // The three numbers of a vector in all lanes, and −s x₀.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Scale, TVector Origin, TVector Mean, TVector Inverse) Figures<TVector>(
        float* x, bool centers, float scale, float mean, float inverse) where TVector : struct, ISimdVector<TVector>
        => (TVector.Broadcast(scale), TVector.Broadcast(centers ? -(scale * x[0]) : 0), TVector.Broadcast(mean), TVector.Broadcast(inverse));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Scale, float Mean, float Inverse) Measure<TVector>(float* x, int n, bool centers, float epsilon)
        where TVector : struct, ISimdVector<TVector>
    {
        float scale = 1;
        (float mean, float squares) = Moments<TVector>(x, n, centers, scale);
        if (!float.IsFinite(squares))
            (scale, mean, squares) = MomentsOfScaled<TVector>(x, n, centers);
        return (scale, mean, 1 / MathF.Sqrt((squares / n) + (epsilon * scale * scale)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (float Scale, float Mean, float Squares) MomentsOfScaled<TVector>(float* x, int n, bool centers)
        where TVector : struct, ISimdVector<TVector>
    {
        float scale = PowerOfTwo.Reciprocal(Reduction.MaxMagnitude<TVector>(x, n));
        (float mean, float squares) = Moments<TVector>(x, n, centers, scale);
        return (scale, mean, squares);
    }

    // The mean of s x − s x₀, and the sum of its squares about that mean.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Mean, float Squares) Moments<TVector>(float* x, int n, bool centers, float scale)
        where TVector : struct, ISimdVector<TVector>
    {
        float origin = centers ? -(scale * x[0]) : 0, mean = centers ? Sum<TVector>(x, n, scale, origin) / n : 0;
        return (mean, SumOfSquares<TVector>(x, n, scale, origin, mean));
    }

    // Σ s x + o. Four chains, so that one addition need not wait for the other. A method of its own, because the JIT stops inlining
    // when a method has grown to many times its own size.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum<TVector>(float* x, int n, float scale, float start) where TVector : struct, ISimdVector<TVector>
    {
        TVector s = TVector.Broadcast(scale), origin = TVector.Broadcast(start);
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        int i = 0;
        for (; i <= n - (4 * TVector.Count); i += 4 * TVector.Count)
        {
            sum0 += TVector.FusedMultiplyAdd(TVector.Load(x + i), s, origin);
            sum1 += TVector.FusedMultiplyAdd(TVector.Load(x + i + TVector.Count), s, origin);
            sum2 += TVector.FusedMultiplyAdd(TVector.Load(x + i + (2 * TVector.Count)), s, origin);
            sum3 += TVector.FusedMultiplyAdd(TVector.Load(x + i + (3 * TVector.Count)), s, origin);
        }

        for (; i <= n - TVector.Count; i += TVector.Count)
            sum0 += TVector.FusedMultiplyAdd(TVector.Load(x + i), s, origin);
        if (i < n)
            sum1 += TVector.BitAnd(TVector.FirstLanes(n - i), TVector.FusedMultiplyAdd(TVector.LoadPartial(x + i, n - i), s, origin));
        return TVector.SumLanes(sum0 + sum1 + (sum2 + sum3));
    }

    // Σ (s x + o − m)²
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float SumOfSquares<TVector>(float* x, int n, float scale, float start, float mean) where TVector : struct, ISimdVector<TVector>
    {
        TVector s = TVector.Broadcast(scale), origin = TVector.Broadcast(start), m = TVector.Broadcast(mean);
        TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
        int i = 0;
        for (; i <= n - (4 * TVector.Count); i += 4 * TVector.Count)
        {
            TVector d0 = TVector.FusedMultiplyAdd(TVector.Load(x + i), s, origin) - m;
            TVector d1 = TVector.FusedMultiplyAdd(TVector.Load(x + i + TVector.Count), s, origin) - m;
            TVector d2 = TVector.FusedMultiplyAdd(TVector.Load(x + i + (2 * TVector.Count)), s, origin) - m;
            TVector d3 = TVector.FusedMultiplyAdd(TVector.Load(x + i + (3 * TVector.Count)), s, origin) - m;
            sum0 = TVector.FusedMultiplyAdd(d0, d0, sum0);
            sum1 = TVector.FusedMultiplyAdd(d1, d1, sum1);
            sum2 = TVector.FusedMultiplyAdd(d2, d2, sum2);
            sum3 = TVector.FusedMultiplyAdd(d3, d3, sum3);
        }

        for (; i <= n - TVector.Count; i += TVector.Count)
        {
            TVector d = TVector.FusedMultiplyAdd(TVector.Load(x + i), s, origin) - m;
            sum0 = TVector.FusedMultiplyAdd(d, d, sum0);
        }

        if (i < n)
        {
            TVector d = TVector.BitAnd(TVector.FirstLanes(n - i), TVector.FusedMultiplyAdd(TVector.LoadPartial(x + i, n - i), s, origin) - m);
            sum1 = TVector.FusedMultiplyAdd(d, d, sum1);
        }

        return TVector.SumLanes(sum0 + sum1 + (sum2 + sum3));
    }
}
