using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The right factor B of a product that is computed at every step of a sequence: copied together once, panel by panel, and
/// then used many times with few rows.</summary>
/// <remarks>All rows are multiplied by one panel before the next, so that it is read from the first-level cache for all but the first
/// few rows. Chains are those of <see cref="MatrixProduct"/>: start, then the summed index ascending.</remarks>
internal unsafe struct PackedFactor
{
    // As deep as the panel and the rows of A beside it stay in the first-level cache.
    private const int MaxDepth = 256;

    // With fewer rows than this, over all steps, copying B takes longer than it saves if B can be read as it lies; and for one
    // row at a time that is the fastest.
    private const int UsesToPack = 12;

    private float* b;
    private nint step, nextPanel;
    private int depth, columns;
    private bool isPacked;

    /// <summary>How many floats of scratch memory a factor needs at most, on any machine: a multiple of a cache line.</summary>
    public static int ScratchFor(int depth, int columns) =>
        checked(((depth + Workers.Line - 1) & -Workers.Line) * ((columns + MatrixTile.WidestPanel - 1) & -MatrixTile.WidestPanel));

    /// <summary>B as it lies, or a copy of it in panels where it will be used often enough.</summary>
    /// <param name="b">B, [depth, columns], or its transpose.</param>
    /// <param name="bRow">From one row of it to the next.</param>
    /// <param name="transposed">Whether b is [columns, depth].</param>
    /// <param name="depth">The summed index.</param>
    /// <param name="columns">The columns of the product.</param>
    /// <param name="rows">How many rows will be multiplied at a time.</param>
    /// <param name="steps">How often.</param>
    /// <param name="scratch">Memory for the copy.</param>
    public static PackedFactor Of<TVector>(float* b, int bRow, bool transposed, int depth, int columns, int rows, int steps, float* scratch)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixJob.Panel<TVector>();
        if (!transposed && (rows == 1 || (long)rows * steps < UsesToPack))
            return new PackedFactor { b = b, step = bRow, nextPanel = panel, depth = depth, columns = columns };
        if (transposed)
        {
            for (int j = 0; j < columns; j += panel)
                MatrixPanel.CopyTransposed(b + ((nint)j * bRow), bRow, scratch + ((nint)j * depth), panel, depth, Math.Min(panel, columns - j));
        }
        else
        {
            MatrixPanel.Copy<TVector>(b, bRow, scratch, panel, depth, columns);
        }

        return new PackedFactor { b = scratch, step = panel, nextPanel = (nint)panel * depth, depth = depth, columns = columns, isPacked = true };
    }

    /// <summary>C = start + A·B for some rows; a start of null is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Multiply<TVector>(float* a, nint aRow, float* start, nint startRow, float* c, nint cRow, int rows)
        where TVector : struct, ISimdVector<TVector>
    {
        if (rows == 1 && !isPacked)
        {
            MatrixRow.Compute<TVector>(a, 1, b, step, start, c, depth, columns);
            return;
        }

        MatrixTile tile = default;
        int panel = MatrixJob.Panel<TVector>();
        float* from = b;
        for (int column = 0; column < columns; column += panel, from += nextPanel)
        {
            float* chain = start == null ? null : start + column;
            nint chainRow = startRow;
            for (int k = 0; k < depth; k += MaxDepth)
            {
                tile.A = a + k;
                tile.ARow = aRow;
                tile.AStep = 1;
                tile.B = from + (k * step);
                tile.BStep = step;
                tile.Start = chain;
                tile.StartRow = chainRow;
                tile.C = c + column;
                tile.CRow = cRow;
                tile.K = Math.Min(MaxDepth, depth - k);
                MatrixJob.Strip<TVector, OneRun>(ref tile, rows, Math.Min(panel, columns - column), nextPanel, 0);
                chain = c + column;
                chainRow = cRow;
            }
        }
    }
}
