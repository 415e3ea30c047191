using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The cross-entropy of classes: D = −Σᵢ dᵢ log yᵢ; ∂D/∂yᵢ = −dᵢ/yᵢ, with d one-hot or a distribution.
/// </summary>
/// <remarks>
/// <para>y is in [0, 1]. 0 · log 0 counts as 0. Through <see cref="Softmax"/>, ∂D/∂zᵢ = (yᵢ Σⱼ dⱼ − dᵢ) / T with the softmax's
/// temperature T, 1 unless given; finite for |z| up to 10³⁰, as long as |z| / T is a float. An exponential below 10⁻³⁰ of
/// the largest counts as 0 there.</para>
/// <para>With label smoothing ε (C. Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016) and
/// class weights w, tᵢ = wᵢ ((1 − ε) dᵢ + ε Σⱼ dⱼ / K) of K classes stands for dᵢ in all of this: D = −Σᵢ tᵢ log yᵢ, and
/// through softmax ∂D/∂zᵢ = (yᵢ Σⱼ tⱼ − tᵢ) / T. The mean is over the rows and their weights: it is not divided by the class
/// weights, as PyTorch's is not for desired distributions (for class indices it is).</para>
/// </remarks>
public sealed class CrossEntropy : Divergence
{
    private static readonly Divergence plainOnLogits = new OfLogits();

    // null: d itself.
    private readonly ClassTargets? targets;

    // The last forms that were asked for: training asks at every step, and makes nothing.
    private OfTargets? onLogits;
    private OfLogitsAtTemperature? atTemperature;

    /// <summary>Makes the cross-entropy.</summary>
    /// <param name="labelSmoothing">ε, the part of d that is spread over all classes: from 0 to below 1.</param>
    /// <param name="classWeights">A weight for each class, finite, at least 0 and not all 0; null: 1 each.</param>
    /// <exception cref="ArgumentOutOfRangeException">The smoothing or a weight is out of its range.</exception>
    /// <exception cref="ArgumentException">No class weight is above 0.</exception>
    public CrossEntropy(float labelSmoothing = 0, float[]? classWeights = null)
    {
        if (labelSmoothing != 0 || classWeights is not null)
            targets = new ClassTargets(labelSmoothing, classWeights);
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>ε, the part of d that is spread over all classes.</summary>
    public float LabelSmoothing { get; }

    /// <summary>A weight for each class; empty: 1 each.</summary>
    public ReadOnlySpan<float> ClassWeights => targets is null ? default : targets.Weights;

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation)
    {
        Divergence? plain = activation is not Softmax softmax ? null
            : softmax.Temperature == 1 ? plainOnLogits : AtTemperature(softmax.Temperature);
        if (plain is null || targets is null)
            return plain;
        OfTargets? last = onLogits;
        return last?.Plain == plain ? last : onLogits = new OfTargets(targets, plain);
    }

    /// <inheritdoc/>
    public override string ToString() => targets is null ? Kind
        : string.Create(CultureInfo.InvariantCulture, $"{Kind}(label smoothing {LabelSmoothing}, class weights {(ClassWeights.IsEmpty ? "none"
            : $"[{string.Join(", ", ClassWeights.ToArray().Select(w => w.ToString(CultureInfo.InvariantCulture)))}]")})");

    internal override void CheckWidth(int width) => targets?.CheckWidth(width);

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) =>
        CrossEntropyKernels.Categorical(y, targets is null ? desired : targets.Of(desired, y.Length));

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        CrossEntropyKernels.CategoricalBackward(y, targets is null ? desired : targets.Of(desired, y.Length), weight, gradient);

    private OfLogitsAtTemperature AtTemperature(float temperature) =>
        atTemperature is { } made && made.Temperature == temperature ? made : atTemperature = new OfLogitsAtTemperature(temperature);

    // On z with y = softmax(z) and m = max z: D = Σ dᵢ ((m − zᵢ) + log Σⱼ e^(zⱼ − m)); ∂D/∂zᵢ = yᵢ Σ d − dᵢ.
    private sealed class OfLogits : Divergence
    {
        public override string Kind => "CrossEntropy through Softmax";

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => SoftmaxKernels.CrossEntropy(y, desired);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            SoftmaxKernels.CrossEntropy(y, desired, weight, gradient);

        protected override double ValueAndGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            SoftmaxKernels.CrossEntropy(y, desired, weight, gradient);

        internal override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
        {
            int width = y.Length / values.Length;
            if (width <= SoftmaxRows.MaxColumns && values.Length > 1)
                SoftmaxRows.CrossEntropy(y, desired, weight, gradient, values, width);
            else
                base.Values(y, desired, weight, gradient, values);
        }
    }

    // On z with y = softmax(z / T): D = Σ dᵢ ((m − zᵢ) / T + log Σⱼ e^((zⱼ − m) / T)); ∂D/∂zᵢ = (yᵢ Σ d − dᵢ) / T.
    private sealed class OfLogitsAtTemperature(float temperature) : Divergence
    {
        private readonly TemperedSoftmaxKernel softmax = new(temperature);

        public float Temperature => temperature;

        public override string Kind => string.Create(CultureInfo.InvariantCulture, $"CrossEntropy through Softmax({temperature})");

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => softmax.CrossEntropy(y, desired, 0, default);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            softmax.CrossEntropy(y, desired, weight, gradient);

        protected override double ValueAndGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            softmax.CrossEntropy(y, desired, weight, gradient);
    }

    // On z, with the targets in place of d.
    private sealed class OfTargets(ClassTargets targets, Divergence plain) : ManyAtOnce
    {
        public Divergence Plain => plain;

        public override string Kind => plain.Kind;

        internal override void CheckWidth(int width) => targets.CheckWidth(width);

        // Short vectors in groups, as the plain form wants them; of long ones the targets of a single one are large enough.
        internal override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
        {
            int width = y.Length / values.Length, group = width <= SoftmaxRows.MaxColumns ? values.Length : 1;
            for (int first = 0; first < values.Length; first += group)
            {
                int at = first * width, length = group * width;
                plain.Values(
                    y.Slice(at, length), targets.Of(desired.Slice(at, length), width), weight,
                    gradient.IsEmpty ? default : gradient.Slice(at, length), values.Slice(first, group));
            }
        }
    }
}
