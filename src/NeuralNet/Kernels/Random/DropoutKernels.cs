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

    /// <summary>m ⊙ x of numbers that are drawn already; y may be x.</summary>
    public static void Drop(float rate, ReadOnlySpan<float> drawn, ReadOnlySpan<float> x, Span<float> y) =>
        Elementwise.Map(new Mask(rate), drawn, x, y);

    /// <summary>Drops whole channels of [rows, vectors, channels]; if rows have lengths, the vectors past them become 0 unread. Threads divide
    /// rows.</summary>
    public static void ApplyToChannels(
        RandomStream stream, float rate, int firstRow, ReadOnlySpan<float> x, Span<float> y, int rows, int vectors, int channels,
        ReadOnlySpan<int> lengths, Workers workers)
    {
        Require.SameLength(x.Length, checked(rows * vectors * channels));
        Require.SameLength(y.Length, x.Length);
        Require.Lengths(lengths, rows, vectors);
        var job = new ChannelsJob
        {
            Stream = stream,
            Rate = rate,
            FirstRow = firstRow,
            X = x,
            Y = y,
            Rows = rows,
            Vectors = vectors,
            Channels = channels,
            Lengths = lengths,
        };
        Workers.Share(workers, y.Length, ref job);
    }

    private ref struct ChannelsJob : IJob<ChannelsJob>
    {
        public RandomStream Stream;
        public float Rate;
        public int FirstRow;
        public ReadOnlySpan<float> X;
        public Span<float> Y;
        public int Rows, Vectors, Channels;
        public ReadOnlySpan<int> Lengths;

        public static void Part<TVector>(ref ChannelsJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Rows, 1, part, parts);
            Span<float> block = stackalloc float[BlockSize];
            for (int row = first; row < first + count; row++)
            {
                int size = job.Vectors * job.Channels, real = job.Lengths.IsEmpty ? size : job.Lengths[row] * job.Channels;
                Span<float> y = job.Y.Slice(row * size, size);
                job.Apply(row, job.X.Slice(row * size, real), y[..real], block);
                y[real..].Clear();
            }
        }

        // Few channels are drawn once and repeated, so that several vectors are one line; of many some are taken at a time.
        private readonly void Apply(int row, ReadOnlySpan<float> x, Span<float> y, Span<float> block)
        {
            for (int channel = 0; channel < Channels; channel += BlockSize)
            {
                int some = Math.Min(BlockSize, Channels - channel);
                int line = some == Channels ? some * Math.Min(BlockSize / some, x.Length / some) : some;
                Span<float> drawn = block[..line];
                Stream.Uniform(FirstRow + row, channel, drawn[..some]);
                for (int at = some; at < line; at += some)
                    drawn[..some].CopyTo(drawn[at..]);
                for (int at = channel; at < x.Length; at += some == Channels ? line : Channels)
                {
                    int left = Math.Min(line, x.Length - at);
                    Elementwise.Map(new Mask(Rate), drawn[..left], x.Slice(at, left), y.Slice(at, left));
                }
            }
        }
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
