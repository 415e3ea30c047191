using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>A product with one row: c = start + a·B, for predictions of one row and for sums of columns.</summary>
/// <remarks><para>Every element of B is used once, so the memory is the limit, and B is read in the order of memory: all columns of some
/// rows of B (<see cref="DepthAtOnce"/>), then all columns of the next rows. Eight vectors of c at a time are eight chains, as
/// many as keep two multiply-add units with a latency of 4 cycles busy.</para>
/// <para>In a tiny network the calls take longer than the arithmetic, so the arguments stay in registers.</para></remarks>
internal static unsafe class MatrixRow
{
    /// <summary>How many rows of B are read together; also in a product of few rows.</summary>
    public const int DepthAtOnce = 32;

    /// <summary>A B of no more floats than this fits into the first-level cache, where the order of reading does not matter.</summary>
    public const int SmallB = 8 << 10;

    /// <summary>c[j] = start[j] + Σₖ a[k · aStep] b[k · bRow + j]; a start of null is 0.</summary>
    public static void Compute<TVector>(float* a, nint aStep, float* b, nint bRow, float* start, float* c, int depth, int columns)
        where TVector : struct, ISimdVector<TVector>
    {
        if ((long)depth * columns <= SmallB)
        {
            Columns<TVector>(a, aStep, b, bRow, start, c, depth, columns);
            return;
        }

        for (int k = 0; k < depth; k += DepthAtOnce, a += DepthAtOnce * aStep, b += DepthAtOnce * bRow, start = c)
            Columns<TVector>(a, aStep, b, bRow, start, c, Math.Min(DepthAtOnce, depth - k), columns);
    }

