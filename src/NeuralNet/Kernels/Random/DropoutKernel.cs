namespace NeuralNet.Kernels;

/// <summary>
/// y = m ⊙ x with a mask of 0 and 1 / (1 − p), made and used a piece at a time. Threads divide the elements; an element's
/// mask is a function of its row and its place in it.
/// </summary>
internal static unsafe class DropoutKernel
{
    // So many numbers are drawn at a time, on the stack.
    private const int MaxAtOnce = 512;

    /// <summary>Drops elements of [rows, size]; where rows have lengths, what is past them becomes 0 unread.</summary>
    public static void Apply(
        RandomStream stream, float rate, int firstRow, ReadOnlySpan<float> x, Span<float> y, int rows, int size,
        ReadOnlySpan<int> lengths, int floatsPerStep, Workers workers)
    {
        Require.SameLength(x.Length, checked(rows * size));
        Require.SameLength(y.Length, checked(rows * size));
        Require.Lengths(lengths, rows, size / floatsPerStep);
        fixed (float* px = x, py = y)
        fixed (int* pLengths = lengths)
        {
            var job = new Job
            {
                Stream = stream,
                Rate = rate,
                FirstRow = firstRow,
                X = px,
                Y = py,
                Rows = rows,
                Size = size,
                Lengths = pLengths,
                FloatsPerStep = floatsPerStep,
            };
            Workers.Share(workers, y.Length, &Part, &job);
        }
    }

    private static void Part(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        (int first, int count) = Workers.ShareOf(job->Rows * job->Size, Workers.Line, part, parts);
        var mask = new Mask(job->Rate);
        Span<float> made = stackalloc float[MaxAtOnce];
        for (int at = first, end = first + count; at < end;)
        {
            int row = at / job->Size, start = row * job->Size, element = at - start;
            int real = job->Lengths == null ? job->Size : job->Lengths[row] * job->FloatsPerStep;
            if (element >= real)
            {
                int rest = Math.Min(job->Size - element, end - at);
                new Span<float>(job->Y + at, rest).Clear();
                at += rest;
                continue;
            }

            Span<float> drawn = made[..Math.Min(MaxAtOnce, Math.Min(real - element, end - at))];
            job->Stream.Uniform(job->FirstRow + row, element, drawn);
            Elementwise.Map(mask, drawn, new ReadOnlySpan<float>(job->X + at, drawn.Length), new Span<float>(job->Y + at, drawn.Length));
            at += drawn.Length;
        }
    }

    private struct Job
    {
        public RandomStream Stream;
        public float Rate;
        public int FirstRow;
        public float* X;
        public float* Y;
        public int Rows;
        public int Size;
        public int* Lengths;
        public int FloatsPerStep;
    }

    // m x from u, drawn uniformly from [0, 1), and x. 0 · x, and not 0, so that a NaN is not swallowed.
    private readonly struct Mask(float rate) : IPairFormula
    {
        private readonly float scale = (float)(1 / (1 - (double)rate));

        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> =>
            TVector.Select(TVector.LessThan(a, TVector.Broadcast(rate)), TVector.Zero, TVector.Broadcast(scale)) * b;
    }
}
