using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The divergence of Kullback and Leibler: D = Σᵢ dᵢ log(dᵢ / yᵢ); ∂D/∂yᵢ = −dᵢ/yᵢ. It is the cross-entropy less the
/// entropy of d, so its gradients are those of <see cref="CrossEntropy"/>, but it is 0 at y = d.</summary>
/// <remarks>S. Kullback, R. Leibler, "On information and sufficiency", 1951. y and d are in [0, 1], each with the sum 1; D of other
/// sums may be negative. 0 · log 0 counts as 0, and log y is at least −100, as in <see cref="CrossEntropy"/>. Through
/// <see cref="Softmax"/>, ∂D/∂zᵢ = (yᵢ Σⱼ dⱼ − dᵢ) / T with its temperature T, finite for |z| up to 10³⁰; there D is a
/// difference, and no more exact near 0 than floats are at the size of the cross-entropy.</remarks>
public sealed class KullbackLeibler() : Divergence<KullbackLeibler.Formula>(default)
{
    private readonly CrossEntropy.OfLogits onLogits = new("KullbackLeibler", 1, default, isRelative: true);

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Probabilities;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Probabilities;

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation) => activation is Softmax softmax ? onLogits.At(softmax.Temperature) : null;

    /// <summary>d log(d / y); −d/y.</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // ln(d / y) keeps its digits as ±ln(1 + (larger − smaller) / smaller), up to where that quotient is too large.
            TVector larger = TVector.Max(y, d), smaller = TVector.Min(y, d);
            TVector excess = (larger - smaller) / smaller;
            TVector isNear = TVector.LessThanOrEqual(TVector.Abs(excess), TVector.Broadcast(1e36f));
            TVector log = TVector.Select(isNear, TVector.Log1p(excess), TVector.Log(larger) - BoundedLog.Bounded(TVector.Log(smaller)));
            TVector term = d * TVector.Select(TVector.LessThan(d, y), -log, log);
            return TVector.Select(TVector.Equal(d, TVector.Zero), y - y, term);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d)
            where TVector : struct, IVector<TVector> => default(CrossEntropy.Formula).Derivative(y, d);
    }
}
