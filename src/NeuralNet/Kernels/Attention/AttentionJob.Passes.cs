using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Forward and backward of one row and head.</content>
internal unsafe ref partial struct AttentionJob
{
    private readonly void Forward<TVector>(in Head one) where TVector : struct, ISimdVector<TVector>
    {
        nint valueStride = one.ValueStride;
        if (one.Weights != null)
            new Span<float>(one.Weights, Pass.QuerySteps * Pass.KeySteps).Clear();
        for (int i = 0; i < one.Queries; i += BlockQueries)
        {
            int queries = Math.Min(BlockQueries, one.Queries - i), padded = RoundUp(queries);
            int first = one.FirstOf(i), end = one.SeenBy(i + queries - 1);
            float* a = one.Scores, o = one.O + (i * (nint)Width), v = one.V + (first * valueStride);

            // s = q kᵀ, a = softmax(s / √d), both transposed
            float scale = Score<TVector>(one, i, queries, padded);
            Weigh<TVector>(one, i, queries, padded, scale);
            if (one.Weights != null)
                Keep(one, i, queries, padded);
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
            Multiply<TVector>(a, 1, padded, v, valueStride, o, Width, queries, common, HeadWidth);
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
            float* weights = a + ((common - first) * (nint)padded), v = one.V + (common * one.ValueStride);
            Multiply<TVector>(weights, 1, padded, v, one.ValueStride, o, Width, queries, rest - common, HeadWidth, add: true);
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
                a + ((from - first) * (nint)padded), padded, one.V + (from * one.ValueStride), one.ValueStride, o, o, end - from, HeadWidth);
    }

    // The weights of a block of queries, turned round. What a mask has moved together goes back to where all keys lie. What a query does not see
    // stays 0, also where its scores are no numbers.
    private readonly void Keep(in Head one, int i, int queries, int padded)
    {
        int first = one.FirstOf(i), end = one.SeenBy(i + queries - 1), keys = KeysOf(one.Row);
        ReadOnlySpan<float> mask = MaskOf(one.Row);
        for (int j = 0, kept = 0; j < keys && kept < end; j++)
        {
            if (!mask.IsEmpty && mask[j * Pass.MaskStep] == 0)
                continue;
            for (int r = 0; r < queries; r++)
            {
                if (kept >= one.FirstOf(i + r) && kept < one.SeenBy(i + r))
                    one.Weights[((i + r) * (nint)Pass.KeySteps) + j] = one.Scores[((kept - first) * (nint)padded) + r];
            }

            kept++;
        }
    }

    // The only query of a row whose keys are carried: one row of scores, with the bits of the block that it would be in.
    private readonly void ForwardOne<TVector>(in Head one) where TVector : struct, ISimdVector<TVector>
    {
        int first = one.FirstOf(0), keys = one.SeenBy(0) - first;
        float* s = one.Scores;
        MatrixRow.Compute<TVector>(one.Q, 1, one.K + first, one.KeyStep, null, s, HeadWidth, keys);
        float scale = Scale;
        if (one.KeyPlaces != null)
        {
            // A distance is the same from either side. Up to the next multiple of 16 there may be anything, here and in softmax.
            SubtractDistances<TVector>(s, one.QueryPlaces, 1, RoundUp(keys), one.KeyPlaces + first, Scale, one.Slope);
            scale = 1;
        }

        Softmax<TVector>(s, keys, scale);
        MatrixRow.Compute<TVector>(s, 1, one.V + (first * one.ValueStride), one.ValueStride, null, one.O, keys, HeadWidth);
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
        Multiply<TVector>(one.K + (first * keyStride), keyStride, one.KeyStep, one.Transposed, padded, one.Scores, padded, keys, HeadWidth, padded);
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
