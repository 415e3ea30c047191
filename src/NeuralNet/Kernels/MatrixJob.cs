using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// One product C = start + A·B over pinned memory: what all forms of <see cref="MatrixProduct"/> come down to, and the
/// blocking that computes it.
/// </summary>
/// <remarks>
/// <para>Three sizes matter. A <em>tile</em> of C (<see cref="MatrixTile"/>) stays in registers while k runs. A <em>panel</em>
/// is a strip of B as wide as a tile and <see cref="PanelDepth"/> deep, 32 KB at most: it stays in the first-level cache
/// while the tiles below one another in C use it in turn. A <em>slab</em> is the part of A that one depth of k needs for
/// <see cref="SlabRows"/> rows: it stays in the second-level cache while the panels beside one another use it in turn.
/// Where k is deeper than one panel, C is stored and gone on with, which leaves every chain as it was.</para>
/// <para>A panel that lies scattered in B (its rows are a whole row of B apart, often a multiple of the page size) is
/// copied together first, where enough rows of C share the cost; a transposed B is always copied.</para>
/// </remarks>
internal unsafe struct MatrixJob
{
    private const int PanelDepth = 256;
    private const int SlabRows = 480;

    /// <summary>Fewer rows than this do not repay copying a panel.</summary>
    private const int RowsToPack = 48;

    /// <summary>One row runs along this many rows of B at a time, so that they are read as they lie in memory.</summary>
    private const int DepthForOneRow = 32;

    public float* A;

    /// <summary>From one row of A to the next, in elements.</summary>
    public nint ARow;

    /// <summary>From one k to the next in A.</summary>
    public nint AStep;
    public float* B;

    /// <summary>From one k to the next in B; where B is transposed, from one column to the next.</summary>
    public nint BRow;
    public bool BTransposed;

    /// <summary>Where the chains start; null for 0.</summary>
    public float* Start;

    /// <summary>From one row of the start to the next; 0 if all rows have the same.</summary>
    public nint StartRow;
    public float* C;
    public nint CRow;
    public int Rows;
    public int Depth;
    public int Columns;

    /// <summary>z = bias + x·w, or x·w where bias is null.</summary>
    public static MatrixJob Forward(float* x, float* w, float* bias, float* z, int rows, int inputs, int outputs) => new()
    {
        A = x,
        ARow = inputs,
        AStep = 1,
        B = w,
        BRow = outputs,
        Start = bias,
        C = z,
        CRow = outputs,
        Rows = rows,
        Depth = inputs,
        Columns = outputs,
    };

    /// <summary>dw = dw + xᵀ·dz</summary>
    public static MatrixJob WeightGradient(float* x, float* dz, float* dw, int rows, int inputs, int outputs) => new()
    {
        A = x,
        ARow = 1,
        AStep = inputs,
        B = dz,
        BRow = outputs,
        Start = dw,
        StartRow = outputs,
        C = dw,
        CRow = outputs,
        Rows = inputs,
        Depth = rows,
        Columns = outputs,
    };

    /// <summary>dx = dz·wᵀ</summary>
    public static MatrixJob InputGradient(float* dz, float* w, float* dx, int rows, int inputs, int outputs) => new()
    {
        A = dz,
        ARow = outputs,
        AStep = 1,
        B = w,
        BRow = outputs,
        BTransposed = true,
        C = dx,
        CRow = inputs,
        Rows = rows,
        Depth = outputs,
        Columns = inputs,
    };

    /// <summary>db = db + 1·dz, where 1 is a row of ones: the same number over and over. Multiplying by it is exact.</summary>
    public static MatrixJob ColumnSums(float* one, float* dz, float* db, int rows, int outputs) => new()
    {
        A = one,
        B = dz,
        BRow = outputs,
        Start = db,
        C = db,
        Rows = 1,
        Depth = rows,
        Columns = outputs,
    };

    /// <summary>The job for some of C's rows.</summary>
    public readonly MatrixJob ForRows(int first, int count) => this with
    {
        A = A + (first * ARow),
        Start = Start == null ? null : Start + (first * StartRow),
        C = C + (first * CRow),
        Rows = count,
    };

    /// <summary>The job for some of C's columns.</summary>
    public readonly MatrixJob ForColumns(int first, int count) => this with
    {
        B = BTransposed ? B + (first * BRow) : B + first,
        Start = Start == null ? null : Start + first,
        C = C + first,
        Columns = count,
    };

