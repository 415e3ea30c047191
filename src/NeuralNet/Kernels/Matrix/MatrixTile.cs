using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>The innermost loop of every matrix product: C = start + A·B for a tile of C so small that it stays in registers.</summary>
/// <remarks><para>A tile is up to 6 rows by 4 vectors. For each k the kernel loads the vectors of row k of B once, and for every row
/// r broadcasts one element of A and does a fused multiply-add into each of that row's accumulators. Accumulators are
/// independent chains, at least 8 of which are needed to keep two multiply-add units with a latency of 4 cycles busy. 6 × 4
/// need 24 registers of 32 and make 24 multiply-adds of 10 loads (12 × 2 would load 14 times, more than half of what the
/// load units can do, and was measured slower); 6 × 2 is what the 16 registers of AVX2 hold.</para>
/// <para>A is read with a stride in both directions, so that A and Aᵀ are the same kernel. The rows of B are contiguous.</para>
/// <para>Element (r, j) is one chain, start, then k ascending, whatever the tile's size: the bits do not depend on it.
/// A chain may also be stored and continued (Start = C) with the same bits.</para></remarks>
internal unsafe partial struct MatrixTile
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

    /// <summary>Where runs of k begin, in A and in B, one pair of distances after the other: with <see cref="SeveralRuns"/> the chains go on from
    /// one run of K to the next.</summary>
    public nint* Runs;
    public int RunCount;

    /// <summary>How far the second half of the rows lies from the first in A, and in C and its start, with <see cref="RunsOfHalves"/>.</summary>
    public nint AHalf, CHalf;

    /// <summary>How many elements of the last vector of a row belong to C, where that is not all.</summary>
    public int Tail;

    /// <summary>The most rows of a tile.</summary>
    public const int MaxRows = 6;

    /// <summary>The widest tile, in floats, that vectors of any width make.</summary>
    public const int WidestPanel = 4 * Workers.Line;

    /// <summary>The most vectors of a tile's row: as many as the registers of the machine hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MaxVectors<TVector>() where TVector : struct, ISimdVector<TVector> => TVector.Registers >= 32 ? 4 : 2;

    /// <summary>Moves the tile to the columns to the right.</summary>
    /// <param name="columns">How many columns of C the tile had.</param>
    /// <param name="inB">How far the next columns are in B.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NextColumns(nint columns, nint inB)
    {
        B += inB;
        C += columns;
        if (Start != null)
            Start += columns;
    }

    /// <summary>Computes the tile.</summary>
    /// <typeparam name="TVector">The vector register.</typeparam>
    /// <typeparam name="TRows">How many rows; a constant for the JIT, which leaves out the others' code.</typeparam>
    /// <typeparam name="TColumns">How many vectors, likewise.</typeparam>
    /// <typeparam name="TDepth">Whether k has one run or several, likewise.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<TVector, TRows, TColumns, TDepth>(in MatrixTile tile) where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileCount where TColumns : struct, ITileColumns where TDepth : struct, ITileDepth
    {
        int tail = tile.Tail;
        TVector first = TColumns.Whole ? default : TVector.FirstLanes(tail);
        float* s = tile.Start;
        nint step = tile.StartRow;
        TVector c00 = default, c01 = default, c02 = default, c03 = default;
        TVector c10 = default, c11 = default, c12 = default, c13 = default;
        TVector c20 = default, c21 = default, c22 = default, c23 = default;
        TVector c30 = default, c31 = default, c32 = default, c33 = default;
        TVector c40 = default, c41 = default, c42 = default, c43 = default;
        TVector c50 = default, c51 = default, c52 = default, c53 = default;
        if (s != null)
        {
            Load<TVector, TRows, TColumns, R0>(ref s, step, tail, first, ref c00, ref c01, ref c02, ref c03);
            Load<TVector, TRows, TColumns, R1>(ref s, step, tail, first, ref c10, ref c11, ref c12, ref c13);
            Load<TVector, TRows, TColumns, R2>(ref s, step, tail, first, ref c20, ref c21, ref c22, ref c23);
            Load<TVector, TRows, TColumns, R3>(ref s, step, tail, first, ref c30, ref c31, ref c32, ref c33);
            Load<TVector, TRows, TColumns, R4>(ref s, step, tail, first, ref c40, ref c41, ref c42, ref c43);
            Load<TVector, TRows, TColumns, R5>(ref s, step, tail, first, ref c50, ref c51, ref c52, ref c53);
        }

        if (tile.StartRow != 0 && TRows.Count == MaxRows)
            FetchNextStarts<TVector, TRows, TColumns>(tile);

        // Two pointers and two strides reach six rows, and leave registers free for the rest.
        nint row = tile.ARow;
        nint row2 = 2 * row;
        float* a0 = tile.A;
        float* a3 = a0 + row + row2;
        float* b = tile.B;
        nint aStep = tile.AStep;
        nint bStep = tile.BStep;
        int run = 0;
    next:
        if (TDepth.HasRuns)
        {
            a0 = tile.A + tile.Runs[2 * run];
            a3 = a0 + row + row2;
            b = tile.B + tile.Runs[(2 * run) + 1];
        }

        for (int k = tile.K; k > 0; k--)
        {
            TVector b0 = LoadVector<TVector, TColumns, R0>(b, tail, first);
            TVector b1 = LoadVector<TVector, TColumns, R1>(b, tail, first);
            TVector b2 = LoadVector<TVector, TColumns, R2>(b, tail, first);
            TVector b3 = LoadVector<TVector, TColumns, R3>(b, tail, first);
            MultiplyAdd<TVector, TRows, TColumns, R0>(a0, 0, b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
            MultiplyAdd<TVector, TRows, TColumns, R1>(a0, row, b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
            MultiplyAdd<TVector, TRows, TColumns, R2>(a0, row2, b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
            MultiplyAdd<TVector, TRows, TColumns, R3>(a3, 0, b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
            MultiplyAdd<TVector, TRows, TColumns, R4>(a3, row, b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
            MultiplyAdd<TVector, TRows, TColumns, R5>(a3, row2, b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
            a0 += aStep;
            a3 += aStep;
            b += bStep;
        }

        if (TDepth.HasRuns && ++run < tile.RunCount)
            goto next;

        float* c = tile.C;
        step = tile.CRow;
        Store<TVector, TRows, TColumns, R0>(ref c, step, tail, c00, c01, c02, c03);
        Store<TVector, TRows, TColumns, R1>(ref c, step, tail, c10, c11, c12, c13);
        Store<TVector, TRows, TColumns, R2>(ref c, step, tail, c20, c21, c22, c23);
        Store<TVector, TRows, TColumns, R3>(ref c, step, tail, c30, c31, c32, c33);
        Store<TVector, TRows, TColumns, R4>(ref c, step, tail, c40, c41, c42, c43);
        Store<TVector, TRows, TColumns, R5>(ref c, step, tail, c50, c51, c52, c53);
    }

    /// <summary>Chains that start from values in memory all wait for it at once: while this tile is computed, the starts of the tile to
    /// the right are fetched into the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchNextStarts<TVector, TRows, TColumns>(in MatrixTile tile) where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileCount where TColumns : struct, ITileColumns
    {
        float* next = tile.Start + (TColumns.Vectors * TVector.Count);
        for (int r = 0; r < TRows.Count; r++, next += tile.StartRow)
        {
            for (int v = 0; v < TColumns.Vectors; v++)
                Prefetch(next + (v * TVector.Count));
        }
    }

    // Any address is allowed, mapped or not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* from)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(from);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TRows, TColumns, TRow>(
        ref float* from, nint step, int tail, TVector first, ref TVector c0, ref TVector c1, ref TVector c2, ref TVector c3)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TColumns : struct, ITileColumns
        where TRow : struct, ITileCount
    {
        if (TRow.Count < TRows.Count)
        {
            c0 = LoadVector<TVector, TColumns, R0>(from, tail, first);
            c1 = LoadVector<TVector, TColumns, R1>(from, tail, first);
            c2 = LoadVector<TVector, TColumns, R2>(from, tail, first);
            c3 = LoadVector<TVector, TColumns, R3>(from, tail, first);
            from += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<TVector, TRows, TColumns, TRow>(
        float* a, nint offset, TVector b0, TVector b1, TVector b2, TVector b3, ref TVector c0, ref TVector c1, ref TVector c2, ref TVector c3)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TColumns : struct, ITileColumns
        where TRow : struct, ITileCount
    {
        if (TRow.Count < TRows.Count)
        {
            TVector x = TVector.Broadcast(a[offset]);
            TVector.MultiplyAdd(ref c0, x, b0);
            if (TColumns.Vectors > 1)
                TVector.MultiplyAdd(ref c1, x, b1);
            if (TColumns.Vectors > 2)
                TVector.MultiplyAdd(ref c2, x, b2);
            if (TColumns.Vectors > 3)
                TVector.MultiplyAdd(ref c3, x, b3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TRows, TColumns, TRow>(
        ref float* to, nint step, int tail, TVector c0, TVector c1, TVector c2, TVector c3) where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileCount where TColumns : struct, ITileColumns where TRow : struct, ITileCount
    {
        if (TRow.Count < TRows.Count)
        {
            StoreVector<TVector, TColumns, R0>(c0, to, tail);
            StoreVector<TVector, TColumns, R1>(c1, to, tail);
            StoreVector<TVector, TColumns, R2>(c2, to, tail);
            StoreVector<TVector, TColumns, R3>(c3, to, tail);
            to += step;
        }
    }

    // Vector TIndex of a row: 0 past the last vector; of the last one, the lanes that belong to C.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LoadVector<TVector, TColumns, TIndex>(float* from, int tail, TVector first) where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns where TIndex : struct, ITileCount
        => TIndex.Count >= TColumns.Vectors ? default
            : TIndex.Count + 1 < TColumns.Vectors || TColumns.Whole ? TVector.Load(from + (TIndex.Count * TVector.Count))
            : TVector.LoadPartial(from + (TIndex.Count * TVector.Count), tail, first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreVector<TVector, TColumns, TIndex>(TVector value, float* to, int tail) where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns where TIndex : struct, ITileCount
    {
        if (TIndex.Count >= TColumns.Vectors)
            return;
        if (TIndex.Count + 1 < TColumns.Vectors || TColumns.Whole)
            TVector.Store(value, to + (TIndex.Count * TVector.Count));
        else
            TVector.StorePartial(value, to + (TIndex.Count * TVector.Count), tail);
    }
}
