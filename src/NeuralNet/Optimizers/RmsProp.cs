using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// RMSprop: each parameter moves by its gradient over the root of its mean squared gradient.
/// </summary>
/// <remarks>
/// <para>With g = ∇w + λ w: v ← α v + (1 − α) g²; w ← w − η g / (√v + ε).
/// Centered (A. Graves, 2013), v − m² stands for v, where m ← α m + (1 − α) g: the variance of the gradient, which is kept
/// by its own recursion, v ← α (v + (1 − α) (g − m)²), the same number without its loss of digits.
/// With momentum, b ← μ b + g / (√v + ε); w ← w − η b.</para>
/// <para>What has faded below 10⁻³⁶ becomes 0, and |g| below 10⁻¹⁷ adds nothing to v.
/// T. Tieleman, G. Hinton: lecture 6.5 of "Neural networks for machine learning", 2012; in PyTorch's form.</para>
/// </remarks>
public sealed class RmsProp : Optimizer
{
    private readonly double exactAlpha, exactEpsilon;

    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="alpha">α, in [0, 1).</param>
    /// <param name="epsilon">ε, at least 10⁻¹⁶.</param>
    /// <param name="momentum">μ, in [0, 1).</param>
    /// <param name="centered">The variance of the gradient instead of its mean square.</param>
    /// <param name="weightDecay">λ, at least 0, of the weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public RmsProp(
        float learningRate = 0.01f, float alpha = 0.99f, float epsilon = 1e-8f, float momentum = 0, bool centered = false, float weightDecay = 0)
        : base(learningRate, weightDecay)
    {
        Alpha = Guard.Fraction(alpha, nameof(alpha), "α");
        Epsilon = Guard.Epsilon(epsilon);
        Momentum = Guard.Fraction(momentum, nameof(momentum), "The momentum");
        IsCentered = centered;
        (exactAlpha, exactEpsilon) = (Guard.AsWritten(alpha), Guard.AsWritten(epsilon));
    }

    /// <summary>α: how slowly the mean squared gradient changes.</summary>
    public float Alpha { get; }

    /// <summary>ε: keeps the quotient finite.</summary>
    public float Epsilon { get; }

    /// <summary>μ.</summary>
    public float Momentum { get; }

    /// <summary>Whether the variance of the gradient stands for its mean square.</summary>
    public bool IsCentered { get; }

    /// <inheritdoc/>
    public override int ValuesPerParameter => 1 + (IsCentered ? 1 : 0) + (Momentum > 0 ? 1 : 0);

    /// <inheritdoc/>
    public override string ToString() => Guard.Words(this, ("learning rate", LearningRate), ("α", Alpha), ("ε", Epsilon), ("momentum", Momentum), ("centered", IsCentered), ("weight decay", WeightDecay));

    /// <inheritdoc/>
    protected override void Update(in OptimizerPass pass) => OptimizerKernels.RmsProp(
        pass.Parameters, pass.Gradient, pass.Remembered(0), IsCentered ? pass.Remembered(1) : default,
        Momentum > 0 ? pass.Remembered(ValuesPerParameter - 1) : default,
        pass.LearningRate, exactAlpha, exactEpsilon, Momentum, pass.WeightDecay, pass.Workers);
}
