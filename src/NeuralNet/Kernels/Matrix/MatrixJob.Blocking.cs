namespace NeuralNet.Kernels;

/// <content>The blocking: which blocks of the matrices are worked on at a time, so that they stay in the near caches.</content>
/// <remarks><para>Three sizes matter. A <em>tile</em> of C (<see cref="MatrixTile"/>) stays in registers while k runs. A <em>panel</em> is a strip
/// of B as wide as a tile. A <em>block</em> of B is at most <see cref="BlockDepth"/> deep, or <see cref="DeepBlockDepth"/>, and has at most
/// <see cref="BlockFloats"/> floats. It stays in the second-level cache while the rows of A are used, six at a time, and those six stay in the
/// first-level cache while the panels of the block are used in turn. So A is read once for each block, B once, and C once for each depth. If k is
/// deeper than a block, C is stored and read again, which leaves every chain of additions as it was.</para>
/// <para>Two things make this slower. A vector that straddles two cache lines costs two loads, and lines whose distances are large powers of two
/// share the few entries that the caches have for them. So a block of B whose rows lie like that, or far apart, is first copied together, panel by
/// panel, if enough rows share the cost; a transposed B always is. A transposed A is copied tile by tile, <see cref="StripRows"/> rows at a time,
/// where it is deep or lies badly: for each k, six of its floats are read from another line.</para></remarks>
internal unsafe partial struct MatrixJob
{
    /// <summary>A tile's six rows of A, so deep, take 6 KB, and a panel of B 64 KB.</summary>
    private const int BlockDepth = 256;

    /// <summary>The depth of a block where k is deeper than this: C is stored and read again for each depth, which costs more there.</summary>
    private const int DeepBlockDepth = 512;

    /// <summary>512 KB: second-level caches of 1 MB and more then hold A and C too, and smaller ones hold the block.</summary>
    private const int BlockFloats = 128 << 10;

    /// <summary>A shallow block is no wider than this, because A is read once anyway.</summary>
    private const int MaxBlockColumns = 8 << 10;

    /// <summary>With fewer elements of A, choosing narrower vectors takes longer than it saves.</summary>
    private const int SmallStrip = 128;

    /// <summary>Eight tiles: three whole cache lines of each row of Aᵀ.</summary>
    private const int StripRows = 8 * MatrixTile.MaxRows;

    /// <summary>With fewer rows than three tiles, copying a block of B takes longer than it saves.</summary>
    private const int RowsToPack = 3 * MatrixTile.MaxRows;

    /// <summary>Rows of B that are at most so many floats apart are read as fast where they lie as from a copy.</summary>
    private const int ShortRow = 256;

    /// <summary>The same with vectors narrower than a cache line, whose panels take few floats of each row: rows that lie far apart for that share a
    /// few places of the cache.</summary>
    private const int ShortNarrowRow = 128;

    /// <summary>A transposed A that is no deeper stays in the first-level cache from one tile to the next, uncopied …</summary>
    private const int ShallowA = 128;

    /// <summary>… unless its rows are a multiple of so many floats (1 KB) apart.</summary>
    private const int BadStep = 256;

    /// <summary>How many floats of scratch memory <see cref="Compute{TVector}"/> needs at most, with vectors of any width: also for a part
    /// of the product, and no fewer for more rows, so that a smaller batch needs no new memory.</summary>
    private readonly int ScratchNeeded()
    {
        bool packsA = MayPackA, packsB = PacksB(Workers.Line, ShortNarrowRow);
        if (!packsA && !packsB)
            return 0;
        int depth = Math.Min(Depth, MaxDepth);
        int block = packsB ? (int)Math.Min(BlockFloats, depth * ((long)Columns + MatrixTile.WidestPanel)) : 0;
        return packsA ? block + (depth * StripRows) : block;
    }

    private readonly void Compute<TVector>() where TVector : struct, ISimdVector<TVector>
    {
        if (Rows == 1 && !BTransposed)
        {
            if (IsPacked)
                MatrixRow.ComputePanels<TVector>(A, AStep, B, Start, C, Depth, Columns);
            else
                MatrixRow.Compute<TVector>(A, AStep, B, BRow, Start, C, Depth, Columns);
            return;
        }

        bool packsA = MayPackA && Columns > Panel<TVector>(), packsB = PacksB<TVector>();
        if (packsA || packsB || IsPacked || Depth > MaxDepth || (Rows <= MatrixTile.MaxRows && (long)Depth * Columns > MatrixRow.SmallB))
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
        Strip<TVector, OneRun>(ref tile, Rows, Columns, Panel<TVector>(), 0);
    }

