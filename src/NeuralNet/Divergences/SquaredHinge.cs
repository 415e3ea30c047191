using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The hinge squared, for d = −1 or +1 in each output: D = Σᵢ max(0, margin − dᵢ yᵢ)²;
/// ∂D/∂yᵢ = −2 dᵢ max(0, margin − dᵢ yᵢ).
/// </summary>
/// <remarks>
/// As <see cref="Hinge"/>, but without a kink, and what is far on the wrong side weighs more. Y. Tang, "Deep learning using
/// linear support vector machines", 2013.
/// </remarks>
/// <param name="margin">How far beyond 0 an output must be to cost nothing: positive and finite.</param>
/// <exception cref="ArgumentOutOfRangeException">The margin is not positive, infinite or NaN.</exception>
public sealed class SquaredHinge(float margin = 1) : Divergence
{
    /// <summary>How far beyond 0 an output must be to cost nothing.</summary>
    public float Margin { get; } = Guard.Positive(margin, nameof(margin), "The margin");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Margin})");

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => Reduction.SumOf(new Term(Margin), y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        Elementwise.Map(new Derivative(Margin, weight), y, desired, gradient);

    private static TVector Missing<TVector>(TVector y, TVector d, float margin)
        where TVector : struct, ISimdVector<TVector> =>
        TVector.Max(TVector.FusedMultiplyAdd(-d, y, TVector.Broadcast(margin)), TVector.Zero);

    private readonly struct Term(float margin) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => Missing(a, b, margin) * Missing(a, b, margin);
    }

    private readonly struct Derivative(float margin, float weight) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => TVector.Broadcast(-2 * weight) * b * Missing(a, b, margin);
    }
}
