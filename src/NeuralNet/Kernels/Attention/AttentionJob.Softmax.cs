using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>From scores to weights and back, of transposed blocks, in which a column is a query.</content>
internal unsafe ref partial struct AttentionJob
{
    /// <summary>s · scale − slope · |i − j|, of each key j and query i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractDistances<TVector>(
        float* scores, float* keyPlaces, int keys, int columns, float* queryPlaces, float scale, float slope)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector vScale = TVector.Broadcast(scale), vSlope = TVector.Broadcast(-slope);
        for (int column = 0; column < columns; column += TVector.Count)
        {
            TVector place = TVector.Load(queryPlaces + column);
            float* s = scores + column;
            for (int j = 0; j < keys; j++, s += columns)
            {
                TVector distance = TVector.Abs(place - TVector.Broadcast(keyPlaces[j]));
                TVector.Store(TVector.FusedMultiplyAdd(TVector.Load(s), vScale, vSlope * distance), s);
            }
        }
    }

    /// <summary>Sets a value where a query does not see the key yet; if <paramref name="seen"/> is given, also where it does not see it any more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Hide<TVector>(float* scores, int first, int end, int columns, float* firstSeen, float* seen, float value)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector hidden = TVector.Broadcast(value);
        for (int column = 0; column < columns; column += TVector.Count)
        {
            TVector least = firstSeen == null ? TVector.Zero : TVector.Load(firstSeen + column);
            TVector count = seen == null ? hidden : TVector.Load(seen + column);
            float* s = scores + column;
            for (int j = first; j < end; j++, s += columns)
            {
                TVector step = TVector.Broadcast(j), score = TVector.Select(TVector.LessThan(step, least), hidden, TVector.Load(s));
                TVector.Store(seen == null ? score : TVector.Select(TVector.LessThan(step, count), score, hidden), s);
            }
        }
    }

    /// <summary>For each column of the keys from the first to the end, e^((s − max s) · scale) over its sum. <paramref name="seen"/> says behind
    /// which key each column sees none: for those the result is 0. Max s and one over the sum are written to <paramref name="sums"/>, if it is given.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<TVector>(float* scores, int first, int end, int columns, float* seen, float scale, float* sums, int sumsStride)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector vScale = TVector.Broadcast(scale), hidden = TVector.Broadcast(float.NegativeInfinity);
        for (int column = 0; column < columns; column += TVector.Count)
        {
            TVector count = seen == null ? TVector.Zero : TVector.Load(seen + column);
            float* s = scores + column;
            TVector max = hidden, sum = TVector.Zero;
            for (int j = first; j < end; j++, s += columns)
            {
                TVector score = TVector.Load(s);
                if (seen != null)
                    score = TVector.Select(TVector.LessThan(TVector.Broadcast(j), count), score, hidden);
                max = TVector.MaxOfNumbers(max, score);
            }

            s = scores + column;
            for (int j = first; j < end; j++, s += columns)
            {
                TVector exp = VectorMath.ExpOrZero((TVector.Load(s) - max) * vScale);
                if (seen != null)
                    exp = TVector.Select(TVector.LessThan(TVector.Broadcast(j), count), exp, TVector.Zero);
                TVector.Store(exp, s);
                sum += exp;
            }

            TVector inverse = TVector.One / sum;
            if (seen != null)
                inverse = TVector.Select(TVector.Equal(count, TVector.Zero), TVector.Zero, inverse);
            if (sums != null)
            {
                TVector.Store(max, sums + column);
                TVector.Store(inverse, sums + sumsStride + column);
            }

            s = scores + column;
            for (int j = first; j < end; j++, s += columns)
                TVector.Store(TVector.Load(s) * inverse, s);
        }
    }

    /// <summary>The same of max s and of one over the sum, as if each column saw all keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<TVector>(float* scores, int first, int end, int columns, float* max, float* inverse, float scale)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector vScale = TVector.Broadcast(scale);
        for (int column = 0; column < columns; column += TVector.Count)
        {
            TVector most = TVector.Load(max + column), factor = TVector.Load(inverse + column);
            float* s = scores + column;
            for (int j = first; j < end; j++, s += columns)
                TVector.Store(VectorMath.ExpOrZero((TVector.Load(s) - most) * vScale) * factor, s);
        }
    }

    /// <summary>For each column ∇s = a (∇a − Σ a ∇a) · scale, which overwrites ∇a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SoftmaxBackward<TVector>(float* weights, float* gradients, int keys, int columns, float scale)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector vScale = TVector.Broadcast(scale);
        for (int column = 0; column < columns; column += TVector.Count)
        {
            TVector sum = TVector.Zero;
            nint at = column;
            for (int j = 0; j < keys; j++, at += columns)
                TVector.MultiplyAdd(ref sum, TVector.Load(weights + at), TVector.Load(gradients + at));
            at = column;
            for (int j = 0; j < keys; j++, at += columns)
                TVector.Store(TVector.Load(weights + at) * vScale * (TVector.Load(gradients + at) - sum), gradients + at);
        }
    }

    /// <summary>Of a single query, whose scores lie side by side and are followed by anything up to a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<TVector>(float* s, int keys, float scale) where TVector : struct, ISimdVector<TVector>
    {
        int padded = RoundUp(keys);
        new Span<float>(s + keys, padded - keys).Fill(float.NegativeInfinity);
        TVector most = TVector.Broadcast(float.NegativeInfinity);
        for (int j = 0; j < padded; j += TVector.Count)
            most = TVector.MaxOfNumbers(most, TVector.Load(s + j));
        float* lanes = stackalloc float[Workers.Line];
        TVector.Store(most, lanes);
        float max = lanes[0];
        for (int lane = 1; lane < TVector.Count; lane++)
            max = lanes[lane] > max || float.IsNaN(max) ? lanes[lane] : max;

        // The sum is that of a lane in a block: key after key.
        TVector vMax = TVector.Broadcast(max), vScale = TVector.Broadcast(scale);
        for (int j = 0; j < padded; j += TVector.Count)
            TVector.Store(VectorMath.ExpOrZero((TVector.Load(s + j) - vMax) * vScale), s + j);
        float sum = 0;
        for (int j = 0; j < keys; j++)
            sum += s[j];
        TVector inverse = TVector.Broadcast(1 / sum);
        for (int j = 0; j < padded; j += TVector.Count)
            TVector.Store(TVector.Load(s + j) * inverse, s + j);
    }
}
