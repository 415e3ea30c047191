namespace NeuralNet.Kernels;

/// <summary>
/// One product C = start + A·B over pinned memory: what all forms of <see cref="MatrixProduct"/> come down to.
/// </summary>
internal unsafe partial struct MatrixJob
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
}
