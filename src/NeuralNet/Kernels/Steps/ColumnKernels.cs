namespace NeuralNet.Kernels;

/// <summary>Columns of a matrix, copied to or from a wider one. Threads divide the rows.</summary>
internal static class ColumnKernels
{
    /// <summary>to[v, first + j] = from[v, j]: a matrix becomes some columns of a wider one.</summary>
    public static void ToColumns(ReadOnlySpan<float> from, int width, Span<float> to, int toWidth, int first, Workers workers) =>
        Copy(from, width, 0, to, toWidth, first, width, workers);

    /// <summary>to[v, j] = from[v, first + j]: some columns of a matrix become one of their own.</summary>
    public static void FromColumns(ReadOnlySpan<float> from, int fromWidth, int first, Span<float> to, int width, Workers workers) =>
        Copy(from, fromWidth, first, to, width, 0, width, workers);

    private static void Copy(
        ReadOnlySpan<float> from, int fromWidth, int fromFirst, Span<float> to, int toWidth, int toFirst, int count, Workers workers)
    {
        int vectors = to.Length / toWidth;
        Require.SameLength(to.Length, checked(vectors * toWidth));
        Require.SameLength(from.Length, checked(vectors * fromWidth));
        if (fromFirst < 0 || fromFirst > fromWidth - count || toFirst < 0 || toFirst > toWidth - count)
            throw Guard.OutOfRange(nameof(count), count, $"The columns reach beyond {fromWidth} or {toWidth}.");
        var job = new CopyJob
        {
            From = from,
            FromWidth = fromWidth,
            FromFirst = fromFirst,
            To = to,
            ToWidth = toWidth,
            ToFirst = toFirst,
            Count = count,
            Vectors = vectors,
        };
        Workers.Share(workers, vectors * count, ref job);
    }

    private ref struct CopyJob : IJob<CopyJob>
    {
        public ReadOnlySpan<float> From;
        public int FromWidth;
        public int FromFirst;
        public Span<float> To;
        public int ToWidth;
        public int ToFirst;
        public int Count;
        public int Vectors;

        public static void Part<TVector>(ref CopyJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Vectors, 1, part, parts);
            for (int v = first; v < first + count; v++)
                job.From.Slice((v * job.FromWidth) + job.FromFirst, job.Count).CopyTo(job.To[((v * job.ToWidth) + job.ToFirst)..]);
        }
    }
}
