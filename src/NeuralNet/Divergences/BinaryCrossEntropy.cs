using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The binary cross-entropy of independent yes-or-no outputs: D = −Σᵢ (dᵢ log yᵢ + (1 − dᵢ) log(1 − yᵢ));
/// ∂D/∂yᵢ = −dᵢ/yᵢ + (1 − dᵢ)/(1 − yᵢ).
/// </summary>
/// <remarks>
/// y and d are in [0, 1]. 0 · log 0 counts as 0. At y = d the derivative of D is 0 only where 0 &lt; d &lt; 1; at d = y = 1
/// it is −1, and at d = y = 0 it is 1. Through <see cref="Sigmoid"/>, ∂D/∂zᵢ = yᵢ − dᵢ, finite for |z| up to 10³⁰; e^−|z|
/// below 10⁻³⁰ counts as 0 there.
/// </remarks>
public sealed class BinaryCrossEntropy : Divergence
{
    private static readonly Divergence onLogits = new OfLogits();

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation) => activation is Sigmoid ? onLogits : null;

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => CrossEntropyKernels.Binary(y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        CrossEntropyKernels.BinaryBackward(y, desired, weight, gradient);

    // On z with y = σ(z): D = Σ max(z, 0) − d z + log(1 + e^−|z|); ∂D/∂z = σ(z) − d.
    private sealed class OfLogits : Divergence
    {
        public override string Kind => "BinaryCrossEntropy through Sigmoid";

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => CrossEntropyKernels.BinaryOnLogits(y, desired);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            CrossEntropyKernels.BinaryOnLogits(y, desired, weight, gradient);

        protected override double ValueAndGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            CrossEntropyKernels.BinaryOnLogits(y, desired, weight, gradient);
    }
}
