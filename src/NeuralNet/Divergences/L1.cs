namespace NeuralNet;

/// <summary>The sum of distances: D = Σᵢ |yᵢ − dᵢ|; ∂D/∂yᵢ = sign(yᵢ − dᵢ).</summary>
/// <remarks>At the kink yᵢ = dᵢ backward gives the subgradient 0. One far outlier pulls no harder than what is near.</remarks>
public sealed class L1() : Divergence<L1.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Any;

    /// <summary>|y − d|; sign(y − d).</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => TVector.Abs(y - d);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // What is neither above nor below 0 is 0, or a NaN to keep.
            TVector r = y - d;
            TVector notBelow = TVector.Select(TVector.LessThan(TVector.Zero, r), TVector.One, r);
            return TVector.Select(TVector.LessThan(r, TVector.Zero), -TVector.One, notBelow);
        }
    }
}
