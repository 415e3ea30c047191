using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Forward and backward of one row and head.</content>
internal unsafe partial struct AttentionJob
{
    /// <summary>The heads of one part.</summary>
    public readonly void Forward<TVector>(int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(Rows * Heads, 1, part, parts);
        var place = new Place(this, first);
        for (; count > 0; count--, place.Next(this))
        {
            Head one = Enter(place.Row, place.Head, place.Query, place.Key, Room + ((nint)part * RoomForPart), isBackward: false);
            Forward<TVector>(one);
        }
    }

    /// <summary>The heads of one part.</summary>
    public readonly void Backward<TVector>(int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(Rows * Heads, 1, part, parts);
        var place = new Place(this, first);
        for (; count > 0; count--, place.Next(this))
        {
            Head one = Enter(place.Row, place.Head, place.Query, place.Key, Room + ((nint)part * RoomForPart), isBackward: true);
            Backward<TVector>(one);
            if (Mask != null)
                SpreadGradients(one, place);
        }
    }

    private readonly void Forward<TVector>(in Head one)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries), keys = one.SeenBy(i + queries - 1);
            float* a = one.Weights == null ? one.Scores : one.Weights + (i * (nint)KeySteps);
            float* o = one.O + (i * (nint)Width);

            // s = q kᵀ, a = softmax(s / √d), both transposed
            Transpose(one.Q + (i * QueryStride), QueryStride, one.Transposed, queries, padded);
            Multiply<TVector>(one.K, one.KeyStride, 1, one.Transposed, padded, a, padded, keys, HeadWidth, padded);
            Softmax<TVector>(a, keys, padded, one.Seen == null ? null : one.Seen + i, Scale);

            // o = a v: keys that all queries see, and of those that only some see each query's own, so that not even a NaN
            // gets from later steps into earlier ones
            int common = one.SeenBy(i);
            Multiply<TVector>(a, 1, padded, one.V, one.KeyStride, o, Width, queries, common, HeadWidth);
            for (int r = 1; r < queries && common < keys; r++)
            {
                float* or = o + (r * (nint)Width);
                MatrixRow.Compute<TVector>(a + r + ((nint)common * padded), padded, one.V + (common * one.KeyStride), one.KeyStride, or, or, one.SeenBy(i + r) - common, HeadWidth);
            }
        }
    }

    private readonly void Backward<TVector>(in Head one)
        where TVector : struct, ISimdVector<TVector>
    {
        int before = 0;
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries), keys = one.SeenBy(i + queries - 1);
            float* a = one.Weights + (i * (nint)KeySteps), da = one.Scores;
            float* q = one.Q + (i * QueryStride), dy = one.O + (i * (nint)Width);

            // Keys that this block is the first to see start from 0.
            nint keyStride = one.KeyStride;
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
            Multiply<TVector>(da, 1, padded, one.K, keyStride, one.QGradient + (i * QueryStride), QueryStride, queries, keys, HeadWidth);
            Multiply<TVector>(da, padded, 1, q, QueryStride, one.KGradient, keyStride, keys, queries, HeadWidth, add: i > 0);
            before = keys;
        }
    }

    private readonly void Clear(float* steps, nint stride, int count)
    {
        for (; count > 0; count--, steps += stride)
            new Span<float>(steps, HeadWidth).Clear();
    }

    // From those of the keys that the mask has left to those of all; the others' are 0.
    private readonly void SpreadGradients(in Head one, in Place place)
    {
        float* mask = Mask + (place.Row * MaskRow);
        int keys = Lengths == null ? KeySteps : Lengths[place.Row], kept = 0;
        nint at = (place.Key * KeyStride) + (place.Head * HeadWidth);
        for (int j = 0; j < keys; j++, at += KeyStride)
        {
            if (mask[j * MaskStep] == 0)
            {
                Clear(KGradient + at, 0, 1);
                Clear(VGradient + at, 0, 1);
                continue;
            }

            CopyStep(one.KGradient + (kept * HeadWidth), KGradient + at);
            CopyStep(one.VGradient + (kept * HeadWidth), VGradient + at);
            kept++;
        }
    }

    /// <summary>
    /// Of each column of [keys, columns] e^((s − max s) · scale) over its sum; with <paramref name="seen"/> over as many keys as
    /// each column sees, and 0 for the others.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<TVector>(float* scores, int keys, int columns, float* seen, float scale)
        where TVector : struct, ISimdVector<TVector>
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

    /// <summary>Of each column ∇s = a (∇a − Σ a ∇a) · scale, in the place of ∇a.</summary>
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

    // Which row and head it is, and which step of all rows' steps it begins with.
    private struct Place
    {
        public int Row;
        public int Head;
        public nint Query;
        public nint Key;

        public Place(in AttentionJob job, int index)
        {
            (Row, Head) = Math.DivRem(index, job.Heads);
            for (int row = 0; row < Row; row++)
                Skip(job, row);
        }

        public void Next(in AttentionJob job)
        {
            if (++Head < job.Heads)
                return;
            Head = 0;
            Skip(job, Row++);
        }

        private void Skip(in AttentionJob job, int row)
        {
            Query += job.Lengths == null ? job.QuerySteps : job.Lengths[row];
            Key += job.Lengths == null ? job.KeySteps : job.Lengths[row];
        }
    }
}
