using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Vectors that lie together: lanes are elements.</content>
internal static unsafe partial class NormKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardVectors<TVector>(in NormJob job, int first, int count)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = job.Width;
        float* x = job.X + ((nint)first * n), y = job.Y + ((nint)first * n), gain = job.Gain, bias = job.Bias;
        for (int v = first; v < first + count; v++, x += n, y += n)
        {
            (float scale, float mean, float inverse) = Measure<TVector>(x, n, job.Centers, job.Epsilon);
            if (job.Kept != null)
            {
                float* kept = job.Kept + ((nint)v * KeptPerVector);
                (kept[0], kept[1], kept[2]) = (scale, mean, inverse);
            }

            (TVector s, TVector origin, TVector m, TVector r) = Figures<TVector>(x, job.Centers, scale, mean, inverse);
            for (int i = 0; i < n; i += TVector.Count)
            {
                int left = n - i;
                TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                TVector g = VectorTail.Load<TVector>(gain + i, left);
                VectorTail.Store(bias == null ? g * normalized : TVector.FusedMultiplyAdd(g, normalized, VectorTail.Load<TVector>(bias + i, left)), y + i, left);
            }
        }
    }

    // ∇x = (∇x̂ − mean ∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / σ with ∇x̂ = g ⊙ ∇y; without centering the first mean is left out. And, where
    // they are given, ∇g and ∇b.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardVectors<TVector>(in NormJob job, int first, int count)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = job.Width;
        nint start = (nint)first * n;
        float* x = job.X + start, dy = job.Dy + start, dx = job.Dx + start, gain = job.Gain, gainGradient = job.GainGradient, biasGradient = job.BiasGradient;
        float* kept = job.Kept + ((nint)first * KeptPerVector);
        for (; count > 0; count--, x += n, dy += n, dx += n, kept += KeptPerVector)
        {
            (TVector s, TVector origin, TVector m, TVector r) = Figures<TVector>(x, job.Centers, kept[0], kept[1], kept[2]);
            TVector sums = TVector.Zero, dots = TVector.Zero;
            for (int i = 0; i < n; i += TVector.Count)
            {
                int left = n - i;
                TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                TVector slope = VectorTail.Load<TVector>(dy + i, left), inner = VectorTail.Load<TVector>(gain + i, left) * slope;

                // Behind the end it is −(s x₀ + m) r, which may be infinite, and no number times 0.
                if (left < TVector.Count)
                    normalized = TVector.BitAnd(TVector.FirstLanes(left), normalized);
                sums += inner;
                dots = TVector.FusedMultiplyAdd(inner, normalized, dots);
                if (gainGradient != null)
                    VectorTail.Store(TVector.FusedMultiplyAdd(slope, normalized, VectorTail.Load<TVector>(gainGradient + i, left)), gainGradient + i, left);
                if (biasGradient != null)
                    VectorTail.Store(VectorTail.Load<TVector>(biasGradient + i, left) + slope, biasGradient + i, left);
            }

            TVector mean = job.Centers ? TVector.Broadcast(TVector.SumLanes(sums) / n) : TVector.Zero;
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

    // ∇g += Σ ∇y ⊙ x̂ and ∇b += Σ ∇y, of some columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ParametersOfVectors<TVector>(in NormJob job, int first, int count)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = job.Width;
        for (int i = first; i < first + count; i += TVector.Count)
        {
            int left = first + count - i;
            TVector gains = job.GainGradient == null ? TVector.Zero : VectorTail.Load<TVector>(job.GainGradient + i, left);
            TVector biases = job.BiasGradient == null ? TVector.Zero : VectorTail.Load<TVector>(job.BiasGradient + i, left);
            float* x = job.X, dy = job.Dy, kept = job.Kept;
            for (int v = 0; v < job.Rows; v++, x += n, dy += n, kept += KeptPerVector)
            {
                (TVector s, TVector origin, TVector m, TVector r) = Figures<TVector>(x, job.Centers, kept[0], kept[1], kept[2]);
                TVector normalized = (TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(x + i, left), s, origin) - m) * r;
                TVector slope = VectorTail.Load<TVector>(dy + i, left);
                gains = TVector.FusedMultiplyAdd(slope, normalized, gains);
                biases += slope;
            }

            if (job.GainGradient != null)
                VectorTail.Store(gains, job.GainGradient + i, left);
            if (job.BiasGradient != null)
                VectorTail.Store(biases, job.BiasGradient + i, left);
        }
    }

    // The three numbers of a vector in all lanes, and −s x₀.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Scale, TVector Origin, TVector Mean, TVector Inverse) Figures<TVector>(float* x, bool centers, float scale, float mean, float inverse)
        where TVector : struct, ISimdVector<TVector>
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

    // Σ s x + o. Four chains, so that one addition need not wait for the other. By itself, because the JIT stops inlining when
    // a method has grown to many times its own size.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum<TVector>(float* x, int n, float scale, float start)
        where TVector : struct, ISimdVector<TVector>
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
    private static float SumOfSquares<TVector>(float* x, int n, float scale, float start, float mean)
        where TVector : struct, ISimdVector<TVector>
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
