using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>Adagrad: each parameter moves by its gradient over the root of the sum of all its squared gradients.</summary>
/// <remarks>With g = ∇w + λ w at step t: s ← s + g²; w ← w − ηₜ g / (√s + ε), where ηₜ = η / (1 + (t − 1) δ) and s begins at a value of its own, 0
/// unless set. |g| below 10⁻¹⁷ adds nothing to s. J. Duchi, E. Hazan, Y. Singer: "Adaptive subgradient methods for online learning and stochastic
/// optimization", 2011; in PyTorch's form, with ε outside of the root.</remarks>
public sealed class Adagrad : Optimizer<Adagrad.Rule>
{
    private readonly double exactDecay, exactEpsilon;

    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="learningRateDecay">δ, at least 0.</param>
    /// <param name="initialSum">What s begins at, at least 0.</param>
    /// <param name="epsilon">ε, at least 10⁻¹⁶.</param>
    /// <param name="weightDecay">λ, at least 0, of the weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Adagrad(float learningRate = 0.01f, float learningRateDecay = 0, float initialSum = 0, float epsilon = 1e-10f, float weightDecay = 0)
        : base(learningRate, weightDecay)
    {
        LearningRateDecay = Guard.NotNegative(learningRateDecay, nameof(learningRateDecay), "δ");
        InitialSum = Guard.NotNegative(initialSum, nameof(initialSum), "The initial sum");
        Epsilon = Guard.Epsilon(epsilon);
        (exactDecay, exactEpsilon) = (Guard.AsWritten(learningRateDecay), Guard.AsWritten(epsilon));
    }

    /// <summary>δ: how fast the learning rate falls with the steps.</summary>
    public float LearningRateDecay { get; }

    /// <summary>What the sum of squares begins at.</summary>
    public float InitialSum { get; }

    /// <summary>ε: keeps the quotient finite.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override KindSettings Settings =>
        base.Settings.Set("learningRateDecay", LearningRateDecay).Set("initialSum", InitialSum).Set("epsilon", Epsilon);

    /// <inheritdoc/>
    // Values begin at 0, so what the sum begins at is added in the first step.
    protected override Rule CreateRule(in OptimizerPass pass) => new(
        (float)(pass.LearningRate / (1 + ((pass.Step - 1) * exactDecay))), pass.Step == 1 ? InitialSum : 0, (float)exactEpsilon, pass.WeightDecay);

    /// <summary>The step of one parameter.</summary>
    /// <param name="rate">ηₜ.</param>
    /// <param name="initial">Added to s first: what it begins at in the first step, then 0.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="decay">λ.</param>
    public readonly struct Rule(float rate, float initial, float epsilon, float decay) : IUpdateRule
    {
        static int IUpdateRule.ValuesPerParameter => 1;

        bool IUpdateRule.SkipsZeros => decay == 0 && initial == 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector s, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(decay), w, g);
            TVector squarable = UpdateRule.Squarable(g);
            s = TVector.FusedMultiplyAdd(squarable, squarable, s + TVector.Broadcast(initial));
            return w - (TVector.Broadcast(rate) * (g / (TVector.Sqrt(s) + TVector.Broadcast(epsilon))));
        }
    }
}