    /// <summary>Computes the product, with the vectors of a given width.</summary>
    public readonly void Compute<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        if (BTransposed || (Rows >= RowsToPack && Columns > MatrixTile.MostVectors<TVector>() * TVector.Count))
            ComputePacked<TVector>();
        else
            Blocks<TVector>(null);
    }

    [SkipLocalsInit]
    private readonly void ComputePacked<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        const int Alignment = 64;
        int size = Math.Min(Depth, PanelDepth) * MatrixTile.MostVectors<TVector>() * TVector.Count;
        byte* memory = stackalloc byte[(size * sizeof(float)) + Alignment];
        Blocks<TVector>((float*)(((nuint)memory + Alignment - 1) & ~(nuint)(Alignment - 1)));
    }

    private readonly void Blocks<TVector>(float* packed)
        where TVector : struct, ISimdVector<TVector>
    {
        int width = MatrixTile.MostVectors<TVector>() * TVector.Count;
        bool oneRow = Rows == 1 && packed == null;
        int panelDepth = oneRow ? DepthForOneRow : PanelDepth;
        MatrixTile tile = default;
        tile.ARow = ARow;
        tile.AStep = AStep;
        tile.BStep = packed == null ? BRow : width;
        tile.CRow = CRow;
        for (int row = 0; row < Rows; row += SlabRows)
        {
            int rows = Math.Min(SlabRows, Rows - row);
            int depth = 0;
            do
            {
                tile.K = Math.Min(panelDepth, Depth - depth);
                int columns;
                for (int column = 0; column < Columns; column += columns)
                {
                    columns = Columns - column;
                    columns = oneRow && columns >= 8 * TVector.Count ? 8 * TVector.Count : Math.Min(width, columns);
                    tile.A = A + (row * ARow) + (depth * AStep);
                    tile.C = C + (row * CRow) + column;
                    if (depth > 0)
                    {
                        tile.Start = tile.C;
                        tile.StartRow = CRow;
                    }
                    else
                    {
                        tile.Start = Start == null ? null : Start + (row * StartRow) + column;
                        tile.StartRow = StartRow;
                    }

                    if (packed == null)
                    {
                        tile.B = B + (depth * BRow) + column;
                    }
                    else
                    {
                        tile.B = packed;
                        if (BTransposed)
                            MatrixPanel.CopyTransposed(B + (column * BRow) + depth, BRow, packed, width, tile.K, columns);
                        else
                            MatrixPanel.Copy<TVector>(B + (depth * BRow) + column, BRow, packed, width, tile.K, columns);
                    }

                    if (columns > width)
                        MatrixTile.ComputeRow<TVector>(tile);
                    else
                        Panel<TVector>(ref tile, rows, columns);
                }

                depth += tile.K;
            }
            while (depth < Depth);
        }
    }

    private static void Panel<TVector>(ref MatrixTile tile, int rows, int columns)
        where TVector : struct, ISimdVector<TVector>
    {
        int whole = columns / TVector.Count;
        tile.Tail = columns % TVector.Count;
        if (tile.Tail == 0)
        {
            switch (whole)
            {
                case 1: Tiles<TVector, WholeVectors<R1>>(ref tile, rows); break;
                case 2: Tiles<TVector, WholeVectors<R2>>(ref tile, rows); break;
                case 3: Tiles<TVector, WholeVectors<R3>>(ref tile, rows); break;
                default: Tiles<TVector, WholeVectors<R4>>(ref tile, rows); break;
            }
        }
        else
        {
            switch (whole)
            {
                case 0: Tiles<TVector, PartialVectors<R1>>(ref tile, rows); break;
                case 1: Tiles<TVector, PartialVectors<R2>>(ref tile, rows); break;
                case 2: Tiles<TVector, PartialVectors<R3>>(ref tile, rows); break;
                default: Tiles<TVector, PartialVectors<R4>>(ref tile, rows); break;
            }
        }
    }

    /// <summary>Divides the rows into tiles of nearly the same height: at most two different ones.</summary>
    private static void Tiles<TVector, TColumns>(ref MatrixTile tile, int rows)
        where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns
    {
        int tiles = (rows + MatrixTile.MostRows - 1) / MatrixTile.MostRows;
        int low = tiles == 1 ? rows : rows / tiles;
        int higher = rows - (low * tiles);
        for (; tiles > 0; tiles--)
        {
            int height = low;
            if (higher > 0)
            {
                height++;
                higher--;
            }

            switch (height)
            {
                case 1: MatrixTile.Compute<TVector, R1, TColumns>(tile); break;
                case 2: MatrixTile.Compute<TVector, R2, TColumns>(tile); break;
                case 3: MatrixTile.Compute<TVector, R3, TColumns>(tile); break;
                case 4: MatrixTile.Compute<TVector, R4, TColumns>(tile); break;
                case 5: MatrixTile.Compute<TVector, R5, TColumns>(tile); break;
                default: MatrixTile.Compute<TVector, R6, TColumns>(tile); break;
            }

            tile.A += height * tile.ARow;
            tile.C += height * tile.CRow;
            tile.Start += height * tile.StartRow;
        }
    }
}
