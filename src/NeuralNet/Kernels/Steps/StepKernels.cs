using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Passes over the real steps of sequences, column by column: the steps of a column follow in ascending order, in a lane of
/// its own. Threads take rows, or columns if there are fewer rows than threads.</summary>
internal static unsafe class StepKernels
{
    /// <summary>y[r, j] = Σ x[r, t, j] / length, t ascending.</summary>
    public static void Mean(ReadOnlySpan<float> x, Span<float> y, in StepRows rows, Workers workers) => Forward<MeanFormula>(x, y, rows, workers);

    /// <summary>dx[r, t, j] = dy[r, j] / length for the real steps, 0 for the others.</summary>
    public static void MeanGradient(ReadOnlySpan<float> dy, Span<float> dx, in StepRows rows, Workers workers)
    {
        Require.SameLength(dy.Length, checked(rows.Rows * rows.Width));
        Require.SameLength(dx.Length, rows.Size);
        Run<MeanGradientFormula>(default, default, dy, dx, rows, workers);
    }

    /// <summary>y[r, j] = max x[r, t, j]; NaN where any is.</summary>
    public static void Max(ReadOnlySpan<float> x, Span<float> y, in StepRows rows, Workers workers) => Forward<MaxFormula>(x, y, rows, workers);

    /// <summary>dx[r, t, j] = dy[r, j] for the first t of which x[r, t, j] is the largest (or NaN), otherwise 0.</summary>
    public static void MaxGradient(
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, in StepRows rows, Workers workers)
    {
        Require.SameLength(x.Length, rows.Size);
        Require.SameLength(y.Length, checked(rows.Rows * rows.Width));
        Require.SameLength(dy.Length, checked(rows.Rows * rows.Width));
        Require.SameLength(dx.Length, rows.Size);
        Run<MaxGradientFormula>(x, y, dy, dx, rows, workers);
    }

    private static void Forward<TFormula>(ReadOnlySpan<float> x, Span<float> y, in StepRows rows, Workers workers)
        where TFormula : struct, IStepFormula
    {
        Require.SameLength(x.Length, rows.Size);
        Require.SameLength(y.Length, checked(rows.Rows * rows.Width));
        Run<TFormula>(x, y, default, default, rows, workers);
    }

    // Spans that the formula does not use are empty; y is written by forward formulas only.
    private static void Run<TFormula>(
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, in StepRows rows, Workers workers)
        where TFormula : struct, IStepFormula
    {
        Require.Lengths(rows.Lengths, rows.Rows, rows.Steps);
        var job = new StepJob<TFormula> { X = x, Y = y, Dy = dy, Dx = dx, Rows = rows };
        Workers.Share(workers, rows.Size, ref job);
    }

