using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The Gaussian error linear unit by its approximation: y = ½ z (1 + tanh(√(2/π) (z + 0.044715 z³))) = z σ(w) with
/// w = √(8/π) (z + 0.044715 z³); dy/dz = σ(w) (1 + z w′ σ(−w)).</summary>
/// <remarks>D. Hendrycks, K. Gimpel: "Gaussian error linear units", 2016. The exact one is <see cref="Gelu"/>, which costs no more. At
/// −∞ it has its limit 0, where the product would be NaN.</remarks>
public sealed class GeluTanh() : ScalarActivation<GeluTanh.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = z σ(w), w = √(8/π) (z + 0.044715 z³); dy/dz without cancellation: see there.</summary>
    public readonly struct Formula : IScalarFormula
    {
        // √(8/π) and 0.044715, each in two parts.
        private const float K = 1.5957692f, KLow = -4.534068e-8f, C = 4.4715e-2f, CLow = 1.5461444e-9f;

        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            (TVector w, TVector low) = W(TVector.Min(TVector.Abs(z), TVector.Broadcast(20)));
            TVector quotient = z / (TVector.One + TVector.ScaledExp(-w, -low, TVector.One));
            return TVector.Select(TVector.LessThan(z, TVector.Zero), TVector.ScaledExp(-w, -low, quotient), quotient);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            // At −x, with e = e^−w(x) and v(x) = x w′(x): e (1 + e − v) / (1 + e)², and at x one less that. It is 0 at
            // ξ = 0.7524614. Seen from there, with d = ξ − x,
            // 1 + e − v = (v(ξ) − v(x)) + e^−w(ξ) (e^(w(ξ) − w(x)) − 1): two terms of one sign, so that nothing cancels.
            TVector x = TVector.Min(TVector.Abs(z), TVector.Broadcast(20));
            TVector d = (TVector.Broadcast(0.75246143f) - x) + TVector.Broadcast(-1.1339628e-8f);
            TVector squares = TVector.FusedMultiplyAdd(x + TVector.Broadcast(0.75246143f), x, TVector.Broadcast(0.75246143f * 0.75246143f));
            TVector kd = TVector.Broadcast(K) * d;
            TVector expm1 = TVector.Expm1(kd * TVector.FusedMultiplyAdd(TVector.Broadcast(C), squares, TVector.One));
            TVector numerator = TVector.FusedMultiplyAdd(
                TVector.Broadcast(0.2919552f), expm1, kd * TVector.FusedMultiplyAdd(TVector.Broadcast(3 * C), squares, TVector.One));

            (TVector w, TVector low) = W(x);
            TVector sum = TVector.One + TVector.ScaledExp(-w, -low, TVector.One);
            TVector left = TVector.ScaledExp(-w, -low, numerator / (sum * sum));
            return TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One - left, left);
        }

        // w, and what its rounding left over: in the tail e^w would show it a hundred times.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (TVector High, TVector Low) W<TVector>(TVector x) where TVector : struct, IVector<TVector>
        {
            // p = 1 + c x². The sum's rounding is found as in T. Dekker: "A floating-point technique for extending the
            // available precision", 1971, with 1 and m in either order: D. Knuth's form.
            TVector c = TVector.Broadcast(C), one = TVector.One;
            TVector square = x * x, squareLow = TVector.FusedMultiplyAdd(x, x, -square);
            TVector m = c * square;
            TVector mLow = TVector.FusedMultiplyAdd(c, square, -m)
                + TVector.FusedMultiplyAdd(c, squareLow, TVector.Broadcast(CLow) * square);
            TVector p = one + m, back = p - one;
            TVector pLow = ((one - (p - back)) + (m - back)) + mLow;

            // w = k x p
            TVector k = TVector.Broadcast(K);
            TVector kx = k * x, kxLow = TVector.FusedMultiplyAdd(k, x, -kx) + (TVector.Broadcast(KLow) * x);
            TVector w = kx * p;
            return (w, TVector.FusedMultiplyAdd(kx, p, -w) + TVector.FusedMultiplyAdd(kx, pLow, kxLow * p));
        }
    }
}
