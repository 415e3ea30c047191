namespace NeuralNet;

/// <summary>Half the squared Euclidean distance: D = ½ ‖y − d‖²; ∂D/∂yᵢ = yᵢ − dᵢ.</summary>
public sealed class L2() : Divergence<L2.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Any;

    /// <summary>½ (y − d)²; y − d.</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => TVector.Broadcast(0.5f) * (y - d) * (y - d);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => y - d;
    }
}
