namespace NeuralNet;

/// <summary>The rectified linear unit: y = max(z, 0); dy/dz = 1 for z &gt; 0, otherwise 0.</summary>
/// <remarks>At the kink z = 0 backward gives the subgradient 0 (any value in [0, 1] is one). NaN stays NaN.</remarks>
public sealed class Relu() : ScalarActivation<Relu.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.NotNegative;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [0f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = max(z, 0); dy/dz = 1 for y &gt; 0, otherwise 0.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        // Selecting zero where z ≤ 0, rather than z where z > 0, lets a NaN through.

        /// <inheritdoc/>
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(z, TVector.Zero), TVector.Zero, z);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(y, TVector.Zero), TVector.Zero, TVector.One);
    }
}
