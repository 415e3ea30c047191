using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The right factor of the products that a convolution is made of, one for each strip of pixels: C[i, j] = start[j] + Σ over pieces p and k
/// of A[i, offset of p + k] · B[p, k, j].</summary>
/// <remarks>The pieces of a window are read where they lie. Each element of C is one chain over the pieces in their order and k ascending in each,
/// and stays in a register from its start to its end.</remarks>
internal unsafe struct LineFactor
{
    public float* B;

    /// <summary>From one k to the next in B, and from one panel of columns to the next.</summary>
    public nint Step, NextPanel;
    public int Piece, Columns;

    /// <summary>Where each piece begins, in A from its first pixel and in B.</summary>
    public nint* Runs;

    /// <summary>A size in floats, rounded up to whole cache lines.</summary>
    public static int Rounded(long floats) => checked((int)((floats + Workers.Line - 1) & -Workers.Line));

    /// <summary>How many floats the table of so many pieces takes.</summary>
    public static int TableSize(int pieces) => Rounded(2L * pieces * (sizeof(nint) / sizeof(float)));

    /// <summary>How many floats a copy of B takes at most, on any machine.</summary>
    public static int PackedSize(int depth, int columns) =>
        Rounded((long)depth * ((columns + MatrixTile.WidestPanel - 1) & -MatrixTile.WidestPanel));

    /// <summary>Whether B is worth a copy, panel by panel: its rows lie across cache lines, or far apart.</summary>
    public static bool IsPacked<TVector>(float* b, int row, int columns) where TVector : struct, ISimdVector<TVector>
    {
        bool straddles = (((nuint)b | (nuint)(row * sizeof(float))) & (nuint)((TVector.Count * sizeof(float)) - 1)) != 0;
        return columns > MatrixJob.Panel<TVector>() || (straddles && columns > TVector.Count);
    }

    /// <summary>Some columns, a panel of B, of so many pixels, over so many runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TVector>(
        int column, float* a, nint aRow, int runs, float* start, float* c, nint cRow, int pixels)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixJob.Panel<TVector>();
        MatrixTile tile = default;
        tile.A = a;
        tile.ARow = aRow;
        tile.AStep = 1;
        tile.B = B + (column / panel * NextPanel);
        tile.BStep = Step;
        tile.Start = start == null ? null : start + column;
        tile.C = c + column;
        tile.CRow = cRow;
        tile.K = Piece;
        tile.Runs = Runs;
        tile.RunCount = runs;
        MatrixJob.Strip<TVector, SeveralRuns>(ref tile, pixels, Math.Min(panel, Columns - column), NextPanel, 0);
    }

    /// <summary>The same over no run at all: the start, or 0.</summary>
    public readonly void Fill<TVector>(int column, float* start, float* c, nint cRow, int pixels) where TVector : struct, ISimdVector<TVector>
    {
        int width = Math.Min(MatrixJob.Panel<TVector>(), Columns - column);
        for (int i = 0; i < pixels; i++)
        {
            var pixel = new Span<float>(c + column + (i * cRow), width);
            if (start == null)
                pixel.Clear();
            else
                new ReadOnlySpan<float>(start + column, width).CopyTo(pixel);
        }
    }
}
