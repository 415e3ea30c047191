using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The Gaussian error linear unit: y = z Φ(z); dy/dz = Φ(z) + z φ(z).</summary>
/// <remarks>D. Hendrycks, K. Gimpel: "Gaussian error linear units", 2016. Φ is the distribution function of the standard normal distribution and φ
/// its density. At −∞ it has its limit 0, where the product would be NaN. The approximation with tanh is <see cref="GeluTanh"/>.</remarks>
public sealed class Gelu() : ScalarActivation<Gelu.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = z Φ(z); dy/dz = Φ(z) + z φ(z), without cancellation: see there.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> => TVector.ScaledNormalCdf(z, z);

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            // At −x: Φ(−x) − x φ(x) = e^(−x²/2) (ξ − x) P(q), and at x one less that; ξ = 0.7517915 is where it is 0, in two
            // parts, so that nothing cancels there. P is a minimax polynomial in q = (x − 2.5) / (x + 2.5), which maps
            // x ≥ 0 to −1 ≤ q < 1; relative error 2^−27.9 up to x = 15.3, where the floats end.
            TVector x = TVector.Min(TVector.Abs(z), TVector.Broadcast(20));
            TVector q = (x - TVector.Broadcast(2.5f)) / (x + TVector.Broadcast(2.5f));
            TVector p = TVector.Broadcast(3.0617807e-6f);
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-1.0312558e-5f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-5.799017e-5f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-1.0539469e-5f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(3.6966245e-4f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(4.5295354e-4f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-2.7281465e-3f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-4.506679e-3f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(4.4764355e-2f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(-1.2899442e-1f));
            p = TVector.FusedMultiplyAdd(p, q, TVector.Broadcast(4.8965806e-1f));
            TVector distance = (TVector.Broadcast(0.75179154f) - x) + TVector.Broadcast(-1.211444945855772e-8f);

            TVector minusHalf = TVector.Broadcast(-0.5f), square = x * x;
            TVector rest = TVector.FusedMultiplyAdd(x, x, -square);
            TVector left = TVector.ScaledExp(minusHalf * square, minusHalf * rest, distance * p);
            return TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One - left, left);
        }
    }
}
