namespace NeuralNet.Kernels;

/// <summary>Rows of a large matrix, copied together in another order.</summary>
internal static class GatherKernels
{
    /// <summary>to[r, ·] = from[rows[r], ·]</summary>
    public static void Rows(ReadOnlySpan<float> from, ReadOnlySpan<int> rows, Span<float> to, int width, Workers workers)
    {
        Require.SameLength(to.Length, checked(rows.Length * width));
        foreach (int row in rows)
        {
            if ((uint)row >= (uint)(from.Length / width))
                throw Guard.OutOfRange(nameof(rows), row, $"There are {from.Length / width} rows.");
        }

        var job = new RowsJob { From = from, Rows = rows, To = to, Width = width };
        Workers.Share(workers, to.Length, ref job);
    }

    private ref struct RowsJob : IJob<RowsJob>
    {
        public ReadOnlySpan<float> From;
        public ReadOnlySpan<int> Rows;
        public Span<float> To;
        public int Width;

        public static void Part<TVector>(ref RowsJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Rows.Length, 1, part, parts);
            for (int r = first; r < first + count; r++)
                job.From.Slice(job.Rows[r] * job.Width, job.Width).CopyTo(job.To[(r * job.Width)..]);
        }
    }
}
