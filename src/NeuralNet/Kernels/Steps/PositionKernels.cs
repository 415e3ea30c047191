using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>One table added to every row of a batch, and what that gives the table for a gradient; of each row only its real steps.</summary>
internal static unsafe class PositionKernels
{
    /// <summary>y[r, i] = x[r, i] + table[i]; 0 past the row's length. Threads take rows, or elements where there are fewer rows than threads.</summary>
    public static void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> table, Span<float> y, in StepRows rows, Workers workers)
    {
        int size = rows.Steps * rows.Width;
        Require.SameLength(x.Length, checked(rows.Rows * size));
        Require.SameLength(y.Length, checked(rows.Rows * size));
        Require.SameLength(table.Length, size);
        Require.Lengths(rows.Lengths, rows.Rows, rows.Steps);
        fixed (float* px = x, ptable = table, py = y)
        fixed (int* plengths = rows.Lengths)
        {
            var job = new Job { From = px, Table = ptable, To = py, Lengths = plengths, Rows = rows.Rows, Size = size, Width = rows.Width };
            Workers.Share(workers, y.Length, &AddPart, &job);
        }
    }

    /// <summary>dTable[i] += Σᵣ dy[r, i] over the rows whose length reaches there, r ascending from the present value. Threads take elements.</summary>
    public static void AddGradient(ReadOnlySpan<float> dy, Span<float> dTable, in StepRows rows, Workers workers)
    {
        int size = rows.Steps * rows.Width;
        Require.SameLength(dy.Length, checked(rows.Rows * size));
        Require.SameLength(dTable.Length, size);
        Require.Lengths(rows.Lengths, rows.Rows, rows.Steps);
        fixed (float* pdy = dy, pTable = dTable)
        fixed (int* plengths = rows.Lengths)
        {
            var job = new Job { From = pdy, Table = pTable, Lengths = plengths, Rows = rows.Rows, Size = size, Width = rows.Width };
            Workers.Share(workers, dy.Length, &GradientPart, &job);
        }
    }

    private static void AddPart(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        (int firstRow, int rows, int first, int count) = (0, job->Rows, 0, job->Size);
        if (job->Rows >= parts)
            (firstRow, rows) = Workers.ShareOf(job->Rows, 1, part, parts);
        else
            (first, count) = Workers.ShareOf(job->Size, Workers.Line, part, parts);
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            int real = Math.Clamp(job->RealSize(row) - first, 0, count);
            nint start = ((nint)row * job->Size) + first;
            Sum(job->From + start, job->Table + first, job->To + start, real);
            new Span<float>(job->To + start + real, count - real).Clear();
        }
    }

    private static void GradientPart(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        (int first, int count) = Workers.ShareOf(job->Size, Workers.Line, part, parts);
        for (int row = 0; row < job->Rows; row++)
            Sum(job->Table + first, job->From + ((nint)row * job->Size) + first, job->Table + first, Math.Clamp(job->RealSize(row) - first, 0, count));
    }

    private static void Sum(float* a, float* b, float* sum, int n)
    {
        if (Vector512.IsHardwareAccelerated)
            Elementwise.Map<PairSum, Simd512>(default, a, b, sum, n);
        else if (Vector256.IsHardwareAccelerated)
            Elementwise.Map<PairSum, Simd256>(default, a, b, sum, n);
        else
            Elementwise.Map<PairSum, Simd128>(default, a, b, sum, n);
    }

    private struct Job
    {
        public float* From;
        public float* Table;
        public float* To;
        public int* Lengths;
        public int Rows;
        public int Size;
        public int Width;

        public readonly int RealSize(int row) => Lengths == null ? Size : Lengths[row] * Width;
    }
}
