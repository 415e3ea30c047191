using System.Numerics.Tensors;

namespace NeuralNet.Kernels;

/// <summary>What is around a line of pixels, or around lines: <paramref name="Before"/> and <paramref name="After"/> them.</summary>
internal readonly record struct PadAxis(int Size, int Before, int After, PadMode Mode)
{
    public int Padded => Size + Before + After;

    /// <summary>Which value of the input stands at a place of the output; −1: none.</summary>
    public int From(int place)
    {
        int at = place - Before;
        if (at >= 0 && at < Size)
            return at;
        return Mode switch
        {
            PadMode.Reflect => at < 0 ? -at : (2 * (Size - 1)) - at,
            PadMode.Edge => at < 0 ? 0 : Size - 1,
            _ => -1,
        };
    }
}

/// <summary>Images with something around them, and what of the gradient comes back to the input.</summary>
/// <remarks>Threads take lines: of the output, and backward of the input, each of which gets what the lines of the output that were made of it
/// have, in their order.</remarks>
internal static class PadKernel
{
    /// <summary>y = x with padding.</summary>
    /// <param name="lines">What is above and below.</param>
    /// <param name="columns">What is around each line, for the steps of the call.</param>
    /// <param name="channels">The values of a pixel.</param>
    /// <param name="value">What a constant padding is.</param>
    /// <param name="x">[rows, lines, columns, channels]</param>
    /// <param name="y">[rows, padded lines, padded columns, channels]</param>
    /// <param name="rows">How many images.</param>
    /// <param name="lengths">How many columns of each row are real; empty: all.</param>
    /// <param name="workers">Who shares the work.</param>
    public static void Forward(
        PadAxis lines, PadAxis columns, int channels, float value, ReadOnlySpan<float> x, Span<float> y, int rows, ReadOnlySpan<int> lengths,
        Workers workers)
    {
        Check(lines, columns, channels, x.Length, y.Length, rows, lengths);
        var job = new Job { Lines = lines, Columns = columns, Channels = channels, Value = value, From = x, To = y, Rows = rows, Lengths = lengths };
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary>dx of dy.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public static void Backward(
        PadAxis lines, PadAxis columns, int channels, ReadOnlySpan<float> dy, Span<float> dx, int rows, ReadOnlySpan<int> lengths, Workers workers)
    {
        Check(lines, columns, channels, dx.Length, dy.Length, rows, lengths);
        var job = new Job { Lines = lines, Columns = columns, Channels = channels, From = dy, To = dx, Rows = rows, Lengths = lengths };
        job.IsBackward = true;
        Workers.Share(workers, dy.Length, ref job);
    }

    private static void Check(PadAxis lines, PadAxis columns, int channels, int size, int padded, int rows, ReadOnlySpan<int> lengths)
    {
        Require.SameLength(size, checked(rows * lines.Size * columns.Size * channels));
        Require.SameLength(padded, checked(rows * lines.Padded * columns.Padded * channels));
        Require.Lengths(lengths, rows, columns.Size);
    }

    private ref struct Job : IJob<Job>
    {
        public PadAxis Lines, Columns;
        public int Rows, Channels;
        public float Value;
        public bool IsBackward;
        public ReadOnlySpan<float> From;
        public Span<float> To;
        public ReadOnlySpan<int> Lengths;

        public static void Part<TVector>(ref Job job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int perRow = job.IsBackward ? job.Lines.Size : job.Lines.Padded;
            (int first, int count) = Workers.ShareOf(job.Rows * perRow, 1, part, parts);
            int inputLine = job.Columns.Size * job.Channels, outputLine = job.Columns.Padded * job.Channels;
            for (int at = first, end = first + count; at < end;)
            {
                (int row, int line) = Math.DivRem(at, perRow);
                int some = Math.Min(perRow - line, end - at);
                PadAxis columns = job.Columns with { Size = job.Lengths.IsEmpty ? job.Columns.Size : job.Lengths[row] };
                int inputs = row * job.Lines.Size, outputs = row * job.Lines.Padded;
                if (job.IsBackward)
                    job.To.Slice(at * inputLine, some * inputLine).Clear();
                for (int output = 0; output < job.Lines.Padded; output++)
                {
                    int input = job.Lines.From(output), own = job.IsBackward ? input : output;
                    if (own < line || own >= line + some)
                        continue;
                    int inputAt = (inputs + input) * inputLine, outputAt = (outputs + output) * outputLine;
                    if (job.IsBackward)
                        job.Add(columns, job.From.Slice(outputAt, outputLine), job.To.Slice(inputAt, inputLine));
                    else if (input >= 0)
                        job.Copy(columns, job.From.Slice(inputAt, inputLine), job.To.Slice(outputAt, outputLine));
                    else
                        job.Fill(columns, job.To.Slice(outputAt, outputLine));
                }

                at += some;
            }
        }

        // A line of padding; behind a row's length 0.
        private readonly void Fill(PadAxis columns, Span<float> y)
        {
            int real = columns.Padded * Channels;
            y[..real].Fill(Value);
            y[real..].Clear();
        }

        private readonly void Copy(PadAxis columns, ReadOnlySpan<float> x, Span<float> y)
        {
            x[..(columns.Size * Channels)].CopyTo(y[(columns.Before * Channels)..]);
            for (int i = 0; i < columns.Before + columns.After; i++)
            {
                int place = i < columns.Before ? i : i + columns.Size, from = columns.From(place);
                Span<float> to = y.Slice(place * Channels, Channels);
                if (from < 0)
                    to.Fill(Value);
                else
                    x.Slice(from * Channels, Channels).CopyTo(to);
            }

            y[(columns.Padded * Channels)..].Clear();
        }

        private readonly void Add(PadAxis columns, ReadOnlySpan<float> dy, Span<float> dx)
        {
            Add(dy.Slice(columns.Before * Channels, columns.Size * Channels), dx);
            for (int i = 0; i < columns.Before + columns.After; i++)
            {
                int place = i < columns.Before ? i : i + columns.Size, to = columns.From(place);
                if (to >= 0)
                    Add(dy.Slice(place * Channels, Channels), dx[(to * Channels)..]);
            }
        }

        private static void Add(ReadOnlySpan<float> dy, Span<float> dx) => TensorPrimitives.Add(dx[..dy.Length], dy, dx);
    }
}
