namespace NeuralNet.Kernels;

/// <summary>Transposed copies: rows that become columns of a wider matrix, and back.</summary>
internal static unsafe class TransposeKernels
{
    /// <summary>to[j, first + i] = from[i, j]: rows become columns of a wider matrix. from is [rows, columns], to has
    /// <paramref name="stride"/> columns.</summary>
    public static void RowsToColumns(ReadOnlySpan<float> from, int columns, Span<float> to, int stride, int first)
    {
        int rows = Rows(from.Length, columns, to.Length, stride, first);
        fixed (float* source = from, target = to)
            MatrixPanel.CopyTransposed(source, columns, target + first, stride, columns, rows);
    }

    /// <summary>to[i, j] = from[j, first + i]: columns of a wider matrix become rows. to is [rows, columns], from has
    /// <paramref name="stride"/> columns.</summary>
    public static void ColumnsToRows(ReadOnlySpan<float> from, int stride, int first, Span<float> to, int columns)
    {
        int rows = Rows(to.Length, columns, from.Length, stride, first);
        fixed (float* source = from, target = to)
            MatrixPanel.CopyTransposed(source + first, stride, target, columns, rows, columns);
    }

    private static int Rows(int length, int columns, int wide, int stride, int first)
    {
        if (columns < 1 || length % columns != 0 || (long)columns * stride != wide)
            throw new ArgumentException($"{length} values are not rows of {columns} columns, or {wide} no {columns} rows of {stride} columns.");
        int rows = length / columns;
        return first >= 0 && rows <= stride - first ? rows
            : throw new ArgumentException($"{rows} columns from {first} on do not lie within {stride}.");
    }
}
