using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Attention, one row and head after the other.</summary>
/// <remarks><para>Scores are kept transposed, [keys, queries]: a vector register holds one key's scores for several queries, so that
/// the sums and maxima of softmax combine whole registers and never lanes, and products need only one more transposed copy:
/// that of q (in backward of ∇o), which is [queries, d] and small.</para>
/// <para>Queries are taken in blocks, padded with zeros to whole vectors, and with a block all keys that its last query sees: about half of the
/// products of a causal row are left out; with a window, keys that none of them sees any more are left out too. The scores in the padding may be
/// infinite or NaN, but nobody reads them.</para>
/// <para>Keys and values that are carried lie in the state of a row, the keys transposed, so that the scores of a single query are a product of
/// one row.</para>
/// <para>Keys that a mask leaves out are left out when k and v are copied together; their values are never read.</para></remarks>
internal unsafe ref partial struct AttentionJob : IJob<AttentionJob>
{
    /// <summary>The scores of a block of queries take so many floats (16 KB), if that is a block of 32 to 64 queries.</summary>
    private const int BlockFloats = 4 << 10;
    private const int MinBlock = 32, MaxBlock = 64;

    /// <summary>The fewer queries a block of a causal row or with a window has, the fewer scores are computed that nobody sees.</summary>
    private const int CausalBlock = 16;

    public AttentionPass Pass;
    public bool IsBackward;

    /// <summary>What forward writes: of each head and query the largest score, and one over the sum of softmax, empty where no backward follows; and
    /// o.</summary>
    public Span<float> Sums, O;

    /// <summary>Where forward keeps a, [rows, heads, queries, keys], 0 where a query does not see a key; empty: nowhere.</summary>
    public Span<float> Weights;

    /// <summary>What backward reads: what forward has kept, of which it makes a again; and ∇o.</summary>
    public ReadOnlySpan<float> KeptSums, OGradient;
    public Span<float> QGradient;
    public Span<float> KGradient;
    public Span<float> VGradient;

    // Memory to work in, aligned to 64 bytes, and how much of it each part has.
    private float* scratch;
    private int scratchPerPart;

    /// <summary>The floats that forward keeps for one row and head.</summary>
    public static int SumsPerHead(int querySteps) => 2 * RoundUp(querySteps);

    public static int RoundUp(int count) => (count + (Workers.Line - 1)) & -Workers.Line;

    private readonly int HeadWidth => Pass.HeadWidth;

    private readonly int Width => Pass.Heads * Pass.HeadWidth;

    private readonly float Scale => 1 / MathF.Sqrt(Pass.HeadWidth);

    private readonly int BlockQueries =>
        Pass.IsCausal || Pass.Window > 0 ? CausalBlock : Math.Clamp(BlockFloats / Pass.KeySteps & -Workers.Line, MinBlock, MaxBlock);

    /// <summary>How many keys the queries of one block see together, at most.</summary>
    public readonly int BlockKeys => Pass.Window == 0 ? Pass.KeySteps
        : (int)Math.Min(Pass.KeySteps, ((Pass.IsCausal ? 1L : 2) * (Pass.Window - 1)) + CausalBlock);

    // How many heads of the queries share a head of keys.
    private readonly int Group => Pass.Heads / Pass.KeyHeads;

    private readonly int QueriesOf(int row) => Pass.Lengths.IsEmpty ? Pass.QuerySteps : Pass.Lengths[row];

    private readonly int KeysOf(int row) => !Pass.Before.IsEmpty ? Pass.Before[row] + QueriesOf(row)
        : Pass.Lengths.IsEmpty ? Pass.KeySteps : Pass.Lengths[row];

    /// <summary>Takes what <see cref="Part"/> needs of the workers' memory, for so many parts at the same time.</summary>
    public void TakeScratch(int parts)
    {
        checked
        {
            int block = Math.Min(BlockQueries, RoundUp(Pass.QuerySteps));
            scratchPerPart = (HeadWidth + ((IsBackward ? 2 : 1) * BlockKeys)) * block;
            int arrays = (Pass.IsCausal || Pass.Window > 0 ? 1 : 0) + (Pass.Window > 0 ? 1 : 0) + (Pass.Slopes.IsEmpty ? 0 : 1);
            scratchPerPart += arrays * RoundUp(Pass.QuerySteps);
            if (!Pass.Slopes.IsEmpty)
                scratchPerPart += RoundUp(Pass.KeySteps + Workers.Line);
            if (!Pass.Mask.IsEmpty)
                scratchPerPart += (IsBackward ? 4 : 2) * RoundUp(Pass.KeySteps * HeadWidth);
            if (Pass.Dropout > 0)
                scratchPerPart += (2 * BlockKeys * block) + RoundUp(Pass.KeySteps);
            scratch = Pass.Workers.Scratch(scratchPerPart * parts);
        }
    }

    /// <summary>The heads of one part.</summary>
    public static void Part<TVector>(ref AttentionJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        float* scratch = job.scratch + ((nint)part * job.scratchPerPart);
        ReadOnlySpan<float> kept = job.IsBackward ? job.KeptSums : job.Sums, y = job.IsBackward ? job.OGradient : job.O;
        fixed (float* q = job.Pass.Q, k = job.Pass.K, v = job.Pass.V, sums = kept, o = y, weights = job.Weights)
        fixed (float* dq = job.QGradient, dk = job.KGradient, dv = job.VGradient)
        {
            var all = new Head
            {
                Q = q,
                K = k,
                V = v,
                KeyStride = job.Pass.CarriedRow > 0 ? 1 : job.Pass.KeyStride,
                KeyStep = job.Pass.CarriedRow > 0 ? job.Pass.CarriedKeys : 1,
                ValueStride = job.Pass.CarriedRow > 0 ? job.Pass.KeyHeads * job.Pass.HeadWidth : job.Pass.KeyStride,
                Sums = sums,
                O = o,
                Weights = weights,
                QGradient = dq,
                KGradient = dk,
                VGradient = dv,
            };
            // Gradients of keys and values come from a group of heads, one after the other.
            int unit = job.IsBackward ? job.Group : 1;
            (int first, int count) = Workers.ShareOf(job.Pass.Rows * job.Pass.Heads, unit, part, parts);
            var cursor = new Cursor(job, first);
            Head one = all;
            for (int within = 0; count > 0; count--, cursor.Next(job), within = within + 1 == unit ? 0 : within + 1)
            {
                if (within == 0)
                {
                    one = all;
                    job.MoveToKeys(ref one, cursor, scratch);
                }

                job.MoveToQueries(ref one, all, cursor);
                if (!job.IsBackward)
                {
                    if (job.Pass.CarriedRow > 0 && one.Queries == 1)
                        job.ForwardOne<TVector>(one);
                    else
                        job.Forward<TVector>(one);
                    continue;
                }

                job.Backward<TVector>(one, within > 0);
                if (!job.Pass.Mask.IsEmpty && within == unit - 1)
                    job.SpreadGradients(one, all, cursor);
            }
        }
    }

    // One row and head, with its share of the scratch memory; before MoveTo, the pointers are those of the whole batch.
    private struct Head
    {
        public int Row;
        public int Number; // of the head
        public int Queries;
        public int Keys;
        public float* Q;
        public float* K;
        public float* V;

        /// <summary>From one step to the next in k and in v, and from one feature to the next in k.</summary>
        public nint KeyStride;
        public nint ValueStride;
        public nint KeyStep;

        /// <summary>The largest score of each query, then, behind those of all, one over its sum; null: they are not kept.</summary>
        public float* Sums;

        /// <summary>o; in backward ∇o.</summary>
        public float* O;

        /// <summary>Where a is kept, [queries, keys]; null: nowhere.</summary>
        public float* Weights;
        public float* QGradient;
        public float* KGradient;
        public float* VGradient;

        /// <summary>q or ∇o of a block, transposed.</summary>
        public float* Transposed;

        /// <summary>The scores of a block, then a.</summary>
        public float* Scores;

        /// <summary>In backward ∇a of the block, then ∇s.</summary>
        public float* ScoreGradients;

        /// <summary>With dropout, the numbers that are drawn for a block, [queries, keys] and then transposed, and for the keys of a row; otherwise
        /// null.</summary>
        public float* Drawn;
        public float* DrawnTransposed;
        public float* DrawnOfKeys;

        /// <summary>Behind which key each query sees none, as floats, of a causal head or with a window; otherwise null.</summary>
        public float* Seen;

        /// <summary>The first key that each query sees, as floats, with a window; otherwise null.</summary>
        public float* First;

        /// <summary>The steps of the queries and those of the keys, as floats, where distances count; otherwise null.</summary>
        public float* QueryPlaces;
        public float* KeyPlaces;
        public float Slope;

        public readonly int SeenBy(int query) => Seen == null ? Keys : (int)Seen[query];

        public readonly int FirstOf(int query) => First == null ? 0 : (int)First[query];
    }

    // Moves to the keys of a row and head: copies those that a mask leaves, and counts how many each query sees.
    private readonly void MoveToKeys(ref Head one, in Cursor cursor, float* scratch)
    {
        int block = Math.Min(BlockQueries, RoundUp(Pass.QuerySteps)), row = cursor.Row, array = RoundUp(Pass.QuerySteps);
        nint key = (cursor.Key * Pass.KeyStride) + (cursor.Head / Group * (nint)HeadWidth);
        one.Queries = QueriesOf(row);
        one.Keys = KeysOf(row);
        if (Pass.CarriedRow > 0)
        {
            nint at = row * (nint)Pass.CarriedRow, head = cursor.Head / Group * (nint)HeadWidth;
            one.K += at + (head * one.KeyStep);
            one.V += at + head;
            key = 0; // nothing goes backward
        }
        else
        {
            one.K += key;
            one.V += key;
        }

        one.KGradient += key;
        one.VGradient += key;
        one.Transposed = scratch;
        scratch += HeadWidth * block;
        one.Scores = scratch;
        scratch += BlockKeys * block;
        if (IsBackward)
        {
            one.ScoreGradients = scratch;
            scratch += BlockKeys * block;
        }

        if (Pass.Dropout > 0)
        {
            one.Drawn = scratch;
            one.DrawnTransposed = scratch + (BlockKeys * block);
            one.DrawnOfKeys = scratch + (2 * BlockKeys * block);
            scratch = one.DrawnOfKeys + RoundUp(Pass.KeySteps);
        }

        ReadOnlySpan<float> mask = MaskOf(row);
        if (Pass.IsCausal || Pass.Window > 0)
        {
            one.Seen = scratch;
            scratch += array;
            if (Pass.Window > 0)
            {
                one.First = scratch;
                scratch += array;
                CountSeen(one.First, mask, row, 1 - Pass.Window);
            }

            CountSeen(one.Seen, mask, row, Pass.IsCausal ? 1 : Pass.Window);
        }

        if (!Pass.Slopes.IsEmpty)
        {
            one.QueryPlaces = scratch;
            one.KeyPlaces = scratch + array;
            scratch += array + RoundUp(Pass.KeySteps + Workers.Line);
            SetPlaces(one, mask, row);
        }

        if (!mask.IsEmpty)
        {
            int size = RoundUp(Pass.KeySteps * HeadWidth);
            CopyMasked(ref one, mask, scratch, scratch + size);
            if (IsBackward)
            {
                one.KGradient = scratch + (2 * size);
                one.VGradient = scratch + (3 * size);
            }
        }
    }

    private readonly void MoveToQueries(ref Head one, in Head all, in Cursor cursor)
    {
        nint at = cursor.Head * (nint)HeadWidth, query = (cursor.Query * Pass.QueryStride) + at;
        one.Q = all.Q + query;
        one.O = all.O + (cursor.Query * Width) + at;
        one.QGradient = all.QGradient + query;
        (one.Row, one.Number) = (cursor.Row, cursor.Head);
        if (all.Sums != null)
            one.Sums = all.Sums + ((((nint)cursor.Row * Pass.Heads) + cursor.Head) * SumsPerHead(Pass.QuerySteps));
        if (all.Weights != null)
            one.Weights = all.Weights + ((((nint)cursor.Row * Pass.Heads) + cursor.Head) * Pass.QuerySteps * Pass.KeySteps);
        if (!Pass.Slopes.IsEmpty)
            one.Slope = Pass.Slopes[cursor.Head];
    }

    private readonly ReadOnlySpan<float> MaskOf(int row) => Pass.Mask.IsEmpty ? default : Pass.Mask[(row * Pass.MaskRow)..];

    // For each query, how many of the keys that the mask leaves lie before the step that is so far behind the query's own.
    private readonly void CountSeen(float* seen, ReadOnlySpan<float> mask, int row, int behind)
    {
        int count = 0, step = 0, queries = QueriesOf(row), before = BeforeOf(row);
        for (int i = 0; i < queries; i++)
        {
            int end = Math.Clamp(before + i + behind, 0, before + queries);
            for (; step < end && !mask.IsEmpty; step++)
                count += mask[step * Pass.MaskStep] != 0 ? 1 : 0;
            seen[i] = count = mask.IsEmpty ? end : count;
        }

        new Span<float>(seen + queries, RoundUp(queries) - queries).Fill(count);
    }

    private readonly void SetPlaces(in Head one, ReadOnlySpan<float> mask, int row)
    {
        for (int i = 0; i < RoundUp(one.Queries); i++)
            one.QueryPlaces[i] = BeforeOf(row) + i;
        for (int i = 0, kept = 0; i < one.Keys; i++)
        {
            if (mask.IsEmpty || mask[i * Pass.MaskStep] != 0)
                one.KeyPlaces[kept++] = i;
        }
    }

    private readonly int BeforeOf(int row) => Pass.Before.IsEmpty ? 0 : Pass.Before[row];

    private readonly void CopyMasked(ref Head one, ReadOnlySpan<float> mask, float* k, float* v)
    {
        int kept = 0;
        for (int j = 0; j < one.Keys; j++)
        {
            if (mask[j * Pass.MaskStep] == 0)
                continue;
            CopyStep(one.K + (j * one.KeyStride), k + (kept * HeadWidth));
            CopyStep(one.V + (j * one.KeyStride), v + (kept * HeadWidth));
            kept++;
        }

        one.Keys = kept;
        one.K = k;
        one.V = v;
        (one.KeyStride, one.ValueStride) = (HeadWidth, HeadWidth);
    }

    private readonly void CopyStep(float* from, float* to) => new ReadOnlySpan<float>(from, HeadWidth).CopyTo(new Span<float>(to, HeadWidth));

    // From [queries, d] to [d, padded], with zeros in the padding.
    private readonly void Transpose(float* from, nint stride, float* to, int queries, int padded)
    {
        MatrixPanel.CopyTransposed(from, stride, to, padded, HeadWidth, queries);
        for (int k = 0; k < HeadWidth && queries < padded; k++)
            new Span<float>(to + (k * padded) + queries, padded - queries).Clear();
    }

    /// <summary>C = A·B, or C + A·B, of operands in the near caches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TVector>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, int rows, int depth, int columns, bool add = false)
        where TVector : struct, ISimdVector<TVector>
    {
        if (rows == 0)
            return;
        MatrixTile tile = default;
        tile.A = a;
        tile.ARow = aRow;
        tile.AStep = aStep;
        tile.B = b;
        tile.BStep = bStep;
        tile.Start = add ? c : null;
        tile.StartRow = cRow;
        tile.C = c;
        tile.CRow = cRow;
        tile.K = depth;

        MatrixJob.Strip<TVector, OneRun>(ref tile, rows, columns, MatrixJob.Panel<TVector>(), 0);
    }
}
