using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The hinge of support vector machines, for d = −1 or +1 in each output: D = Σᵢ max(0, margin − dᵢ yᵢ);
/// ∂D/∂yᵢ = −dᵢ where dᵢ yᵢ &lt; margin, otherwise 0.</summary>
/// <remarks>C. Cortes, V. Vapnik, "Support-vector networks", 1995. At the kink dᵢ yᵢ = margin backward gives the subgradient 0. y is
/// any number, its sign the answer: an output without an activation. D is computed for any d, but d = 0 asks for nothing
/// (the constant margin, and no gradient): map the 0 of one-hot classes to −1. Of a single output the classes part at 0, as an
/// <see cref="Evaluation"/> has it, where <see cref="Metrics.Accuracy"/> parts them at 0.5; of several it names the largest, which is right
/// here too.</remarks>
public sealed class Hinge : Divergence<Hinge.Formula>
{
    /// <summary>Makes the hinge.</summary>
    /// <param name="margin">How far beyond 0 an output must be to cost nothing: positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The margin is not positive, infinite or NaN.</exception>
    public Hinge(float margin = 1)
        : base(new Formula(margin)) => Margin = Guard.Positive(margin, nameof(margin), "The margin");

    /// <summary>How far beyond 0 an output must be to cost nothing.</summary>
    public float Margin { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Signs;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("margin", Margin);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Margin})");

    /// <summary>max(0, margin − d y); −d where d y &lt; margin, otherwise 0.</summary>
    /// <param name="margin">The margin.</param>
    public readonly struct Formula(float margin) : IDivergenceFormula
    {
        /// <inheritdoc/>
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> =>
            TVector.Max(TVector.FusedMultiplyAdd(-d, y, TVector.Broadcast(margin)), TVector.Zero);

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // What is missing to the margin is a NaN where y or d is; that is kept.
            TVector missing = TVector.FusedMultiplyAdd(-d, y, TVector.Broadcast(margin));
            TVector elsewhere = TVector.Select(TVector.LessThanOrEqual(missing, TVector.Zero), TVector.Zero, missing);
            return TVector.Select(TVector.LessThan(TVector.Zero, missing), -d, elsewhere);
        }
    }
}
