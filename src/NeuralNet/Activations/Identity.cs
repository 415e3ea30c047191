namespace NeuralNet;

/// <summary>y = z; dy/dz = 1.</summary>
public sealed class Identity() : ScalarActivation<Identity.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <summary>y = z; dy/dz = 1.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.None;

        /// <inheritdoc/>
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> => z;

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> => TVector.One;
    }
}
