using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// The innermost piece of every matrix product: C = start + A·B for a tile of C so small that it stays in registers.
/// </summary>
/// <remarks>
/// <para>A tile is up to 12 rows by two vectors. For each k the kernel loads the two vectors of row k of B once, and for
/// every row r broadcasts one element of A and does two fused multiply-adds into that row's two accumulators. Its
/// accumulators are independent chains, at least 8 of which are needed to keep two multiply-add units with
/// a latency of 4 cycles busy; 12 × 2 is what the 32 registers of AVX-512 hold, 6 × 2 the 16 of AVX2.</para>
/// <para>A is read with a stride in both directions, so that A and Aᵀ are the same kernel. The rows of B are contiguous.</para>
/// <para>Element (r, j) is one chain, start, then k ascending, whatever the tile's size: the bits do not depend on it.
/// A chain may be stored and gone on with (Start = C), which keeps them too.</para>
/// </remarks>
internal unsafe struct MatrixTile
{
    public float* A;
    public nint ARow;
    public nint AStep;
    public float* B;
    public nint BStep;

    /// <summary>Where the chains start; null for 0.</summary>
    public float* Start;
    public nint StartRow;
    public float* C;
    public nint CRow;
    public int K;

    /// <summary>How many elements of the last vector of a row belong to C, where that is not all.</summary>
    public int Tail;

    /// <summary>Computes the tile.</summary>
    /// <typeparam name="TVector">The vector register.</typeparam>
    /// <typeparam name="TRows">How many rows; a constant for the JIT, which leaves out the others' code.</typeparam>
    /// <typeparam name="TColumns">How many columns, likewise.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<TVector, TRows, TColumns>(in MatrixTile tile)
        where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileRows
        where TColumns : struct, ITileColumns
    {
        int tail = tile.Tail;
        float* s = tile.Start;
        nint step = tile.StartRow;
        TVector c0 = default, d0 = default;
        TVector c1 = default, d1 = default;
        TVector c2 = default, d2 = default;
        TVector c3 = default, d3 = default;
        TVector c4 = default, d4 = default;
        TVector c5 = default, d5 = default;
        TVector c6 = default, d6 = default;
        TVector c7 = default, d7 = default;
        TVector c8 = default, d8 = default;
        TVector c9 = default, d9 = default;
        TVector c10 = default, d10 = default;
        TVector c11 = default, d11 = default;
        if (s != null)
        {
            Load<TVector, TRows, TColumns, R0>(ref s, step, tail, ref c0, ref d0);
            Load<TVector, TRows, TColumns, R1>(ref s, step, tail, ref c1, ref d1);
            Load<TVector, TRows, TColumns, R2>(ref s, step, tail, ref c2, ref d2);
            Load<TVector, TRows, TColumns, R3>(ref s, step, tail, ref c3, ref d3);
            Load<TVector, TRows, TColumns, R4>(ref s, step, tail, ref c4, ref d4);
            Load<TVector, TRows, TColumns, R5>(ref s, step, tail, ref c5, ref d5);
            Load<TVector, TRows, TColumns, R6>(ref s, step, tail, ref c6, ref d6);
            Load<TVector, TRows, TColumns, R7>(ref s, step, tail, ref c7, ref d7);
            Load<TVector, TRows, TColumns, R8>(ref s, step, tail, ref c8, ref d8);
            Load<TVector, TRows, TColumns, R9>(ref s, step, tail, ref c9, ref d9);
            Load<TVector, TRows, TColumns, R10>(ref s, step, tail, ref c10, ref d10);
            Load<TVector, TRows, TColumns, R11>(ref s, step, tail, ref c11, ref d11);
        }

        // Four pointers and two strides reach twelve rows, and leave registers free for the rest.
        nint row = tile.ARow;
        nint row2 = 2 * row;
        float* a0 = tile.A;
        float* a3 = a0 + (3 * row);
        float* a6 = a3 + (3 * row);
        float* a9 = a6 + (3 * row);
        float* b = tile.B;
        nint aStep = tile.AStep;
        nint bStep = tile.BStep;
        for (int k = tile.K; k > 0; k--)
        {
            TVector b0 = First<TVector, TColumns>(b, tail);
            TVector b1 = Second<TVector, TColumns>(b, tail);
            MultiplyAdd<TVector, TRows, TColumns, R0>(a0, 0, b0, b1, ref c0, ref d0);
            MultiplyAdd<TVector, TRows, TColumns, R1>(a0, row, b0, b1, ref c1, ref d1);
            MultiplyAdd<TVector, TRows, TColumns, R2>(a0, row2, b0, b1, ref c2, ref d2);
            MultiplyAdd<TVector, TRows, TColumns, R3>(a3, 0, b0, b1, ref c3, ref d3);
            MultiplyAdd<TVector, TRows, TColumns, R4>(a3, row, b0, b1, ref c4, ref d4);
            MultiplyAdd<TVector, TRows, TColumns, R5>(a3, row2, b0, b1, ref c5, ref d5);
            MultiplyAdd<TVector, TRows, TColumns, R6>(a6, 0, b0, b1, ref c6, ref d6);
            MultiplyAdd<TVector, TRows, TColumns, R7>(a6, row, b0, b1, ref c7, ref d7);
            MultiplyAdd<TVector, TRows, TColumns, R8>(a6, row2, b0, b1, ref c8, ref d8);
            MultiplyAdd<TVector, TRows, TColumns, R9>(a9, 0, b0, b1, ref c9, ref d9);
            MultiplyAdd<TVector, TRows, TColumns, R10>(a9, row, b0, b1, ref c10, ref d10);
            MultiplyAdd<TVector, TRows, TColumns, R11>(a9, row2, b0, b1, ref c11, ref d11);
            a0 += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bStep;
        }

        float* c = tile.C;
        step = tile.CRow;
        Store<TVector, TRows, TColumns, R0>(ref c, step, tail, c0, d0);
        Store<TVector, TRows, TColumns, R1>(ref c, step, tail, c1, d1);
        Store<TVector, TRows, TColumns, R2>(ref c, step, tail, c2, d2);
        Store<TVector, TRows, TColumns, R3>(ref c, step, tail, c3, d3);
        Store<TVector, TRows, TColumns, R4>(ref c, step, tail, c4, d4);
        Store<TVector, TRows, TColumns, R5>(ref c, step, tail, c5, d5);
        Store<TVector, TRows, TColumns, R6>(ref c, step, tail, c6, d6);
        Store<TVector, TRows, TColumns, R7>(ref c, step, tail, c7, d7);
        Store<TVector, TRows, TColumns, R8>(ref c, step, tail, c8, d8);
        Store<TVector, TRows, TColumns, R9>(ref c, step, tail, c9, d9);
        Store<TVector, TRows, TColumns, R10>(ref c, step, tail, c10, d10);
        Store<TVector, TRows, TColumns, R11>(ref c, step, tail, c11, d11);
    }

