using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The negative log-likelihood of counts d with the expectations y, less what y cannot change: D = Σᵢ (yᵢ − dᵢ log yᵢ);
/// ∂D/∂yᵢ = 1 − dᵢ/yᵢ. Of y = log of the expectation: D = Σᵢ (e^yᵢ − dᵢ yᵢ); ∂D/∂yᵢ = e^yᵢ − dᵢ.</summary>
/// <remarks>PyTorch's poisson_nll_loss, summed over the vector. D is least at y = d, where it is d − d log d and not 0; it may be negative.
/// The first form is for outputs above 0, such as those of <see cref="Softplus"/>; 0 · log 0 counts as 0, and log y is at
/// least −100. The second is for any output, one without an activation, and overflows with e^y. d is a count, or any number of at least 0,
/// such as a rate.</remarks>
public sealed class Poisson : Divergence<Poisson.Formula>
{
    /// <summary>Makes the divergence of counts.</summary>
    /// <param name="takesLogarithm">Whether y is the logarithm of the expectation instead of the expectation itself.</param>
    public Poisson(bool takesLogarithm = false)
        : base(new Formula(takesLogarithm)) => TakesLogarithm = takesLogarithm;

    /// <summary>Whether y is the logarithm of the expectation.</summary>
    public bool TakesLogarithm { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => TakesLogarithm ? ValueRange.Any : ValueRange.NotNegative;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.NotNegative;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("takesLogarithm", TakesLogarithm);

    /// <inheritdoc/>
    public override string ToString() => TakesLogarithm ? $"{Kind} of a logarithm" : Kind;

    /// <summary>y − d log y and 1 − d/y; or e^y − d y and e^y − d.</summary>
    /// <param name="takesLogarithm">Whether y is the logarithm of the expectation.</param>
    public readonly struct Formula(bool takesLogarithm) : IDivergenceFormula
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> =>
            takesLogarithm ? TVector.Exp(y) - (d * y) : y - WhereCounted(y, d, d * BoundedLog.Bounded(TVector.Log(y)));

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> =>
            takesLogarithm ? TVector.Exp(y) - d : TVector.One - WhereCounted(y, d, BoundedLog.Quotient(d, y));

        // 0 where d is 0, whatever the term is there; but a NaN stays one.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector WhereCounted<TVector>(TVector y, TVector d, TVector term) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.Equal(d, TVector.Zero), TVector.Select(TVector.Equal(y, y), TVector.Zero, y), term);
    }
}
