namespace NeuralNet;

/// <summary>The logistic function: y = 1 / (1 + e⁻ᶻ); dy/dz = y (1 − y).</summary>
/// <remarks>It is the softmax of two classes: σ(z) is the first output of softmax(z, 0).</remarks>
public sealed class Sigmoid() : ScalarActivation<Sigmoid.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.ZeroToOne;

    /// <summary>y = 1 / (1 + e⁻ᶻ); dy/dz = y (1 − y).</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> => TVector.Sigmoid(z);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> => y * (TVector.One - y);
    }
}
