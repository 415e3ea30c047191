using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>z times the hard sigmoid: y = z min(max(z + 3, 0), 6) / 6; dy/dz = (2z + 3) / 6 between −3 and 3, 0 below, 1 above.</summary>
/// <remarks>A. Howard et al.: "Searching for MobileNetV3", 2019. At the kinks backward gives the derivative of the outer side: 0 at z = −3
/// and 1 at z = 3. At −∞ it has its limit 0, where the product would be NaN.</remarks>
public sealed class HardSwish() : ScalarActivation<HardSwish.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [-3f, 3f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = z min(max(z + 3, 0), 6) / 6; dy/dz = (z + 3/2) / 3 for |z| &lt; 3, which is exact where it changes its sign.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            TVector three = TVector.Broadcast(3);
            TVector inside = z * ((z + three) * TVector.Broadcast(1f / 6));
            return TVector.Select(TVector.LessThanOrEqual(z, -three), TVector.Zero, TVector.Select(TVector.LessThanOrEqual(three, z), z, inside));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            TVector three = TVector.Broadcast(3);
            TVector inside = (z + TVector.Broadcast(1.5f)) * TVector.Broadcast(1f / 3);
            TVector above = TVector.Select(TVector.LessThanOrEqual(three, z), TVector.One, inside);
            return TVector.Select(TVector.LessThanOrEqual(z, -three), TVector.Zero, above);
        }
    }
}
