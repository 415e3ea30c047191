using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The self-normalizing unit: y = λ z for z &gt; 0, otherwise λ α (eᶻ − 1); dy/dz = λ for z &gt; 0, otherwise λ α eᶻ.</summary>
/// <remarks>G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter: "Self-normalizing neural networks", 2017, with α = 1.6732632 and
/// λ = 1.0507010. At the kink z = 0 backward gives the left derivative, λ α.</remarks>
public sealed class Selu() : ScalarActivation<Selu.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [0f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.LecunNormal;

    /// <summary>y = λ z for z &gt; 0, otherwise λ α (eᶻ − 1); dy/dz = λ for z &gt; 0, otherwise λ α eᶻ.</summary>
    public readonly struct Formula : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        private const float Scale = 1.0507009873554805f, ScaleAlpha = 1.7580993408473768f;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.Broadcast(Scale) * z, TVector.Broadcast(ScaleAlpha) * TVector.Expm1(z));

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(
                TVector.LessThan(TVector.Zero, z), TVector.Broadcast(Scale), TVector.ScaledExp(z, TVector.Zero, TVector.Broadcast(ScaleAlpha)));
    }
}
