using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The three matrix products of a dense layer, and of everything that is made of them.</summary>
/// <remarks><para>All matrices are dense and row-major; x is [rows, inputs], w [inputs, outputs], z [rows, outputs]. Spans may be
/// longer than that. They must not overlap.</para>
/// <para>Each element of a result is one chain of fused multiply-adds over the summed index in ascending order. So it has the same bits for every
/// vector width and number of threads, a row of a batch is the batch of one, and two micro-batches add up to the same bits as one batch.</para>
/// <para>Copies of operands lie in the workers' scratch memory, which grows to the largest product; nothing in it outlives a call.</para></remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>z[r, j] = bias[j] + Σᵢ x[r, i] w[i, j]; without a bias (an empty span) the chains start from 0.</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="w">[inputs, outputs], or in panels.</param>
    /// <param name="bias">[outputs], or empty.</param>
    /// <param name="z">[rows, outputs]; overwritten.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="inputs">The width of x.</param>
    /// <param name="outputs">The width of z.</param>
    /// <param name="workers">Who shares the work.</param>
    /// <param name="isPacked">Whether w lies in panels (<see cref="Packed"/>).</param>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> z, int rows, int inputs, int outputs, Workers workers,
        bool isPacked = false)
    {
        Require(x.Length, rows, inputs);
        Require(w.Length, inputs, outputs);
        Require(z.Length, rows, outputs);
        if (!bias.IsEmpty)
            Require(bias.Length, 1, outputs);
        fixed (float* px = x, pw = w, pbias = bias, pz = z)
        {
            if (rows == 1 && workers.Count == 1)
            {
                OneRow(px, pw, pbias, pz, inputs, outputs, isPacked);
                return;
            }

            MatrixJob job = MatrixJob.Forward(px, pw, pbias, pz, rows, inputs, outputs);
            job.IsPacked = isPacked;
            Run(ref job, workers);
        }
    }

    /// <summary>The same, and then what is done to each column's values.</summary>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> z, int rows, int inputs, int outputs,
        in ChannelScale then, Workers workers, bool isPacked = false)
    {
        if (then.IsNone)
        {
            Forward(x, w, bias, z, rows, inputs, outputs, workers, isPacked);
            return;
        }

        then.Check(outputs);
        Require(x.Length, rows, inputs);
        Require(w.Length, inputs, outputs);
        Require(z.Length, rows, outputs);
        if (!bias.IsEmpty)
            Require(bias.Length, 1, outputs);
        fixed (float* px = x, pw = w, pbias = bias, pz = z, origin = then.Origin, scale = then.Scale, shift = then.Shift)
        {
            var job = new FinishedJob
            {
                Product = MatrixJob.Forward(px, pw, pbias, pz, rows, inputs, outputs),
                Then = new ChannelFinish(then, origin, scale, shift),
            };
            job.Product.IsPacked = isPacked;
            int parts = PartsOf(job.Product, workers);
            job.Product.TakeScratch(workers, parts);
            workers.Run(ref job, parts);
            GC.KeepAlive(workers); // the scratch memory is theirs
        }
    }

    /// <summary>z[r, j] = start[r, j] + Σₖ x[r, k] w[k, j], the rows of each so far apart; a start of null is 0.</summary>
    public static void Continue(
        float* x, nint xRow, float* w, nint wRow, float* start, nint startRow, float* z, int rows, int depth, int outputs, Workers workers)
    {
        var job = new MatrixJob(x, xRow, 1, w, wRow, z, outputs, rows, depth, outputs) { Start = start, StartRow = startRow };
        Run(ref job, workers);
    }

    /// <summary>dw[i, j] += Σᵣ x[r, i] dz[r, j], the chain going on from the present dw[i, j].</summary>
    public static void AddWeightGradient(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int rows, int inputs, int outputs, Workers workers)
    {
        Require(x.Length, rows, inputs);
        Require(dz.Length, rows, outputs);
        Require(dw.Length, inputs, outputs);
        fixed (float* px = x, pdz = dz, pdw = dw)
        {
            MatrixJob job = MatrixJob.WeightGradient(px, pdz, outputs, pdw, outputs, rows, inputs, outputs);
            Run(ref job, workers);
        }
    }

    /// <summary>The same for some columns of wider matrices, whose rows are <paramref name="dzRow"/> and <paramref name="dwRow"/> apart.</summary>
    public static void AddWeightGradient(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, int dzRow, Span<float> dw, int dwRow, int rows, int inputs, int outputs, Workers workers)
    {
        Require(x.Length, rows, inputs);
        Require(dz.Length + dzRow - outputs, rows, dzRow);
        Require(dw.Length + dwRow - outputs, inputs, dwRow);
        fixed (float* px = x, pdz = dz, pdw = dw)
        {
            MatrixJob job = MatrixJob.WeightGradient(px, pdz, dzRow, pdw, dwRow, rows, inputs, outputs);
            Run(ref job, workers);
        }
    }

    /// <summary>dx[r, i] = Σⱼ dz[r, j] w[i, j]</summary>
    public static void InputGradient(
        ReadOnlySpan<float> dz, ReadOnlySpan<float> w, Span<float> dx, int rows, int inputs, int outputs, Workers workers)
    {
        Require(dz.Length, rows, outputs);
        Require(w.Length, inputs, outputs);
        Require(dx.Length, rows, inputs);
        fixed (float* pdz = dz, pw = w, pdx = dx)
        {
            MatrixJob job = MatrixJob.InputGradient(pdz, pw, pdx, rows, inputs, outputs);
            Run(ref job, workers);
        }
    }

    /// <summary>db[j] += Σᵣ dz[r, j], r ascending from the present db[j].</summary>
    public static void AddColumnSums(ReadOnlySpan<float> dz, Span<float> db, int rows, int outputs, Workers workers) =>
        AddColumnSums(dz, db, rows, outputs, outputs, workers);

    /// <summary>The same for some columns of a wider matrix, whose rows are <paramref name="step"/> apart.</summary>
    public static void AddColumnSums(ReadOnlySpan<float> dz, Span<float> db, int rows, int outputs, int step, Workers workers)
    {
        Require(dz.Length + step - outputs, rows, step);
        Require(db.Length, 1, outputs);
        fixed (float* pdz = dz, pdb = db)
        {
            float one = 1;
            MatrixJob job = MatrixJob.ColumnSums(&one, pdz, pdb, rows, outputs, step);
            Run(ref job, workers);
        }
    }

    /// <summary>Puts a factor into panels, each as wide as a tile, one after the other: the order in which the products read it.</summary>
    /// <param name="w">[depth, columns]</param>
    /// <param name="depth">The rows of w.</param>
    /// <param name="columns">Its columns.</param>
    /// <returns>As many floats, in an order that suits this machine alone; null where they are one panel, or would leave a part of one empty.
    /// </returns>
    public static float[]? Packed(ReadOnlySpan<float> w, int depth, int columns)
    {
        Require(w.Length, depth, columns);
        fixed (float* pw = w)
        {
            var job = new PackingJob { W = pw, Depth = depth, Columns = columns };
            Workers.Do(ref job, 0, 1);
            return job.Packed;
        }
    }

    // A prediction in a tiny network takes a tenth of a microsecond; a MatrixJob would take longer to fill in.
    private static void OneRow(float* x, float* w, float* bias, float* z, int inputs, int outputs, bool isPacked)
    {
        var row = new RowJob { X = x, W = w, Bias = bias, Z = z, Inputs = inputs, Outputs = outputs, IsPacked = isPacked };
        Workers.Do(ref row, 0, 1);
    }

    private static void Run(ref MatrixJob job, Workers workers)
    {
        if (job.Rows == 0 || job.Columns == 0)
            return;
        int parts = PartsOf(job, workers);
        job.TakeScratch(workers, parts);
        if (parts == 1)
            Workers.Do(ref job, 0, 1);
        else
            workers.Run(ref job, parts);
        GC.KeepAlive(workers); // the scratch memory is theirs
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PartsOf(in MatrixJob job, Workers workers) =>
        workers.ShareProduct((long)job.Rows * job.Columns * job.Depth) ? workers.Count : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Require(int length, int rows, int columns)
    {
        if (rows < 0 || columns < 0 || length < (long)rows * columns)
            Throw(length, rows, columns);
    }

    private static void Throw(int length, int rows, int columns) =>
        throw new ArgumentException($"A matrix of [{rows}, {columns}] does not fit into {length} elements.");

    private struct FinishedJob : IJob<FinishedJob>
    {
        public MatrixJob Product;
        public ChannelFinish Then;

        public static void Part<TVector>(ref FinishedJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            MatrixJob share = job.Product.ShareOf(part, parts);
            int first = (int)((share.C - job.Product.C) % share.CRow); // columns are shared, or rows
            if (share.Rows == 0 || share.Columns == 0)
                return;
            int count, near = share.NearRows<TVector>();
            for (int row = 0; row < share.Rows; row += count)
            {
                count = Math.Min(near, share.Rows - row);
                MatrixJob some = share.ForRows(row, count);
                MatrixJob.Part<TVector>(ref some, 0, 1);
                job.Then.Apply<TVector>(some.C, some.C, some.CRow, count, first, some.Columns);
            }
        }
    }

    private struct PackingJob : IJob<PackingJob>
    {
        public float* W;
        public int Depth, Columns;
        public float[]? Packed;

        public static void Part<TVector>(ref PackingJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int panel = MatrixJob.Panel<TVector>();
            if (job.Columns <= panel || job.Columns % panel != 0)
                return;
            job.Packed = new float[job.Depth * job.Columns];
            fixed (float* packed = job.Packed)
                MatrixPanel.Copy<TVector>(job.W, job.Columns, packed, panel, job.Depth, job.Columns);
        }
    }

    private struct RowJob : IJob<RowJob>
    {
        public float* X;
        public float* W;
        public float* Bias;
        public float* Z;
        public int Inputs;
        public int Outputs;
        public bool IsPacked;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Part<TVector>(ref RowJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            if (job.IsPacked)
                MatrixRow.ComputePanels<TVector>(job.X, 1, job.W, job.Bias, job.Z, job.Inputs, job.Outputs);
            else
                MatrixRow.Compute<TVector>(job.X, 1, job.W, job.Outputs, job.Bias, job.Z, job.Inputs, job.Outputs);
        }
    }
}