    private readonly void ComputeBlocks<TVector>(bool packsA, bool packsB) where TVector : struct, ISimdVector<TVector>
    {
        int panel = Panel<TVector>();
        bool hasPanels = packsB || IsPacked;
        int maxColumns = hasPanels ? BlockColumns<TVector>() : Columns;
        int maxDepth = !hasPanels && Rows <= MatrixTile.MaxRows ? MatrixRow.DepthAtOnce : EvenShare(Depth, MaxDepth, 1);
        int maxRows = packsA ? StripRows : Rows;
        MatrixTile tile = default;
        tile.CRow = CRow;
        int columns;
        for (int column = 0; column < Columns; column += columns)
        {
            columns = Math.Min(maxColumns, Columns - column);
            int depth = 0;
            do
            {
                tile.K = Math.Min(maxDepth, Depth - depth);
                float* b = scratch;
                nint nextPanel = panel;
                if (packsB)
                {
                    PackB<TVector>(scratch, column, columns, depth, tile.K);
                    tile.BStep = !BTransposed ? panel : Math.Min(panel, RoundUp(columns, TVector.Count));
                    nextPanel = panel * tile.K;
                }
                else if (IsPacked)
                {
                    b = B + ((nint)column * Depth) + ((nint)depth * panel);
                    tile.BStep = panel;
                    nextPanel = (nint)panel * Depth;
                }
                else
                {
                    b = B + (depth * BRow) + column;
                    tile.BStep = BRow;
                }

                int rows;
                for (int row = 0; row < Rows; row += rows)
                {
                    rows = Math.Min(maxRows, Rows - row);
                    tile.A = A + (row * ARow) + (depth * AStep);
                    tile.ARow = ARow;
                    tile.AStep = AStep;
                    nint nextTile = 0;
                    if (packsA)
                    {
                        float* strip = packsB ? scratch + (maxDepth * maxColumns) : scratch;
                        MatrixPanel.CopyTiles(tile.A, AStep, strip, rows, tile.K);
                        tile.A = strip;
                        tile.AStep = MatrixTile.MaxRows;
                        nextTile = MatrixPanel.TileStep(tile.K);
                    }

                    tile.C = C + (row * CRow) + column;
                    tile.Start = depth > 0 ? tile.C : Start == null ? null : Start + (row * StartRow) + column;
                    tile.StartRow = depth > 0 ? CRow : StartRow;
                    tile.B = b;
                    Strip<TVector, OneRun>(ref tile, rows, columns, nextPanel, nextTile);
                }

                depth += tile.K;
            }
            while (depth < Depth);
        }
    }

    private readonly int MaxDepth => Depth > DeepBlockDepth ? DeepBlockDepth : BlockDepth;

    /// <summary>The width of a tile.</summary>
    public static int Panel<TVector>() where TVector : struct, ISimdVector<TVector> => MatrixTile.MaxVectors<TVector>() * TVector.Count;

    private readonly int BlockColumns<TVector>() where TVector : struct, ISimdVector<TVector>
    {
        int max = Math.Min(MaxBlockColumns, BlockFloats / EvenShare(Depth, MaxDepth, 1));
        return EvenShare(Columns, max - (max % Panel<TVector>()), Panel<TVector>());
    }

    private readonly bool PacksB<TVector>() where TVector : struct, ISimdVector<TVector> =>
        PacksB(TVector.Count, TVector.Count < Workers.Line ? ShortNarrowRow : ShortRow);

    private readonly bool PacksB(int lanes, int shortRow)
    {
        // A mask, because a remainder takes as long as a tiny product where the JIT does not see the number of lanes.
        bool straddles = (((nuint)B | (nuint)(BRow * sizeof(float))) & (nuint)((lanes * sizeof(float)) - 1)) != 0;
        return BTransposed || (!IsPacked && Rows >= RowsToPack && (straddles || BRow > shortRow));
    }

    // A transposed A is copied if C is also wider than a panel. Only a transposed A has a step; its rows are 1 apart.
    private readonly bool MayPackA => AStep > 1 && ARow == 1 && Rows >= StripRows && (Depth > ShallowA || AStep % BadStep == 0);