    private readonly struct MeanFormula : IStepFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Compute<TVector>(in StepColumns at) where TVector : struct, ISimdVector<TVector>
        {
            TVector length = TVector.Broadcast(at.Length);
            int i = 0;

            // Four chains at once, so that one addition need not wait for the other.
            for (; i <= at.Count - (4 * TVector.Count); i += 4 * TVector.Count)
            {
                TVector sum0 = TVector.Zero, sum1 = TVector.Zero, sum2 = TVector.Zero, sum3 = TVector.Zero;
                float* x = at.X + i;
                for (int t = 0; t < at.Length; t++, x += at.Width)
                {
                    sum0 += TVector.Load(x);
                    sum1 += TVector.Load(x + TVector.Count);
                    sum2 += TVector.Load(x + (2 * TVector.Count));
                    sum3 += TVector.Load(x + (3 * TVector.Count));
                }

                TVector.Store(sum0 / length, at.Y + i);
                TVector.Store(sum1 / length, at.Y + i + TVector.Count);
                TVector.Store(sum2 / length, at.Y + i + (2 * TVector.Count));
                TVector.Store(sum3 / length, at.Y + i + (3 * TVector.Count));
            }

            for (; i < at.Count; i += TVector.Count)
            {
                TVector sum = TVector.Zero;
                float* x = at.X + i;
                for (int t = 0; t < at.Length; t++, x += at.Width)
                    sum += VectorTail.Load<TVector>(x, at.Count - i);
                VectorTail.Store(sum / length, at.Y + i, at.Count - i);
            }
        }
    }

    private readonly struct MeanGradientFormula : IStepFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Compute<TVector>(in StepColumns at) where TVector : struct, ISimdVector<TVector>
        {
            TVector length = TVector.Broadcast(at.Length);
            for (int i = 0; i < at.Count; i += TVector.Count)
                VectorTail.Store(VectorTail.Load<TVector>(at.Dy + i, at.Count - i) / length, at.Dx + i, at.Count - i);
            for (int t = 1; t < at.Steps; t++)
            {
                var dx = new Span<float>(at.Dx + ((nint)t * at.Width), at.Count);
                if (t < at.Length)
                    new ReadOnlySpan<float>(at.Dx, at.Count).CopyTo(dx);
                else
                    dx.Clear();
            }
        }
    }

    private readonly struct MaxFormula : IStepFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Compute<TVector>(in StepColumns at) where TVector : struct, ISimdVector<TVector>
        {
            for (int i = 0; i < at.Count; i += TVector.Count)
            {
                float* x = at.X + i;
                TVector max = VectorTail.Load<TVector>(x, at.Count - i);
                for (int t = 1; t < at.Length; t++)
                    max = TVector.Max(max, VectorTail.Load<TVector>(x += at.Width, at.Count - i));
                VectorTail.Store(max, at.Y + i, at.Count - i);
            }
        }
    }

    private readonly struct MaxGradientFormula : IStepFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Compute<TVector>(in StepColumns at) where TVector : struct, ISimdVector<TVector>
        {
            TVector all = TVector.Equal(TVector.Zero, TVector.Zero);
            for (int i = 0; i < at.Count; i += TVector.Count)
            {
                int left = at.Count - i;
                float* x = at.X + i, dx = at.Dx + i;
                TVector max = VectorTail.Load<TVector>(at.Y + i, left), gradient = VectorTail.Load<TVector>(at.Dy + i, left), found = TVector.Zero;
                for (int t = 0; t < at.Length; t++, x += at.Width, dx += at.Width)
                {
                    // The first element that equals the largest; if the largest is NaN, the first NaN.
                    TVector one = VectorTail.Load<TVector>(x, left);
                    TVector wins = TVector.Select(TVector.Equal(one, one), TVector.Equal(one, max), all);
                    wins = TVector.Select(found, TVector.Zero, wins);
                    found = TVector.BitOr(found, wins);
                    VectorTail.Store(TVector.BitAnd(wins, gradient), dx, left);
                }

                for (int t = at.Length; t < at.Steps; t++, dx += at.Width)
                    VectorTail.Store(TVector.Zero, dx, left);
            }
        }
    }

    private interface IStepFormula
    {
        /// <summary>Does some columns of one row.</summary>
        static abstract void Compute<TVector>(in StepColumns at) where TVector : struct, ISimdVector<TVector>;
    }

    // Some columns of one row, which has at least one real step.
    private struct StepColumns
    {
        public float* X;
        public float* Y;
        public float* Dy;
        public float* Dx;
        public int Length;
        public int Steps;
        public int Width;
        public int Count;
    }

    private ref struct StepJob<TFormula> : IJob<StepJob<TFormula>> where TFormula : struct, IStepFormula
    {
        public ReadOnlySpan<float> X;
        public ReadOnlySpan<float> Y;
        public ReadOnlySpan<float> Dy;
        public Span<float> Dx;
        public StepRows Rows;

        public static void Part<TVector>(ref StepJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int steps, int width) = (job.Rows.Steps, job.Rows.Width);
            (int firstRow, int rows, int first, int count) = job.Rows.ShareOf(width, part, parts);
            fixed (float* x = job.X, y = job.Y, dy = job.Dy, dx = job.Dx)
            {
                for (int row = firstRow; row < firstRow + rows; row++)
                {
                    nint vector = ((nint)row * width) + first, sequence = ((nint)row * steps * width) + first;
                    TFormula.Compute<TVector>(new StepColumns
                    {
                        X = x + sequence,
                        Y = y + vector,
                        Dy = dy + vector,
                        Dx = dx + sequence,
                        Length = job.Rows.LengthOf(row),
                        Steps = steps,
                        Width = width,
                        Count = count,
                    });
                }
            }
        }
    }
}
