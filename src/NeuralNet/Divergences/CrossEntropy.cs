using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The cross-entropy of classes: D = −Σᵢ dᵢ log yᵢ; ∂D/∂yᵢ = −dᵢ/yᵢ, with d one-hot or a distribution.
/// </summary>
/// <remarks>
/// y is in [0, 1]. 0 · log 0 counts as 0. Through <see cref="Softmax"/>, ∂D/∂zᵢ = yᵢ Σⱼ dⱼ − dᵢ, finite for |z| up to 10³⁰;
/// an exponential below 10⁻³⁰ of the largest counts as 0 there.
/// </remarks>
public sealed class CrossEntropy : Divergence
{
    private static readonly Divergence onLogits = new OfLogits();

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation) => activation is Softmax ? onLogits : null;

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => CrossEntropyKernels.Categorical(y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        CrossEntropyKernels.CategoricalBackward(y, desired, weight, gradient);

    // On z with y = softmax(z) and m = max z: D = Σ dᵢ ((m − zᵢ) + log Σⱼ e^(zⱼ − m)); ∂D/∂zᵢ = yᵢ Σ d − dᵢ.
    private sealed class OfLogits : Divergence
    {
        public override string Name => "CrossEntropy through Softmax";

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => SoftmaxKernels.CrossEntropy(y, desired);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            SoftmaxKernels.CrossEntropy(y, desired, weight, gradient);

        protected override double ValueAndGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            SoftmaxKernels.CrossEntropy(y, desired, weight, gradient);

        internal override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
        {
            int width = y.Length / values.Length;
            if (width <= SoftmaxRows.MostColumns && values.Length > 1)
                SoftmaxRows.CrossEntropy(y, desired, weight, gradient, values, width);
            else
                base.Values(y, desired, weight, gradient, values);
        }
    }
}
