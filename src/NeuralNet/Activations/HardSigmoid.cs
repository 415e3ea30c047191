using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The sigmoid of straight lines: y = min(max(z + 3, 0), 6) / 6; dy/dz = 1/6 for −3 &lt; z &lt; 3, otherwise 0.</summary>
/// <remarks>M. Courbariaux, Y. Bengio, J.-P. David: "BinaryConnect", 2015, with the slope of A. Howard et al.: "Searching for
/// MobileNetV3", 2019. At the kinks z = ±3 backward gives 0, one of the two one-sided derivatives. NaN stays NaN.</remarks>
public sealed class HardSigmoid() : ScalarActivation<HardSigmoid.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.ZeroToOne;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [-3f, 3f];

    /// <summary>y = min(max(z + 3, 0), 6) / 6; dy/dz = 1/6 for |z| &lt; 3, otherwise 0.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            TVector three = TVector.Broadcast(3);
            TVector inside = (z + three) * TVector.Broadcast(1f / 6);
            TVector above = TVector.Select(TVector.LessThanOrEqual(three, z), TVector.One, inside);
            return TVector.Select(TVector.LessThanOrEqual(z, -three), TVector.Zero, above);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThan(TVector.Abs(z), TVector.Broadcast(3)), TVector.Broadcast(1f / 6), TVector.Zero);
    }
}
