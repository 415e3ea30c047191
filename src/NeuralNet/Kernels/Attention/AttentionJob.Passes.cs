using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Forward and backward of one row and head.</content>
internal unsafe ref partial struct AttentionJob
{
    private readonly void Forward<TVector>(in Head one) where TVector : struct, ISimdVector<TVector>
    {
        nint keyStride = one.KeyStride;
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries);
            int first = one.FirstOf(i), end = one.SeenBy(i + queries - 1);
            float* a = one.Scores, o = one.O + (i * (nint)Width), v = one.V + (first * keyStride);

            // s = q kᵀ, a = softmax(s / √d), both transposed
            float scale = Score<TVector>(one, i, queries, padded);
            Weigh<TVector>(one, i, queries, padded, scale);
            if (Pass.Dropout > 0)
            {
                Draw(one, i, queries, padded);
                Drop(one, a, a, (end - first) * padded);
            }

            // o = a v: first the keys that all queries see, then for each query the others that it sees, so that not even a NaN
            // gets from later steps into earlier ones
            if (one.First != null)
            {
                SumWindows<TVector>(one, i, queries, padded, a, o);
                continue;
            }

            int common = one.SeenBy(i);
            Multiply<TVector>(a, 1, padded, v, keyStride, o, Width, queries, common, HeadWidth);
            for (int r = 1; r < queries && common < end; r++)
                AddKeys<TVector>(one, a + r, padded, 0, common, one.SeenBy(i + r), o + (r * (nint)Width));
        }
    }

    // The same with a window: for each query, those before the keys that all see, the keys that all see, and those behind them.
    private readonly void SumWindows<TVector>(in Head one, int i, int queries, int padded, float* a, float* o)
        where TVector : struct, ISimdVector<TVector>
    {
        int first = one.FirstOf(i), common = one.FirstOf(i + queries - 1), rest = Math.Max(common, one.SeenBy(i));
        Clear(o, Width, queries);
        for (int r = 0; r < queries; r++)
            AddKeys<TVector>(one, a + r, padded, first, one.FirstOf(i + r), Math.Min(common, one.SeenBy(i + r)), o + (r * (nint)Width));
        if (common < rest)
        {
            float* weights = a + ((common - first) * (nint)padded), v = one.V + (common * one.KeyStride);
            Multiply<TVector>(weights, 1, padded, v, one.KeyStride, o, Width, queries, rest - common, HeadWidth, add: true);
        }

        for (int r = 0; r < queries; r++)
            AddKeys<TVector>(one, a + r, padded, first, rest, one.SeenBy(i + r), o + (r * (nint)Width));
    }

    // o += a v of one query, whose weights begin with those of the first key of its block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void AddKeys<TVector>(in Head one, float* a, int padded, int first, int from, int end, float* o)
        where TVector : struct, ISimdVector<TVector>
    {
        if (from < end)
            MatrixRow.Compute<TVector>(
                a + ((from - first) * (nint)padded), padded, one.V + (from * one.KeyStride), one.KeyStride, o, o, end - from, HeadWidth);
    }

    private readonly void Backward<TVector>(in Head one, bool add) where TVector : struct, ISimdVector<TVector>
    {
        int before = 0;
        nint queryStride = Pass.QueryStride, keyStride = one.KeyStride;
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries);
            int first = one.FirstOf(i), end = one.SeenBy(i + queries - 1), keys = end - first;
            nint from = first * keyStride;
            float* a = one.Scores, da = one.ScoreGradients;
            float* q = one.Q + (i * queryStride), dy = one.O + (i * (nint)Width);

            // Keys that this block is the first to see start from 0, unless a head of the same group has seen them.
            if (i > 0 && !add)
            {
                Clear(one.KGradient + (before * keyStride), keyStride, end - before);
                Clear(one.VGradient + (before * keyStride), keyStride, end - before);
            }

            // a as in forward
            float scale = Score<TVector>(one, i, queries, padded);
            WeighAgain<TVector>(one, i, queries, padded, scale);

            // ∇v = aᵀ ∇o, with dropout of m ⊙ a
            bool adds = add || i > 0;
            float* used = a;
            if (Pass.Dropout > 0)
            {
                used = da;
                Draw(one, i, queries, padded);
                Drop(one, a, used, keys * padded);
            }

            Multiply<TVector>(used, padded, 1, dy, Width, one.VGradient + from, keyStride, keys, queries, HeadWidth, adds);

            // ∇a = ∇o vᵀ, ∇s = a ⊙ (∇a − Σ a ∇a) / √d, both transposed
            Transpose(dy, Width, one.Transposed, queries, padded);
            Multiply<TVector>(one.V + from, keyStride, 1, one.Transposed, padded, da, padded, keys, HeadWidth, padded);
            if (Pass.Dropout > 0)
                Drop(one, da, da, keys * padded);
            SoftmaxBackward<TVector>(a, da, keys, padded, Scale);

            // ∇q = ∇s k, ∇k = ∇sᵀ q
            Multiply<TVector>(da, 1, padded, one.K + from, keyStride, one.QGradient + (i * queryStride), queryStride, queries, keys, HeadWidth);
            Multiply<TVector>(da, padded, 1, q, queryStride, one.KGradient + from, keyStride, keys, queries, HeadWidth, adds);
            before = end;
        }
    }

    // The numbers that say which weights of a block are dropped, in backward the same as in forward.
    private readonly void Draw(in Head one, int i, int queries, int padded)
    {
        int first = one.FirstOf(i), keys = one.SeenBy(i + queries - 1) - first, allKeys = KeysOf(one.Row);
        ReadOnlySpan<float> mask = MaskOf(one.Row);
        RandomStream ofHead = Pass.Stream.Fork(one.Number);
        for (int r = 0; r < queries; r++)
        {
            RandomStream ofQuery = ofHead.Fork(i + r);
            var drawn = new Span<float>(one.Drawn + (r * (nint)BlockKeys), keys);
            if (mask.IsEmpty)
            {
                ofQuery.Uniform(Pass.FirstRow + one.Row, first, drawn);
                continue;
            }

            // A key's number is its step, also where the mask leaves out others.
            var ofKeys = new Span<float>(one.DrawnOfKeys, allKeys);
            ofQuery.Uniform(Pass.FirstRow + one.Row, 0, ofKeys);
            for (int j = 0, kept = -first; j < allKeys && kept < keys; j++)
            {
                if (mask[j * Pass.MaskStep] != 0 && kept++ >= 0)
                    drawn[kept - 1] = ofKeys[j];
            }
        }

        MatrixPanel.CopyTransposed(one.Drawn, BlockKeys, one.DrawnTransposed, padded, keys, queries);
    }

    private readonly void Drop(in Head one, float* from, float* to, int count) => DropoutKernels.Drop(
        Pass.Dropout, new ReadOnlySpan<float>(one.DrawnTransposed, count), new ReadOnlySpan<float>(from, count), new Span<float>(to, count));

    private readonly void Clear(float* steps, nint stride, int count)
    {
        for (; count > 0; count--, steps += stride)
            new Span<float>(steps, HeadWidth).Clear();
    }

    // Copies the gradients of the keys that the mask has left to where those of all keys lie; the others' are 0.
    private readonly void SpreadGradients(in Head one, in Head all, in Cursor cursor)
    {
        ReadOnlySpan<float> mask = MaskOf(cursor.Row);
        int keys = KeysOf(cursor.Row), kept = 0;
        nint at = (cursor.Key * all.KeyStride) + (cursor.Head / Group * (nint)HeadWidth);
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

    // s = q kᵀ of a block of queries, transposed, less what distances take. Its factor is still to be applied: 1, or 1 / √d.
    private readonly float Score<TVector>(in Head one, int i, int queries, int padded) where TVector : struct, ISimdVector<TVector>
    {
        int first = one.FirstOf(i), keys = one.SeenBy(i + queries - 1) - first;
        nint queryStride = Pass.QueryStride, keyStride = one.KeyStride;
        Transpose(one.Q + (i * queryStride), queryStride, one.Transposed, queries, padded);
        Multiply<TVector>(one.K + (first * keyStride), keyStride, 1, one.Transposed, padded, one.Scores, padded, keys, HeadWidth, padded);
        if (one.KeyPlaces == null)
            return Scale;
        SubtractDistances<TVector>(one.Scores, one.KeyPlaces + first, keys, padded, one.QueryPlaces + i, Scale, one.Slope);
        return 1;
    }

    // a = softmax(s) of a block of queries, in place.
    private readonly void Weigh<TVector>(in Head one, int i, int queries, int padded, float scale) where TVector : struct, ISimdVector<TVector>
    {
        int first = one.FirstOf(i), end = one.SeenBy(i + queries - 1), sumsStride = SumsPerHead(Pass.QuerySteps) / 2;
        float* s = one.Scores, seen = one.Seen == null ? null : one.Seen + i, sums = one.Sums == null ? null : one.Sums + i;
        if (one.First == null)
        {
            Softmax<TVector>(s, 0, end, padded, seen, scale, sums, sumsStride);
            return;
        }

        // Softmax itself knows the last key that each query sees. A query that sees no key at all, for which there must be a mask, gets NaN of it.
        int common = one.FirstOf(i + queries - 1);
        Hide<TVector>(s, first, common, padded, one.First + i, null, float.NegativeInfinity);
        Softmax<TVector>(s, first, end, padded, seen, scale, sums, sumsStride);
        Hide<TVector>(s, first, Pass.Mask.IsEmpty ? common : end, padded, one.First + i, seen, 0);
    }

    // The same again, with the same bits, of the largest score and the sum that forward has kept.
    private readonly void WeighAgain<TVector>(in Head one, int i, int queries, int padded, float scale)
        where TVector : struct, ISimdVector<TVector>
    {
        int first = one.FirstOf(i), end = one.SeenBy(i + queries - 1);
        float* max = one.Sums + i, inverse = max + (SumsPerHead(Pass.QuerySteps) / 2);
        Softmax<TVector>(one.Scores, first, end, padded, max, inverse, scale);
        float* firstSeen = one.First == null ? null : one.First + i, seen = one.Seen == null ? null : one.Seen + i;
        if (firstSeen != null || seen != null)
            Hide<TVector>(one.Scores, first, end, padded, firstSeen, seen, 0);
    }

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
