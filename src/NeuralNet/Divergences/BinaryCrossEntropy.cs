using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The binary cross-entropy of independent yes-or-no outputs: D = −Σᵢ (pᵢ dᵢ log yᵢ + (1 − dᵢ) log(1 − yᵢ));
/// ∂D/∂yᵢ = −pᵢ dᵢ/yᵢ + (1 − dᵢ)/(1 − yᵢ), where pᵢ is 1 unless given.</summary>
/// <remarks><para>y and d are in [0, 1]. 0 · log 0 counts as 0, and log y and log(1 − y) are at least −100: a term's gradient is 0 where its
/// logarithm is of 0, and nowhere above 10³⁰ pᵢ. With p = 1 the derivative of D is 0 at y = d only where 0 &lt; d &lt; 1; at d = y = 1
/// it is −1, and at d = y = 0 it is 1. Through <see cref="Sigmoid"/>, ∂D/∂zᵢ = (1 − dᵢ) yᵢ − pᵢ dᵢ (1 − yᵢ), which is yᵢ − dᵢ where p is 1: finite
/// for |z| up to 10³⁰; e^−|z| below 10⁻³⁰ counts as 0 there.</para>
/// <para>p is for what is rare: with p = 9, a "yes" weighs as much as nine (PyTorch's <c>pos_weight</c>). Where one row of ten is a "yes", both
/// then weigh alike, and y above ½ says that "yes" is likelier than it is among all rows; as a probability y is then too large.
/// <see cref="Dataset.BalancedPositiveWeights"/> counts. The mean is not divided by p.</para></remarks>
public sealed class BinaryCrossEntropy : Divergence
{
    private static readonly Divergence plainOnLogits = new OfLogits();

    private readonly float[] positiveWeights; // empty: 1 each
    private readonly Divergence onLogits;

    /// <summary>Makes the binary cross-entropy in which "yes" and "no" weigh alike.</summary>
    public BinaryCrossEntropy()
        : this([], isForAll: true)
    {
    }

    /// <summary>Makes the binary cross-entropy with one weight of the positives, the same for all outputs.</summary>
    /// <param name="positiveWeight">p, what a "yes" weighs: positive and finite. 1 is as if it were not given.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not positive, infinite or NaN.</exception>
    public BinaryCrossEntropy(float positiveWeight)
        : this(Guard.Positive(positiveWeight, nameof(positiveWeight), "The weight of the positives") == 1 ? [] : [positiveWeight], isForAll: true)
    {
    }

    /// <summary>Makes the binary cross-entropy with a weight of the positives for each output.</summary>
    /// <param name="positiveWeights">p, one for each output, positive and finite; copied. Another width of y is refused.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is not positive, infinite or NaN.</exception>
    /// <exception cref="ArgumentException">There are none.</exception>
    public BinaryCrossEntropy(float[] positiveWeights)
        : this(positiveWeights, isForAll: false)
    {
    }

    private BinaryCrossEntropy(float[] positiveWeights, bool isForAll)
    {
        ArgumentNullException.ThrowIfNull(positiveWeights);
        if (positiveWeights.Length == 0 && !isForAll)
            throw new ArgumentException("Expected a weight for each output, but got none.", nameof(positiveWeights));
        for (int i = 0; i < positiveWeights.Length; i++)
            Guard.Positive(positiveWeights[i], nameof(positiveWeights), $"The weight of output {i}");
        HasOneForAll = isForAll;
        this.positiveWeights = [.. positiveWeights];
        onLogits = positiveWeights.Length == 0 ? plainOnLogits : new WeightedOnLogits(this);
    }

    /// <summary>p: one for each output, or one for all; empty: 1.</summary>
    public ReadOnlySpan<float> PositiveWeights => positiveWeights;

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.ZeroToOne;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.ZeroToOne;

    /// <inheritdoc/>
    public override KindSettings Settings => positiveWeights.Length == 0 ? new()
        : HasOneForAll ? new KindSettings().Set("positiveWeight", positiveWeights[0])
        : new KindSettings().Set("positiveWeights", [.. positiveWeights]);

    internal override bool IsSumOverColumns => HasOneForAll;

