using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The logarithm of the sigmoid: y = −ln(1 + e⁻ᶻ); dy/dz = σ(−z) = 1 − eʸ.</summary>
/// <remarks>It is −softplus(−z).</remarks>
public sealed class LogSigmoid() : ScalarActivation<LogSigmoid.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <summary>y = min(z, 0) − ln(1 + e^−|z|), which neither overflows nor loses its upper tail; dy/dz = 1 − eʸ.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            TVector negative = TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.Zero, z);
            return negative - TVector.Log1p(TVector.Exp(-TVector.Abs(z)));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> => -TVector.Expm1(y);
    }
}
