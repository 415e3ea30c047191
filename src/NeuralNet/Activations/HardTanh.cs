using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The hyperbolic tangent of straight lines: y = min(max(z, min), max); dy/dz = 1 for min &lt; z &lt; max, otherwise 0.</summary>
/// <remarks>R. Collobert: "Large scale machine learning", 2004. At the two kinks backward gives 0, one of the two one-sided
/// derivatives. NaN stays NaN.</remarks>
public sealed class HardTanh : ScalarActivation<HardTanh.Formula>, IActivationKind
{
    /// <summary>Makes a hard hyperbolic tangent.</summary>
    /// <param name="min">The smallest value of y.</param>
    /// <param name="max">The largest value of y.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is infinite or NaN, or the minimum is not below the maximum.</exception>
    public HardTanh(float min = -1, float max = 1)
        : base(new Formula(min, max))
    {
        if (!float.IsFinite(min))
            throw Guard.OutOfRange(nameof(min), min, "The minimum must be a finite number.");
        if (!(float.IsFinite(max) && min < max))
            throw Guard.OutOfRange(
                nameof(max), max, string.Create(CultureInfo.InvariantCulture, $"The maximum must be a finite number above the minimum, {min}."));
        (Minimum, Maximum) = (min, max);
    }

    /// <summary>The smallest value of y.</summary>
    public float Minimum { get; }

    /// <summary>The largest value of y.</summary>
    public float Maximum { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange =>
        Minimum < 0 ? ValueRange.Any : Maximum <= 1 ? ValueRange.ZeroToOne : ValueRange.NotNegative;

    // The names that files of the first version have.
    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("least", Minimum).Set("most", Maximum);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new HardTanh(settings.GetSingle("least"), settings.GetSingle("most"));

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [Minimum, Maximum];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Minimum}, {Maximum})");

    /// <summary>y = min(max(z, min), max); dy/dz = 1 for min &lt; y &lt; max, otherwise 0.</summary>
    /// <param name="min">The smallest value of y.</param>
    /// <param name="max">The largest value of y.</param>
    public readonly struct Formula(float min, float max) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>
        {
            TVector low = TVector.Broadcast(min), high = TVector.Broadcast(max);
            return TVector.Select(TVector.LessThan(z, low), low, TVector.Select(TVector.LessThan(high, z), high, z));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            TVector below = TVector.LessThan(y, TVector.Broadcast(max));
            return TVector.Select(TVector.LessThan(TVector.Broadcast(min), y), TVector.Select(below, TVector.One, TVector.Zero), TVector.Zero);
        }
    }
}
