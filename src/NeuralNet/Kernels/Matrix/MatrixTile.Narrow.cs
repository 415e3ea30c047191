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
            LoadNarrow<TVector, TRows, TColumns, R0>(ref s, step, tail, first, ref c0);
            LoadNarrow<TVector, TRows, TColumns, R1>(ref s, step, tail, first, ref c1);
            LoadNarrow<TVector, TRows, TColumns, R2>(ref s, step, tail, first, ref c2);
            LoadNarrow<TVector, TRows, TColumns, R3>(ref s, step, tail, first, ref c3);
            LoadNarrow<TVector, TRows, TColumns, R4>(ref s, step, tail, first, ref c4);
            LoadNarrow<TVector, TRows, TColumns, R5>(ref s, step, tail, first, ref c5);
            LoadNarrow<TVector, TRows, TColumns, R6>(ref s, step, tail, first, ref c6);
            LoadNarrow<TVector, TRows, TColumns, R7>(ref s, step, tail, first, ref c7);
            LoadNarrow<TVector, TRows, TColumns, R8>(ref s, step, tail, first, ref c8);
            LoadNarrow<TVector, TRows, TColumns, R9>(ref s, step, tail, first, ref c9);
            LoadNarrow<TVector, TRows, TColumns, R10>(ref s, step, tail, first, ref c10);
            LoadNarrow<TVector, TRows, TColumns, R11>(ref s, step, tail, first, ref c11);
        }

        // Four pointers and two strides reach twelve rows.
        nint row = tile.ARow;
        nint row2 = 2 * row;
        float* a0 = tile.A;
        float* a3 = a0 + row + row2;
        float* a6 = a3 + row + row2;
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
            a6 = a3 + row + row2;
            a9 = a6 + row + row2;
            b = tile.B + tile.Runs[(2 * run) + 1];
        }

        for (int k = tile.K; k > 0; k--)
        {
            TVector b0 = LoadVector<TVector, TColumns, R0>(b, tail, first);
            MultiplyAddNarrow<TVector, TRows, R0>(a0, 0, b0, ref c0);
            MultiplyAddNarrow<TVector, TRows, R1>(a0, row, b0, ref c1);
            MultiplyAddNarrow<TVector, TRows, R2>(a0, row2, b0, ref c2);
            MultiplyAddNarrow<TVector, TRows, R3>(a3, 0, b0, ref c3);
            MultiplyAddNarrow<TVector, TRows, R4>(a3, row, b0, ref c4);
            MultiplyAddNarrow<TVector, TRows, R5>(a3, row2, b0, ref c5);
            MultiplyAddNarrow<TVector, TRows, R6>(a6, 0, b0, ref c6);
            MultiplyAddNarrow<TVector, TRows, R7>(a6, row, b0, ref c7);
            MultiplyAddNarrow<TVector, TRows, R8>(a6, row2, b0, ref c8);
            MultiplyAddNarrow<TVector, TRows, R9>(a9, 0, b0, ref c9);
            MultiplyAddNarrow<TVector, TRows, R10>(a9, row, b0, ref c10);
            MultiplyAddNarrow<TVector, TRows, R11>(a9, row2, b0, ref c11);
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
        StoreNarrow<TVector, TRows, TColumns, R0>(ref c, step, tail, c0);
        StoreNarrow<TVector, TRows, TColumns, R1>(ref c, step, tail, c1);
        StoreNarrow<TVector, TRows, TColumns, R2>(ref c, step, tail, c2);
        StoreNarrow<TVector, TRows, TColumns, R3>(ref c, step, tail, c3);
        StoreNarrow<TVector, TRows, TColumns, R4>(ref c, step, tail, c4);
        StoreNarrow<TVector, TRows, TColumns, R5>(ref c, step, tail, c5);
        StoreNarrow<TVector, TRows, TColumns, R6>(ref c, step, tail, c6);
        StoreNarrow<TVector, TRows, TColumns, R7>(ref c, step, tail, c7);
        StoreNarrow<TVector, TRows, TColumns, R8>(ref c, step, tail, c8);
        StoreNarrow<TVector, TRows, TColumns, R9>(ref c, step, tail, c9);
        StoreNarrow<TVector, TRows, TColumns, R10>(ref c, step, tail, c10);
        StoreNarrow<TVector, TRows, TColumns, R11>(ref c, step, tail, c11);
    }

    // Methods of its own: with those of the wide tile and its other three vectors left empty, the JIT's code took 2.5 times as long.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadNarrow<TVector, TRows, TColumns, TRow>(ref float* from, nint step, int tail, TVector first, ref TVector sum)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TColumns : struct, ITileColumns
        where TRow : struct, ITileCount
    {
        if (TRow.Count < TRows.Count)
        {
            sum = LoadVector<TVector, TColumns, R0>(from, tail, first);
            from += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAddNarrow<TVector, TRows, TRow>(float* a, nint offset, TVector b, ref TVector sum)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TRow : struct, ITileCount
    {
        if (TRow.Count < TRows.Count)
            TVector.MultiplyAdd(ref sum, TVector.Broadcast(a[offset]), b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreNarrow<TVector, TRows, TColumns, TRow>(ref float* to, nint step, int tail, TVector sum)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TColumns : struct, ITileColumns
        where TRow : struct, ITileCount
    {
        if (TRow.Count < TRows.Count)
        {
            StoreVector<TVector, TColumns, R0>(sum, to, tail);
            to += step;
        }
    }
}
