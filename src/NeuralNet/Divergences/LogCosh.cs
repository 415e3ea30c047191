using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The logarithm of the hyperbolic cosine: D = Σᵢ log cosh(yᵢ − dᵢ); ∂D/∂yᵢ = tanh(yᵢ − dᵢ).</summary>
/// <remarks>About ½ r² for small r = yᵢ − dᵢ and |r| − log 2 for large ones, with all derivatives; never overflows where D does not.
/// P. J. Green, "Bayesian reconstructions from emission tomography data using a modified EM algorithm", 1990.</remarks>
public sealed class LogCosh() : Divergence<LogCosh.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Any;

    /// <summary>log cosh(y − d); tanh(y − d).</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // Of r = y − d: |r| − log 2 + log(1 + e^−2|r|), log 2 in two parts; where that would cancel, r² (½ + r² P(r²)) with P minimax
            // in relative error: 2^−27.5.
            TVector distance = TVector.Abs(y - d);
            TVector tail = TVector.Log1p(TVector.Exp(TVector.Broadcast(-2f) * distance)) - TVector.Broadcast(1.42860677e-6f);
            TVector large = (distance - TVector.Broadcast(0.693145752f)) + tail;

            TVector square = distance * distance;
            TVector p = TVector.Broadcast(-4.30797634e-4f);
            p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(2.01664749e-3f));
            p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(-6.70055626e-3f));
            p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(2.22167876e-2f));
            p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(-8.33331198e-2f));
            p = TVector.FusedMultiplyAdd(p, square, TVector.Broadcast(0.5f));
            return TVector.Select(TVector.LessThan(distance, TVector.Broadcast(0.75f)), square * p, large);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => TVector.Tanh(y - d);
    }
}
