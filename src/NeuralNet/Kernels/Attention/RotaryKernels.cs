using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>Turns pairs of features of each head by the angles of its step: (x_a, x_b) ← (x_a cos φ − x_b sin φ, x_b cos φ + x_a sin φ).</summary>
/// <remarks>Products and sums are rounded each by itself, so that all widths, and what is left of a vector, have the same bits.</remarks>
internal static unsafe class RotaryKernels
{
    /// <summary>Turns the first heads of the real steps of all rows, which follow each other, in place. Threads take steps.</summary>
    /// <param name="x">From one step to the next are <paramref name="stride"/> values.</param>
    /// <param name="turn">What is turned, and by what.</param>
    /// <param name="stride">From one step to the next.</param>
    /// <param name="isBack">Whether by −φ.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="steps">How many steps a row has, at most as many as the table.</param>
    /// <param name="lengths">How many steps of each row are real; empty: all.</param>
    /// <param name="workers">The threads.</param>
    public static void Turn(
        Span<float> x, in RotaryTurn turn, int stride, bool isBack, int rows, int steps, ReadOnlySpan<int> lengths, Workers workers)
    {
        int count = new PackedSteps(rows, steps, lengths).Count, width = turn.Heads * turn.HeadWidth;
        if (!lengths.IsEmpty)
            Require.Lengths(lengths, rows, steps);
        Require.AtLeast(turn.Table.Length, 2 * turn.Pairs * steps);
        Require.AtLeast(turn.HeadWidth, 2 * turn.Pairs);
        Require.AtLeast(stride, width);
        Require.AtLeast(x.Length, count == 0 ? 0 : ((count - 1) * stride) + width);
        var job = new Job { X = x, Turn = turn, Stride = stride, Sign = isBack ? -1 : 1, Rows = rows, Steps = steps, Lengths = lengths };
        Workers.Share(workers, count * width, ref job);
    }

    private ref struct Job : IJob<Job>
    {
        public Span<float> X;
        public RotaryTurn Turn;
        public int Stride, Rows, Steps;
        public float Sign;
        public ReadOnlySpan<int> Lengths;

        public static void Part<TVector>(ref Job job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            RotaryTurn turn = job.Turn;
            (int first, int count) = Workers.ShareOf(job.Steps, 1, part, parts);
            fixed (float* x = job.X, table = turn.Table)
            {
                float* row = x;
                for (int r = 0; r < job.Rows; r++)
                {
                    int real = job.Lengths.IsEmpty ? job.Steps : job.Lengths[r];
                    for (int t = first; t < Math.Min(first + count, real); t++)
                    {
                        float* step = row + (t * (nint)job.Stride), cos = table + (2 * (nint)t * turn.Pairs);
                        for (int head = 0; head < turn.Heads; head++, step += turn.HeadWidth)
                        {
                            if (turn.IsInterleaved)
                                Neighbours(step, cos, cos + turn.Pairs, turn.Pairs, job.Sign);
                            else
                                Halves<TVector>(step, cos, cos + turn.Pairs, turn.Pairs, job.Sign);
                        }
                    }

                    row += real * (nint)job.Stride;
                }
            }
        }

        private static void Halves<TVector>(float* a, float* cos, float* sin, int pairs, float sign) where TVector : struct, ISimdVector<TVector>
        {
            float* b = a + pairs;
            TVector signs = TVector.Broadcast(sign);
            for (int i = 0; i < pairs; i += TVector.Count)
            {
                int left = pairs - i;
                TVector first = VectorTail.Load<TVector>(a + i, left), second = VectorTail.Load<TVector>(b + i, left);
                TVector c = VectorTail.Load<TVector>(cos + i, left), s = VectorTail.Load<TVector>(sin + i, left) * signs;
                VectorTail.Store((first * c) - (second * s), a + i, left);
                VectorTail.Store((second * c) + (first * s), b + i, left);
            }
        }

        // Two pairs at a time.
        private static void Neighbours(float* x, float* cos, float* sin, int pairs, float sign)
        {
            Vector128<float> signs = Vector128.Create(-sign, sign, -sign, sign);
            int i = 0;
            for (; i <= pairs - 2; i += 2)
            {
                Vector128<float> pair = Vector128.Load(x + (2 * i)), other = Vector128.Shuffle(pair, Vector128.Create(1, 0, 3, 2));
                Vector128<float> c = Vector128.Create(cos[i], cos[i], cos[i + 1], cos[i + 1]);
                Vector128<float> s = Vector128.Create(sin[i], sin[i], sin[i + 1], sin[i + 1]) * signs;
                ((pair * c) + (other * s)).Store(x + (2 * i));
            }

            if (i < pairs)
            {
                (float a, float b, float s) = (x[2 * i], x[(2 * i) + 1], sin[i] * sign);
                (x[2 * i], x[(2 * i) + 1]) = ((a * cos[i]) - (b * s), (b * cos[i]) + (a * s));
            }
        }
    }
}

/// <summary>Which features of a step are turned, and by what.</summary>
internal readonly ref struct RotaryTurn
{
    /// <summary>cos φ of each pair, then sin φ of each, step after step.</summary>
    public required ReadOnlySpan<float> Table { get; init; }

    /// <summary>How many heads are turned, side by side from the beginning of a step.</summary>
    public required int Heads { get; init; }

    public required int HeadWidth { get; init; }

    /// <summary>How many pairs of each head.</summary>
    public required int Pairs { get; init; }

    /// <summary>Whether a pair is (2i, 2i + 1), and not (i, i + pairs).</summary>
    public required bool IsInterleaved { get; init; }
}
