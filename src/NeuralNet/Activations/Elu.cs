using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The exponential linear unit: y = z for z &gt; 0, otherwise α (eᶻ − 1); dy/dz = 1 for z &gt; 0, otherwise α eᶻ.</summary>
/// <remarks>D.-A. Clevert, T. Unterthiner, S. Hochreiter: "Fast and accurate deep network learning by exponential linear units", 2016.
/// Unless α = 1 there is a kink at z = 0: backward gives α there, which is a subgradient for α up to 1.</remarks>
public sealed class Elu : ScalarActivation<Elu.Formula>, IActivationKind
{
    /// <summary>Makes an exponential linear unit.</summary>
    /// <param name="alpha">α: y tends to −α; between 10⁻³⁰ and 10³⁰.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is not in that range.</exception>
    public Elu(float alpha = 1)
        : base(new Formula(alpha)) => Alpha = Guard.Moderate(alpha, nameof(alpha), "α");

    /// <summary>α.</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("alpha", Alpha);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new Elu(settings.GetSingle("alpha"));

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => Alpha == 1 ? [] : [0f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Alpha})");

    /// <summary>y = z for z &gt; 0, otherwise α (eᶻ − 1); dy/dz = 1 for z &gt; 0, otherwise α eᶻ.</summary>
    /// <remarks>The derivative is taken from z, because y + α would lose the tail.</remarks>
    /// <param name="alpha">α.</param>
    public readonly struct Formula(float alpha) : IScalarFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThan(TVector.Zero, z), z, TVector.Broadcast(alpha) * TVector.Expm1(z));

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One, TVector.ScaledExp(z, TVector.Zero, TVector.Broadcast(alpha)));
    }
}
