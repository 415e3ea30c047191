using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Passes over a flat gradient (or any other vector as long as the parameters): y ← f(y, x), element by element.</summary>
internal static class GradientKernels
{
    /// <summary>y ← factor · y.</summary>
    public static void Scale(Span<float> y, float factor, Workers? workers = null) =>
        Elementwise.Map(new ScaleUpdate(factor), y, y, y, workers);

    /// <summary>y ← min(max(y, −limit), limit); NaN stays NaN.</summary>
    public static void Clamp(Span<float> y, float limit, Workers? workers = null) =>
        Elementwise.Map(new ClampUpdate(limit), y, y, y, workers);

    /// <summary>y ← y + x.</summary>
    public static void Add(Span<float> y, ReadOnlySpan<float> x, Workers? workers = null) =>
        Elementwise.Map(new AddUpdate(), y, x, y, workers);

    /// <summary>y ← y + factor · x.</summary>
    public static void AddScaled(Span<float> y, ReadOnlySpan<float> x, float factor, Workers? workers = null) =>
        Elementwise.Map(new AddScaledUpdate(factor), y, x, y, workers);

    /// <summary>g ← g + l1 · sign w + l2 · w, where the sign of 0 is 0.</summary>
    public static void AddPenalty(Span<float> g, ReadOnlySpan<float> w, float l1, float l2, Workers? workers = null) =>
        Elementwise.Map(new PenaltyUpdate(l1, l2), g, w, g, workers);

    /// <summary>The same where g is not 0.</summary>
    public static void AddPenaltyLazily(Span<float> g, ReadOnlySpan<float> w, float l1, float l2, Workers? workers = null) =>
        Elementwise.Map(new LazyPenaltyUpdate(new PenaltyUpdate(l1, l2)), g, w, g, workers);

    private readonly record struct ScaleUpdate(float Factor) : IPairFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector x) where TVector : struct, ISimdVector<TVector> => TVector.Broadcast(Factor) * y;
    }

    private readonly record struct ClampUpdate(float Limit) : IPairFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector x)
            where TVector : struct, ISimdVector<TVector> => TVector.Min(TVector.Max(y, TVector.Broadcast(-Limit)), TVector.Broadcast(Limit));
    }

    private readonly record struct AddUpdate : IPairFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector x) where TVector : struct, ISimdVector<TVector> => y + x;
    }

    private readonly record struct AddScaledUpdate(float Factor) : IPairFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector x)
            where TVector : struct, ISimdVector<TVector> => TVector.FusedMultiplyAdd(TVector.Broadcast(Factor), x, y);
    }

    private readonly record struct PenaltyUpdate(float L1, float L2) : IPairFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector x) where TVector : struct, ISimdVector<TVector>
        {
            // 0 and NaN are their own signs.
            TVector positive = TVector.Select(TVector.LessThan(TVector.Zero, x), TVector.Broadcast(L1), x);
            TVector pull = TVector.Select(TVector.LessThan(x, TVector.Zero), TVector.Broadcast(-L1), positive);
            return TVector.FusedMultiplyAdd(TVector.Broadcast(L2), x, y + pull);
        }
    }

    private readonly record struct LazyPenaltyUpdate(PenaltyUpdate Update) : IPairFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector x) where TVector : struct, ISimdVector<TVector> =>
            TVector.Select(TVector.Equal(y, TVector.Zero), y, Update.Value(y, x));
    }
}
