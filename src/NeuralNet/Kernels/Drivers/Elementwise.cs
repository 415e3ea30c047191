using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Formulas over spans. The last, incomplete vector goes through the same instructions, masked: the value of an element does not
/// depend on its position or on the length. Threads divide the elements.</summary>
internal static unsafe class Elementwise
{
    /// <summary>y = f(z). <paramref name="y"/> may be <paramref name="z"/> itself.</summary>
    public static void Forward<TFormula>(TFormula formula, ReadOnlySpan<float> z, Span<float> y, Workers? workers = null)
        where TFormula : struct, IScalarFormula
    {
        Require.SameLength(z.Length, y.Length);
        var job = new ForwardJob<TFormula> { Formula = formula, Z = z, Y = y };
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary>dz = f′(z, y) · dy. <paramref name="dz"/> may be <paramref name="dy"/> itself. Of z and y only what
    /// <c>TFormula.Reads</c> names is read; the other may be empty.</summary>
    public static void Backward<TFormula>(
        TFormula formula, ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz, Workers? workers = null)
        where TFormula : struct, IScalarFormula
    {
        Require.SameLength(dy.Length, dz.Length);
        if ((TFormula.Reads & BackwardReads.Input) != 0)
            Require.SameLength(z.Length, dz.Length);
        if ((TFormula.Reads & BackwardReads.Output) != 0)
            Require.SameLength(y.Length, dz.Length);
        var job = new BackwardJob<TFormula> { Formula = formula, Z = z, Y = y, Dy = dy, Dz = dz };
        Workers.Share(workers, dz.Length, ref job);
    }

    /// <summary>result = formula(a, b). <paramref name="result"/> may be either of them.</summary>
    public static void Map<TFormula>(
        TFormula formula, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result, Workers? workers = null)
        where TFormula : struct, IPairFormula
    {
        Require.SameLength(a.Length, result.Length);
        Require.SameLength(b.Length, result.Length);
        var job = new MapJob<TFormula> { Formula = formula, A = a, B = b, Result = result };
        Workers.Share(workers, result.Length, ref job);
    }

    /// <summary>result = f(x, ∇y, p, q) over lines of values, each as long as <paramref name="p"/> and <paramref name="q"/>, and what is left of
    /// one. <paramref name="result"/> may be x or ∇y itself. Threads share lines.</summary>
    public static void Features<TFormula>(
        ReadOnlySpan<float> x, ReadOnlySpan<float> slopes, ReadOnlySpan<float> p, ReadOnlySpan<float> q, Span<float> result,
        Workers? workers = null) where TFormula : struct, IFeatureFormula
    {
        Require.SameLength(q.Length, p.Length);
        if (TFormula.ReadsInput)
            Require.SameLength(x.Length, result.Length);
        if (TFormula.ReadsSlope)
            Require.SameLength(slopes.Length, result.Length);
        var job = new FeaturesJob<TFormula> { X = x, Slopes = slopes, P = p, Q = q, Result = result };
        Workers.Share(workers, result.Length, ref job);
    }

    /// <summary>f(z) of one number, with the bits that it has in a span.</summary>
    public static float Value<TFormula>(TFormula formula, float z) where TFormula : struct, IScalarFormula
        => Simd128.First(formula.Value(Simd128.Broadcast(z)));

    /// <summary>ln z of one number.</summary>
    public static float Log(float z) => Simd128.First(VectorMath.Log(Simd128.Broadcast(z)));

    // Whole vectors in one method and the last, partial one in another, because the JIT stops inlining when a method has grown
    // to many times its own size, and a formula with two or three transcendental functions is large. For the same reason none of these is inlined
    // itself: in a caller that has grown already, the functions of the formula became calls, and a step took half as long again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Forward<TFormula, TVector>(TFormula formula, float* z, float* y, int n) where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            TVector.Store(formula.Value(TVector.Load(z + i)), y + i);
        if (i < n)
            ForwardRest<TFormula, TVector>(formula, z + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardRest<TFormula, TVector>(TFormula formula, float* z, float* y, int n) where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
        => TVector.StorePartial(formula.Value(TVector.LoadPartial(z, n)), y, n);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Backward<TFormula, TVector>(TFormula formula, float* z, float* y, float* dy, float* dz, int n)
        where TFormula : struct, IScalarFormula where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
        {
            TVector vz = Reads<TFormula>(BackwardReads.Input) ? TVector.Load(z + i) : TVector.Zero;
            TVector vy = Reads<TFormula>(BackwardReads.Output) ? TVector.Load(y + i) : TVector.Zero;
            TVector.Store(formula.Derivative(vz, vy) * TVector.Load(dy + i), dz + i);
        }

        if (i < n)
            BackwardRest<TFormula, TVector>(formula, z + i, y + i, dy + i, dz + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void BackwardRest<TFormula, TVector>(TFormula formula, float* z, float* y, float* dy, float* dz, int n)
        where TFormula : struct, IScalarFormula where TVector : struct, ISimdVector<TVector>
    {
        TVector vz = Reads<TFormula>(BackwardReads.Input) ? TVector.LoadPartial(z, n) : TVector.Zero;
        TVector vy = Reads<TFormula>(BackwardReads.Output) ? TVector.LoadPartial(y, n) : TVector.Zero;
        TVector.StorePartial(formula.Derivative(vz, vy) * TVector.LoadPartial(dy, n), dz, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Map<TFormula, TVector>(TFormula formula, float* a, float* b, float* result, int n) where TFormula : struct, IPairFormula
        where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            TVector.Store(formula.Value(TVector.Load(a + i), TVector.Load(b + i)), result + i);
        if (i < n)
            MapRest<TFormula, TVector>(formula, a + i, b + i, result + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MapRest<TFormula, TVector>(TFormula formula, float* a, float* b, float* result, int n) where TFormula : struct, IPairFormula
        where TVector : struct, ISimdVector<TVector>
        => TVector.StorePartial(formula.Value(TVector.LoadPartial(a, n), TVector.LoadPartial(b, n)), result, n);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Features<TFormula, TVector>(float* x, float* slopes, float* p, float* q, float* result, int n)
        where TFormula : struct, IFeatureFormula where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < n; i += TVector.Count)
        {
            int left = n - i;
            TVector vx = TFormula.ReadsInput ? VectorTail.Load<TVector>(x + i, left) : TVector.Zero;
            TVector slope = TFormula.ReadsSlope ? VectorTail.Load<TVector>(slopes + i, left) : TVector.Zero;
            TVector value = TFormula.Value(vx, slope, VectorTail.Load<TVector>(p + i, left, 1), VectorTail.Load<TVector>(q + i, left, 1));
            VectorTail.Store(value, result + i, left);
        }
    }

    /// <summary>A constant for the JIT: the branch that is not taken leaves no code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Reads<TFormula>(BackwardReads what) where TFormula : struct, IScalarFormula => (TFormula.Reads & what) != 0;

    private ref struct ForwardJob<TFormula> : IJob<ForwardJob<TFormula>> where TFormula : struct, IScalarFormula
    {
        public TFormula Formula;
        public ReadOnlySpan<float> Z;
        public Span<float> Y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Part<TVector>(ref ForwardJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Y.Length, Workers.Line, part, parts);
            fixed (float* z = job.Z, y = job.Y)
                Forward<TFormula, TVector>(job.Formula, z + first, y + first, count);
        }
    }

    private ref struct BackwardJob<TFormula> : IJob<BackwardJob<TFormula>> where TFormula : struct, IScalarFormula
    {
        public TFormula Formula;
        public ReadOnlySpan<float> Z;
        public ReadOnlySpan<float> Y;
        public ReadOnlySpan<float> Dy;
        public Span<float> Dz;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Part<TVector>(ref BackwardJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Dz.Length, Workers.Line, part, parts);
            fixed (float* z = job.Z, y = job.Y, dy = job.Dy, dz = job.Dz)
                Backward<TFormula, TVector>(job.Formula, z + first, y + first, dy + first, dz + first, count);
        }
    }

    private ref struct MapJob<TFormula> : IJob<MapJob<TFormula>> where TFormula : struct, IPairFormula
    {
        public TFormula Formula;
        public ReadOnlySpan<float> A;
        public ReadOnlySpan<float> B;
        public Span<float> Result;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Part<TVector>(ref MapJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Result.Length, Workers.Line, part, parts);
            fixed (float* a = job.A, b = job.B, result = job.Result)
                Map<TFormula, TVector>(job.Formula, a + first, b + first, result + first, count);
        }
    }

    private ref struct FeaturesJob<TFormula> : IJob<FeaturesJob<TFormula>> where TFormula : struct, IFeatureFormula
    {
        public ReadOnlySpan<float> X, Slopes, P, Q;
        public Span<float> Result;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Part<TVector>(ref FeaturesJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int wide = job.P.Length, floats = job.Result.Length;
            (int line, int lines) = Workers.ShareOf((int)(((long)floats + wide - 1) / wide), 1, part, parts);
            fixed (float* x = job.X, slopes = job.Slopes, p = job.P, q = job.Q, result = job.Result)
            {
                for (long at = (long)line * wide, end = Math.Min(floats, at + ((long)lines * wide)); at < end; at += wide)
                    Features<TFormula, TVector>(x + at, slopes + at, p, q, result + at, (int)Math.Min(wide, end - at));
            }
        }
    }
}
