namespace NeuralNet.Kernels;

/// <summary>
/// An image, whose channels come one after the other, as vectors along them, and back. Threads divide the elements.
/// </summary>
internal static unsafe class Transposing
{
    /// <summary>to[j, i] = from[i, j], from is [rows, columns].</summary>
    public static void Transpose(ReadOnlySpan<float> from, Span<float> to, int rows, int columns, Workers workers)
    {
        Require.SameLength(from.Length, checked(rows * columns));
        Require.SameLength(to.Length, checked(rows * columns));
        fixed (float* source = from, target = to)
        {
            var job = new Job { From = source, To = target, Rows = rows, Columns = columns };
            Workers.Share(workers, to.Length, &Part, &job);
        }
    }

    /// <summary>to[j, first + i] = from[i, j]: rows become columns of a wider matrix. from is [rows, columns], to has <paramref name="stride"/> columns.</summary>
    public static void RowsToColumns(ReadOnlySpan<float> from, int columns, Span<float> to, int stride, int first)
    {
        int rows = Rows(from.Length, columns, to.Length, stride, first);
        fixed (float* source = from, target = to)
            MatrixPanel.CopyTransposed(source, columns, target + first, stride, columns, rows);
    }

    /// <summary>to[i, j] = from[j, first + i]: columns of a wider matrix become rows. to is [rows, columns], from has <paramref name="stride"/> columns.</summary>
    public static void ColumnsToRows(ReadOnlySpan<float> from, int stride, int first, Span<float> to, int columns)
    {
        int rows = Rows(to.Length, columns, from.Length, stride, first);
        fixed (float* source = from, target = to)
            MatrixPanel.CopyTransposed(source + first, stride, target, columns, rows, columns);
    }

    private static int Rows(int length, int columns, int wide, int stride, int first)
    {
        if (columns < 1 || length % columns != 0 || (long)columns * stride != wide)
            throw new ArgumentException($"{length} values are no rows of {columns} columns, or {wide} no {columns} rows of {stride} columns.");
        int rows = length / columns;
        return first >= 0 && rows <= stride - first ? rows
            : throw new ArgumentException($"{rows} columns from {first} on do not lie within {stride}.");
    }

    private static void Part(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        if (job->Columns > job->Rows)
        {
            (int first, int count) = Workers.ShareOf(job->Columns, Workers.Line, part, parts);
            MatrixPanel.CopyTransposed(job->From + first, job->Columns, job->To + ((nint)first * job->Rows), job->Rows, count, job->Rows);
        }
        else
        {
            (int first, int count) = Workers.ShareOf(job->Rows, Workers.Line, part, parts);
            MatrixPanel.CopyTransposed(job->From + ((nint)first * job->Columns), job->Columns, job->To + first, job->Rows, job->Columns, count);
        }
    }

    private struct Job
    {
        public float* From;
        public float* To;
        public int Rows;
        public int Columns;
    }
}
