namespace NeuralNet.Kernels;

/// <summary>
/// One product C = start + A·B over pinned memory: what all forms of <see cref="MatrixProduct"/> come down to, and the
/// blocking that computes it.
/// </summary>
/// <remarks>
/// <para>Three sizes matter. A <em>tile</em> of C (<see cref="MatrixTile"/>) stays in registers while k runs. A
/// <em>panel</em> is a strip of B as wide as a tile. A <em>block</em> of B is what of it is at most
/// <see cref="BlockDepth"/> deep and x wide: it stays in the second-level cache while the rows of A,
/// six at a time, go past it, and those six stay in the first-level cache while the panels of the block are used in turn.
/// So A is read once for each block, B once, and C once for each depth. Where k is deeper than a block, C is stored and gone on
/// with, which leaves every chain as it was.</para>
/// <para>Loads of whole vectors must not straddle cache lines (each would cost two) or come from lines that are all a multiple
/// of 4 KB apart (the caches keep few such). So a block of B that lies like that is copied together first, panel by panel,
/// where enough rows share the cost; a transposed B always is, and a transposed A by strips of <see cref="StripRows"/> rows.</para>
/// </remarks>
internal unsafe struct MatrixJob
{
    private const int BlockDepth = 256;
    private const int BlockFloats = 128 << 10;
    private const int MostColumns = 8 << 10;
    private const int StripRows = 48;

    /// <summary>Fewer rows than this do not repay copying a block of B.</summary>
    private const int RowsToPack = 18;

    /// <summary>From one row of B to the next, in floats, at which panels are read as well as from a copy.</summary>
    private const int ShortRow = 256;

    /// <summary>Few rows run along so many rows of B at a time, so that B is read as it lies in memory.</summary>
    private const int DepthForFewRows = 32;

    /// <summary>A B of no more floats than this is in the first-level cache, where its order does not matter.</summary>
    private const int FewRowsBlock = 8 << 10;

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

    /// <summary>Working memory, aligned to 64 bytes: <see cref="RoomNeeded{TVector}"/> floats, for each part that is computed at the same time.</summary>
    public float* Room;
    public nint RoomForPart;

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

