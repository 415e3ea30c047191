using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Images of another size, each value the nearest or between the four about it; a sequence is an image of one line.</summary>
/// <remarks>y[i, j] = (1 − b) ((1 − a) x₀₀ + a x₀₁) + b ((1 − a) x₁₀ + a x₁₁), where a value of weight 0 is not read. Threads take lines: of y, and
/// backward of dx, each element of which is added up in the order of the outputs.</remarks>
internal static unsafe class ResizeKernel
{
    /// <summary>y of x.</summary>
    /// <param name="lines">How the lines of y lie in those of x.</param>
    /// <param name="columns">How its columns lie, for the steps of the call.</param>
    /// <param name="columnsOf">How the columns of a row lie that has so many.</param>
    /// <param name="channels">The values of a pixel.</param>
    /// <param name="x">[rows, lines, columns, channels]</param>
    /// <param name="y">[rows, output lines, output columns, channels]</param>
    /// <param name="rows">How many images.</param>
    /// <param name="lengths">How many columns of each row of x are real; empty: all.</param>
    /// <param name="workers">Who shares the work.</param>
    public static void Forward(
        ResizeAxis lines, ResizeAxis columns, Func<int, ResizeAxis> columnsOf, int channels, ReadOnlySpan<float> x, Span<float> y, int rows,
        ReadOnlySpan<int> lengths, Workers workers)
    {
        Check(lines, columns, channels, x.Length, y.Length, rows, lengths);
        var job = new Job { Lines = lines, Columns = columns, Channels = channels, From = x, To = y, Rows = rows, Lengths = lengths };
        job.ColumnsOf = columnsOf;
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary>dx of dy.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public static void Backward(
        ResizeAxis lines, ResizeAxis columns, Func<int, ResizeAxis> columnsOf, int channels, ReadOnlySpan<float> dy, Span<float> dx, int rows,
        ReadOnlySpan<int> lengths, Workers workers)
    {
        Check(lines, columns, channels, dx.Length, dy.Length, rows, lengths);
        var job = new Job { Lines = lines, Columns = columns, Channels = channels, From = dy, To = dx, Rows = rows, Lengths = lengths };
        (job.ColumnsOf, job.IsBackward) = (columnsOf, true);
        Workers.Share(workers, Math.Max(dx.Length, dy.Length), ref job);
    }

    private static void Check(ResizeAxis lines, ResizeAxis columns, int channels, int size, int outputs, int rows, ReadOnlySpan<int> lengths)
    {
        Require.SameLength(size, checked(rows * lines.Size * columns.Size * channels));
        Require.SameLength(outputs, checked(rows * lines.Outputs * columns.Outputs * channels));
        Require.Lengths(lengths, rows, columns.Size);
    }

    // A line of y between two lines of x.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Line<TVector>(ResizeAxis columns, int channels, float* upper, float* lower, float below, float* y)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector down = TVector.Broadcast(below), up = TVector.Broadcast(1 - below);
        ResizeWalk walk = columns.From(0);
        for (int output = 0; output < columns.Outputs; output++, y += channels, walk.Next())
        {
            (int first, int second, float weight) = walk.Current;
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
    private static void Add<TVector>(ResizeAxis columns, int channels, float* dy, float weight, float* dx)
        where TVector : struct, ISimdVector<TVector>
    {
        ResizeWalk walk = columns.From(0);
        for (int output = 0; output < columns.Outputs; output++, dy += channels, walk.Next())
        {
            (int first, int second, float right) = walk.Current;
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
        public ResizeAxis Lines, Columns;
        public Func<int, ResizeAxis> ColumnsOf;
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
                    ResizeAxis columns = job.Lengths.IsEmpty ? job.Columns : job.ColumnsOf(job.Lengths[row]);
                    nint small = (nint)row * job.Lines.Size * line, large = (nint)row * job.Lines.Outputs * outputLine;
                    if (job.IsBackward)
                        job.Give<TVector>(columns, own, some, from + large, to + small);
                    else
                        job.Make<TVector>(columns, own, some, from + small, to + large);
                    at += some;
                }
            }
        }

        private readonly void Make<TVector>(ResizeAxis columns, int first, int count, float* x, float* y) where TVector : struct, ISimdVector<TVector>
        {
            nint line = (nint)Columns.Size * Channels, outputLine = (nint)Columns.Outputs * Channels;
            int real = columns.Outputs * Channels;
            ResizeWalk walk = Lines.From(first);
            for (int output = first; output < first + count; output++, walk.Next())
            {
                (int upper, int lower, float below) = walk.Current;
                Line<TVector>(columns, Channels, x + (upper * line), x + (lower * line), below, y + (output * outputLine));
                new Span<float>(y + (output * outputLine) + real, (int)outputLine - real).Clear();
            }
        }

        private readonly void Give<TVector>(ResizeAxis columns, int first, int count, float* dy, float* dx)
            where TVector : struct, ISimdVector<TVector>
        {
            nint line = (nint)Columns.Size * Channels, outputLine = (nint)Columns.Outputs * Channels;
            new Span<float>(dx + (first * line), (int)(count * line)).Clear();
            (int output, int end) = Lines.Over(first, count);
            for (ResizeWalk walk = Lines.From(output); output < end; output++, walk.Next())
            {
                (int upper, int lower, float below) = walk.Current;
                float* from = dy + (output * outputLine);
                if (upper >= first && upper < first + count)
                    Add<TVector>(columns, Channels, from, 1 - below, dx + (upper * line));
                if (lower != upper && lower >= first && lower < first + count)
                    Add<TVector>(columns, Channels, from, below, dx + (lower * line));
            }
        }
    }
}
