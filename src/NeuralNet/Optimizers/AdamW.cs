namespace NeuralNet;

/// <summary>Adam with decoupled weight decay: first w ← w − η λ w, then Adam's step with the plain gradient.</summary>
/// <remarks>I. Loshchilov, F. Hutter: "Decoupled weight decay regularization", 2019. Biases are spared.
/// Lazy, it leaves what <see cref="Adam"/> leaves, without decay.</remarks>
/// <param name="learningRate">η, positive.</param>
/// <param name="beta1">β₁, in [0, 1).</param>
/// <param name="beta2">β₂, in [0, 1).</param>
/// <param name="epsilon">ε, at least 10⁻¹⁶.</param>
/// <param name="weightDecay">λ, at least 0, of the weights.</param>
/// <param name="lazy">Whether elements of sparse blocks stay as they are where ∇w is 0.</param>
public sealed class AdamW(
    float learningRate = 1e-3f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f, float weightDecay = 0.01f, bool lazy = false)
    : Adam(learningRate, beta1, beta2, epsilon, weightDecay, lazy)
{
    private protected override bool DecouplesDecay => true;
}