    private readonly void PackB<TVector>(float* block, int column, int columns, int depth, int k) where TVector : struct, ISimdVector<TVector>
    {
        int panel = Panel<TVector>();
        if (!BTransposed)
        {
            MatrixPanel.Copy<TVector>(B + (depth * BRow) + column, BRow, block, panel, k, columns);
            return;
        }

        int step = Math.Min(panel, RoundUp(columns, TVector.Count));
        for (int j = 0; j < columns; j += panel, block += panel * k)
            MatrixPanel.CopyTransposed(B + ((column + j) * BRow) + depth, BRow, block, step, k, Math.Min(panel, columns - j));
    }

    /// <summary>Divides rows into tiles of nearly the same height; copied ones are as high as tiles can be, but for the last.</summary>
    /// <param name="tile">The first tile; it is moved along, because a copy of it would take longer than a small product.</param>
    /// <param name="rows">How many rows of C.</param>
    /// <param name="columns">How many columns of C.</param>
    /// <param name="nextPanel">How far it is in B from one panel to the next.</param>
    /// <param name="nextTile">How far it is in A from one tile to the next, where they were copied together; otherwise 0.</param>
    public static void Strip<TVector, TDepth>(ref MatrixTile tile, int rows, int columns, nint nextPanel, nint nextTile)
        where TVector : struct, ISimdVector<TVector> where TDepth : struct, ITileDepth
    {
        // The vectors of the job, but narrower ones for a narrow product where that is faster: of 24 columns they leave nothing empty.
        if (TVector.Count > Simd256.Count && columns <= TVector.Count + Simd256.Count && (TDepth.HasRuns || rows * (long)tile.K >= SmallStrip)
            && Machine.SplitsWideVectors && nextTile == 0)
        {
            Strip<Simd256, TDepth>(ref tile, rows, columns, Panel<Simd256>(), 0); // within one panel of the job's vectors
            return;
        }

        if (columns <= TVector.Count && nextTile == 0)
        {
            tile.Tail = columns % TVector.Count;
            if (tile.Tail == 0)
                NarrowStrip<TVector, WholeVectors<R1>, TDepth>(ref tile, rows);
            else
                NarrowStrip<TVector, PartialVectors<R1>, TDepth>(ref tile, rows);
            return;
        }

        float* b = tile.B;
        float* c = tile.C;
        float* start = tile.Start;
        int tiles = (rows + MatrixTile.MaxRows - 1) / MatrixTile.MaxRows;
        int low = rows / tiles, higher = rows - (low * tiles);
        for (; tiles > 0; tiles--)
        {
            int height = nextTile != 0 ? Math.Min(rows, MatrixTile.MaxRows) : tiles <= higher ? low + 1 : low;
            tile.B = b;
            tile.C = c;
            tile.Start = start;
            switch (height)
            {
                case 1: Panels<TVector, R1, TDepth>(ref tile, columns, nextPanel); break;
                case 2: Panels<TVector, R2, TDepth>(ref tile, columns, nextPanel); break;
                case 3: Panels<TVector, R3, TDepth>(ref tile, columns, nextPanel); break;
                case 4: Panels<TVector, R4, TDepth>(ref tile, columns, nextPanel); break;
                case 5: Panels<TVector, R5, TDepth>(ref tile, columns, nextPanel); break;
                default: Panels<TVector, R6, TDepth>(ref tile, columns, nextPanel); break;
            }

            rows -= height;
            tile.A += nextTile != 0 ? nextTile : height * tile.ARow;
            c += height * tile.CRow;
            if (start != null)
                start += height * tile.StartRow;
        }
    }

    /// <summary>The widest product whose rows are worth taking in halves.</summary>
    public const int HalvesColumns = 8;

    /// <summary>Two halves of up to six rows each, of no more than <see cref="HalvesColumns"/> columns and one vector.</summary>
    public static void Halves<TVector>(ref MatrixTile tile, int rows, int columns) where TVector : struct, ISimdVector<TVector>
    {
        if (TVector.Count > Simd256.Count)
        {
            Halves<Simd256>(ref tile, rows, columns);
            return;
        }

        tile.Tail = columns;
        switch (rows)
        {
            case 1: MatrixTile.ComputeNarrow<TVector, R1, PartialVectors<R1>, RunsOfHalves>(tile); break;
            case 2: MatrixTile.ComputeNarrow<TVector, R2, PartialVectors<R1>, RunsOfHalves>(tile); break;
            case 3: MatrixTile.ComputeNarrow<TVector, R3, PartialVectors<R1>, RunsOfHalves>(tile); break;
            case 4: MatrixTile.ComputeNarrow<TVector, R4, PartialVectors<R1>, RunsOfHalves>(tile); break;
            case 5: MatrixTile.ComputeNarrow<TVector, R5, PartialVectors<R1>, RunsOfHalves>(tile); break;
            default: MatrixTile.ComputeNarrow<TVector, R6, PartialVectors<R1>, RunsOfHalves>(tile); break;
        }
    }

