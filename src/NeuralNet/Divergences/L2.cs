using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Half the squared Euclidean distance: D = ½ ‖y − d‖²; ∂D/∂yᵢ = yᵢ − dᵢ.</summary>
public sealed class L2 : Divergence
{
    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) =>
        0.5 * Reduction.SumOf(default(SquaredDifference), y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        Elementwise.Map(new ScaledDifference(weight), y, desired, gradient);

    private readonly struct SquaredDifference : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => (a - b) * (a - b);
    }

    private readonly struct ScaledDifference(float weight) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => TVector.Broadcast(weight) * (a - b);
    }
}
