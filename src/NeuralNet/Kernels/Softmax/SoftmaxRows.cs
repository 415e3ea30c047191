using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Softmax, and cross-entropy on its argument, of many short vectors at once: as many rows as a register has lanes, so that
/// an element of all of them is one register, and no sum or maximum goes across lanes.
/// </summary>
/// <remarks>
/// The rows are transposed on the stack and the results back. Every number has the bits that <see cref="SoftmaxKernels"/>
/// gives it in a row alone: sums go through the tree of 16 lanes, written out over the columns.
/// </remarks>
internal static unsafe class SoftmaxRows
{
    /// <summary>The widest rows that are treated like this; wider ones fill registers by themselves.</summary>
    public const int MaxColumns = 16;

    /// <summary>The most rows that are treated at once: a lane each.</summary>
    public const int MaxLanes = 16;

    /// <summary>y = softmax(z / T) of each row of [rows, columns]. <paramref name="y"/> may be <paramref name="z"/> itself.</summary>
    public static void Forward(ReadOnlySpan<float> z, Span<float> y, int rows, int columns, float temperature = 1)
    {
        Check(z.Length, rows, columns);
        Check(y.Length, rows, columns);
        fixed (float* pz = z, py = y)
        {
            if (Vector512.IsHardwareAccelerated)
                Forward<Simd512>(pz, py, rows, columns, temperature);
            else if (Vector256.IsHardwareAccelerated)
                Forward<Simd256>(pz, py, rows, columns, temperature);
            else
                Forward<Simd128>(pz, py, rows, columns, temperature);
        }
    }

    /// <summary>
    /// The cross-entropy of each row, and w times its gradient, as in <see cref="SoftmaxKernels"/>; without a gradient
    /// (an empty span) the values alone.
    /// </summary>
    public static void CrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> d, float w, Span<float> dz, Span<double> values, int columns)
    {
        Check(z.Length, values.Length, columns);
        Check(d.Length, values.Length, columns);
        if (!dz.IsEmpty)
            Check(dz.Length, values.Length, columns);
        fixed (double* pv = values)
        fixed (float* pz = z, pd = d, pdz = dz)
        {
            if (Vector512.IsHardwareAccelerated)
                CrossEntropy<Simd512>(pz, pd, w, pdz, pv, values.Length, columns);
            else if (Vector256.IsHardwareAccelerated)
                CrossEntropy<Simd256>(pz, pd, w, pdz, pv, values.Length, columns);
            else
                CrossEntropy<Simd128>(pz, pd, w, pdz, pv, values.Length, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Forward<TVector>(float* z, float* y, int rows, int n, float temperature = 1)
        where TVector : struct, ISimdVector<TVector>
    {
        float* exps = stackalloc float[MaxColumns * MaxLanes];
        float* half = stackalloc float[MaxColumns / 2 * MaxLanes];
        for (int row = 0; row < rows; row += TVector.Count, z += n * TVector.Count, y += n * TVector.Count)
        {
            int count = Math.Min(TVector.Count, rows - row);
            MatrixPanel.CopyTransposed(z, n, exps, TVector.Count, n, count);
            TVector max = Max<TVector>(exps, n);
            if (temperature != 1)
            {
                for (int k = 0; k < n; k++)
                    TVector.Store((TVector.Load(exps + (k * TVector.Count)) - max) / TVector.Broadcast(temperature), exps + (k * TVector.Count));
                max = TVector.Zero;
            }

            for (int k = 0; k < n; k++)
                TVector.Store(TVector.Exp(TVector.Load(exps + (k * TVector.Count)) - max), exps + (k * TVector.Count));
            TVector sum = Sum<TVector>(exps, n, half);
            for (int k = 0; k < n; k++)
                TVector.Store(TVector.Load(exps + (k * TVector.Count)) / sum, exps + (k * TVector.Count));
            MatrixPanel.CopyTransposed(exps, TVector.Count, y, n, count, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void CrossEntropy<TVector>(float* z, float* d, float w, float* dz, double* values, int rows, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        float* zs = stackalloc float[MaxColumns * MaxLanes];
        float* ds = stackalloc float[MaxColumns * MaxLanes];
        float* exps = stackalloc float[MaxColumns * MaxLanes];
        float* half = stackalloc float[MaxColumns / 2 * MaxLanes];
        for (int row = 0; row < rows; row += TVector.Count, z += n * TVector.Count, d += n * TVector.Count)
        {
            int count = Math.Min(TVector.Count, rows - row);
            MatrixPanel.CopyTransposed(z, n, zs, TVector.Count, n, count);
            MatrixPanel.CopyTransposed(d, n, ds, TVector.Count, n, count);
            TVector max = Max<TVector>(zs, n);
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
            {
                TVector vz = TVector.Load(zs + k);
                TVector.Store(VectorMath.ExpOrZero(vz - max), exps + k);
                TVector.Store(SoftmaxKernels.Distance(vz, TVector.Load(ds + k), max), zs + k);
            }

            TVector expSum = Sum<TVector>(exps, n, half), dSum = Sum<TVector>(ds, n, half), distance = Sum<TVector>(zs, n, half);
            TVector.Store(SoftmaxKernels.Value(distance, dSum, expSum), half);
            for (int r = 0; r < count; r++)
                values[row + r] = half[r];
            if (dz == null)
                continue;
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
                TVector.Store(SoftmaxKernels.Gradient(TVector.Load(exps + k), TVector.Load(ds + k), expSum, dSum, w), exps + k);
            MatrixPanel.CopyTransposed(exps, TVector.Count, dz, n, count, n);
            dz += n * TVector.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Max<TVector>(float* columns, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector max = TVector.Load(columns);
        for (int k = 1; k < n; k++)
            max = TVector.MaxOfNumbers(max, TVector.Load(columns + (k * TVector.Count)));
        return max;
    }

    /// <summary>The columns' sum in the order of SumLanes: the upper half of 16 is added to the lower until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static TVector Sum<TVector>(float* columns, int n, float* half)
        where TVector : struct, ISimdVector<TVector>
    {
        // Lanes past the end are 0, and adding them makes 0 of −0: once, or the bits would not be those of SumLanes.
        float* from = columns;
        for (int step = MaxColumns / 2; step > 0; step /= 2)
        {
            if (n <= step && from == half)
                continue;
            for (int k = 0; k < Math.Min(n, step); k++)
            {
                TVector upper = k + step < n ? TVector.Load(from + ((k + step) * TVector.Count)) : TVector.Zero;
                TVector.Store(TVector.Load(from + (k * TVector.Count)) + upper, half + (k * TVector.Count));
            }

            n = Math.Min(n, step);
            from = half;
        }

        return TVector.Load(from);
    }

    private static void Check(int length, int rows, int columns)
    {
        if (columns is < 1 or > MaxColumns || length != (long)rows * columns)
            throw new ArgumentException($"{rows} rows of 1 to {MaxColumns} columns were expected, but got {columns} columns and {length} values.");
    }
}