    /// <summary>Computes a tile of one row by eight vectors: as many chains as one row needs to keep the units busy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputeRow<TVector>(in MatrixTile tile)
        where TVector : struct, ISimdVector<TVector>
    {
        float* s = tile.Start;
        TVector c0 = default, c1 = default, c2 = default, c3 = default;
        TVector c4 = default, c5 = default, c6 = default, c7 = default;
        if (s != null)
        {
            c0 = TVector.Load(s);
            c1 = TVector.Load(s + TVector.Count);
            c2 = TVector.Load(s + (2 * TVector.Count));
            c3 = TVector.Load(s + (3 * TVector.Count));
            c4 = TVector.Load(s + (4 * TVector.Count));
            c5 = TVector.Load(s + (5 * TVector.Count));
            c6 = TVector.Load(s + (6 * TVector.Count));
            c7 = TVector.Load(s + (7 * TVector.Count));
        }

        float* a = tile.A;
        float* b = tile.B;
        nint aStep = tile.AStep;
        nint bStep = tile.BStep;
        for (int k = tile.K; k > 0; k--)
        {
            TVector x = TVector.Broadcast(*a);
            c0 = TVector.FusedMultiplyAdd(x, TVector.Load(b), c0);
            c1 = TVector.FusedMultiplyAdd(x, TVector.Load(b + TVector.Count), c1);
            c2 = TVector.FusedMultiplyAdd(x, TVector.Load(b + (2 * TVector.Count)), c2);
            c3 = TVector.FusedMultiplyAdd(x, TVector.Load(b + (3 * TVector.Count)), c3);
            c4 = TVector.FusedMultiplyAdd(x, TVector.Load(b + (4 * TVector.Count)), c4);
            c5 = TVector.FusedMultiplyAdd(x, TVector.Load(b + (5 * TVector.Count)), c5);
            c6 = TVector.FusedMultiplyAdd(x, TVector.Load(b + (6 * TVector.Count)), c6);
            c7 = TVector.FusedMultiplyAdd(x, TVector.Load(b + (7 * TVector.Count)), c7);
            a += aStep;
            b += bStep;
        }

        float* c = tile.C;
        TVector.Store(c0, c);
        TVector.Store(c1, c + TVector.Count);
        TVector.Store(c2, c + (2 * TVector.Count));
        TVector.Store(c3, c + (3 * TVector.Count));
        TVector.Store(c4, c + (4 * TVector.Count));
        TVector.Store(c5, c + (5 * TVector.Count));
        TVector.Store(c6, c + (6 * TVector.Count));
        TVector.Store(c7, c + (7 * TVector.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TRows, TColumns, TRow>(ref float* from, nint step, int tail, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileRows
        where TColumns : struct, ITileColumns
        where TRow : struct, ITileRows
    {
        if (TRow.Count < TRows.Count)
        {
            first = First<TVector, TColumns>(from, tail);
            second = Second<TVector, TColumns>(from, tail);
            from += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<TVector, TRows, TColumns, TRow>(float* a, nint offset, TVector b0, TVector b1, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileRows
        where TColumns : struct, ITileColumns
        where TRow : struct, ITileRows
    {
        if (TRow.Count < TRows.Count)
        {
            TVector x = TVector.Broadcast(a[offset]);
            TVector.MultiplyAdd(ref first, x, b0);
            if (TColumns.Two)
                TVector.MultiplyAdd(ref second, x, b1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TRows, TColumns, TRow>(ref float* to, nint step, int tail, TVector first, TVector second)
        where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileRows
        where TColumns : struct, ITileColumns
        where TRow : struct, ITileRows
    {
        if (TRow.Count < TRows.Count)
        {
            if (TColumns.Two || TColumns.Whole)
                TVector.Store(first, to);
            else
                TVector.StorePartial(first, to, tail);
            if (TColumns.Two && TColumns.Whole)
                TVector.Store(second, to + TVector.Count);
            else if (TColumns.Two)
                TVector.StorePartial(second, to + TVector.Count, tail);
            to += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector First<TVector, TColumns>(float* from, int tail)
        where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns
        => TColumns.Two || TColumns.Whole ? TVector.Load(from) : TVector.LoadPartial(from, tail);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Second<TVector, TColumns>(float* from, int tail)
        where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns
        => !TColumns.Two ? default
            : TColumns.Whole ? TVector.Load(from + TVector.Count)
            : TVector.LoadPartial(from + TVector.Count, tail);
}
