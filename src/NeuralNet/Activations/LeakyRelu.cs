using System.Globalization;

namespace NeuralNet;

/// <summary>The leaky rectifier: y = z for z &gt; 0, otherwise slope · z; dy/dz = 1 for z &gt; 0, otherwise slope.</summary>
/// <remarks>A. Maas, A. Hannun, A. Ng: "Rectifier nonlinearities improve neural network acoustic models", 2013. At the kink z = 0
/// backward gives the slope, which is a subgradient for slopes up to 1. NaN stays NaN.</remarks>
public sealed class LeakyRelu : ScalarActivation<LeakyRelu.Formula>, IActivationKind
{
    /// <summary>Makes a leaky rectifier.</summary>
    /// <param name="slope">The slope for z ≤ 0, at least 0 (so that the sign of y tells that of z) and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative, infinite or NaN.</exception>
    public LeakyRelu(float slope = 0.01f)
        : base(new Formula(slope))
    {
        if (!(slope >= 0 && float.IsFinite(slope)))
            throw Guard.OutOfRange(nameof(slope), slope, "The slope must be a finite number of at least 0.");
        Slope = slope;
    }

    /// <summary>The slope for z ≤ 0.</summary>
    public float Slope { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("slope", Slope);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new LeakyRelu(settings.GetSingle("slope"));

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [0f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Slope})");

    /// <summary>y = z for z &gt; 0, otherwise slope · z; dy/dz = 1 for y &gt; 0, otherwise slope.</summary>
    /// <param name="slope">The slope for z ≤ 0.</param>
    public readonly struct Formula(float slope) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(z, TVector.Zero), TVector.Broadcast(slope) * z, z);

        /// <inheritdoc/>
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(y, TVector.Zero), TVector.Broadcast(slope), TVector.One);
    }
}
