using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>One product C = start + A·B over pinned memory: all forms of <see cref="MatrixProduct"/> become one of these.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal unsafe partial struct MatrixJob(float* a, nint aRow, nint aStep, float* b, nint bRow, float* c, nint cRow, int rows, int depth, int columns)
    : IJob<MatrixJob>
{
    public float* A = a;

    /// <summary>From one row of A to the next, in elements.</summary>
    public nint ARow = aRow;

    /// <summary>From one k to the next in A.</summary>
    public nint AStep = aStep;
    public float* B = b;

    /// <summary>From one k to the next in B; where B is transposed, from one column to the next.</summary>
    public nint BRow = bRow;
    public bool BTransposed;

    /// <summary>Whether B lies in panels already (<see cref="MatrixProduct.Packed"/>).</summary>
    public bool IsPacked;

    /// <summary>Where the chains start; null for 0.</summary>
    public float* Start;

    /// <summary>From one row of the start to the next; 0 if all rows have the same.</summary>
    public nint StartRow;
    public float* C = c;
    public nint CRow = cRow;
    public int Rows = rows;
    public int Depth = depth;
    public int Columns = columns;

    // Memory to work in, aligned to 64 bytes, and how much of it each part has.
    private float* scratch;
    private nint scratchPerPart;

    /// <summary>z = bias + x·w, or x·w where bias is null.</summary>
    public static MatrixJob Forward(float* x, float* w, float* bias, float* z, int rows, int inputs, int outputs) =>
        new(a: x, aRow: inputs, aStep: 1, b: w, bRow: outputs, c: z, cRow: outputs, rows: rows, depth: inputs, columns: outputs) { Start = bias };

    /// <summary>dw = dw + xᵀ·dz</summary>
    public static MatrixJob WeightGradient(float* x, float* dz, int dzRow, float* dw, int dwRow, int rows, int inputs, int outputs) =>
        new(a: x, aRow: 1, aStep: inputs, b: dz, bRow: dzRow, c: dw, cRow: dwRow, rows: inputs, depth: rows, columns: outputs)
        {
            Start = dw,
            StartRow = dwRow,
        };

    /// <summary>dx = dz·wᵀ</summary>
    public static MatrixJob InputGradient(float* dz, float* w, float* dx, int rows, int inputs, int outputs) =>
        new(a: dz, aRow: outputs, aStep: 1, b: w, bRow: outputs, c: dx, cRow: inputs, rows: rows, depth: outputs, columns: inputs)
        {
            BTransposed = true,
        };

    /// <summary>db = db + 1·dz, where 1 is a row of ones: the same number over and over. Multiplying by it is exact.</summary>
    public static MatrixJob ColumnSums(float* one, float* dz, float* db, int rows, int outputs, int step) =>
        new(a: one, aRow: 0, aStep: 0, b: dz, bRow: step, c: db, cRow: 0, rows: 1, depth: rows, columns: outputs) { Start = db };

    /// <summary>Takes what <see cref="Part"/> needs of the workers' memory, for so many parts at the same time.</summary>
    public void TakeScratch(Workers workers, int parts)
    {
        int floats = ScratchNeeded();
        scratch = workers.Scratch(checked(floats * parts));
        scratchPerPart = floats;
    }

    /// <summary>One thread's share, or all of the product where there is one part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Part<TVector>(ref MatrixJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        if (parts == 1)
            job.Compute<TVector>();
        else
            job.ComputeShare<TVector>(part, parts);
    }

    private readonly void ComputeShare<TVector>(int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        MatrixJob share = ShareOf(part, parts);
        if (share.Rows > 0 && share.Columns > 0)
            share.Compute<TVector>();
    }

    /// <summary>Columns of C, or rows where there are too few columns to share evenly; never a part of the sum. A share may be empty.</summary>
    public readonly MatrixJob ShareOf(int part, int parts)
    {
        const int Width = 64, Height = 6;
        bool byColumns = Columns >= 2 * Width * parts || Rows < Columns;
        (int first, int count) = byColumns ? Workers.ShareOf(Columns, Width, part, parts) : Workers.ShareOf(Rows, Height, part, parts);
        MatrixJob share = byColumns ? ForColumns(first, count) : ForRows(first, count);
        share.scratch += part * scratchPerPart;
        return share;
    }

    /// <summary>How many rows of C stay in the first-level cache; all, where B would be copied for each of these parts.</summary>
    public readonly int NearRows<TVector>() where TVector : struct, ISimdVector<TVector>
    {
        const int NearFloats = 4 << 10;
        return PacksB<TVector>() ? Rows : Math.Max(1, NearFloats / Columns / MatrixTile.MaxRows) * MatrixTile.MaxRows;
    }

    /// <summary>The product for some rows of A and C.</summary>
    public readonly MatrixJob ForRows(int first, int count) => this with
    {
        A = A + (first * ARow),
        Start = Start == null ? null : Start + (first * StartRow),
        C = C + (first * CRow),
        Rows = count,
    };

    private readonly MatrixJob ForColumns(int first, int count) => this with
    {
        B = BTransposed ? B + (first * BRow) : IsPacked ? B + ((nint)first * Depth) : B + first, // whole panels
        Start = Start == null ? null : Start + first,
        C = C + first,
        Columns = count,
    };
}
