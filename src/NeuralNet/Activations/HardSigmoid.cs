using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The sigmoid of straight lines: y = min(max(s z + ½, 0), 1); dy/dz = s for |z| &lt; 1/(2 s), otherwise 0. The slope s is 1/6 unless
/// given.</summary>
/// <remarks>M. Courbariaux, Y. Bengio, J.-P. David: "BinaryConnect", 2015, with the slope of A. Howard et al.: "Searching for
/// MobileNetV3", 2019, as in PyTorch and Keras 3; that of Keras 1 and 2, and of ONNX, is 0.2. At the kinks z = ±1/(2 s) backward gives 0, one of the
/// two one-sided derivatives. NaN stays NaN.</remarks>
public sealed class HardSigmoid : ScalarActivation<HardSigmoid.Formula>, IActivationKind
{
    private const float UsualSlope = 1f / 6;

    /// <summary>Makes a sigmoid of straight lines.</summary>
    /// <param name="slope">s, positive and finite, and no subnormal number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is something else.</exception>
    public HardSigmoid(float slope = UsualSlope)
        : base(new Formula(slope))
    {
        if (!(slope > 0 && float.IsNormal(slope)))
            throw Guard.OutOfRange(nameof(slope), slope, "The slope must be a finite number above 0, and no subnormal one.");
        Slope = slope;
    }

    /// <summary>s.</summary>
    public float Slope { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.ZeroToOne;

    /// <inheritdoc/>
    public override KindSettings Settings => Slope == UsualSlope ? new() : new KindSettings().Set("slope", Slope);

    static Activation IActivationKind.FromSettings(KindSettings settings) =>
        settings.Contains("slope") ? new HardSigmoid(settings.GetSingle("slope")) : HardSigmoid;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [-0.5f / Slope, 0.5f / Slope];

    /// <inheritdoc/>
    public override string ToString() => Slope == UsualSlope ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}({Slope})");

    /// <summary>y = min(max(s (z + e), 0), 1), e = 1/(2 s); dy/dz = s for |z| &lt; e, otherwise 0.</summary>
    /// <param name="slope">s.</param>
    public readonly struct Formula(float slope) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            TVector inside = (z + TVector.Broadcast(0.5f / slope)) * TVector.Broadcast(slope);
            TVector above = TVector.Select(TVector.LessThanOrEqual(TVector.One, inside), TVector.One, inside);
            return TVector.Select(TVector.LessThanOrEqual(inside, TVector.Zero), TVector.Zero, above);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThan(TVector.Abs(z), TVector.Broadcast(0.5f / slope)), TVector.Broadcast(slope), TVector.Zero);
    }
}
