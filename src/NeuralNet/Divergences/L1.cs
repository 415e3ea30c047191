using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The sum of distances: D = Σᵢ |yᵢ − dᵢ|; ∂D/∂yᵢ = sign(yᵢ − dᵢ).</summary>
/// <remarks>At the kink yᵢ = dᵢ backward gives the subgradient 0. One far outlier pulls no harder than what is near.</remarks>
public sealed class L1 : Divergence
{
    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => Reduction.SumOf(default(Distance), y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        Elementwise.Map(new ScaledSign(weight), y, desired, gradient);

    private readonly struct Distance : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => TVector.Abs(a - b);
    }

    // What is neither above nor below 0 is 0, or a NaN to keep.
    private readonly struct ScaledSign(float weight) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
        {
            TVector r = a - b;
            TVector notBelow = TVector.Select(TVector.LessThan(TVector.Zero, r), TVector.Broadcast(weight), r);
            return TVector.Select(TVector.LessThan(r, TVector.Zero), TVector.Broadcast(-weight), notBelow);
        }
    }
}
