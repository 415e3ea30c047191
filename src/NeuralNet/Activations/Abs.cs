using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The magnitude: y = |z|; dy/dz = 1 for z &gt; 0, −1 for z &lt; 0.</summary>
/// <remarks>At the kink z = 0 backward gives the subgradient 0 (any value in [−1, 1] is one).</remarks>
public sealed class Abs() : ScalarActivation<Abs.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.NotNegative;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [0f];

    /// <summary>y = |z|; dy/dz = the sign of z, and 0 at 0.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> => TVector.Abs(z);

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(
                TVector.LessThan(z, TVector.Zero), -TVector.One, TVector.Select(TVector.Equal(z, TVector.Zero), TVector.Zero, TVector.One));
    }
}
