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
