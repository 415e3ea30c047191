using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Forward and backward of one row and head.</content>
internal unsafe ref partial struct AttentionJob
{
    private readonly void Forward<TVector>(in Head one) where TVector : struct, ISimdVector<TVector>
    {
        nint queryStride = Pass.QueryStride;
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries), keys = one.SeenBy(i + queries - 1);
            float* a = one.Weights == null ? one.Scores : one.Weights + (i * (nint)Pass.KeySteps);
            float* o = one.O + (i * (nint)Width);

            // s = q kᵀ, a = softmax(s / √d), both transposed
            Transpose(one.Q + (i * queryStride), queryStride, one.Transposed, queries, padded);
            Multiply<TVector>(one.K, one.KeyStride, 1, one.Transposed, padded, a, padded, keys, HeadWidth, padded);
            Softmax<TVector>(a, keys, padded, one.Seen == null ? null : one.Seen + i, Scale);

            // o = a v: first the keys that all queries see, then for each query the others that it sees, so that not even a NaN
            // gets from later steps into earlier ones
            int common = one.SeenBy(i);
            Multiply<TVector>(a, 1, padded, one.V, one.KeyStride, o, Width, queries, common, HeadWidth);
            for (int r = 1; r < queries && common < keys; r++)
            {
                float* sum = o + (r * (nint)Width), rest = a + r + ((nint)common * padded), v = one.V + (common * one.KeyStride);
                MatrixRow.Compute<TVector>(rest, padded, v, one.KeyStride, sum, sum, one.SeenBy(i + r) - common, HeadWidth);
            }
        }
    }

    private readonly void Backward<TVector>(in Head one) where TVector : struct, ISimdVector<TVector>
    {
        int before = 0;
        nint queryStride = Pass.QueryStride, keyStride = one.KeyStride;
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries), keys = one.SeenBy(i + queries - 1);
            float* a = one.Weights + (i * (nint)Pass.KeySteps), da = one.Scores;
            float* q = one.Q + (i * queryStride), dy = one.O + (i * (nint)Width);

            // Keys that this block is the first to see start from 0.
            if (i > 0)
            {
                Clear(one.KGradient + (before * keyStride), keyStride, keys - before);
                Clear(one.VGradient + (before * keyStride), keyStride, keys - before);
            }

            // ∇v = aᵀ ∇o
            Multiply<TVector>(a, padded, 1, dy, Width, one.VGradient, keyStride, keys, queries, HeadWidth, add: i > 0);

            // ∇a = ∇o vᵀ, ∇s = a ⊙ (∇a − Σ a ∇a) / √d, both transposed
            Transpose(dy, Width, one.Transposed, queries, padded);
            Multiply<TVector>(one.V, keyStride, 1, one.Transposed, padded, da, padded, keys, HeadWidth, padded);
            SoftmaxBackward<TVector>(a, da, keys, padded, Scale);

            // ∇q = ∇s k, ∇k = ∇sᵀ q
            Multiply<TVector>(da, 1, padded, one.K, keyStride, one.QGradient + (i * queryStride), queryStride, queries, keys, HeadWidth);
            Multiply<TVector>(da, padded, 1, q, queryStride, one.KGradient, keyStride, keys, queries, HeadWidth, add: i > 0);
            before = keys;
        }
    }

    private readonly void Clear(float* steps, nint stride, int count)
    {
        for (; count > 0; count--, steps += stride)
            new Span<float>(steps, HeadWidth).Clear();
    }

    // Copies the gradients of the keys that the mask has left to where those of all keys lie; the others' are 0.
    private readonly void SpreadGradients(in Head one, in Head all, in Cursor cursor)
    {
        ReadOnlySpan<float> mask = Pass.Mask[(cursor.Row * Pass.MaskRow)..];
        int keys = KeysOf(cursor.Row), kept = 0;
        nint at = (cursor.Key * all.KeyStride) + (cursor.Head * HeadWidth);
        for (int j = 0; j < keys; j++, at += all.KeyStride)
        {
            if (mask[j * Pass.MaskStep] == 0)
            {
                Clear(all.KGradient + at, 0, 1);
                Clear(all.VGradient + at, 0, 1);
                continue;
            }

            CopyStep(one.KGradient + (kept * HeadWidth), all.KGradient + at);
            CopyStep(one.VGradient + (kept * HeadWidth), all.VGradient + at);
            kept++;
        }
    }

    /// <summary>For each column of [keys, columns], e^((s − max s) · scale) over its sum. <paramref name="seen"/> says how many keys each
    /// column sees: for the others the result is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<TVector>(float* scores, int keys, int columns, float* seen, float scale) where TVector : struct, ISimdVector<TVector>
    {
        TVector vScale = TVector.Broadcast(scale), hidden = TVector.Broadcast(float.NegativeInfinity);
        for (int column = 0; column < columns; column += TVector.Count)
        {
            TVector count = seen == null ? TVector.Zero : TVector.Load(seen + column);
            float* s = scores + column;
            TVector max = hidden, sum = TVector.Zero;
            for (int j = 0; j < keys; j++, s += columns)
            {
                TVector score = TVector.Load(s);
                if (seen != null)
                    score = TVector.Select(TVector.LessThan(TVector.Broadcast(j), count), score, hidden);
                max = TVector.MaxOfNumbers(max, score);
            }

            s = scores + column;
            for (int j = 0; j < keys; j++, s += columns)
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
            s = scores + column;
            for (int j = 0; j < keys; j++, s += columns)
                TVector.Store(TVector.Load(s) * inverse, s);
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

    // A row and head, and how many steps of the rows before lie before it.
    private struct Cursor
    {
        public int Row;
        public int Head;
        public nint Query;
        public nint Key;

        public Cursor(in AttentionJob job, int index)
        {
            (Row, Head) = Math.DivRem(index, job.Pass.Heads);
            for (int row = 0; row < Row; row++)
                Skip(job, row);
        }

        public void Next(in AttentionJob job)
        {
            if (++Head < job.Pass.Heads)
                return;
            Head = 0;
            Skip(job, Row++);
        }

        private void Skip(in AttentionJob job, int row)
        {
            Query += job.QueriesOf(row);
            Key += job.KeysOf(row);
        }
    }
}
