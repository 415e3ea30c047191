using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The hyperbolic tangent of straight lines: y = min(max(z, least), most); dy/dz = 1 for least &lt; z &lt; most, otherwise 0.</summary>
/// <remarks>
/// R. Collobert: "Large scale machine learning", 2004. At the two kinks backward gives 0, one of the two one-sided
/// derivatives. NaN stays NaN.
/// </remarks>
public sealed class HardTanh : ScalarActivation<HardTanh.Formula>
{
    /// <summary>Makes a hard hyperbolic tangent.</summary>
    /// <param name="least">The smallest value of y.</param>
    /// <param name="most">The largest value of y.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is infinite or NaN, or the least is not below the most.</exception>
    public HardTanh(float least = -1, float most = 1)
        : base(new Formula(least, most))
    {
        if (!float.IsFinite(least))
            throw new ArgumentOutOfRangeException(nameof(least), least, "The least value must be a finite number.");
        if (!(float.IsFinite(most) && least < most))
            throw new ArgumentOutOfRangeException(nameof(most), most, string.Create(CultureInfo.InvariantCulture, $"The most must be a finite number above the least, {least}."));
        (Least, Most) = (least, most);
    }

    /// <summary>The smallest value of y.</summary>
    public float Least { get; }

    /// <summary>The largest value of y.</summary>
    public float Most { get; }

    /// <inheritdoc/>
    public override LayerSettings Settings => new LayerSettings().Set("least", Least).Set("most", Most);

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [Least, Most];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}({Least}, {Most})");

    /// <summary>y = min(max(z, least), most); dy/dz = 1 for least &lt; y &lt; most, otherwise 0.</summary>
    /// <param name="least">The smallest value of y.</param>
    /// <param name="most">The largest value of y.</param>
    public readonly struct Formula(float least, float most) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z)
            where TVector : struct, IVector<TVector>
        {
            TVector low = TVector.Broadcast(least), high = TVector.Broadcast(most);
            return TVector.Select(TVector.LessThan(z, low), low, TVector.Select(TVector.LessThan(high, z), high, z));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y)
            where TVector : struct, IVector<TVector>
        {
            TVector below = TVector.LessThan(y, TVector.Broadcast(most));
            return TVector.Select(TVector.LessThan(TVector.Broadcast(least), y), TVector.Select(below, TVector.One, TVector.Zero), TVector.Zero);
        }
    }
}
