using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The smooth rectifier: y = ln(1 + eᶻ); dy/dz = σ(z) = 1 − e⁻ʸ.</summary>
/// <remarks>C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau, R. Garcia: "Incorporating second-order functional knowledge for better option
/// pricing", 2000.</remarks>
public sealed class Softplus() : ScalarActivation<Softplus.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.NotNegative;

    /// <summary>y = max(z, 0) + ln(1 + e^−|z|), which neither overflows nor loses its lower tail; dy/dz = 1 − e⁻ʸ.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            TVector positive = TVector.Select(TVector.LessThan(z, TVector.Zero), TVector.Zero, z);
            return positive + TVector.Log1p(TVector.Exp(-TVector.Abs(z)));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> => -TVector.Expm1(-y);
    }
}
