using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

// A formula of people's own may hold references. The job lies on the stack of the caller, who waits for its end.
#pragma warning disable CS8500

namespace NeuralNet.Kernels;

/// <summary>
/// Formulas over spans, with the widest vectors that the machine has. The last, incomplete vector goes through the same
/// instructions, masked: an element's value does not depend on its position or on the length.
/// </summary>
internal static unsafe class Elementwise
{
    /// <summary>y = f(z). <paramref name="y"/> may be <paramref name="z"/> itself.</summary>
    public static void Forward<TFormula>(TFormula formula, ReadOnlySpan<float> z, Span<float> y, Workers? workers = null)
        where TFormula : struct, IScalarFormula
    {
        Require.SameLength(z.Length, y.Length);
        fixed (float* pz = z, py = y)
        {
            if (workers is not null && workers.ShareElements(y.Length))
            {
                var job = new Job<TFormula> { Formula = formula, Z = pz, Y = py, Count = y.Length };
                workers.Run(&ForwardPart<TFormula>, &job, workers.Count);
            }
            else
            {
                Forward(formula, pz, py, y.Length);
            }
        }
    }

    /// <summary>
    /// dz = f′(z, y) · dy. <paramref name="dz"/> may be <paramref name="dy"/> itself. Of z and y only what
    /// <c>TFormula.Reads</c> names is read; the other may be empty.
    /// </summary>
    public static void Backward<TFormula>(
        TFormula formula, ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz, Workers? workers = null)
        where TFormula : struct, IScalarFormula
    {
        Require.SameLength(dy.Length, dz.Length);
        if ((TFormula.Reads & BackwardReads.Input) != 0)
            Require.SameLength(z.Length, dz.Length);
        if ((TFormula.Reads & BackwardReads.Output) != 0)
            Require.SameLength(y.Length, dz.Length);

        fixed (float* pz = z, py = y, pdy = dy, pdz = dz)
        {
            if (workers is not null && workers.ShareElements(dz.Length))
            {
                var job = new Job<TFormula> { Formula = formula, Z = pz, Y = py, Dy = pdy, Dz = pdz, Count = dz.Length };
                workers.Run(&BackwardPart<TFormula>, &job, workers.Count);
            }
            else
            {
                Backward(formula, pz, py, pdy, pdz, dz.Length);
            }
        }
    }

    /// <summary>result = formula(a, b). <paramref name="result"/> may be either of them.</summary>
    public static void Map<TFormula>(TFormula formula, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result)
        where TFormula : struct, IPairFormula
    {
        Require.SameLength(a.Length, result.Length);
        Require.SameLength(b.Length, result.Length);
        fixed (float* pa = a, pb = b, pr = result)
        {
            if (Vector512.IsHardwareAccelerated)
                Map<TFormula, Simd512>(formula, pa, pb, pr, result.Length);
            else if (Vector256.IsHardwareAccelerated)
                Map<TFormula, Simd256>(formula, pa, pb, pr, result.Length);
            else
                Map<TFormula, Simd128>(formula, pa, pb, pr, result.Length);
        }
    }

    /// <summary>f(z) of one number, with the bits that it has in a span.</summary>
    public static float Value<TFormula>(TFormula formula, float z)
        where TFormula : struct, IScalarFormula
        => Simd128.First(formula.Value(Simd128.Broadcast(z)));

    /// <summary>ln z of one number.</summary>
    public static float Log(float z) => Simd128.First(VectorMath.Log(Simd128.Broadcast(z)));

    private static void ForwardPart<TFormula>(void* arguments, int part, int parts)
        where TFormula : struct, IScalarFormula
    {
        var job = (Job<TFormula>*)arguments;
        (int first, int count) = Workers.ShareOf(job->Count, Workers.Line, part, parts);
        Forward(job->Formula, job->Z + first, job->Y + first, count);
    }

    private static void BackwardPart<TFormula>(void* arguments, int part, int parts)
        where TFormula : struct, IScalarFormula
    {
        var job = (Job<TFormula>*)arguments;
        (int first, int count) = Workers.ShareOf(job->Count, Workers.Line, part, parts);
        Backward(job->Formula, job->Z + first, job->Y + first, job->Dy + first, job->Dz + first, count);
    }

    private static void Forward<TFormula>(TFormula formula, float* z, float* y, int n)
        where TFormula : struct, IScalarFormula
    {
        if (Vector512.IsHardwareAccelerated)
            Forward<TFormula, Simd512>(formula, z, y, n);
        else if (Vector256.IsHardwareAccelerated)
            Forward<TFormula, Simd256>(formula, z, y, n);
        else
            Forward<TFormula, Simd128>(formula, z, y, n);
    }

    private static void Backward<TFormula>(TFormula formula, float* z, float* y, float* dy, float* dz, int n)
        where TFormula : struct, IScalarFormula
    {
        if (Vector512.IsHardwareAccelerated)
            Backward<TFormula, Simd512>(formula, z, y, dy, dz, n);
        else if (Vector256.IsHardwareAccelerated)
            Backward<TFormula, Simd256>(formula, z, y, dy, dz, n);
        else
            Backward<TFormula, Simd128>(formula, z, y, dy, dz, n);
    }

    // Whole vectors in one method and the last, partial one in another: the JIT stops inlining when a method has grown to
    // many times its own size, and a formula with two or three transcendental functions in it is large.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Forward<TFormula, TVector>(TFormula formula, float* z, float* y, int n)
        where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            TVector.Store(formula.Value(TVector.Load(z + i)), y + i);
        if (i < n)
            ForwardRest<TFormula, TVector>(formula, z + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardRest<TFormula, TVector>(TFormula formula, float* z, float* y, int n)
        where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
        => TVector.StorePartial(formula.Value(TVector.LoadPartial(z, n)), y, n);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Backward<TFormula, TVector>(TFormula formula, float* z, float* y, float* dy, float* dz, int n)
        where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
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
        where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
    {
        TVector vz = Reads<TFormula>(BackwardReads.Input) ? TVector.LoadPartial(z, n) : TVector.Zero;
        TVector vy = Reads<TFormula>(BackwardReads.Output) ? TVector.LoadPartial(y, n) : TVector.Zero;
        TVector.StorePartial(formula.Derivative(vz, vy) * TVector.LoadPartial(dy, n), dz, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Map<TFormula, TVector>(TFormula formula, float* a, float* b, float* result, int n)
        where TFormula : struct, IPairFormula
        where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
            TVector.Store(formula.Value(TVector.Load(a + i), TVector.Load(b + i)), result + i);
        if (i < n)
            MapRest<TFormula, TVector>(formula, a + i, b + i, result + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MapRest<TFormula, TVector>(TFormula formula, float* a, float* b, float* result, int n)
        where TFormula : struct, IPairFormula
        where TVector : struct, ISimdVector<TVector>
        => TVector.StorePartial(formula.Value(TVector.LoadPartial(a, n), TVector.LoadPartial(b, n)), result, n);

    /// <summary>A constant for the JIT: the branch that is not taken leaves no code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Reads<TFormula>(BackwardReads what)
        where TFormula : struct, IScalarFormula
        => (TFormula.Reads & what) != 0;

    private struct Job<TFormula>
    {
        public TFormula Formula;
        public float* Z;
        public float* Y;
        public float* Dy;
        public float* Dz;
        public int Count;
    }
}
