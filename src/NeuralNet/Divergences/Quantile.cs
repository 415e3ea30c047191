using System.Globalization;

namespace NeuralNet;

/// <summary>The pinball divergence, which is least where y is the τ-quantile of d: D = Σᵢ max(τ (dᵢ − yᵢ), (τ − 1) (dᵢ − yᵢ));
/// ∂D/∂yᵢ = −τ where yᵢ &lt; dᵢ, and 1 − τ where yᵢ &gt; dᵢ.</summary>
/// <remarks>R. Koenker, G. Bassett, "Regression quantiles", 1978. τ = ½ asks for the median, and D is half of <see cref="L1"/>; τ = 0.9 for
/// what is exceeded once in ten times. At the kink yᵢ = dᵢ backward gives the subgradient 0. y is any number: an output without an
/// activation. For several quantiles train a network, or an output with its own divergence, for each.</remarks>
public sealed class Quantile : Divergence<Quantile.Formula>
{
    /// <summary>Makes the pinball divergence.</summary>
    /// <param name="tau">τ, the share of what is desired that is to lie below y: above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">τ is not above 0 and below 1.</exception>
    public Quantile(float tau = 0.5f)
        : base(new Formula(tau))
    {
        if (!(tau > 0 && tau < 1))
            throw Guard.OutOfRange(nameof(tau), tau, "τ must be above 0 and below 1.");
        Tau = tau;
    }

    /// <summary>τ, the share of what is desired that is to lie below y.</summary>
    public float Tau { get; }

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("tau", Tau);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Tau})");

    /// <summary>max(τ (d − y), (τ − 1) (d − y)); −τ for y &lt; d, 1 − τ for y &gt; d, and 0 for y = d.</summary>
    /// <param name="tau">τ.</param>
    public readonly struct Formula(float tau) : IDivergenceFormula
    {
        /// <inheritdoc/>
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            TVector missing = d - y;
            return TVector.Max(TVector.Broadcast(tau) * missing, TVector.Broadcast(tau - 1) * missing);
        }

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // A NaN is neither below nor above; the difference is one then, and 0 where both are equal.
            TVector above = TVector.Select(TVector.LessThan(d, y), TVector.Broadcast(1 - tau), y - d);
            return TVector.Select(TVector.LessThan(y, d), TVector.Broadcast(-tau), above);
        }
    }
}
