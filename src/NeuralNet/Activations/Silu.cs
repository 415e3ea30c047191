using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>z times its sigmoid: y = z σ(z); dy/dz = σ(z) (1 + z σ(−z)). Also called swish.</summary>
/// <remarks>S. Elfwing, E. Uchibe, K. Doya: "Sigmoid-weighted linear units for neural network function approximation in
/// reinforcement learning", 2018; P. Ramachandran, B. Zoph, Q. Le: "Searching for activation functions", 2017. At −∞ it has
/// its limit 0, where the product would be NaN.</remarks>
public sealed class Silu() : ScalarActivation<Silu.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = z σ(z), with one exponential of −|z|; dy/dz without cancellation: see there.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            // For negative z: z eᶻ / (1 + eᶻ), whose tail ends later than that of eᶻ.
            TVector minus = -TVector.Abs(z);
            TVector quotient = z / (TVector.One + TVector.ScaledExp(minus, TVector.Zero, TVector.One));
            return TVector.Select(TVector.LessThan(z, TVector.Zero), TVector.ScaledExp(minus, TVector.Zero, quotient), quotient);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            // At −x: e⁻ˣ (1 + e⁻ˣ − x) / (1 + e⁻ˣ)², and at x one less that. It is 0 at x = ξ with 1 + e^−ξ = ξ. Seen from there
            // 1 + e⁻ˣ − x = (ξ − x) + (ξ − 1)(e^(ξ − x) − 1), two terms of one sign: nothing cancels. ξ in two parts.
            TVector x = TVector.Min(TVector.Abs(z), TVector.Broadcast(200));
            TVector distance = (TVector.Broadcast(1.2784646f) - x) + TVector.Broadcast(-1.29792825e-8f);
            TVector numerator = TVector.FusedMultiplyAdd(TVector.Broadcast(0.27846456f), TVector.Expm1(distance), distance);
            TVector sum = TVector.One + TVector.ScaledExp(-x, TVector.Zero, TVector.One);
            TVector left = TVector.ScaledExp(-x, TVector.Zero, numerator / (sum * sum));
            return TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One - left, left);
        }
    }
}
