using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>y = z tanh(ln(1 + eᶻ)); dy/dz = tanh s + z σ(z) / cosh² s with s = ln(1 + eᶻ).</summary>
/// <remarks>D. Misra: "Mish: a self regularized non-monotonic activation function", 2019. At −∞ it has its limit 0, where the product
/// would be NaN.</remarks>
public sealed class Mish() : ScalarActivation<Mish.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>With e = eᶻ: tanh s = (e² + 2e) / (e² + 2e + 2), and all divided by e² where z &gt; 0; dy/dz without cancellation.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            // For z > 0 with e = e⁻ᶻ: 1 − 2e² / (1 + 2e + 2e²). Otherwise z e (e + 2) / (e² + 2e + 2).
            TVector two = TVector.Broadcast(2), minus = -TVector.Abs(z);
            TVector e = TVector.ScaledExp(minus, TVector.Zero, TVector.One);
            TVector upper = z * (TVector.One - ((two * e * e) / TVector.FusedMultiplyAdd(two * e, e + TVector.One, TVector.One)));
            TVector lower = TVector.ScaledExp(minus, TVector.Zero, z * ((e + two) / TVector.FusedMultiplyAdd(e, e + two, two)));
            return TVector.Select(TVector.LessThan(z, TVector.Zero), lower, upper);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            TVector x = TVector.Min(TVector.Abs(z), TVector.Broadcast(200));
            TVector e = TVector.ScaledExp(-x, TVector.Zero, TVector.One);
            return TVector.Select(TVector.LessThan(TVector.Zero, z), Right(x, e), TVector.ScaledExp(-x, TVector.Zero, Left(-x, e)));
        }

        // At z > 0, with e = e⁻ᶻ: (1 + 4e + (4z + 6) e² + 4 (z + 1) e³) / (1 + 2e + 2e²)²
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector Right<TVector>(TVector z, TVector e) where TVector : struct, IVector<TVector>
        {
            TVector one = TVector.One, two = TVector.Broadcast(2), four = TVector.Broadcast(4);
            TVector p = TVector.FusedMultiplyAdd(four * (z + one), e, TVector.FusedMultiplyAdd(four, z, TVector.Broadcast(6)));
            p = TVector.FusedMultiplyAdd(p, e, four);
            TVector sum = TVector.FusedMultiplyAdd(two * e, e + one, one);
            return TVector.FusedMultiplyAdd(p, e, one) / (sum * sum);
        }

        // At z ≤ 0, with e = eᶻ: w / (e² + 2e + 2)², to be multiplied by e, with w = 4 (z + 1) + (4z + 6) e + 4e² + e³. It
        // is 0 at ζ = −1.19; with c = e^ζ, d = z − ζ and m = e^d − 1 the difference to there is
        // w = 4d (1 + c) + m (c (4z + 6) + 4c² (m + 2) + c³ (m² + 3m + 3)): d alone is small there, and d is exact.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector Left<TVector>(TVector z, TVector e) where TVector : struct, IVector<TVector>
        {
            const float C = 0.30348253f;
            TVector two = TVector.Broadcast(2), four = TVector.Broadcast(4);
            TVector d = (z + TVector.Broadcast(1.1924312f)) + TVector.Broadcast(3.0439375e-9f);
            TVector m = TVector.Expm1(d);
            TVector p = TVector.FusedMultiplyAdd(m, m + TVector.Broadcast(3), TVector.Broadcast(3)) * TVector.Broadcast(C * C * C);
            p = TVector.FusedMultiplyAdd(TVector.Broadcast(4 * C * C), m + two, p);
            p = TVector.FusedMultiplyAdd(TVector.Broadcast(C), TVector.FusedMultiplyAdd(four, z, TVector.Broadcast(6)), p);
            TVector w = TVector.FusedMultiplyAdd(TVector.Broadcast(4 * (1 + C)), d, m * p);
            TVector sum = TVector.FusedMultiplyAdd(e, e + two, two);
            return w / (sum * sum);
        }
    }
}
