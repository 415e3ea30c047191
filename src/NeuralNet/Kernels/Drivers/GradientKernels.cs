using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// Passes over a flat gradient (or any other vector as long as the parameters): y ← f(y, x), element by element.
/// </summary>
internal static unsafe class GradientKernels
{
    /// <summary>y ← f(y, x).</summary>
    private interface IUpdate
    {
        TVector Value<TVector>(TVector y, TVector x)
            where TVector : struct, ISimdVector<TVector>;
    }

    /// <summary>y ← factor · y.</summary>
    public static void Scale(Span<float> y, float factor, Workers? workers = null) => Run(new ScaleUpdate(factor), y, y, workers);

    /// <summary>y ← min(max(y, −limit), limit); NaN stays NaN.</summary>
    public static void Clamp(Span<float> y, float limit, Workers? workers = null) => Run(new ClampUpdate(limit), y, y, workers);

    /// <summary>y ← y + factor · x.</summary>
    public static void AddScaled(Span<float> y, ReadOnlySpan<float> x, float factor, Workers? workers = null) =>
        Run(new AddScaledUpdate(factor), y, x, workers);

    /// <summary>g ← g + l1 · sign w + l2 · w, where the sign of 0 is 0.</summary>
    public static void AddPenalty(Span<float> g, ReadOnlySpan<float> w, float l1, float l2, Workers? workers = null) =>
        Run(new PenaltyUpdate(l1, l2), g, w, workers);

    private static void Run<TUpdate>(TUpdate update, Span<float> y, ReadOnlySpan<float> x, Workers? workers)
        where TUpdate : unmanaged, IUpdate
    {
        Require.SameLength(x.Length, y.Length);
        fixed (float* py = y, px = x)
        {
            var job = new Job<TUpdate> { Update = update, Y = py, X = px, Count = y.Length };
            Workers.Share(workers, y.Length, ref job);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TUpdate, TVector>(ref TUpdate update, float* y, float* x, int n)
        where TUpdate : struct, IUpdate
        where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(update.Value(VectorTail.Load<TVector>(y + i, n - i), VectorTail.Load<TVector>(x + i, n - i)), y + i, n - i);
    }

    private struct Job<TUpdate> : IJob<Job<TUpdate>>
        where TUpdate : unmanaged, IUpdate
    {
        public TUpdate Update;
        public float* Y;
        public float* X;
        public int Count;

        public static void Part<TVector>(ref Job<TUpdate> job, int part, int parts)
            where TVector : struct, ISimdVector<TVector>
        {
            (int at, int n) = Workers.ShareOf(job.Count, Workers.Line, part, parts);
            Run<TUpdate, TVector>(ref job.Update, job.Y + at, job.X + at, n);
        }
    }

    private readonly record struct ScaleUpdate(float Factor) : IUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdate.Value<TVector>(TVector y, TVector x) => TVector.Broadcast(Factor) * y;
    }

    private readonly record struct ClampUpdate(float Limit) : IUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdate.Value<TVector>(TVector y, TVector x) => TVector.Min(TVector.Max(y, TVector.Broadcast(-Limit)), TVector.Broadcast(Limit));
    }

    private readonly record struct AddScaledUpdate(float Factor) : IUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdate.Value<TVector>(TVector y, TVector x) => TVector.FusedMultiplyAdd(TVector.Broadcast(Factor), x, y);
    }

    private readonly record struct PenaltyUpdate(float L1, float L2) : IUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdate.Value<TVector>(TVector y, TVector x)
        {
            // 0 and NaN are their own signs.
            TVector positive = TVector.Select(TVector.LessThan(TVector.Zero, x), TVector.Broadcast(L1), x);
            TVector pull = TVector.Select(TVector.LessThan(x, TVector.Zero), TVector.Broadcast(-L1), positive);
            return TVector.FusedMultiplyAdd(TVector.Broadcast(L2), x, y + pull);
        }
    }
}
