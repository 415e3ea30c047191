namespace NeuralNet.Kernels;

/// <summary>Copies a strip of a matrix together, so that the innermost loop reads it from first to last.</summary>
internal static unsafe class MatrixPanel
{
    /// <summary>panel[k, j] = b[k, j]; what of a panel's row lies past the columns is left as it is.</summary>
    public static void Copy(float* b, nint bRow, float* panel, int width, int depth, int columns)
    {
        for (int k = 0; k < depth; k++)
        {
            new ReadOnlySpan<float>(b, columns).CopyTo(new Span<float>(panel, columns));
            b += bRow;
            panel += width;
        }
    }

    /// <summary>panel[k, j] = b[j, k]; what of a panel's row lies past the columns is left as it is.</summary>
    public static void CopyTransposed(float* b, nint bRow, float* panel, int width, int depth, int columns)
    {
        for (int j = 0; j < columns; j++)
        {
            for (int k = 0; k < depth; k++)
                panel[((nint)k * width) + j] = b[k];
            b += bRow;
        }
    }
}
