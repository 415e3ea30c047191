using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Adam: each parameter moves by its mean gradient over the root of its mean squared gradient.
/// </summary>
/// <remarks>
/// <para>With g = ∇w + λ w at step t: m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
/// w ← w − η m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
/// What has faded below 10⁻³⁶ in m or v becomes 0, and |g| below 10⁻¹⁷ adds nothing to v.
/// D. Kingma, J. Ba: "Adam: a method for stochastic optimization", 2015. For decay apart from the gradient see
/// <see cref="AdamW"/>.</para>
/// <para>Lazy, it leaves in sparse blocks (<see cref="Block.IsSparse"/>, such as an <see cref="Embedding"/>'s) each element
/// whose ∇w is exactly 0 as it is: w, m and v, decay included. All other elements and blocks go by the rule above, with the
/// same t. So an id that does not occur is not moved on by an old m, and m and v are means over the steps in which it occurs:
/// it then moves by about η each time, where by the dense rule it is about η / √p if it occurs in a share p of the steps.
/// (An id that comes late moves by more at first, up to some 6 η, for the corrections know the steps, not the ids.) It is
/// another rule, not an approximation, and a step of it only reads the gradient of what does not occur. It is that of PyTorch's
/// SparseAdam and TensorFlow's LazyAdam, but element by element: where one value of a row has ∇w = 0 though its id occurs,
/// theirs move it on by its m; and they add ε to √v, not to √v̂.</para>
/// </remarks>
public class Adam : Optimizer
{
    private readonly double exactBeta1, exactBeta2, exactEpsilon;

    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="beta1">β₁, in [0, 1).</param>
    /// <param name="beta2">β₂, in [0, 1).</param>
    /// <param name="epsilon">ε, at least 10⁻¹⁶.</param>
    /// <param name="weightDecay">λ, at least 0, of the weights.</param>
    /// <param name="lazy">Whether elements of sparse blocks stay as they are where ∇w is 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Adam(float learningRate = 1e-3f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f, float weightDecay = 0, bool lazy = false)
        : base(learningRate, weightDecay)
    {
        Beta1 = Guard.Fraction(beta1, nameof(beta1), "β₁");
        Beta2 = Guard.Fraction(beta2, nameof(beta2), "β₂");
        Epsilon = Guard.Epsilon(epsilon);
        IsLazy = lazy;
        (exactBeta1, exactBeta2, exactEpsilon) = (Guard.AsWritten(beta1), Guard.AsWritten(beta2), Guard.AsWritten(epsilon));
    }

    /// <summary>β₁: how slowly the mean gradient changes.</summary>
    public float Beta1 { get; }

    /// <summary>β₂: how slowly the mean squared gradient changes.</summary>
    public float Beta2 { get; }

    /// <summary>ε: keeps the quotient finite.</summary>
    public float Epsilon { get; }

    /// <summary>Whether elements of sparse blocks stay as they are, with m and v, where ∇w is 0.</summary>
    public bool IsLazy { get; }

    /// <inheritdoc/>
    public override int ValuesPerParameter => 2;

    /// <inheritdoc/>
    public override string ToString() => Guard.Words(this, ("learning rate", LearningRate), ("β₁", Beta1), ("β₂", Beta2), ("ε", Epsilon), ("weight decay", WeightDecay), ("lazy", IsLazy));

    private protected virtual bool DecouplesDecay => false;

    /// <inheritdoc/>
    protected override void Update(in OptimizerPass pass) => OptimizerKernels.Adam(
        pass.Parameters, pass.Gradient, pass.Remembered(0), pass.Remembered(1), pass.LearningRate, exactBeta1, exactBeta2, exactEpsilon,
        1 - Exact.Power(exactBeta1, pass.Step), 1 - Exact.Power(exactBeta2, pass.Step), pass.WeightDecay, DecouplesDecay, pass.Workers, IsLazy && pass.IsSparse);
}
