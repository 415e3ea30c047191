using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>Copies a strip of a matrix together, so that the innermost loop reads it from first to last.</summary>
/// <remarks>The lanes of a panel's row past the last column are left as they are: nobody reads them.</remarks>
internal static unsafe class MatrixPanel
{
    /// <summary>panel[k, j] = b[k, j], for panels of some width that follow each other; b is read row by row, as it lies in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<TVector>(float* b, nint bRow, float* panel, int width, int depth, int columns)
        where TVector : struct, ISimdVector<TVector>
    {
        nint nextPanel = (nint)width * depth;
        for (; depth > 0; depth--, b += bRow, panel += width)
        {
            float* from = b;
            float* to = panel;
            int left = columns;
            for (; left >= width; left -= width, from += width, to += nextPanel)
            {
                for (int j = 0; j < width; j += TVector.Count)
                    TVector.Store(TVector.Load(from + j), to + j);
            }

            for (; left > 0; left -= TVector.Count, from += TVector.Count, to += TVector.Count)
                VectorTail.Store(VectorTail.Load<TVector>(from, left), to, left);
        }
    }

    /// <summary>From one tile's rows to the next in what <see cref="CopyTiles"/> makes.</summary>
    public static nint TileStep(int depth) => (nint)MatrixTile.MaxRows * depth;

    /// <summary>The rows of a transposed A, in tiles of <see cref="MatrixTile.MaxRows"/>: within one, its elements at k = 0 lie
    /// beside each other, then those at k = 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTiles(float* a, nint aStep, float* tiles, int rows, int depth)
    {
        nint next = TileStep(depth);
        for (int k = 0; k < depth; k++, a += aStep, tiles += MatrixTile.MaxRows)
        {
            float* to = tiles;
            int row = 0;
            for (; row <= rows - MatrixTile.MaxRows; row += MatrixTile.MaxRows, to += next)
            {
                Vector128.Load(a + row).Store(to);
                Vector64.Load(a + row + 4).Store(to + 4);
            }

            for (int r = row; r < rows; r++)
                to[r - row] = a[r];
        }
    }

    /// <summary>panel[k, j] = b[j, k]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTransposed(float* b, nint bRow, float* panel, int width, int depth, int columns)
    {
        int column = 0;
        if (Avx.IsSupported)
        {
            for (; column <= columns - 8; column += 8)
                Transpose8(b + (column * bRow), bRow, panel + column, width, depth);
        }

        for (; column <= columns - 4; column += 4)
            Transpose4(b + (column * bRow), bRow, panel + column, width, depth);
        if (column < columns)
            TransposeRest(b + (column * bRow), bRow, panel + column, width, depth, columns - column);
    }

    /// <summary>Transposes 8 rows of b, 4 elements of each at a time: two blocks of 4 × 4 in the halves of the registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* b, nint bRow, float* panel, nint width, int depth)
    {
        nint bRow2 = 2 * bRow;
        int k = 0;
        for (; k <= depth - 4; k += 4)
        {
            float* lower = b + k;
            float* upper = lower + (2 * bRow2);
            Vector256<float> row0 = Vector256.Create(Vector128.Load(lower), Vector128.Load(upper));
            Vector256<float> row1 = Vector256.Create(Vector128.Load(lower + bRow), Vector128.Load(upper + bRow));
            Vector256<float> row2 = Vector256.Create(Vector128.Load(lower + bRow2), Vector128.Load(upper + bRow2));
            Vector256<float> row3 = Vector256.Create(Vector128.Load(lower + bRow2 + bRow), Vector128.Load(upper + bRow2 + bRow));
            Vector256<double> low01 = Avx.UnpackLow(row0, row1).AsDouble();
            Vector256<double> high01 = Avx.UnpackHigh(row0, row1).AsDouble();
            Vector256<double> low23 = Avx.UnpackLow(row2, row3).AsDouble();
            Vector256<double> high23 = Avx.UnpackHigh(row2, row3).AsDouble();
            float* to = panel + (k * width);
            Avx.UnpackLow(low01, low23).AsSingle().Store(to);
            Avx.UnpackHigh(low01, low23).AsSingle().Store(to + width);
            Avx.UnpackLow(high01, high23).AsSingle().Store(to + (2 * width));
            Avx.UnpackHigh(high01, high23).AsSingle().Store(to + (3 * width));
        }

        TransposeRest(b + k, bRow, panel + (k * width), width, depth - k, 8);
    }

    /// <summary>Transposes 4 rows of b, 4 elements of each at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose4(float* b, nint bRow, float* panel, nint width, int depth)
    {
        int k = 0;
        for (; k <= depth - 4; k += 4)
        {
            float* from = b + k;
            Vector128<float> row0 = Vector128.Load(from);
            Vector128<float> row1 = Vector128.Load(from + bRow);
            Vector128<float> row2 = Vector128.Load(from + (2 * bRow));
            Vector128<float> row3 = Vector128.Load(from + (3 * bRow));
            Vector128<float> low02 = ZipLow(row0, row2);
            Vector128<float> high02 = ZipHigh(row0, row2);
            Vector128<float> low13 = ZipLow(row1, row3);
            Vector128<float> high13 = ZipHigh(row1, row3);
            float* to = panel + (k * width);
            ZipLow(low02, low13).Store(to);
            ZipHigh(low02, low13).Store(to + width);
            ZipLow(high02, high13).Store(to + (2 * width));
            ZipHigh(high02, high13).Store(to + (3 * width));
        }

        TransposeRest(b + k, bRow, panel + (k * width), width, depth - k, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeRest(float* b, nint bRow, float* panel, nint width, int depth, int columns)
    {
        for (int k = 0; k < depth; k++)
        {
            for (int j = 0; j < columns; j++)
                panel[j] = b[(j * bRow) + k];
            panel += width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> left, Vector128<float> right)
        => Sse.IsSupported ? Sse.UnpackLow(left, right)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(left, right)
            : Vector128.Create(left[0], right[0], left[1], right[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> left, Vector128<float> right)
        => Sse.IsSupported ? Sse.UnpackHigh(left, right)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(left, right)
            : Vector128.Create(left[2], right[2], left[3], right[3]);
}
