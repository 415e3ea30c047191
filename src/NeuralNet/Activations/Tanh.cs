namespace NeuralNet;

/// <summary>The hyperbolic tangent: y = tanh z; dy/dz = 1 − y².</summary>
public sealed class Tanh() : ScalarActivation<Tanh.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <summary>y = tanh z; dy/dz = 1 − y², computed as (1 − y)(1 + y) to be accurate where |y| is near 1.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> => TVector.Tanh(z);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> => (TVector.One - y) * (TVector.One + y);
    }
}
