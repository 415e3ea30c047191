using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>y = sin(ω z); dy/dz = ω cos(ω z).</summary>
/// <remarks>V. Sitzmann, J. Martel, A. Bergman, D. Lindell, G. Wetzstein: "Implicit neural representations with periodic activation
/// functions", 2020, with ω = 30. The product ω z is rounded to a float before its sine is taken, which is right over the whole
/// range; of ±∞ it is NaN.</remarks>
public sealed class Sine : ScalarActivation<Sine.Formula>, IActivationKind
{
    /// <summary>Makes a sine.</summary>
    /// <param name="frequency">ω, finite and not 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frequency is 0, infinite or NaN.</exception>
    public Sine(float frequency = 1)
        : base(new Formula(frequency))
    {
        if (!float.IsFinite(frequency) || frequency == 0)
            throw Guard.OutOfRange(nameof(frequency), frequency, "The frequency must be a finite number other than 0.");
        Frequency = frequency;
    }

    /// <summary>ω.</summary>
    public float Frequency { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("frequency", Frequency);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new Sine(settings.GetSingle("frequency"));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Frequency})");

    /// <summary>y = sin(ω z); dy/dz = ω cos(ω z).</summary>
    /// <param name="frequency">ω.</param>
    public readonly struct Formula(float frequency) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> => TVector.Sin(TVector.Broadcast(frequency) * z);

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Broadcast(frequency) * TVector.Cos(TVector.Broadcast(frequency) * z);
    }
}
