using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The rectifier with a ceiling: y = min(max(z, 0), 6); dy/dz = 1 for 0 &lt; z &lt; 6, otherwise 0.</summary>
/// <remarks>A. Krizhevsky: "Convolutional deep belief networks on CIFAR-10", 2010. At the kinks z = 0 and z = 6 backward gives 0,
/// one of the two one-sided derivatives. NaN stays NaN.</remarks>
public sealed class Relu6() : ScalarActivation<Relu6.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.NotNegative;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [0f, 6f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = min(max(z, 0), 6); dy/dz = 1 for 0 &lt; y &lt; 6, otherwise 0.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(
                TVector.LessThanOrEqual(z, TVector.Zero), TVector.Zero,
                TVector.Select(TVector.LessThan(TVector.Broadcast(6), z), TVector.Broadcast(6), z));

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(
                TVector.LessThanOrEqual(y, TVector.Zero), TVector.Zero,
                TVector.Select(TVector.LessThan(y, TVector.Broadcast(6)), TVector.One, TVector.Zero));
    }
}
