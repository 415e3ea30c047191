using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content> The tile of a narrow C, no wider than one vector. It has up to 12 rows, because six chains cannot keep the multiply-add units busy.
/// </content>
internal unsafe partial struct MatrixTile
{
    /// <summary>The most rows of a narrow tile.</summary>
    public const int MaxNarrowRows = 12;

    /// <summary>Computes a tile of one vector, whole or partial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputeNarrow<TVector, TRows, TColumns, TDepth>(in MatrixTile tile) where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileCount where TColumns : struct, ITileColumns where TDepth : struct, ITileDepth
    {
        int tail = tile.Tail;
        TVector first = TColumns.Whole ? default : TVector.FirstLanes(tail);
        float* s = tile.Start;
        nint step = tile.StartRow;
        TVector c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        TVector c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        if (s != null)
        {
            LoadNarrow<TVector, TRows, TColumns, TDepth, R0>(ref s, step, tail, first, ref c0);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R1>(ref s, step, tail, first, ref c1);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R2>(ref s, step, tail, first, ref c2);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R3>(ref s, step, tail, first, ref c3);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R4>(ref s, step, tail, first, ref c4);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R5>(ref s, step, tail, first, ref c5);
            if (TDepth.HasHalves)
                s = tile.Start + tile.CHalf;
            LoadNarrow<TVector, TRows, TColumns, TDepth, R6>(ref s, step, tail, first, ref c6);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R7>(ref s, step, tail, first, ref c7);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R8>(ref s, step, tail, first, ref c8);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R9>(ref s, step, tail, first, ref c9);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R10>(ref s, step, tail, first, ref c10);
            LoadNarrow<TVector, TRows, TColumns, TDepth, R11>(ref s, step, tail, first, ref c11);
        }

        // Four pointers and two strides reach twelve rows.
        nint row = tile.ARow;
        nint row2 = 2 * row;
        float* a0 = tile.A;
        float* a3 = a0 + row + row2;
        float* a6 = TDepth.HasHalves ? a0 + tile.AHalf : a3 + row + row2;
        float* a9 = a6 + row + row2;
        float* b = tile.B;
        nint aStep = tile.AStep;
        nint bStep = tile.BStep;
        int run = 0;
    next:
        if (TDepth.HasRuns)
        {
            a0 = tile.A + tile.Runs[2 * run];
            a3 = a0 + row + row2;
            a6 = TDepth.HasHalves ? a0 + tile.AHalf : a3 + row + row2;
            a9 = a6 + row + row2;
            b = tile.B + tile.Runs[(2 * run) + 1];
        }

        for (int k = tile.K; k > 0; k--)
        {
            TVector b0 = LoadVector<TVector, TColumns, R0>(b, tail, first);
            MultiplyAddNarrow<TVector, TRows, TDepth, R0>(a0, 0, b0, ref c0);
            MultiplyAddNarrow<TVector, TRows, TDepth, R1>(a0, row, b0, ref c1);
            MultiplyAddNarrow<TVector, TRows, TDepth, R2>(a0, row2, b0, ref c2);
            MultiplyAddNarrow<TVector, TRows, TDepth, R3>(a3, 0, b0, ref c3);
            MultiplyAddNarrow<TVector, TRows, TDepth, R4>(a3, row, b0, ref c4);
            MultiplyAddNarrow<TVector, TRows, TDepth, R5>(a3, row2, b0, ref c5);
            MultiplyAddNarrow<TVector, TRows, TDepth, R6>(a6, 0, b0, ref c6);
            MultiplyAddNarrow<TVector, TRows, TDepth, R7>(a6, row, b0, ref c7);
            MultiplyAddNarrow<TVector, TRows, TDepth, R8>(a6, row2, b0, ref c8);
            MultiplyAddNarrow<TVector, TRows, TDepth, R9>(a9, 0, b0, ref c9);
            MultiplyAddNarrow<TVector, TRows, TDepth, R10>(a9, row, b0, ref c10);
            MultiplyAddNarrow<TVector, TRows, TDepth, R11>(a9, row2, b0, ref c11);
            a0 += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bStep;
        }

        if (TDepth.HasRuns && ++run < tile.RunCount)
            goto next;

        float* c = tile.C;
        step = tile.CRow;
        StoreNarrow<TVector, TRows, TColumns, TDepth, R0>(ref c, step, tail, c0);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R1>(ref c, step, tail, c1);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R2>(ref c, step, tail, c2);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R3>(ref c, step, tail, c3);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R4>(ref c, step, tail, c4);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R5>(ref c, step, tail, c5);
        if (TDepth.HasHalves)
            c = tile.C + tile.CHalf;
        StoreNarrow<TVector, TRows, TColumns, TDepth, R6>(ref c, step, tail, c6);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R7>(ref c, step, tail, c7);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R8>(ref c, step, tail, c8);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R9>(ref c, step, tail, c9);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R10>(ref c, step, tail, c10);
        StoreNarrow<TVector, TRows, TColumns, TDepth, R11>(ref c, step, tail, c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasRow<TRows, TDepth, TRow>() where TRows : struct, ITileCount where TDepth : struct, ITileDepth
        where TRow : struct, ITileCount => (TDepth.HasHalves ? TRow.Count % MaxRows : TRow.Count) < TRows.Count;

    // Methods of its own: with those of the wide tile and its other three vectors left empty, the JIT's code took 2.5 times as long.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadNarrow<TVector, TRows, TColumns, TDepth, TRow>(ref float* from, nint step, int tail, TVector first, ref TVector sum)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TColumns : struct, ITileColumns
        where TDepth : struct, ITileDepth where TRow : struct, ITileCount
    {
        if (HasRow<TRows, TDepth, TRow>())
        {
            sum = LoadVector<TVector, TColumns, R0>(from, tail, first);
            from += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAddNarrow<TVector, TRows, TDepth, TRow>(float* a, nint offset, TVector b, ref TVector sum)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TDepth : struct, ITileDepth
        where TRow : struct, ITileCount
    {
        if (HasRow<TRows, TDepth, TRow>())
            TVector.MultiplyAdd(ref sum, TVector.Broadcast(a[offset]), b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreNarrow<TVector, TRows, TColumns, TDepth, TRow>(ref float* to, nint step, int tail, TVector sum)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TColumns : struct, ITileColumns
        where TDepth : struct, ITileDepth where TRow : struct, ITileCount
    {
        if (HasRow<TRows, TDepth, TRow>())
        {
            StoreVector<TVector, TColumns, R0>(sum, to, tail);
            to += step;
        }
    }
}
