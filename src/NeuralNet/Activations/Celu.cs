using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The continuously differentiable exponential linear unit: y = z for z &gt; 0, otherwise α (e^(z/α) − 1); dy/dz = 1 for z &gt; 0,
/// otherwise e^(z/α).</summary>
/// <remarks>J. Barron: "Continuously differentiable exponential linear units", 2017.</remarks>
public sealed class Celu : ScalarActivation<Celu.Formula>, IActivationKind
{
    /// <summary>Makes a continuously differentiable exponential linear unit.</summary>
    /// <param name="alpha">α: y tends to −α; between 10⁻³⁰ and 10³⁰.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is not in that range.</exception>
    public Celu(float alpha = 1)
        : base(new Formula(alpha)) => Alpha = Guard.Moderate(alpha, nameof(alpha), "α");

    /// <summary>α.</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("alpha", Alpha);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new Celu(settings.GetSingle("alpha"));

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Alpha})");

    /// <summary>y = z for z &gt; 0, otherwise α (e^(z/α) − 1); dy/dz = 1 for z &gt; 0, otherwise e^(z/α).</summary>
    /// <param name="alpha">α.</param>
    public readonly struct Formula(float alpha) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThan(TVector.Zero, z), z, TVector.Broadcast(alpha) * TVector.Expm1(z * TVector.Broadcast(1 / alpha)));

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>
        {
            // What rounding takes from z/α counts in the tail of the exponential.
            TVector quotient = z * TVector.Broadcast(1 / alpha);
            TVector rest = TVector.FusedMultiplyAdd(-quotient, TVector.Broadcast(alpha), z) * TVector.Broadcast(1 / alpha);
            return TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One, TVector.ScaledExp(quotient, rest, TVector.One));
        }
    }
}
