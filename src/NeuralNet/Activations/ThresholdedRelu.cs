using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The thresholded rectifier: y = z for z &gt; α, otherwise 0; dy/dz = 1 for z &gt; α, otherwise 0.</summary>
/// <remarks>K. Konda, R. Memisevic, D. Krueger: "Zero-bias autoencoders and the benefits of co-adapting features", 2014. It jumps at z = α,
/// unless α = 0: backward gives 0 there, the derivative of the left side. NaN stays NaN. ONNX has it under the same name.</remarks>
public sealed class ThresholdedRelu : ScalarActivation<ThresholdedRelu.Formula>, IActivationKind
{
    /// <summary>Makes a thresholded rectifier.</summary>
    /// <param name="alpha">α, up to which y is 0: any finite number.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is infinite or NaN.</exception>
    public ThresholdedRelu(float alpha = 1)
        : base(new Formula(alpha)) => Alpha = Guard.Finite(alpha, nameof(alpha), "α");

    /// <summary>α, up to which y is 0.</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => Alpha >= 0 ? ValueRange.NotNegative : ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("alpha", Alpha);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new ThresholdedRelu(settings.GetSingle("alpha"));

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [Alpha];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Alpha})");

    /// <summary>y = z for z &gt; α, otherwise 0; dy/dz = 1 for z &gt; α, otherwise 0.</summary>
    /// <param name="alpha">α.</param>
    public readonly struct Formula(float alpha) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(z, TVector.Broadcast(alpha)), TVector.Zero, z);

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(z, TVector.Broadcast(alpha)), TVector.Zero, TVector.One);
    }
}