    private bool HasOneForAll { get; }

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation) => activation is Sigmoid ? onLogits : null;

    /// <inheritdoc/>
    public override Divergence? Through(ReadOnlySpan<FinalActivation> activations, int width, Span<bool> taken)
    {
        // Sigmoids of several heads are one of all columns, each of which has its weight.
        int end = 0;
        foreach ((Activation activation, int first, int count) in activations)
            end = activation is Sigmoid && first == end ? end + count : -1;
        if (HasOneForAll || end != width)
            return base.Through(activations, width, taken);
        taken.Fill(true);
        return onLogits;
    }

    /// <inheritdoc/>
    public override string ToString() => positiveWeights.Length == 0 ? Kind : Settings.ToString(Kind);

    /// <inheritdoc/>
    protected internal override void CheckWidth(int width)
    {
        if (!HasOneForAll && width != positiveWeights.Length)
            throw new ArgumentException($"The divergence has {positiveWeights.Length} weights of positives, but the outputs are {width} wide.");
    }

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        ValueOf(y, desired, weight, gradient);

    /// <inheritdoc/>
    protected override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
    {
        if (positiveWeights.Length == 0)
            DivergencePasses.Run(default(Formula), default(PlainDesired), y, desired, weight, gradient, values);
        else
            BinaryPasses.Run(default(Weighted), positiveWeights, y, desired, weight, gradient, values);
    }

    // The value, but 0 where the factor is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ZeroIfZero<TVector>(TVector factor, TVector value) where TVector : struct, IVector<TVector> =>
        TVector.Select(TVector.Equal(factor, TVector.Zero), TVector.Zero, value);

    /// <summary>−d log y − (1 − d) log(1 − y); −d/y + (1 − d)/(1 − y).</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // Of d and 1 − d at most one is 0, and the other term keeps a NaN of y.
            TVector not = TVector.One - d;
            return -(ZeroIfZero(d, d * BoundedLog.Bounded(TVector.Log(y))) + ZeroIfZero(not, not * BoundedLog.Bounded(TVector.Log1p(-y))));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            TVector not = TVector.One - d;
            return ZeroIfZero(not, BoundedLog.Quotient(not, TVector.One - y)) - ZeroIfZero(d, BoundedLog.Quotient(d, y));
        }
    }

    // On z with y = σ(z): D = Σ max(z, 0) − d z + log(1 + e^−|z|); ∂D/∂z = σ(z) − d.
    private sealed class OfLogits() : Divergence<OfLogits.Formula>(default)
    {
        public override string Kind => "BinaryCrossEntropy through Sigmoid";

        public readonly struct Formula : IDivergenceFormula
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Value<TVector>(TVector z, TVector d) where TVector : struct, IVector<TVector>
            {
                // max(z, 0) − d z is |z| times the probability that is missing, 1 − d or d: nothing cancels, and 0 · ∞ is 0.
                TVector missing = TVector.Select(TVector.LessThan(TVector.Zero, z), TVector.One - d, d);
                return ZeroIfZero(missing, missing * TVector.Abs(z)) + TVector.Log1p(TVector.Exp(-TVector.Abs(z)));
            }

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Derivative<TVector>(TVector z, TVector d) where TVector : struct, IVector<TVector>
            {
                // σ(z) as IVector.Sigmoid has it, with an e^−|z| below 10⁻³⁰ as 0.
                TVector exp = TVector.Exp(-TVector.Abs(z));
                exp = TVector.Select(TVector.LessThan(exp, TVector.Broadcast(1e-30f)), TVector.Zero, exp);
                TVector limit = TVector.Select(TVector.LessThan(z, TVector.Zero), exp, TVector.One);
                return TVector.FusedMultiplyAdd(-limit, exp / (TVector.One + exp), limit) - d;
            }
        }
    }

    // −p d log y − (1 − d) log(1 − y).
    private readonly struct Weighted : IBinaryFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector yes, TVector no) where TVector : struct, IVector<TVector> =>
            -(ZeroIfZero(yes, yes * BoundedLog.Bounded(TVector.Log(y))) + ZeroIfZero(no, no * BoundedLog.Bounded(TVector.Log1p(-y))));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector yes, TVector no) where TVector : struct, IVector<TVector> =>
            ZeroIfZero(no, BoundedLog.Quotient(no, TVector.One - y)) - ZeroIfZero(yes, BoundedLog.Quotient(yes, y));
    }

    // On z with y = σ(z): D = Σ p d log(1 + e^−z) + (1 − d) log(1 + e^z); ∂D/∂z = (1 − d) σ(z) − p d σ(−z).
    private sealed class WeightedOnLogits(BinaryCrossEntropy of) : Divergence
    {
        public override string Kind => $"{of} through Sigmoid";

        internal override bool IsSumOverColumns => of.IsSumOverColumns;

        protected internal override void CheckWidth(int width) => of.CheckWidth(width);

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            ValueOf(y, desired, weight, gradient);

        protected override void Values(
            ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values) =>
            BinaryPasses.Run(default(Formula), of.positiveWeights, y, desired, weight, gradient, values);

        private readonly struct Formula : IBinaryFormula
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Value<TVector>(TVector z, TVector yes, TVector no) where TVector : struct, IVector<TVector>
            {
                // log(1 + e^z) = max(z, 0) + log(1 + e^−|z|): all terms have one sign, so that nothing cancels.
                TVector missing = TVector.Select(TVector.LessThan(TVector.Zero, z), no, yes), size = TVector.Abs(z);
                return ZeroIfZero(missing, missing * size) + ((yes + no) * TVector.Log1p(TVector.Exp(-size)));
            }

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public TVector Derivative<TVector>(TVector z, TVector yes, TVector no) where TVector : struct, IVector<TVector>
            {
                // σ(|z|) and σ(−|z|), with an e^−|z| below 10⁻³⁰ as 0.
                TVector exp = TVector.Exp(-TVector.Abs(z));
                exp = TVector.Select(TVector.LessThan(exp, TVector.Broadcast(1e-30f)), TVector.Zero, exp);
                TVector isNegative = TVector.LessThan(z, TVector.Zero), large = TVector.One / (TVector.One + exp), small = exp / (TVector.One + exp);
                return (no * TVector.Select(isNegative, small, large)) - (yes * TVector.Select(isNegative, large, small));
            }
        }
    }
}
