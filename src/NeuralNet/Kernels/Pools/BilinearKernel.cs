using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Where values lie that are <paramref name="Factor"/> times as dense as <paramref name="Size"/> others along an axis, by the centers of
/// both: value o lies at (o + ½) / factor − ½, and before the first and behind the last there is only that; or, where
/// <paramref name="IsAligned"/>, so that the first lies on the first and the last on the last: at o (size − 1) / (outputs − 1).</summary>
internal readonly record struct LinearAxis(int Size, int Factor, bool IsAligned = false)
{
    public int Outputs => Size * Factor;

    /// <summary>The values on both sides, and the weight of the second one; the same twice where that is 0.</summary>
    public (int First, int Second, float Weight) At(int output)
    {
        long place = IsAligned ? (long)output * (Size - 1) : ((long)output * 2) + 1 - Factor, by = IsAligned ? Outputs - 1 : 2L * Factor;
        if (place <= 0)
            return (0, 0, 0);
        (long first, long rest) = Math.DivRem(place, by);
        return first >= Size - 1 || rest == 0 ? ((int)first, (int)first, 0) : ((int)first, (int)first + 1, rest / (float)by);
    }

    /// <summary>The outputs that may be made of some values, from the first to behind the last.</summary>
    public (int First, int End) Over(int first, int count)
    {
        (long by, long from, int more) = IsAligned ? (Outputs - 1, Math.Max(1, Size - 1), 1) : (Factor, 1, Factor);
        return ((int)Math.Max(0, (first - 1) * by / from), (int)Math.Min(Outputs, ((first + count) * by / from) + more));
    }
}

/// <summary>Images made larger by a whole number, each value between the four about it; a sequence is an image of one line.</summary>
/// <remarks>y[i, j] = (1 − b) ((1 − a) x₀₀ + a x₀₁) + b ((1 − a) x₁₀ + a x₁₁), where a value of weight 0 is not read. Threads take lines: of y, and
/// backward of dx, each element of which is added up in the order of the outputs.</remarks>
internal static unsafe class BilinearKernel
{
    /// <summary>y of x.</summary>
    /// <param name="lines">How the lines of y lie in those of x.</param>
    /// <param name="columns">How its columns lie, for the steps of the call.</param>
    /// <param name="channels">The values of a pixel.</param>
    /// <param name="x">[rows, lines, columns, channels]</param>
    /// <param name="y">[rows, output lines, output columns, channels]</param>
    /// <param name="rows">How many images.</param>
    /// <param name="lengths">How many columns of each row of x are real; empty: all.</param>
    /// <param name="workers">Who shares the work.</param>
    public static void Forward(
        LinearAxis lines, LinearAxis columns, int channels, ReadOnlySpan<float> x, Span<float> y, int rows, ReadOnlySpan<int> lengths,
        Workers workers)
    {
        Check(lines, columns, channels, x.Length, y.Length, rows, lengths);
        var job = new Job { Lines = lines, Columns = columns, Channels = channels, From = x, To = y, Rows = rows, Lengths = lengths };
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary>dx of dy.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public static void Backward(
        LinearAxis lines, LinearAxis columns, int channels, ReadOnlySpan<float> dy, Span<float> dx, int rows, ReadOnlySpan<int> lengths,
        Workers workers)
    {
        Check(lines, columns, channels, dx.Length, dy.Length, rows, lengths);
        var job = new Job { Lines = lines, Columns = columns, Channels = channels, From = dy, To = dx, Rows = rows, Lengths = lengths };
        job.IsBackward = true;
        Workers.Share(workers, dy.Length, ref job);
    }

    private static void Check(LinearAxis lines, LinearAxis columns, int channels, int size, int outputs, int rows, ReadOnlySpan<int> lengths)
    {
        Require.SameLength(size, checked(rows * lines.Size * columns.Size * channels));
        Require.SameLength(outputs, checked(size * lines.Factor * columns.Factor));
        Require.Lengths(lengths, rows, columns.Size);
    }

    // A line of y between two lines of x.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Line<TVector>(LinearAxis columns, int channels, float* upper, float* lower, float below, float* y)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector down = TVector.Broadcast(below), up = TVector.Broadcast(1 - below);
        for (int output = 0; output < columns.Outputs; output++, y += channels)
        {
            (int first, int second, float weight) = columns.At(output);
            nint left = (nint)first * channels, right = (nint)second * channels;
            TVector a = TVector.Broadcast(weight), rest = TVector.Broadcast(1 - weight);
            for (int channel = 0; channel < channels; channel += TVector.Count)
            {
                int count = channels - channel;
                TVector value = Between(upper + channel);
                if (lower != upper)
                    value = TVector.FusedMultiplyAdd(down, Between(lower + channel), up * value);
                VectorTail.Store(value, y + channel, count);

                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                TVector Between(float* line)
                {
                    TVector one = VectorTail.Load<TVector>(line + left, count);
                    return left == right ? one : TVector.FusedMultiplyAdd(a, VectorTail.Load<TVector>(line + right, count), rest * one);
                }
            }
        }
    }