    /// <summary>The same of a B that lies in panels (<see cref="MatrixProduct.Packed"/>): as many panels at a time as are eight vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputePanels<TVector>(float* a, nint aStep, float* b, float* start, float* c, int depth, int columns)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixJob.Panel<TVector>(), together = 8 * TVector.Count;
        nint next = (nint)panel * depth;
        int j = 0;
        for (; j <= columns - together; j += together, b += next * (together / panel))
            Vectors<TVector, R8, InPanels>(a, aStep, b, next, start == null ? null : start + j, c + j, depth);
        for (; j < columns; j += panel, b += next)
        {
            float* from = start == null ? null : start + j;
            if (MatrixTile.MaxVectors<TVector>() == 4)
                Vectors<TVector, R4, InPanels>(a, aStep, b, next, from, c + j, depth);
            else
                Vectors<TVector, R2, InPanels>(a, aStep, b, next, from, c + j, depth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<TVector>(float* a, nint aStep, float* b, nint bRow, float* start, float* c, int depth, int columns)
        where TVector : struct, ISimdVector<TVector>
    {
        nint j = 0;
        for (; j <= columns - (8 * TVector.Count); j += 8 * TVector.Count)
            Vectors<TVector, R8, InRows>(a, aStep, b + j, bRow, start == null ? null : start + j, c + j, depth);
        if (j <= columns - (4 * TVector.Count))
        {
            Vectors<TVector, R4, InRows>(a, aStep, b + j, bRow, start == null ? null : start + j, c + j, depth);
            j += 4 * TVector.Count;
        }

        if (j <= columns - (2 * TVector.Count))
        {
            Vectors<TVector, R2, InRows>(a, aStep, b + j, bRow, start == null ? null : start + j, c + j, depth);
            j += 2 * TVector.Count;
        }

        if (j <= columns - TVector.Count)
        {
            Vectors<TVector, R1, InRows>(a, aStep, b + j, bRow, start == null ? null : start + j, c + j, depth);
            j += TVector.Count;
        }

        if (j < columns)
            Rest<TVector>(a, aStep, b + j, bRow, start == null ? null : start + j, c + j, depth, columns - (int)j);
    }

    // Some vectors of c. In panels, bRow is how far it is from one to the next.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vectors<TVector, TCount, TLayout>(float* a, nint aStep, float* b, nint bRow, float* start, float* c, int depth)
        where TVector : struct, ISimdVector<TVector> where TCount : struct, ITileCount where TLayout : struct, IRowLayout
    {
        // Where each second pair of vectors lies from the one before it, and the second four from the first; of a panel of four the second pair lies
        // behind the first.
        int n = TVector.Count;
        bool areApart = TLayout.HasPanels && MatrixTile.MaxVectors<TVector>() == 2;
        nint pair = areApart ? bRow : 2 * n, four = areApart ? 2 * bRow : TLayout.HasPanels ? bRow : 4 * n;
        nint step = TLayout.HasPanels ? MatrixJob.Panel<TVector>() : bRow;
        TVector c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        if (start != null)
        {
            c0 = Load<TVector, TCount, R0>(start);
            c1 = Load<TVector, TCount, R1>(start);
            c2 = Load<TVector, TCount, R2>(start);
            c3 = Load<TVector, TCount, R3>(start);
            c4 = Load<TVector, TCount, R4>(start);
            c5 = Load<TVector, TCount, R5>(start);
            c6 = Load<TVector, TCount, R6>(start);
            c7 = Load<TVector, TCount, R7>(start);
        }

        for (; depth > 0; depth--, a += aStep, b += step)
        {
            TVector x = TVector.Broadcast(*a);
            TVector.MultiplyAdd(ref c0, x, TVector.Load(b));
            if (TCount.Count > 1)
                TVector.MultiplyAdd(ref c1, x, TVector.Load(b + n));
            if (TCount.Count > 2)
            {
                TVector.MultiplyAdd(ref c2, x, TVector.Load(b + pair));
                TVector.MultiplyAdd(ref c3, x, TVector.Load(b + pair + n));
            }

            if (TCount.Count > 4)
            {
                TVector.MultiplyAdd(ref c4, x, TVector.Load(b + four));
                TVector.MultiplyAdd(ref c5, x, TVector.Load(b + four + n));
                TVector.MultiplyAdd(ref c6, x, TVector.Load(b + four + pair));
                TVector.MultiplyAdd(ref c7, x, TVector.Load(b + four + pair + n));
            }
        }

        Store<TVector, TCount, R0>(c0, c);
        Store<TVector, TCount, R1>(c1, c);
        Store<TVector, TCount, R2>(c2, c);
        Store<TVector, TCount, R3>(c3, c);
        Store<TVector, TCount, R4>(c4, c);
        Store<TVector, TCount, R5>(c5, c);
        Store<TVector, TCount, R6>(c6, c);
        Store<TVector, TCount, R7>(c7, c);
    }

    /// <summary>The last columns, fewer than a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rest<TVector>(float* a, nint aStep, float* b, nint bRow, float* start, float* c, int depth, int columns)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector first = TVector.FirstLanes(columns);
        TVector sum = start == null ? TVector.Zero : TVector.LoadPartial(start, columns, first);
        for (; depth > 0; depth--, a += aStep, b += bRow)
            TVector.MultiplyAdd(ref sum, TVector.Broadcast(*a), TVector.LoadPartial(b, columns, first));
        TVector.StorePartial(sum, c, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TVector, TCount, TIndex>(float* from) where TVector : struct, ISimdVector<TVector> where TCount : struct, ITileCount
        where TIndex : struct, ITileCount
        => TIndex.Count < TCount.Count ? TVector.Load(from + (TIndex.Count * TVector.Count)) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TCount, TIndex>(TVector value, float* to) where TVector : struct, ISimdVector<TVector>
        where TCount : struct, ITileCount where TIndex : struct, ITileCount
    {
        if (TIndex.Count < TCount.Count)
            TVector.Store(value, to + (TIndex.Count * TVector.Count));
    }

    // How B lies, as a type.
    private interface IRowLayout
    {
        static abstract bool HasPanels { get; }
    }

    private readonly struct InRows : IRowLayout
    {
        public static bool HasPanels => false;
    }

    private readonly struct InPanels : IRowLayout
    {
        public static bool HasPanels => true;
    }
}
