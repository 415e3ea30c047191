using System.Numerics.Tensors;

namespace NeuralNet.Kernels;

/// <summary>One table added to every row of a batch, and the table's gradient; of each row only its real steps.</summary>
internal static unsafe class PositionKernels
{
    /// <summary>y[r, i] = x[r, i] + table[i]; 0 past the row's length. Threads take rows, or elements if there are fewer rows than threads.</summary>
    /// <remarks>The table has at least as many steps as the longest row.</remarks>
    public static void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> table, Span<float> y, in StepRows rows, Workers workers)
    {
        Require.SameLength(x.Length, rows.Size);
        Require.SameLength(y.Length, rows.Size);
        Require.Lengths(rows.Lengths, rows.Rows, rows.Steps);
        Require.AtLeast(table.Length, Longest(rows) * rows.Width);
        var job = new AddJob { X = x, Table = table, Y = y, Rows = rows };
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary> dTable[i] += Σᵣ dy[r, i] over the rows whose length reaches there, r ascending from the present value. Threads take elements.
    /// </summary>
    /// <remarks>The table has at least as many steps as the longest row.</remarks>
    public static void AddGradient(ReadOnlySpan<float> dy, Span<float> dTable, in StepRows rows, Workers workers)
    {
        Require.SameLength(dy.Length, rows.Size);
        Require.Lengths(rows.Lengths, rows.Rows, rows.Steps);
        Require.AtLeast(dTable.Length, Longest(rows) * rows.Width);
        var job = new GradientJob { Dy = dy, Dtable = dTable, Rows = rows };
        Workers.Share(workers, dy.Length, ref job);
    }

    private static int Longest(in StepRows rows) => rows.Lengths.IsEmpty ? rows.Steps : TensorPrimitives.Max(rows.Lengths);

    private ref struct AddJob : IJob<AddJob>
    {
        public ReadOnlySpan<float> X;
        public ReadOnlySpan<float> Table;
        public Span<float> Y;
        public StepRows Rows;

        public static void Part<TVector>(ref AddJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int size = job.Rows.Steps * job.Rows.Width;
            (int firstRow, int rows, int first, int count) = job.Rows.ShareOf(size, part, parts);
            fixed (float* x = job.X, table = job.Table, y = job.Y)
            {
                for (int row = firstRow; row < firstRow + rows; row++)
                {
                    int real = Math.Clamp((job.Rows.LengthOf(row) * job.Rows.Width) - first, 0, count);
                    nint start = ((nint)row * size) + first;
                    Elementwise.Map<PairSum, TVector>(default, x + start, table + first, y + start, real);
                    new Span<float>(y + start + real, count - real).Clear();
                }
            }
        }
    }

    private ref struct GradientJob : IJob<GradientJob>
    {
        public ReadOnlySpan<float> Dy;
        public Span<float> Dtable;
        public StepRows Rows;

        public static void Part<TVector>(ref GradientJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int size = job.Rows.Steps * job.Rows.Width;
            (int first, int count) = Workers.ShareOf(size, Workers.Line, part, parts);
            fixed (float* dy = job.Dy, table = job.Dtable)
            {
                for (int row = 0; row < job.Rows.Rows; row++)
                {
                    int real = Math.Clamp((job.Rows.LengthOf(row) * job.Rows.Width) - first, 0, count);
                    Elementwise.Map<PairSum, TVector>(default, table + first, dy + ((nint)row * size) + first, table + first, real);
                }
            }
        }
    }
}
