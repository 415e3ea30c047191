using System.Globalization;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The cross-entropy of classes: D = −Σᵢ dᵢ log yᵢ; ∂D/∂yᵢ = −dᵢ/yᵢ, with d one-hot or a distribution, or the id of a class.</summary>
/// <remarks><para>y is in [0, 1]. 0 · log 0 counts as 0. log y is at least −100: the gradient is 0 where y is 0, and nowhere above 10³⁰ d.
/// Through <see cref="Softmax"/>, ∂D/∂zᵢ = (yᵢ Σⱼ dⱼ − dᵢ) / T with the softmax's temperature T, 1 unless given, and no bound is needed:
/// finite for |z| up to 10³⁰, as long as |z| / T is a float. An exponential below 10⁻³⁰ of the largest counts as 0 there.</para>
/// <para>Class ids: where there are several outputs, one desired value for each vector is the id of its class, a whole number from 0, and stands for
/// its one-hot vector, with the same bits, which is not made: a vocabulary may be wide. An id of −1 says that nothing is desired: its vector is
/// as if absent, in Σ w too. The length of d says which it is; a cross-entropy that is made with <c>ids</c> takes nothing but ids.</para>
/// <para>With label smoothing ε (C. Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016) and
/// class weights w, tᵢ = wᵢ ((1 − ε) dᵢ + ε Σⱼ dⱼ / K) of K classes stands for dᵢ in all of this: D = −Σᵢ tᵢ log yᵢ, and
/// through softmax ∂D/∂zᵢ = (yᵢ Σⱼ tⱼ − tᵢ) / T. The mean is over the rows and their weights: it is not divided by the class
/// weights, as PyTorch's is not for desired distributions (for class indices it is). Balanced ones:
/// <see cref="Dataset.BalancedClassWeights"/>; as weights of rows, which are divided by: <see cref="Dataset.WithBalancedClasses"/>.</para>
/// </remarks>
public sealed class CrossEntropy : Divergence
{
    private static readonly OfLogits plainOnLogits = new("CrossEntropy", 1, default, isRelative: false);

    private readonly ClassTargets targets;
    private readonly OfLogits onLogits;
    private readonly CrossEntropy? ofIds;

    /// <summary>Makes the cross-entropy.</summary>
    /// <param name="labelSmoothing">ε, the part of d that is spread over all classes: from 0 to below 1.</param>
    /// <param name="classWeights">A weight for each class, finite, at least 0 and not all 0; null: 1 each.</param>
    /// <param name="ids">Whether a class id is desired of every vector, and nothing else is taken for d.</param>
    /// <exception cref="ArgumentOutOfRangeException">The smoothing or a weight is out of its range.</exception>
    /// <exception cref="ArgumentException">No class weight is above 0.</exception>
    public CrossEntropy(float labelSmoothing = 0, float[]? classWeights = null, bool ids = false)
    {
        Guard.Fraction(labelSmoothing, nameof(labelSmoothing), "The label smoothing");
        for (int i = 0; i < classWeights?.Length; i++)
            Guard.NotNegative(classWeights[i], nameof(classWeights), $"The weight of class {i}");
        if (classWeights is not null && !classWeights.AsSpan().ContainsAnyExcept(0f))
            throw new ArgumentException($"None of {classWeights.Length} class weights is above 0; at least one must be.", nameof(classWeights));
        targets = new ClassTargets(labelSmoothing, ClassTargets.Pinned(classWeights), ids);
        onLogits = targets == default ? plainOnLogits : new OfLogits(Kind, 1, targets, isRelative: false);
        ofIds = ids ? null : new CrossEntropy(this);
    }

    private CrossEntropy(CrossEntropy other)
    {
        targets = other.targets with { ByIds = true };
        onLogits = (OfLogits)other.onLogits.OfIds!;
    }

    /// <summary>ε, the part of d that is spread over all classes.</summary>
    public float LabelSmoothing => targets.Smoothing;

    /// <summary>A weight for each class; empty: 1 each.</summary>
    public ReadOnlySpan<float> ClassWeights => targets.ClassWeights;

    /// <summary>Whether a class id is desired of every vector, and nothing else is taken for d.</summary>
    public override bool TakesIds => targets.ByIds;

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Probabilities;

    /// <inheritdoc/>
    public override ValueRange DesiredRange => ValueRange.Probabilities;

    /// <inheritdoc/>
    public override KindSettings Settings
    {
        get
        {
            KindSettings settings = new KindSettings().Set("labelSmoothing", LabelSmoothing).Set("classWeights", ClassWeights.ToArray());
            return TakesIds ? settings.Set("ids", true) : settings;
        }
    }

    internal override Divergence? OfIds => ofIds;

    internal override bool IsSumOverColumns => targets == default;

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation) => activation is Softmax softmax ? onLogits.At(softmax.Temperature) : null;

    /// <inheritdoc/>
    public override string ToString() => targets == default ? Kind : Settings.ToString(Kind);

    /// <inheritdoc/>
    protected internal override void CheckWidth(int width) => targets.CheckWidth(width);

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        ValueOf(y, desired, weight, gradient);

    /// <inheritdoc/>
    protected override void Values(
        ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values) =>
        targets.Run(default(Formula), y, desired, weight, gradient, values);

    /// <summary>−d log y; −d/y.</summary>
    public readonly struct Formula : IDivergenceFormula
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>
        {
            // Where d is 0, y − y stands for 0: it is NaN where y is.
            return TVector.Select(TVector.Equal(d, TVector.Zero), y - y, -(d * BoundedLog.Bounded(TVector.Log(y))));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> =>
            -TVector.Select(TVector.Equal(d, TVector.Zero), y - y, BoundedLog.Quotient(d, y));
    }

    // On z with y = softmax(z / T) and m = max z: D = Σ dᵢ ((m − zᵢ) / T + log Σⱼ e^((zⱼ − m) / T)); ∂D/∂zᵢ = (yᵢ Σ d − dᵢ) / T. Relative
    // to the entropy of d it is the divergence of Kullback and Leibler.
    internal sealed class OfLogits(string name, float temperature, ClassTargets targets, bool isRelative) : Divergence
    {
        private readonly OfLogits? ofIds =
            targets.ByIds || isRelative ? null : new OfLogits(name, temperature, targets with { ByIds = true }, isRelative: false);

        private OfLogits? other; // the last form at another temperature

        public override string Kind => string.Create(CultureInfo.InvariantCulture, $"{name} through {new Softmax(temperature)}");

        public override bool TakesIds => targets.ByIds;

        internal override Divergence? OfIds => ofIds;

        private float Temperature => temperature;

        public OfLogits At(float asked) => asked == temperature ? this
            : other is { } last && last.Temperature == asked ? last
            : other = new OfLogits(name, asked, targets, isRelative);

        protected internal override void CheckWidth(int width) => targets.CheckWidth(width);

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            ValueOf(y, desired, weight, gradient);

        protected override void Values(
            ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values) =>
            Values(y, desired, weight, gradient, values, workers: null);

        internal override void Values(
            ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values, Workers? workers)
        {
            targets.RunThroughSoftmax(temperature, y, desired, weight, gradient, values, workers);

            // Σ dᵢ log dᵢ
            int width = y.Length / values.Length;
            for (int vector = 0; vector < values.Length && isRelative; vector++)
            {
                double entropy = 0;
                ReadOnlySpan<float> d = desired.Slice(vector * width, width);
                DivergencePasses.Run(default(Formula), default(PlainDesired), d, d, 0, default, new Span<double>(ref entropy));
                values[vector] -= entropy;
            }
        }
    }
}
