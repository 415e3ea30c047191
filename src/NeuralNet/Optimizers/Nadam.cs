using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Nadam: Adam with Nesterov's look ahead along the mean gradient.</summary>
/// <remarks><para>With g = ∇w + λ w at step t, m and v as in <see cref="Adam"/>, μₜ = β₁ (1 − ½ · 0.96^(t ψ)) and Πₜ = μ₁ μ₂ … μₜ:
/// w ← w − η ((1 − μₜ) / (1 − Πₜ) g + μₜ₊₁ / (1 − Πₜ₊₁) m) / (√(v / (1 − β₂ᵗ)) + ε).</para>
/// <para>T. Dozat: "Incorporating Nesterov momentum into Adam", 2016; in PyTorch's form. Πₜ is computed from t, not kept:
/// after some dozen factors it is 0 beside 1.</para></remarks>
public sealed class Nadam : Optimizer<Nadam.Rule>
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
        float learningRate = 2e-3f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f, float weightDecay = 0,
        float momentumDecay = 4e-3f)
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
    public override KindSettings Settings =>
        base.Settings.Set("beta1", Beta1).Set("beta2", Beta2).Set("epsilon", Epsilon).Set("momentumDecay", MomentumDecay);

    /// <inheritdoc/>
    protected override Rule CreateRule(in OptimizerPass pass)
    {
        double now = Momentum(pass.Step), next = Momentum(pass.Step + 1), product = Product(pass.Step);
        double gradientStep = pass.LearningRate * (1 - now) / (1 - product), meanStep = pass.LearningRate * next / (1 - (product * next));
        return new Rule(pass, gradientStep, meanStep, exactBeta1, exactBeta2, exactEpsilon);
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

    /// <summary>The step of one parameter. Settings are doubles, so that 1 − β is rounded once.</summary>
    /// <param name="pass">The range, with λ and t.</param>
    /// <param name="gradientStep">η (1 − μₜ) / (1 − Πₜ).</param>
    /// <param name="meanStep">η μₜ₊₁ / (1 − Πₜ₊₁).</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    public readonly struct Rule(in OptimizerPass pass, double gradientStep, double meanStep, double beta1, double beta2, double epsilon) : IUpdateRule
    {
        private readonly float gradientStep = (float)gradientStep, meanStep = (float)meanStep;
        private readonly float rootScale = (float)(1 / Math.Sqrt(1 - Exact.Power(beta2, pass.Step)));
        private readonly float beta1 = (float)beta1, notBeta1 = (float)(1 - beta1), beta2 = (float)beta2, notBeta2 = (float)(1 - beta2);
        private readonly float epsilon = (float)epsilon, decay = pass.WeightDecay;

        static int IUpdateRule.ValuesPerParameter => 2;

        bool IUpdateRule.SkipsZeros => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector m, ref TVector v, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(decay), w, g);
            m = UpdateRule.Mean(m, g, beta1, notBeta1);
            v = UpdateRule.MeanSquare(v, g, beta2, notBeta2);
            TVector root = TVector.FusedMultiplyAdd(TVector.Sqrt(v), TVector.Broadcast(rootScale), TVector.Broadcast(epsilon));
            TVector ahead = TVector.FusedMultiplyAdd(TVector.Broadcast(gradientStep), g, TVector.Broadcast(meanStep) * m);
            return w - (ahead / root);
        }
    }
}
