using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>One product C = start + A·B over pinned memory: all forms of <see cref="MatrixProduct"/> become one of these.</summary>
internal unsafe partial struct MatrixJob : IJob<MatrixJob>
{
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

    // Memory to work in, aligned to 64 bytes, and how much of it each part has.
    private float* scratch;
    private nint scratchPerPart;

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
    public static MatrixJob ColumnSums(float* one, float* dz, float* db, int rows, int outputs, int step) => new()
    {
        A = one,
        B = dz,
        BRow = step,
        Start = db,
        C = db,
        Rows = 1,
        Depth = rows,
        Columns = outputs,
    };

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

    // Columns of C, or rows where there are too few columns to share evenly; never a part of the sum.
    private readonly void ComputeShare<TVector>(int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        const int Width = 64, Height = 6;
        bool byColumns = Columns >= 2 * Width * parts || Rows < Columns;
        (int first, int count) = byColumns ? Workers.ShareOf(Columns, Width, part, parts) : Workers.ShareOf(Rows, Height, part, parts);
        if (count == 0)
            return;
        MatrixJob share = byColumns ? ForColumns(first, count) : ForRows(first, count);
        share.scratch += part * scratchPerPart;
        share.Compute<TVector>();
    }

    private readonly MatrixJob ForRows(int first, int count) => this with
    {
        A = A + (first * ARow),
        Start = Start == null ? null : Start + (first * StartRow),
        C = C + (first * CRow),
        Rows = count,
    };

    private readonly MatrixJob ForColumns(int first, int count) => this with
    {
        B = BTransposed ? B + (first * BRow) : B + first,
        Start = Start == null ? null : Start + first,
        C = C + first,
        Columns = count,
    };
}
