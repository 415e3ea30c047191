using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The binary cross-entropy of independent yes-or-no outputs: D = −Σᵢ (dᵢ log yᵢ + (1 − dᵢ) log(1 − yᵢ));
/// ∂D/∂yᵢ = −dᵢ/yᵢ + (1 − dᵢ)/(1 − yᵢ).</summary>
/// <remarks>y and d are in [0, 1]. 0 · log 0 counts as 0, and log y and log(1 − y) are at least −100: a term's gradient is 0 where its
/// logarithm is of 0, and nowhere above 10³⁰. At y = d the derivative of D is 0 only where 0 &lt; d &lt; 1; at d = y = 1
/// it is −1, and at d = y = 0 it is 1. Through <see cref="Sigmoid"/>, ∂D/∂zᵢ = yᵢ − dᵢ, finite for |z| up to 10³⁰; e^−|z|
/// below 10⁻³⁰ counts as 0 there.</remarks>
public sealed class BinaryCrossEntropy() : Divergence<BinaryCrossEntropy.Formula>(default)
{
    private static readonly Divergence onLogits = new OfLogits();

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.ZeroToOne;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.ZeroToOne;

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation) => activation is Sigmoid ? onLogits : null;

    // The value, but 0 where the factor is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ZeroIfZero<TVector>(TVector factor, TVector value) where TVector : struct, IVector<TVector> =>
        TVector.Select(TVector.Equal(factor, TVector.Zero), TVector.Zero, value);

    /// <summary>−d log y − (1 − d) log(1 − y); −d/y + (1 − d)/(1 − y).</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // Of d and 1 − d at most one is 0, and the other term keeps a NaN of y.
            TVector not = TVector.One - d;
            return -(ZeroIfZero(d, d * BoundedLog.Bounded(TVector.Log(y))) + ZeroIfZero(not, not * BoundedLog.Bounded(TVector.Log1p(-y))));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            TVector not = TVector.One - d;
            return ZeroIfZero(not, BoundedLog.Quotient(not, TVector.One - y)) - ZeroIfZero(d, BoundedLog.Quotient(d, y));
        }
    }

    // On z with y = σ(z): D = Σ max(z, 0) − d z + log(1 + e^−|z|); ∂D/∂z = σ(z) − d.
    private sealed class OfLogits() : Divergence<OfLogits.Formula>(default)
    {
        public override string Kind => "BinaryCrossEntropy through Sigmoid";

        public readonly struct Formula : IDivergenceFormula
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Value<TVector>(TVector z, TVector d) where TVector : struct, IVector<TVector>
            {
                // max(z, 0) − d z is |z| times the probability that is missing, 1 − d or d: nothing cancels, and 0 · ∞ is 0.
                TVector missing = TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One - d, d);
                return ZeroIfZero(missing, missing * TVector.Abs(z)) + TVector.Log1p(TVector.Exp(-TVector.Abs(z)));
            }

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Derivative<TVector>(TVector z, TVector d) where TVector : struct, IVector<TVector>
            {
                // σ(z) as IVector.Sigmoid has it, with an e^−|z| below 10⁻³⁰ as 0.
                TVector exp = TVector.Exp(-TVector.Abs(z));
                exp = TVector.Select(TVector.LessThan(exp, TVector.Broadcast(1e-30f)), TVector.Zero, exp);
                TVector limit = TVector.Select(TVector.LessThan(z, TVector.Zero), exp, TVector.One);
                return TVector.FusedMultiplyAdd(-limit, exp / (TVector.One + exp), limit) - d;
            }
        }
    }
}