    /// <summary>How many floats of working memory <see cref="Compute{TVector}"/> needs, also for a part of the product.</summary>
    public readonly int RoomNeeded<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        bool packsA = PacksA<TVector>(), packsB = PacksB<TVector>();
        if (!packsA && !packsB)
            return 0;
        int panel = MatrixTile.MostVectors<TVector>() * TVector.Count;
        int depth = EvenShare(Depth, BlockDepth, 1);
        int block = packsB ? depth * RoundUp(Math.Min(Columns, MostBlockColumns(depth)), panel) : 0;
        return packsA ? block + (int)(MatrixPanel.TileStep(depth) * StripRows / MatrixTile.MostRows) : block;
    }

    /// <summary>Computes the product, with the vectors of a given width.</summary>
    public readonly void Compute<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        if (Rows == 1 && !BTransposed)
        {
            MatrixRow.Compute<TVector>(A, AStep, B, BRow, Start, C, Depth, Columns);
            return;
        }

        bool packsA = PacksA<TVector>(), packsB = PacksB<TVector>();
        if (packsA || packsB || Depth > BlockDepth || (Rows <= MatrixTile.MostRows && (long)Depth * Columns > FewRowsBlock))
        {
            ComputeBlocks<TVector>(packsA, packsB);
            return;
        }

        MatrixTile tile = default;
        tile.A = A;
        tile.ARow = ARow;
        tile.AStep = AStep;
        tile.B = B;
        tile.BStep = BRow;
        tile.Start = Start;
        tile.StartRow = StartRow;
        tile.C = C;
        tile.CRow = CRow;
        tile.K = Depth;
        Strip<TVector>(ref tile, Rows, Columns, MatrixTile.MostVectors<TVector>() * TVector.Count, 0);
    }

    private readonly void ComputeBlocks<TVector>(bool packsA, bool packsB)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixTile.MostVectors<TVector>() * TVector.Count;
        int mostColumns = packsB ? BlockColumns<TVector>() : Columns;
        int mostDepth = !packsB && Rows <= MatrixTile.MostRows ? DepthForFewRows : EvenShare(Depth, BlockDepth, 1);
        int mostRows = packsA ? StripRows : Rows;
        MatrixTile tile = default;
        tile.CRow = CRow;
        for (int column = 0; column < Columns; column += mostColumns)
        {
            int columns = Math.Min(mostColumns, Columns - column);
            int depth = 0;
            do
            {
                tile.K = Math.Min(mostDepth, Depth - depth);
                float* b = Room;
                nint nextPanel = panel;
                if (packsB)
                {
                    PackB<TVector>(Room, column, columns, depth, tile.K);
                    tile.BStep = !BTransposed ? panel : Math.Min(panel, RoundUp(columns, TVector.Count));
                    nextPanel = panel * tile.K;
                }
                else
                {
                    b = B + (depth * BRow) + column;
                    tile.BStep = BRow;
                }

                for (int row = 0; row < Rows; row += mostRows)
                {
                    int rows = Math.Min(mostRows, Rows - row);
                    tile.A = A + (row * ARow) + (depth * AStep);
                    tile.ARow = ARow;
                    tile.AStep = AStep;
                    nint nextTile = 0;
                    if (packsA)
                    {
                        float* strip = packsB ? Room + (mostDepth * mostColumns) : Room;
                        MatrixPanel.CopyTiles(tile.A, AStep, strip, rows, tile.K);
                        tile.A = strip;
                        tile.AStep = MatrixTile.MostRows;
                        nextTile = MatrixPanel.TileStep(tile.K);
                    }

                    tile.C = C + (row * CRow) + column;
                    tile.Start = depth > 0 ? tile.C : Start == null ? null : Start + (row * StartRow) + column;
                    tile.StartRow = depth > 0 ? CRow : StartRow;
                    tile.B = b;
                    Strip<TVector>(ref tile, rows, columns, nextPanel, nextTile);
                }

                depth += tile.K;
            }
            while (depth < Depth);
        }
    }

    private readonly int BlockColumns<TVector>()
        where TVector : struct, ISimdVector<TVector>
        => EvenShare(Columns, MostBlockColumns(EvenShare(Depth, BlockDepth, 1)), MatrixTile.MostVectors<TVector>() * TVector.Count);

    private static int MostBlockColumns(int depth) => Math.Min(MostColumns, BlockFloats / depth);

    private readonly bool PacksB<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        int alignment = TVector.Count * sizeof(float);
        bool straddles = ((nuint)B | (nuint)(BRow * sizeof(float))) % (nuint)alignment != 0;
        return BTransposed || (Rows >= RowsToPack && (straddles || BRow > ShortRow));
    }

    private readonly bool PacksA<TVector>()
        where TVector : struct, ISimdVector<TVector>
        => AStep > 1 && (Depth > 128 || AStep % 256 == 0) && Rows >= StripRows && Columns > MatrixTile.MostVectors<TVector>() * TVector.Count;

    private readonly void PackB<TVector>(float* block, int column, int columns, int depth, int k)
        where TVector : struct, ISimdVector<TVector>
    {
        int panel = MatrixTile.MostVectors<TVector>() * TVector.Count;
        if (!BTransposed)
        {
            MatrixPanel.Copy<TVector>(B + (depth * BRow) + column, BRow, block, panel, k, columns);
            return;
        }

        int step = Math.Min(panel, RoundUp(columns, TVector.Count));
        for (int j = 0; j < columns; j += panel, block += panel * k)
            MatrixPanel.CopyTransposed(B + ((column + j) * BRow) + depth, BRow, block, step, k, Math.Min(panel, columns - j));
    }

    /// <summary>Divides rows into tiles of nearly the same height: at most two different ones.</summary>
    /// <param name="tile">The first tile; it is moved along, for to copy it would take longer than a small product.</param>
    /// <param name="rows">How many rows of C.</param>
    /// <param name="columns">How many columns of C.</param>
    /// <param name="nextPanel">How far it is in B from one panel to the next.</param>
    /// <param name="nextTile">How far it is in A from one tile to the next, where they were copied together; otherwise 0.</param>
    private static void Strip<TVector>(ref MatrixTile tile, int rows, int columns, nint nextPanel, nint nextTile)
        where TVector : struct, ISimdVector<TVector>
    {
        float* b = tile.B;
        float* c = tile.C;
        float* start = tile.Start;
        int tiles = (rows + MatrixTile.MostRows - 1) / MatrixTile.MostRows;
        int low = rows / tiles, higher = rows - (low * tiles);
        for (; tiles > 0; tiles--)
        {
            int height = nextTile != 0 ? Math.Min(rows, MatrixTile.MostRows) : tiles <= higher ? low + 1 : low;
            tile.B = b;
            tile.C = c;
            tile.Start = start;
            switch (height)
            {
                case 1: Panels<TVector, R1>(ref tile, columns, nextPanel); break;
                case 2: Panels<TVector, R2>(ref tile, columns, nextPanel); break;
                case 3: Panels<TVector, R3>(ref tile, columns, nextPanel); break;
                case 4: Panels<TVector, R4>(ref tile, columns, nextPanel); break;
                case 5: Panels<TVector, R5>(ref tile, columns, nextPanel); break;
                default: Panels<TVector, R6>(ref tile, columns, nextPanel); break;
            }

            rows -= height;
            tile.A += nextTile != 0 ? nextTile : height * tile.ARow;
            c += height * tile.CRow;
            if (start != null)
                start += height * tile.StartRow;
        }
    }

    private static void Panels<TVector, TRows>(ref MatrixTile tile, int columns, nint nextPanel)
        where TVector : struct, ISimdVector<TVector>
        where TRows : struct, ITileRows
    {
        int panel = MatrixTile.MostVectors<TVector>() * TVector.Count;
        for (; columns >= panel; columns -= panel)
        {
            if (MatrixTile.MostVectors<TVector>() == 4)
                MatrixTile.Compute<TVector, TRows, WholeVectors<R4>>(tile);
            else
                MatrixTile.Compute<TVector, TRows, WholeVectors<R2>>(tile);
            tile.NextColumns(panel, nextPanel);
        }

        tile.Tail = columns % TVector.Count;
        if (tile.Tail == 0)
        {
            switch (columns / TVector.Count)
            {
                case 0: break;
                case 1: MatrixTile.Compute<TVector, TRows, WholeVectors<R1>>(tile); break;
                case 2: MatrixTile.Compute<TVector, TRows, WholeVectors<R2>>(tile); break;
                default: MatrixTile.Compute<TVector, TRows, WholeVectors<R3>>(tile); break;
            }
        }
        else
        {
            switch (columns / TVector.Count)
            {
                case 0: MatrixTile.Compute<TVector, TRows, PartialVectors<R1>>(tile); break;
                case 1: MatrixTile.Compute<TVector, TRows, PartialVectors<R2>>(tile); break;
                case 2: MatrixTile.Compute<TVector, TRows, PartialVectors<R3>>(tile); break;
                default: MatrixTile.Compute<TVector, TRows, PartialVectors<R4>>(tile); break;
            }
        }
    }

    /// <summary>As few shares of a whole as there must be, for each is at most so large; of nearly the same size, a multiple of a unit.</summary>
    private static int EvenShare(int whole, int most, int unit)
    {
        int shares = Math.Max(1, (whole + most - 1) / most);
        return Math.Max(1, RoundUp((whole + shares - 1) / shares, unit));
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
