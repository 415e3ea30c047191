namespace NeuralNet.Kernels;

/// <summary>
/// What joins the outputs of branches, and what parts the gradient again: sums, products, and columns side by side.
/// Threads divide the outputs; an element's value does not depend on who made it.
/// </summary>
internal static unsafe class Merging
{
    /// <summary>result = a + b. <paramref name="result"/> may be either of them.</summary>
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result, Workers workers) =>
        Map<PairSum>(a, b, result, workers);

    /// <summary>result = a · b, element by element. <paramref name="result"/> may be either of them.</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result, Workers workers) =>
        Map<PairProduct>(a, b, result, workers);

    /// <summary>to[v, first + j] = from[v, j]: a matrix becomes some columns of a wider one.</summary>
    public static void ToColumns(ReadOnlySpan<float> from, int width, Span<float> to, int toWidth, int first, Workers workers) =>
        Copy(from, width, 0, to, toWidth, first, width, workers);

    /// <summary>to[v, j] = from[v, first + j]: some columns of a matrix become one of their own.</summary>
    public static void FromColumns(ReadOnlySpan<float> from, int fromWidth, int first, Span<float> to, int width, Workers workers) =>
        Copy(from, fromWidth, first, to, width, 0, width, workers);

    private static void Map<TFormula>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result, Workers workers)
        where TFormula : struct, IPairFormula
    {
        Require.SameLength(a.Length, result.Length);
        Require.SameLength(b.Length, result.Length);
        fixed (float* pa = a, pb = b, pr = result)
        {
            var job = new MapJob { A = pa, B = pb, Result = pr, Count = result.Length };
            Workers.Share(workers, result.Length, &MapPart<TFormula>, &job);
        }
    }

    private static void Copy(
        ReadOnlySpan<float> from, int fromWidth, int fromFirst, Span<float> to, int toWidth, int toFirst, int count, Workers workers)
    {
        int vectors = to.Length / toWidth;
        Require.SameLength(to.Length, checked(vectors * toWidth));
        Require.SameLength(from.Length, checked(vectors * fromWidth));
        if (fromFirst < 0 || fromFirst > fromWidth - count || toFirst < 0 || toFirst > toWidth - count)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"The columns reach beyond {fromWidth} or {toWidth}.");
        fixed (float* source = from, target = to)
        {
            var job = new CopyJob
            {
                From = source + fromFirst,
                FromWidth = fromWidth,
                To = target + toFirst,
                ToWidth = toWidth,
                Count = count,
                Vectors = vectors,
            };
            Workers.Share(workers, vectors * count, &CopyPart, &job);
        }
    }

    private static void MapPart<TFormula>(void* arguments, int part, int parts)
        where TFormula : struct, IPairFormula
    {
        var job = (MapJob*)arguments;
        (int first, int count) = Workers.ShareOf(job->Count, Workers.Line, part, parts);
        Elementwise.Map(
            default(TFormula),
            new ReadOnlySpan<float>(job->A + first, count), new ReadOnlySpan<float>(job->B + first, count), new Span<float>(job->Result + first, count));
    }

    private static void CopyPart(void* arguments, int part, int parts)
    {
        var job = (CopyJob*)arguments;
        (int first, int count) = Workers.ShareOf(job->Vectors, 1, part, parts);
        for (int v = first; v < first + count; v++)
            new ReadOnlySpan<float>(job->From + ((nint)v * job->FromWidth), job->Count).CopyTo(new Span<float>(job->To + ((nint)v * job->ToWidth), job->Count));
    }

    private struct MapJob
    {
        public float* A;
        public float* B;
        public float* Result;
        public int Count;
    }

    private struct CopyJob
    {
        public float* From;
        public int FromWidth;
        public float* To;
        public int ToWidth;
        public int Count;
        public int Vectors;
    }
}
