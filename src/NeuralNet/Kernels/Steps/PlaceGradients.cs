using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>∇W and ∇b of a layer that sees each row at several places, the steps of a sequence or the pixels of an image.</summary>
/// <remarks>One chain over all places of all rows loses digits where a row has many: of 64 rows of 112 × 112 pixels the fourth. So from
/// <see cref="Many"/> places on, by the layer's shape, the sum of each row is made from 0, and these sums are added in the order of rows. Parts of a
/// step add up to the same bits in either way.</remarks>
internal static class PlaceGradients
{
    /// <summary>From so many places of a row on sums are made row by row.</summary>
    public const int Many = 1024;

    /// <summary>The memory for the sum of a row; 0 where there are fewer places.</summary>
    /// <exception cref="OverflowException">It would be 2³¹ floats or more.</exception>
    public static int Memory(int places, int inputs, int outputs) => places < Many ? 0 : checked(inputs * outputs);

    /// <summary>dw[i, j] += Σ over rows of Σ over places of x[place, i] dz[place, j]</summary>
    /// <param name="x">[vectors, inputs]</param>
    /// <param name="dz">[vectors, outputs]</param>
    /// <param name="dw">[inputs, outputs]; added to. Empty: not wanted.</param>
    /// <param name="vectors">The places of all rows; the last row may have fewer than the others.</param>
    /// <param name="places">The places of a row.</param>
    /// <param name="inputs">The width of x.</param>
    /// <param name="outputs">The width of dz.</param>
    /// <param name="memory">At least as many floats as <see cref="Memory"/> says; where it says 0, empty.</param>
    /// <param name="workers">Who shares the work.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddWeights(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int vectors, int places, int inputs, int outputs, Span<float> memory,
        Workers workers)
    {
        if (dw.IsEmpty)
            return;
        if (memory.IsEmpty)
            MatrixProduct.AddWeightGradient(x, dz, dw, vectors, inputs, outputs, workers);
        else
            AddWeightsOfRows(x, dz, dw, vectors, places, inputs, outputs, memory, workers);
    }

    /// <summary>The same of some columns of dz and dw, whose rows are <paramref name="step"/> apart in both.</summary>
    /// <inheritdoc cref="AddWeights(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, int, int, int, int, Span{float}, Workers)"/>
    public static void AddWeights(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int vectors, int places, int inputs, int outputs, int step,
        Span<float> memory, Workers workers)
    {
        if (memory.IsEmpty)
        {
            MatrixProduct.AddWeightGradient(x, dz, step, dw, step, vectors, inputs, outputs, workers);
            return;
        }

        Span<float> sum = memory[..(inputs * outputs)];
        for (int first = 0; first < vectors; first += places)
        {
            int count = Math.Min(places, vectors - first);
            sum.Clear();
            MatrixProduct.AddWeightGradient(x[(first * inputs)..], dz[(first * step)..], step, sum, outputs, count, inputs, outputs, workers);
            for (int i = 0; i < inputs; i++)
                Elementwise.Map(default(PairSum), dw.Slice(i * step, outputs), sum.Slice(i * outputs, outputs), dw.Slice(i * step, outputs));
        }
    }

    /// <summary>db[j] += Σ over rows of Σ over places of dz[place, j], of some columns of a matrix whose rows are <paramref name="step"/> apart.
    /// </summary>
    /// <inheritdoc cref="AddWeights(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, int, int, int, int, Span{float}, Workers)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddBiases(
        ReadOnlySpan<float> dz, Span<float> db, int vectors, int places, int outputs, int step, Span<float> memory, Workers workers)
    {
        if (db.IsEmpty)
            return;
        if (memory.IsEmpty)
            MatrixProduct.AddColumnSums(dz, db, vectors, outputs, step, workers);
        else
            AddBiasesOfRows(dz, db, vectors, places, outputs, step, workers);
    }

    private static void AddWeightsOfRows(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int vectors, int places, int inputs, int outputs, Span<float> memory,
        Workers workers)
    {
        Span<float> sum = memory[..dw.Length];
        for (int first = 0; first < vectors; first += places)
        {
            int count = Math.Min(places, vectors - first);
            sum.Clear();
            MatrixProduct.AddWeightGradient(x[(first * inputs)..], dz[(first * outputs)..], sum, count, inputs, outputs, workers);
            Elementwise.Map(default(PairSum), dw, sum, dw, workers);
        }
    }

    /// <summary>The same where the sum of each row is made from 0, and these sums are added in the order of rows: of several rows at a time, because
    /// a chain waits for each of its additions.</summary>
    public static unsafe void AddBiasesOfRows(
        ReadOnlySpan<float> dz, Span<float> db, int vectors, int places, int outputs, int step, Workers workers)
    {
        if (vectors == 0 || db.IsEmpty)
            return;
        Require.SameLength(db.Length, outputs);
        if (dz.Length < ((vectors - 1L) * step) + outputs)
            throw new ArgumentException($"{vectors} vectors do not fit into {dz.Length} elements.", nameof(dz));
        fixed (float* pdz = dz, pdb = db)
        {
            var job = new RowSums { Dz = pdz, Db = pdb, Vectors = vectors, Places = places, Columns = outputs, Step = step };
            int most = (outputs + Workers.Line - 1) / Workers.Line;
            workers.Run(ref job, workers.ShareElements(vectors * outputs) ? Math.Min(most, workers.Count) : 1);
        }
    }

    private unsafe struct RowSums : IJob<RowSums>
    {
        private const int AtOnce = 8;

        public float* Dz, Db;
        public int Vectors, Places, Columns, Step;

        public static void Part<TVector>(ref RowSums job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Columns, Workers.Line, part, parts);
            int end = first + count, rows = job.Vectors / job.Places, left = job.Vectors - (rows * job.Places);
            nint row = (nint)job.Places * job.Step;
            for (int column = first; column < end; column += TVector.Count)
            {
                TVector sum = VectorTail.Load<TVector>(job.Db + column, end - column);
                float* dz = job.Dz + column;
                int i = 0;
                for (; i <= rows - AtOnce; i += AtOnce, dz += AtOnce * row)
                    job.AddEight(dz, row, end - column, ref sum);
                for (; i < rows; i++, dz += row)
                    job.AddOne(dz, job.Places, end - column, ref sum);
                if (left > 0)
                    job.AddOne(dz, left, end - column, ref sum);
                VectorTail.Store(sum, job.Db + column, end - column);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private readonly void AddEight<TVector>(float* dz, nint row, int width, ref TVector sum) where TVector : struct, ISimdVector<TVector>
        {
            TVector sum0 = TVector.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0, sum4 = sum0, sum5 = sum0, sum6 = sum0, sum7 = sum0;
            float* dz4 = dz + (4 * row);
            for (int place = 0; place < Places; place++, dz += Step, dz4 += Step)
            {
                sum0 += VectorTail.Load<TVector>(dz, width);
                sum1 += VectorTail.Load<TVector>(dz + row, width);
                sum2 += VectorTail.Load<TVector>(dz + (2 * row), width);
                sum3 += VectorTail.Load<TVector>(dz + (3 * row), width);
                sum4 += VectorTail.Load<TVector>(dz4, width);
                sum5 += VectorTail.Load<TVector>(dz4 + row, width);
                sum6 += VectorTail.Load<TVector>(dz4 + (2 * row), width);
                sum7 += VectorTail.Load<TVector>(dz4 + (3 * row), width);
            }

            sum = sum + sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private readonly void AddOne<TVector>(float* dz, int places, int width, ref TVector sum) where TVector : struct, ISimdVector<TVector>
        {
            TVector own = TVector.Zero;
            for (int place = 0; place < places; place++, dz += Step)
                own += VectorTail.Load<TVector>(dz, width);
            sum += own;
        }
    }
}
