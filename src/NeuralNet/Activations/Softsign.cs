using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>y = z / (1 + |z|); dy/dz = 1 / (1 + |z|)².</summary>
/// <remarks>J. Bergstra, G. Desjardins, P. Lamblin, Y. Bengio: "Quadratic polynomials learn better image features", 2009. At ±∞ it has
/// its limits ±1.</remarks>
public sealed class Softsign() : ScalarActivation<Softsign.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <summary>y = z / (1 + |z|); dy/dz = 1 / (1 + |z|)².</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            // ±∞ is taken as the largest float: the quotient is ±1 there already.
            TVector largest = TVector.Broadcast(float.MaxValue);
            TVector finite = TVector.Max(TVector.Min(z, largest), -largest);
            return finite / (TVector.One + TVector.Abs(finite));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            TVector root = TVector.One / (TVector.One + TVector.Abs(z));
            return root * root;
        }
    }
}
