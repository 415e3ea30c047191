using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// Attention over pinned memory, one row and head after the other.
/// </summary>
/// <remarks>
/// <para>Scores are kept transposed, [keys, queries]: a vector register holds one key's scores for as many queries, so that
/// the sums and maxima of softmax go from register to register and never across lanes, and no product needs another
/// transposed copy than that of q (in backward of ∇o), which is [queries, d] and small.</para>
/// <para>Queries are taken in blocks, padded with zeros to whole vectors, and of a block all keys that its last query sees:
/// of a causal row about half of the products are left out. What lies in the padding is finite or not, but nobody reads it.</para>
/// <para>Keys that a mask leaves out are left out when k and v are copied together; what they hold is never read.</para>
/// </remarks>
internal unsafe partial struct AttentionJob
{
    /// <summary>The floats of a cache line, and of the widest vector.</summary>
    private const int Line = Workers.Line;

    /// <summary>The scores of a block of queries take so many floats (16 KB), if that is a block of 32 to 64 queries.</summary>
    private const int BlockFloats = 4 << 10;
    private const int MinBlock = 32, MaxBlock = 64;

    /// <summary>The fewer queries are in a block, the fewer scores are computed that nobody sees.</summary>
    private const int CausalBlock = 16;

    public int Rows;
    public int Heads;
    public int HeadWidth;
    public int QuerySteps;
    public int KeySteps;

    /// <summary>Null: all rows have all steps.</summary>
    public int* Lengths;
    public bool IsCausal;

    /// <summary>Null: every key is attended to.</summary>
    public float* Mask;
    public nint MaskRow;
    public nint MaskStep;
    public float* Q;
    public float* K;
    public float* V;
    public nint QueryStride;
    public nint KeyStride;

    /// <summary>a, transposed, block after block; null where nobody keeps it.</summary>
    public float* Weights;

    /// <summary>o, in backward ∇o.</summary>
    public float* O;
    public float* QGradient;
    public float* KGradient;
    public float* VGradient;

    /// <summary>Working memory, aligned to 64 bytes, and how much of it each part has.</summary>
    public float* Room;
    public int RoomForPart;

    public static int RoundUp(int count) => (count + (Line - 1)) & -Line;

    private readonly int Width => Heads * HeadWidth;

    private readonly float Scale => 1 / MathF.Sqrt(HeadWidth);

    // It depends on nothing that differs from row to row, so that backward finds a where forward has put it.
    private readonly int BlockQueries => IsCausal ? CausalBlock : Math.Clamp(BlockFloats / KeySteps & -Line, MinBlock, MaxBlock);

    /// <summary>How many floats a part needs to work in.</summary>
    public readonly int RoomNeeded(bool isBackward)
    {
        checked
        {
            int block = Math.Min(BlockQueries, RoundUp(QuerySteps));
            int room = (HeadWidth * block) + (isBackward || Weights == null ? KeySteps * block : 0);
            if (IsCausal)
                room += RoundUp(QuerySteps);
            if (Mask != null)
                room += (isBackward ? 4 : 2) * RoundUp(KeySteps * HeadWidth);
            return room;
        }
    }

    // One row and head, with its parts of the room.
    private ref struct Head
    {
        public int Queries;
        public int Keys;
        public float* Q;
        public float* K;
        public float* V;
        public nint KeyStride;
        public float* Weights;
        public float* O;
        public float* QGradient;
        public float* KGradient;
        public float* VGradient;

        /// <summary>q or ∇o of a block, transposed.</summary>
        public float* Transposed;

        /// <summary>The scores of a block, where nobody keeps a; in backward ∇a, then ∇s.</summary>
        public float* Scores;

        /// <summary>Of a causal head, how many keys each query sees, as floats; otherwise null.</summary>
        public float* Seen;

        public readonly int SeenBy(int query) => Seen == null ? Keys : (int)Seen[query];
    }

    // The keys and values that a mask leaves, copied together, and how many each query sees.
    private readonly Head Enter(int row, int head, nint step, nint keyStep, float* room, bool isBackward)
    {
        int block = Math.Min(BlockQueries, RoundUp(QuerySteps));
        nint at = head * HeadWidth, query = (step * QueryStride) + at, key = (keyStep * KeyStride) + at;
        var one = new Head
        {
            Queries = Lengths == null ? QuerySteps : Lengths[row],
            Keys = Lengths == null ? KeySteps : Lengths[row],
            Q = Q + query,
            K = K + key,
            V = V + key,
            KeyStride = KeyStride,
            Weights = Weights == null ? null : Weights + (((nint)row * Heads) + head) * (RoundUp(QuerySteps) * (nint)KeySteps),
            O = O + (step * Width) + at,
            QGradient = QGradient + query,
            KGradient = KGradient + key,
            VGradient = VGradient + key,
            Transposed = room,
        };
        room += HeadWidth * block;
        if (isBackward || Weights == null)
        {
            one.Scores = room;
            room += KeySteps * block;
        }

        if (IsCausal)
        {
            one.Seen = room;
            room += RoundUp(QuerySteps);
        }

        float* mask = Mask == null ? null : Mask + (row * MaskRow);
        if (IsCausal)
            CountSeen(one.Seen, mask, one.Queries);
        if (mask != null)
        {
            int size = RoundUp(KeySteps * HeadWidth);
            CopyMasked(ref one, mask, room, room + size);
            if (isBackward)
            {
                one.KGradient = room + (2 * size);
                one.VGradient = room + (3 * size);
            }
        }

        return one;
    }

    private readonly void CountSeen(float* seen, float* mask, int queries)
    {
        int count = 0;
        for (int i = 0; i < queries; i++)
        {
            if (mask == null || mask[i * MaskStep] != 0)
                count++;
            seen[i] = count;
        }

        new Span<float>(seen + queries, RoundUp(queries) - queries).Fill(count);
    }

    private readonly void CopyMasked(ref Head one, float* mask, float* k, float* v)
    {
        int kept = 0;
        for (int j = 0; j < one.Keys; j++)
        {
            if (mask[j * MaskStep] == 0)
                continue;
            CopyStep(one.K + (j * KeyStride), k + (kept * HeadWidth));
            CopyStep(one.V + (j * KeyStride), v + (kept * HeadWidth));
            kept++;
        }

        one.Keys = kept;
        one.K = k;
        one.V = v;
        one.KeyStride = HeadWidth;
    }

    private readonly void CopyStep(float* from, float* to) => new ReadOnlySpan<float>(from, HeadWidth).CopyTo(new Span<float>(to, HeadWidth));

    // [d, padded] of [queries, d], with zeros in the padding.
    private readonly void Transpose(float* from, nint stride, float* to, int queries, int padded)
    {
        MatrixPanel.CopyTransposed(from, stride, to, padded, HeadWidth, queries);
        for (int k = 0; k < HeadWidth && queries < padded; k++)
            new Span<float>(to + (k * padded) + queries, padded - queries).Clear();
    }

    /// <summary>C = A·B, or C + A·B, of operands that lie near.</summary>
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
        if (TVector.Count > Simd256.Count && columns <= TVector.Count && Machine.SplitsWideVectors)
            MatrixJob.Strip<Simd256>(ref tile, rows, columns, MatrixTile.MaxVectors<Simd256>() * Simd256.Count, 0);
        else
            MatrixJob.Strip<TVector>(ref tile, rows, columns, MatrixTile.MaxVectors<TVector>() * TVector.Count, 0);
    }
}
