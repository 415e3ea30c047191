using System.Globalization;

namespace NeuralNet;

/// <summary>Squares for what is near, distances for what is far. Of r = yᵢ − dᵢ: D = Σᵢ (½ r² for |r| ≤ δ, δ (|r| − ½ δ) beyond);
/// ∂D/∂yᵢ = r for |r| ≤ δ, δ sign(r) beyond.</summary>
/// <remarks>P. Huber, "Robust estimation of a location parameter", 1964. It is smooth: at |r| = δ both parts have the same value and
/// slope. PyTorch's huber_loss, summed over the vector; within δ it is <see cref="L2"/>.</remarks>
public sealed class Huber : Divergence<Huber.Formula>
{
    /// <summary>Makes Huber's divergence.</summary>
    /// <param name="delta">δ, up to where a difference is squared: positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not positive, infinite or NaN.</exception>
    public Huber(float delta = 1)
        : base(new Formula(delta)) => Delta = Guard.Positive(delta, nameof(delta), "δ");

    /// <summary>δ, up to where a difference is squared.</summary>
    public float Delta { get; }

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("delta", Delta);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Delta})");

    /// <summary>Of r = y − d: ½ r² for |r| ≤ δ, δ (|r| − ½ δ) beyond; r within ±δ.</summary>
    /// <param name="delta">δ.</param>
    public readonly struct Formula(float delta) : IDivergenceFormula
    {
        /// <inheritdoc/>
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // With c = min(|r|, δ) both parts are c (|r| − ½ c), which overflows only where D does.
            TVector distance = TVector.Abs(y - d);
            TVector near = TVector.Min(distance, TVector.Broadcast(delta));
            return near * (distance - (TVector.Broadcast(0.5f) * near));
        }

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> =>
            TVector.Max(TVector.Min(y - d, TVector.Broadcast(delta)), TVector.Broadcast(-delta));
    }
}
