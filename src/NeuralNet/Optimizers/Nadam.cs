using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Nadam: Adam with Nesterov's look ahead along the mean gradient.
/// </summary>
/// <remarks>
/// <para>With g = ∇w + λ w at step t, m and v as in <see cref="Adam"/>, μₜ = β₁ (1 − ½ · 0.96^(t ψ)) and Πₜ = μ₁ μ₂ … μₜ:
/// w ← w − η ((1 − μₜ) / (1 − Πₜ) g + μₜ₊₁ / (1 − Πₜ₊₁) m) / (√(v / (1 − β₂ᵗ)) + ε).</para>
/// <para>T. Dozat: "Incorporating Nesterov momentum into Adam", 2016; in PyTorch's form. Πₜ is computed from t, not kept:
/// after some dozen factors it is 0 beside 1.</para>
/// </remarks>
public sealed class Nadam : Optimizer
{
    private readonly double exactBeta1, exactBeta2, exactEpsilon, warming;

    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="beta1">β₁, in [0, 1).</param>
    /// <param name="beta2">β₂, in [0, 1).</param>
    /// <param name="epsilon">ε, at least 10⁻¹⁶.</param>
    /// <param name="weightDecay">λ, at least 0, of the weights.</param>
    /// <param name="momentumDecay">ψ, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Nadam(
        float learningRate = 2e-3f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f, float weightDecay = 0, float momentumDecay = 4e-3f)
        : base(learningRate, weightDecay)
    {
        Beta1 = Guard.Fraction(beta1, nameof(beta1), "β₁");
        Beta2 = Guard.Fraction(beta2, nameof(beta2), "β₂");
        Epsilon = Guard.Epsilon(epsilon);
        MomentumDecay = Guard.NotNegative(momentumDecay, nameof(momentumDecay), "ψ");
        (exactBeta1, exactBeta2, exactEpsilon) = (Guard.AsWritten(beta1), Guard.AsWritten(beta2), Guard.AsWritten(epsilon));
        const double LogOf096 = -0.040821994520255166;
        warming = Exact.ExpOfNegative(LogOf096 * Guard.AsWritten(momentumDecay));
    }

    /// <summary>β₁: how slowly the mean gradient changes.</summary>
    public float Beta1 { get; }

    /// <summary>β₂: how slowly the mean squared gradient changes.</summary>
    public float Beta2 { get; }

    /// <summary>ε: keeps the quotient finite.</summary>
    public float Epsilon { get; }

    /// <summary>ψ: how soon μ rises from β₁ / 2 to β₁.</summary>
    public float MomentumDecay { get; }

    /// <inheritdoc/>
    public override int ValuesPerParameter => 2;

    /// <inheritdoc/>
    public override string ToString() => Guard.Words(this, ("learning rate", LearningRate), ("β₁", Beta1), ("β₂", Beta2), ("ε", Epsilon), ("momentum decay", MomentumDecay), ("weight decay", WeightDecay));

    /// <inheritdoc/>
    protected override void Update(in OptimizerPass pass)
    {
        double now = Momentum(pass.Step), next = Momentum(pass.Step + 1), product = Product(pass.Step);
        OptimizerKernels.Nadam(
            pass.Parameters, pass.Gradient, pass.Remembered(0), pass.Remembered(1), pass.LearningRate * (1 - now) / (1 - product),
            pass.LearningRate * next / (1 - (product * next)), exactBeta1, exactBeta2, exactEpsilon,
            1 - Exact.Power(exactBeta2, pass.Step), pass.WeightDecay, pass.Workers);
    }

    // μ of a step.
    private double Momentum(long step) => exactBeta1 * (1 - (0.5 * Exact.Power(warming, step)));

    // μ₁ … μₜ. It vanishes beside 1 soon, or else the factors soon are β₁: 3000 of them at most, some 60 as a rule.
    private double Product(long step)
    {
        double product = 1, rest = 1;
        for (long t = 1; t <= step; t++)
        {
            rest *= warming;
            product *= exactBeta1 * (1 - (0.5 * rest));
            if (product < 1e-20)
                return 0;
            if (rest < 1e-17)
                return product * Exact.Power(exactBeta1, step - t);
        }

        return product;
    }
}
