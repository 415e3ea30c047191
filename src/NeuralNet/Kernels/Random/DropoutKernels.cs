namespace NeuralNet.Kernels;

/// <summary>y = m ⊙ x with a mask of 0 and 1 / (1 − p), made and used block by block. Threads divide the elements; the mask of an
/// element is a function of its row and its place in the row.</summary>
internal static class DropoutKernels
{
    // So many numbers are drawn at a time, on the stack.
    private const int BlockSize = 512;

    /// <summary>Drops elements of [rows, size]; if rows have lengths, the elements past them become 0 unread.</summary>
    public static void Apply(
        RandomStream stream, float rate, int firstRow, ReadOnlySpan<float> x, Span<float> y, int rows, int size,
        ReadOnlySpan<int> lengths, int floatsPerStep, Workers workers)
    {
        Require.SameLength(x.Length, checked(rows * size));
        Require.SameLength(y.Length, checked(rows * size));
        Require.Lengths(lengths, rows, size / floatsPerStep);
        var job = new DropoutJob
        {
            Stream = stream,
            Rate = rate,
            FirstRow = firstRow,
            X = x,
            Y = y,
            Size = size,
            Lengths = lengths,
            FloatsPerStep = floatsPerStep,
        };
        Workers.Share(workers, y.Length, ref job);
    }

    private ref struct DropoutJob : IJob<DropoutJob>
    {
        public RandomStream Stream;
        public float Rate;
        public int FirstRow;
        public ReadOnlySpan<float> X;
        public Span<float> Y;
        public int Size;
        public ReadOnlySpan<int> Lengths;
        public int FloatsPerStep;

        public static void Part<TVector>(ref DropoutJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Y.Length, Workers.Line, part, parts);
            var mask = new Mask(job.Rate);
            Span<float> block = stackalloc float[BlockSize];
            for (int at = first, end = first + count; at < end;)
            {
                int row = at / job.Size, element = at - (row * job.Size);
                int real = job.Lengths.IsEmpty ? job.Size : job.Lengths[row] * job.FloatsPerStep;
                if (element >= real)
                {
                    int rest = Math.Min(job.Size - element, end - at);
                    job.Y.Slice(at, rest).Clear();
                    at += rest;
                    continue;
                }

                Span<float> drawn = block[..Math.Min(BlockSize, Math.Min(real - element, end - at))];
                job.Stream.Uniform(job.FirstRow + row, element, drawn);
                Elementwise.Map(mask, drawn, job.X.Slice(at, drawn.Length), job.Y.Slice(at, drawn.Length));
                at += drawn.Length;
            }
        }
    }

    // m x from u, which is drawn uniformly from [0, 1), and x. A dropped element is 0 · x, not 0, so that a NaN is not swallowed.
    private readonly struct Mask(float rate) : IPairFormula
    {
        private readonly float scale = (float)(1 / (1 - (double)rate));

        public TVector Value<TVector>(TVector a, TVector b) where TVector : struct, ISimdVector<TVector> =>
            TVector.Select(TVector.LessThan(a, TVector.Broadcast(rate)), TVector.Zero, TVector.Broadcast(scale)) * b;
    }
}
