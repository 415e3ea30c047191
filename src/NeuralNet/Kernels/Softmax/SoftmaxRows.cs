using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Softmax and its logarithm of many short vectors at once: as many rows as a register has lanes, so that an element of all of
/// them is one register, and no sum or maximum goes across lanes.</summary>
/// <remarks>The rows are transposed on the stack and the results back. Every number has the bits that the formula of the activation gives it
/// in a row alone: sums go through the tree of 16 lanes, written out over the columns.</remarks>
internal static unsafe class SoftmaxRows
{
    /// <summary>The widest rows that are treated like this; wider ones fill registers by themselves.</summary>
    public const int MaxColumns = 16;

    /// <summary>The floats of the most rows that are treated at once, a lane each, at their widest.</summary>
    public const int MaxFloats = MaxColumns * 16;

    /// <summary>y = softmax(z / T) of each vector. y may be z itself.</summary>
    public static void Softmax(in ActivationForwardPass pass, float temperature) => Run(pass, temperature, isLogarithm: false);

    /// <summary>y = log softmax(z) of each vector. y may be z itself.</summary>
    public static void LogSoftmax(in ActivationForwardPass pass) => Run(pass, 1, isLogarithm: true);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Softmax<TVector>(float* z, float* y, int rows, int n, float temperature) where TVector : struct, ISimdVector<TVector>
    {
        float* exps = stackalloc float[MaxFloats];
        float* half = stackalloc float[MaxFloats / 2];
        for (int row = 0; row < rows; row += TVector.Count, z += n * TVector.Count, y += n * TVector.Count)
        {
            int count = Math.Min(TVector.Count, rows - row);
            MatrixPanel.CopyTransposed(z, n, exps, TVector.Count, n, count);
            TVector max = Max<TVector>(exps, n);
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
                TVector.Store(TVector.Exp(Distance(TVector.Load(exps + k), max, temperature)), exps + k);
            TVector sum = Sum<TVector>(exps, n, half);
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
                TVector.Store(TVector.Load(exps + k) / sum, exps + k);
            MatrixPanel.CopyTransposed(exps, TVector.Count, y, n, count, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void LogSoftmax<TVector>(float* z, float* y, int rows, int n) where TVector : struct, ISimdVector<TVector>
    {
        float* columns = stackalloc float[MaxFloats];
        float* exps = stackalloc float[MaxFloats];
        float* half = stackalloc float[MaxFloats / 2];
        for (int row = 0; row < rows; row += TVector.Count, z += n * TVector.Count, y += n * TVector.Count)
        {
            int count = Math.Min(TVector.Count, rows - row);
            MatrixPanel.CopyTransposed(z, n, columns, TVector.Count, n, count);
            TVector max = Max<TVector>(columns, n), largest = TVector.Zero;
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
            {
                TVector distance = TVector.Load(columns + k) - max;
                TVector isLargest = TVector.Equal(distance, TVector.Zero);
                TVector.Store(distance, columns + k);
                TVector.Store(TVector.Exp(TVector.Select(isLargest, TVector.Broadcast(float.NegativeInfinity), distance)), exps + k);
                largest += TVector.BitAnd(isLargest, TVector.One);
            }

            TVector log = TVector.Log1p(Sum<TVector>(exps, n, half) + (largest - TVector.One));
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
                TVector.Store(TVector.Load(columns + k) - log, columns + k);
            MatrixPanel.CopyTransposed(columns, TVector.Count, y, n, count, n);
        }
    }

    /// <summary>(z − m) / T. The maximum is subtracted before the division, so that nothing overflows but what is to be e^−∞ = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Distance<TVector>(TVector z, TVector max, float temperature) where TVector : struct, ISimdVector<TVector>
        => temperature == 1 ? z - max : (z - max) / TVector.Broadcast(temperature);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Max<TVector>(float* columns, int n) where TVector : struct, ISimdVector<TVector>
    {
        TVector max = TVector.Load(columns);
        for (int k = 1; k < n; k++)
            max = TVector.MaxOfNumbers(max, TVector.Load(columns + (k * TVector.Count)));
        return max;
    }

    /// <summary>The columns' sum in the order of SumLanes: the upper half of 16 is added to the lower until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static TVector Sum<TVector>(float* columns, int n, float* half) where TVector : struct, ISimdVector<TVector>
    {
        // Lanes past the end are 0, and adding them makes 0 of −0: once, or the bits would not be those of SumLanes.
        if (n <= 4)
        {
            TVector even = TVector.Load(columns) + TVector.Zero, odd = Column(1);
            if (n > 2)
                (even, odd) = (even + Column(2), odd + Column(3));
            return even + odd;

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            TVector Column(int k) => (k < n ? TVector.Load(columns + (k * TVector.Count)) : TVector.Zero) + TVector.Zero;
        }

        float* from = columns;
        for (int step = MaxColumns / 2; step > 0; step /= 2)
        {
            if (n <= step && from == half)
                continue;
            for (int k = 0; k < Math.Min(n, step); k++)
            {
                TVector upper = k + step < n ? TVector.Load(from + ((k + step) * TVector.Count)) : TVector.Zero;
                TVector.Store(TVector.Load(from + (k * TVector.Count)) + upper, half + (k * TVector.Count));
            }

            n = Math.Min(n, step);
            from = half;
        }

        return TVector.Load(from);
    }

    private static void Run(in ActivationForwardPass pass, float temperature, bool isLogarithm)
    {
        int columns = pass.Y.Length / pass.Vectors;
        if (pass.Z.Length != pass.Y.Length || columns is < 1 or > MaxColumns || pass.Y.Length != (long)pass.Vectors * columns)
            throw new ArgumentException($"{pass.Vectors} rows of 1 to {MaxColumns} columns were expected, but got {pass.Z.Length} floats.");
        var job = new Job { Z = pass.Z, Y = pass.Y, Rows = pass.Vectors, Columns = columns, Temperature = temperature, IsLogarithm = isLogarithm };
        Workers.Share(pass.Workers, pass.Y.Length, ref job);
    }

    private ref struct Job : IJob<Job>
    {
        public ReadOnlySpan<float> Z;
        public Span<float> Y;
        public int Rows;
        public int Columns;
        public float Temperature;
        public bool IsLogarithm;

        public static void Part<TVector>(ref Job job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int rows) = Workers.ShareOf(job.Rows, TVector.Count, part, parts);
            int n = job.Columns, at = first * n;
            fixed (float* z = job.Z, y = job.Y)
            {
                if (job.IsLogarithm)
                    LogSoftmax<TVector>(z + at, y + at, rows, n);
                else
                    Softmax<TVector>(z + at, y + at, rows, n, job.Temperature);
            }
        }
    }
}
