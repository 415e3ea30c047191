using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The divergence of Kullback and Leibler: D = Σᵢ dᵢ log(dᵢ / yᵢ); ∂D/∂yᵢ = −dᵢ/yᵢ. It is the cross-entropy less the
/// entropy of d, so its gradients are those of <see cref="CrossEntropy"/>, but it is 0 at y = d.
/// </summary>
/// <remarks>
/// S. Kullback, R. Leibler, "On information and sufficiency", 1951. y and d are in [0, 1], each with the sum 1; D of other
/// sums may be negative. 0 · log 0 counts as 0. Through <see cref="Softmax"/>, ∂D/∂zᵢ = yᵢ Σⱼ dⱼ − dᵢ, finite for |z| up to
/// 10³⁰; there D is a difference, and no more exact near 0 than floats are at the size of the cross-entropy.
/// </remarks>
public sealed class KullbackLeibler : Divergence
{
    // The last form, because training asks at every step.
    private OfLogits? onLogits;

    /// <inheritdoc/>
    public override Divergence? Through(Activation activation)
    {
        if (CrossEntropy.Through(activation) is not { } crossEntropy)
            return null;
        OfLogits? last = onLogits;
        return last?.Minuend == crossEntropy ? last : onLogits = new OfLogits(crossEntropy);
    }

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => CrossEntropyKernels.Relative(y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        CrossEntropyKernels.CategoricalBackward(y, desired, weight, gradient);

    // D = −Σ dᵢ log softmax(z)ᵢ + Σ dᵢ log dᵢ.
    private sealed class OfLogits(Divergence minuend) : ManyAtOnce
    {
        public Divergence Minuend => minuend;

        public override string Kind => "KullbackLeibler through Softmax";

        internal override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
        {
            minuend.Values(y, desired, weight, gradient, values);
            int width = y.Length / values.Length;
            for (int vector = 0; vector < values.Length; vector++)
            {
                ReadOnlySpan<float> d = desired.Slice(vector * width, width);
                values[vector] -= CrossEntropyKernels.Categorical(d, d);
            }
        }
    }
}
