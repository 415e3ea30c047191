using System.Globalization;

namespace NeuralNet;

/// <summary>The hinge squared, for d = −1 or +1 in each output: D = Σᵢ max(0, margin − dᵢ yᵢ)²; ∂D/∂yᵢ = −2 dᵢ max(0, margin − dᵢ yᵢ).</summary>
/// <remarks>As <see cref="Hinge"/>, but without a kink, and what is far on the wrong side weighs more. Y. Tang, "Deep learning using
/// linear support vector machines", 2013.</remarks>
/// <param name="margin">How far beyond 0 an output must be to cost nothing: positive and finite.</param>
/// <exception cref="ArgumentOutOfRangeException">The margin is not positive, infinite or NaN.</exception>
public sealed class SquaredHinge(float margin = 1) : Divergence<SquaredHinge.Formula>(new(margin))
{
    /// <summary>How far beyond 0 an output must be to cost nothing.</summary>
    public float Margin { get; } = Guard.Positive(margin, nameof(margin), "The margin");

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Signs;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("margin", Margin);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Margin})");

    /// <summary>max(0, margin − d y)²; −2 d max(0, margin − d y).</summary>
    /// <param name="margin">The margin.</param>
    public readonly struct Formula(float margin) : IDivergenceFormula
    {
        /// <inheritdoc/>
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => Missing(y, d) * Missing(y, d);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector y, TVector d)
            where TVector : struct, IVector<TVector> => TVector.Broadcast(-2f) * d * Missing(y, d);

        private TVector Missing<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> =>
            TVector.Max(TVector.FusedMultiplyAdd(-d, y, TVector.Broadcast(margin)), TVector.Zero);
    }
}
