using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary> Cross-entropy on the argument of softmax, at a temperature T: D = −Σ dᵢ ln softmax(z / T)ᵢ = Σ dᵢ (m − zᵢ) / T + Σ dᵢ · ln Σ e^((zⱼ −
/// m) / T) with the largest element m; w times its gradient is dzᵢ = w (softmax(z / T)ᵢ · Σ d − dᵢ) / T.
/// </summary>
/// <remarks><para>For all finite z the gradient is finite; the value is for z within ±1e30, and +∞ where a weighted m − z overflows, near the
/// largest float. A term with dᵢ = 0 is 0, even where zᵢ = −∞. NaN or +∞ anywhere, or −∞ everywhere, give NaN everywhere.</para>
/// <para>Sums run over 16 lanes as in <see cref="Reduction"/>, or through their tree: no result depends on the machine's width or on how
/// many vectors there are. Division by T = 1 would be exact; it is left out.</para></remarks>
internal static unsafe class SoftmaxCrossEntropy
{
    /// <summary>The value of each vector, and the gradient; without one (an empty span) the values alone.</summary>
    /// <param name="desired">What stands for d.</param>
    /// <param name="temperature">T.</param>
    /// <param name="z">The arguments of softmax, [vectors, width].</param>
    /// <param name="d">The desired distributions, [vectors, width], or what <paramref name="desired"/> makes them of.</param>
    /// <param name="w">What the gradient, but not the value, is multiplied by.</param>
    /// <param name="dz">Overwritten with the gradient, or empty; overlaps neither of the others.</param>
    /// <param name="values">Overwritten with the value of each vector; at least one.</param>
    /// <param name="workers">Who shares wide vectors, each of which is one thread's.</param>
    public static void Run<TDesired>(
        TDesired desired, float temperature, ReadOnlySpan<float> z, ReadOnlySpan<float> d, float w, Span<float> dz, Span<double> values,
        Workers? workers = null) where TDesired : struct, IDesired
    {
        int width = z.Length / values.Length;
        Require.SameLength(z.Length, checked(width * values.Length));
        Require.SameLength(d.Length, checked(TDesired.WidthOf(width) * values.Length));
        if (!dz.IsEmpty)
            Require.SameLength(dz.Length, z.Length);
        var job = new Job<TDesired> { Desired = desired, Temperature = temperature, Z = z, D = d, W = w, Dz = dz, Values = values };
        if (width <= SoftmaxRows.MaxColumns && values.Length > 1)
        {
            var rows = new RowsJob<TDesired> { All = job };
            Workers.Do(ref rows, 0, 1);
        }
        else
        {
            Workers.Share(values.Length > 1 ? workers : null, z.Length, ref job);
        }
    }

    internal static float OfVector<TDesired, TVector>(TDesired desired, float temperature, float* z, float* d, float w, float* dz, int n)
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
        => n <= TVector.Count
            ? InRegisters<TDesired, TVector>(desired, temperature, z, d, w, dz, n)
            : InPasses<TDesired, TVector>(desired, temperature, z, d, w, dz, n);

    /// <summary>As many vectors at once as a register has lanes: see <see cref="SoftmaxRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void OfRows<TDesired, TVector>(
        TDesired desired, float temperature, float* z, float* d, float w, float* dz, double* values, int rows, int n)
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
    {
        float* zs = stackalloc float[SoftmaxRows.MaxFloats];
        float* ds = stackalloc float[SoftmaxRows.MaxFloats];
        float* exps = stackalloc float[SoftmaxRows.MaxFloats];
        float* half = stackalloc float[SoftmaxRows.MaxFloats / 2];
        for (int row = 0; row < rows; row += TVector.Count, z += n * TVector.Count, d += TDesired.WidthOf(n) * TVector.Count)
        {
            int count = Math.Min(TVector.Count, rows - row);
            MatrixPanel.CopyTransposed(z, n, zs, TVector.Count, n, count);
            desired.LoadColumns<TVector>(d, n, count, ds, half);
            TVector max = SoftmaxRows.Max<TVector>(zs, n);
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
            {
                TVector distance = SoftmaxRows.Distance(TVector.Load(zs + k), max, temperature);
                TVector.Store(VectorMath.ExpOrZero(distance), exps + k);
                TVector.Store(Term(distance, TVector.Load(ds + k)), zs + k);
            }

            TVector expSum = SoftmaxRows.Sum<TVector>(exps, n, half), dSum = SoftmaxRows.Sum<TVector>(ds, n, half);
            TVector.Store(Value(SoftmaxRows.Sum<TVector>(zs, n, half), dSum, expSum), half);
            for (int r = 0; r < count; r++)
                values[row + r] = half[r];
            if (dz == null)
                continue;
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
                TVector.Store(Gradient(TVector.Load(exps + k), TVector.Load(ds + k), expSum, dSum, w / temperature), exps + k);
            MatrixPanel.CopyTransposed(exps, TVector.Count, dz, n, count, n);
            dz += n * TVector.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float InRegisters<TDesired, TVector>(TDesired desired, float temperature, float* z, float* d, float w, float* dz, int n)
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
    {
        TVector vz = VectorTail.Load<TVector>(z, n, float.NegativeInfinity), vd = desired.Load<TVector>(d, 0, n, desired.ShareOf<TVector>(d, n));
        TVector distance = SoftmaxRows.Distance(vz, TVector.Broadcast(TVector.MaxLanesOfNumbers(vz)), temperature);
        TVector exp = VectorMath.ExpOrZero(distance);
        (float expSum, float dSum) = (TVector.SumLanes(exp), TVector.SumLanes(vd));
        if (dz != null)
            VectorTail.Store(Gradient(exp, vd, TVector.Broadcast(expSum), TVector.Broadcast(dSum), w / temperature), dz, n);
        return Value(TVector.SumLanes(Term(distance, vd)), dSum, expSum);
    }

    // Several loops, each of which is small and a method of its own: in one for all of it, or within its callers, the JIT would stop inlining,
    // and call a method for each operation.
    private static float InPasses<TDesired, TVector>(TDesired desired, float temperature, float* z, float* d, float w, float* dz, int n)
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
    {
        float max = Reduction.MaxOfNumbers<TVector>(z, n);
        if (TDesired.IsOneHot)
            return OfClass<TVector>((int)*d, temperature, z, max, w / temperature, dz, n);
        float share = desired.ShareOf<TVector>(d, n), expSum = Exponentials<TVector>(temperature, z, max, dz, n);
        (float terms, float dSum) = Terms<TDesired, TVector>(desired, temperature, z, max, d, share, n);
        if (dz != null)
            Gradients<TDesired, TVector>(desired, d, share, expSum, dSum, w / temperature, dz, n);
        return Value(terms, dSum, expSum);
    }

    // One dᵢ is 1 and all others are 0, which leaves one term, and elsewhere w y of the gradient.
    private static float OfClass<TVector>(int id, float temperature, float* z, float max, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        float term = Simd128.First(Term(SoftmaxRows.Distance(Simd128.Broadcast(z[id]), Simd128.Broadcast(max), temperature), Simd128.One));
        float expSum = Exponentials<TVector>(temperature, z, max, dz, n);
        if (dz != null)
        {
            float own = w * ((dz[id] / expSum) - 1);
            Shares<TVector>(expSum, w, dz, n);
            dz[id] = own;
        }

        return Value(term, 1, expSum);
    }

    // Σ e^((z − m) / T), and each of them where they are wanted.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Exponentials<TVector>(float temperature, float* z, float max, float* exps, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = TVector.Zero, vMax = TVector.Broadcast(max);
        for (int i = 0; i < n; i += TVector.Count)
        {
            TVector vz = VectorTail.Load<TVector>(z + i, n - i, float.NegativeInfinity);
            TVector exp = VectorMath.ExpOrZero(SoftmaxRows.Distance(vz, vMax, temperature));
            if (exps != null)
                VectorTail.Store(exp, exps + i, n - i);
            sum += exp;
        }

        return TVector.SumLanes(sum);
    }

    // Σ dᵢ (m − zᵢ) / T and Σ d
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (float Terms, float Desired) Terms<TDesired, TVector>(
        TDesired desired, float temperature, float* z, float max, float* d, float share, int n)
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
    {
        TVector terms = TVector.Zero, sum = TVector.Zero, vMax = TVector.Broadcast(max);
        for (int i = 0; i < n; i += TVector.Count)
        {
            TVector vz = VectorTail.Load<TVector>(z + i, n - i, float.NegativeInfinity), vd = desired.Load<TVector>(d, i, n - i, share);
            terms += Term(SoftmaxRows.Distance(vz, vMax, temperature), vd);
            sum += vd;
        }

        return (TVector.SumLanes(terms), TVector.SumLanes(sum));
    }

    // w (y Σ d − d), where the exponentials are
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Gradients<TDesired, TVector>(
        TDesired desired, float* d, float share, float expSum, float dSum, float w, float* dz, int n)
        where TDesired : struct, IDesired where TVector : struct, ISimdVector<TVector>
    {
        TVector vExpSum = TVector.Broadcast(expSum), vDSum = TVector.Broadcast(dSum);
        for (int i = 0; i < n; i += TVector.Count)
        {
            TVector exp = VectorTail.Load<TVector>(dz + i, n - i), vd = desired.Load<TVector>(d, i, n - i, share);
            VectorTail.Store(Gradient(exp, vd, vExpSum, vDSum, w), dz + i, n - i);
        }
    }

    // w y, where the exponentials are
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Shares<TVector>(float expSum, float w, float* dz, int n) where TVector : struct, ISimdVector<TVector>
    {
        TVector vExpSum = TVector.Broadcast(expSum), vw = TVector.Broadcast(w);
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(vw * (VectorTail.Load<TVector>(dz + i, n - i) / vExpSum), dz + i, n - i);
    }

    /// <summary>d (m − z) / T of the distance (z − m) / T, and 0 where d is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Term<TVector>(TVector distance, TVector d) where TVector : struct, ISimdVector<TVector>
        => TVector.Select(TVector.Equal(d, TVector.Zero), TVector.Zero, d * (TVector.Zero - distance));

    // A NaN in z is in the exponentials' sum, and so in the value even where every d is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Value<TVector>(TVector terms, TVector dSum, TVector expSum) where TVector : struct, ISimdVector<TVector>
        => terms + (dSum * TVector.Log(expSum));

    private static float Value(float terms, float dSum, float expSum)
        => Simd128.First(Value(Simd128.Broadcast(terms), Simd128.Broadcast(dSum), Simd128.Broadcast(expSum)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gradient<TVector>(TVector exp, TVector d, TVector expSum, TVector dSum, float w)
        where TVector : struct, ISimdVector<TVector>
        => TVector.Broadcast(w) * TVector.FusedMultiplyAdd(exp / expSum, dSum, -d);

    private ref struct Job<TDesired> : IJob<Job<TDesired>> where TDesired : struct, IDesired
    {
        public TDesired Desired;
        public float Temperature;
        public ReadOnlySpan<float> Z;
        public ReadOnlySpan<float> D;
        public float W;
        public Span<float> Dz;
        public Span<double> Values;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref Job<TDesired> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int n = job.Z.Length / job.Values.Length;
            (int first, int count) = Workers.ShareOf(job.Values.Length, 1, part, parts);
            fixed (float* z = job.Z, d = job.D, dz = job.Dz)
            {
                for (int v = first; v < first + count; v++)
                {
                    nint at = (nint)v * n;
                    float* dzv = dz == null ? null : dz + at, dv = d + ((nint)v * TDesired.WidthOf(n));
                    job.Values[v] = OfVector<TDesired, TVector>(job.Desired, job.Temperature, z + at, dv, job.W, dzv, n);
                }
            }
        }
    }

    // Nothing goes across lanes here, so that any number of them will do.
    private ref struct RowsJob<TDesired> : IJob<RowsJob<TDesired>> where TDesired : struct, IDesired
    {
        public Job<TDesired> All;

        public static void Part<TVector>(ref RowsJob<TDesired> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            ref Job<TDesired> all = ref job.All;
            int rows = all.Values.Length;
            fixed (double* values = all.Values)
            fixed (float* z = all.Z, d = all.D, dz = all.Dz)
                OfRows<TDesired, TVector>(all.Desired, all.Temperature, z, d, all.W, dz, values, rows, all.Z.Length / rows);
        }
    }
}