    private static void NarrowStrip<TVector, TColumns, TDepth>(ref MatrixTile tile, int rows) where TVector : struct, ISimdVector<TVector>
        where TColumns : struct, ITileColumns where TDepth : struct, ITileDepth
    {
        int tiles = (rows + MatrixTile.MaxNarrowRows - 1) / MatrixTile.MaxNarrowRows;
        int low = rows / tiles, higher = rows - (low * tiles);
        for (; tiles > 0; tiles--)
        {
            int height = tiles <= higher ? low + 1 : low;
            switch (height)
            {
                case 1: MatrixTile.ComputeNarrow<TVector, R1, TColumns, TDepth>(tile); break;
                case 2: MatrixTile.ComputeNarrow<TVector, R2, TColumns, TDepth>(tile); break;
                case 3: MatrixTile.ComputeNarrow<TVector, R3, TColumns, TDepth>(tile); break;
                case 4: MatrixTile.ComputeNarrow<TVector, R4, TColumns, TDepth>(tile); break;
                case 5: MatrixTile.ComputeNarrow<TVector, R5, TColumns, TDepth>(tile); break;
                case 6: MatrixTile.ComputeNarrow<TVector, R6, TColumns, TDepth>(tile); break;
                case 7: MatrixTile.ComputeNarrow<TVector, R7, TColumns, TDepth>(tile); break;
                case 8: MatrixTile.ComputeNarrow<TVector, R8, TColumns, TDepth>(tile); break;
                case 9: MatrixTile.ComputeNarrow<TVector, R9, TColumns, TDepth>(tile); break;
                case 10: MatrixTile.ComputeNarrow<TVector, R10, TColumns, TDepth>(tile); break;
                case 11: MatrixTile.ComputeNarrow<TVector, R11, TColumns, TDepth>(tile); break;
                default: MatrixTile.ComputeNarrow<TVector, R12, TColumns, TDepth>(tile); break;
            }

            tile.A += height * tile.ARow;
            tile.C += height * tile.CRow;
            if (tile.Start != null)
                tile.Start += height * tile.StartRow;
        }
    }

    private static void Panels<TVector, TRows, TDepth>(ref MatrixTile tile, int columns, nint nextPanel)
        where TVector : struct, ISimdVector<TVector> where TRows : struct, ITileCount where TDepth : struct, ITileDepth
    {
        int panel = Panel<TVector>();
        for (; columns >= panel; columns -= panel)
        {
            if (MatrixTile.MaxVectors<TVector>() == 4)
                MatrixTile.Compute<TVector, TRows, WholeVectors<R4>, TDepth>(tile);
            else
                MatrixTile.Compute<TVector, TRows, WholeVectors<R2>, TDepth>(tile);
            tile.NextColumns(panel, nextPanel);
        }

        tile.Tail = columns % TVector.Count;
        if (tile.Tail == 0)
        {
            switch (columns / TVector.Count)
            {
                case 0: break;
                case 1: MatrixTile.Compute<TVector, TRows, WholeVectors<R1>, TDepth>(tile); break;
                case 2: MatrixTile.Compute<TVector, TRows, WholeVectors<R2>, TDepth>(tile); break;
                default: MatrixTile.Compute<TVector, TRows, WholeVectors<R3>, TDepth>(tile); break;
            }
        }
        else
        {
            switch (columns / TVector.Count)
            {
                case 0: MatrixTile.Compute<TVector, TRows, PartialVectors<R1>, TDepth>(tile); break;
                case 1: MatrixTile.Compute<TVector, TRows, PartialVectors<R2>, TDepth>(tile); break;
                case 2: MatrixTile.Compute<TVector, TRows, PartialVectors<R3>, TDepth>(tile); break;
                default: MatrixTile.Compute<TVector, TRows, PartialVectors<R4>, TDepth>(tile); break;
            }
        }
    }

    /// <summary>The size of each share if a whole is divided into as few shares of nearly the same size as possible, none larger than
    /// the maximum. It is a multiple of a unit, as the maximum must be.</summary>
    private static int EvenShare(int whole, int max, int unit)
    {
        long shares = Math.Max(1, ((long)whole + max - 1) / max);
        long share = (whole + shares - 1) / shares;
        return (int)Math.Clamp((share + unit - 1) / unit * unit, 1, max);
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
