namespace NeuralNet.Kernels;

/// <summary>Rows of a large matrix, copied together in another order.</summary>
internal static unsafe class Gather
{
    /// <summary>to[r, ·] = from[rows[r], ·]</summary>
    public static void Rows(ReadOnlySpan<float> from, ReadOnlySpan<int> rows, Span<float> to, int width, Workers workers)
    {
        Require.SameLength(to.Length, checked(rows.Length * width));
        foreach (int row in rows)
        {
            if ((uint)row >= (uint)(from.Length / width))
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"There are {from.Length / width} rows.");
        }

        fixed (float* source = from, target = to)
        fixed (int* indices = rows)
        {
            var job = new Job { From = source, Rows = indices, Count = rows.Length, To = target, Width = width };
            Workers.Share(workers, to.Length, &Part, &job);
        }
    }

    private static void Part(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        (int first, int count) = Workers.ShareOf(job->Count, 1, part, parts);
        for (int r = first; r < first + count; r++)
            new ReadOnlySpan<float>(job->From + ((nint)job->Rows[r] * job->Width), job->Width).CopyTo(new Span<float>(job->To + ((nint)r * job->Width), job->Width));
    }

    private struct Job
    {
        public float* From;
        public int* Rows;
        public int Count;
        public float* To;
        public int Width;
    }
}