    // The gradient of a line of y, times a weight, goes to one of the lines of x that it was made of.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add<TVector>(LinearAxis columns, int channels, float* dy, float weight, float* dx)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int output = 0; output < columns.Outputs; output++, dy += channels)
        {
            (int first, int second, float right) = columns.At(output);
            float* one = dx + ((nint)first * channels), other = dx + ((nint)second * channels);
            TVector a = TVector.Broadcast(weight * (1 - right)), b = TVector.Broadcast(weight * right);
            for (int channel = 0; channel < channels; channel += TVector.Count)
            {
                int count = channels - channel;
                TVector gradient = VectorTail.Load<TVector>(dy + channel, count);
                VectorTail.Store(TVector.FusedMultiplyAdd(a, gradient, VectorTail.Load<TVector>(one + channel, count)), one + channel, count);
                if (one != other)
                    VectorTail.Store(TVector.FusedMultiplyAdd(b, gradient, VectorTail.Load<TVector>(other + channel, count)), other + channel, count);
            }
        }
    }

    internal ref struct Job : IJob<Job>
    {
        public LinearAxis Lines, Columns;
        public int Rows, Channels;
        public bool IsBackward;
        public ReadOnlySpan<float> From;
        public Span<float> To;
        public ReadOnlySpan<int> Lengths;

        public static void Part<TVector>(ref Job job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int perRow = job.IsBackward ? job.Lines.Size : job.Lines.Outputs, channels = job.Channels;
            (int first, int count) = Workers.ShareOf(job.Rows * perRow, 1, part, parts);
            int line = job.Columns.Size * channels, outputLine = job.Columns.Outputs * channels;
            fixed (float* from = job.From, to = job.To)
            {
                for (int at = first, end = first + count; at < end;)
                {
                    (int row, int own) = Math.DivRem(at, perRow);
                    int some = Math.Min(perRow - own, end - at);
                    LinearAxis columns = job.Columns with { Size = job.Lengths.IsEmpty ? job.Columns.Size : job.Lengths[row] };
                    nint small = (nint)row * job.Lines.Size * line, large = (nint)row * job.Lines.Outputs * outputLine;
                    if (job.IsBackward)
                        job.Give<TVector>(columns, own, some, from + large, to + small);
                    else
                        job.Make<TVector>(columns, own, some, from + small, to + large);
                    at += some;
                }
            }
        }

        private readonly void Make<TVector>(LinearAxis columns, int first, int count, float* x, float* y) where TVector : struct, ISimdVector<TVector>
        {
            nint line = (nint)Columns.Size * Channels, outputLine = (nint)Columns.Outputs * Channels;
            int real = columns.Outputs * Channels;
            for (int output = first; output < first + count; output++)
            {
                (int upper, int lower, float below) = Lines.At(output);
                Line<TVector>(columns, Channels, x + (upper * line), x + (lower * line), below, y + (output * outputLine));
                new Span<float>(y + (output * outputLine) + real, (int)outputLine - real).Clear();
            }
        }

        private readonly void Give<TVector>(LinearAxis columns, int first, int count, float* dy, float* dx)
            where TVector : struct, ISimdVector<TVector>
        {
            nint line = (nint)Columns.Size * Channels, outputLine = (nint)Columns.Outputs * Channels;
            new Span<float>(dx + (first * line), (int)(count * line)).Clear();
            (int output, int end) = Lines.Over(first, count);
            for (; output < end; output++)
            {
                (int upper, int lower, float below) = Lines.At(output);
                float* from = dy + (output * outputLine);
                if (upper >= first && upper < first + count)
                    Add<TVector>(columns, Channels, from, 1 - below, dx + (upper * line));
                if (lower != upper && lower >= first && lower < first + count)
                    Add<TVector>(columns, Channels, from, below, dx + (lower * line));
            }
        }
    }
}
