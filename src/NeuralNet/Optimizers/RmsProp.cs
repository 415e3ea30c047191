using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>RMSprop: each parameter moves by its gradient over the root of its mean squared gradient.</summary>
/// <remarks><para>With g = ∇w + λ w: v ← α v + (1 − α) g²; w ← w − η g / (√v + ε). Centered (A. Graves, 2013), v − m² stands for v, where m ← α m +
/// (1 − α) g: the variance of the gradient, which is kept by its own recursion, v ← α (v + (1 − α) (g − m)²), the same number without its loss of
/// digits. With momentum, b ← μ b + g / (√v + ε); w ← w − η b.</para>
/// <para>What has faded below 10⁻³⁶ becomes 0, and |g| below 10⁻¹⁷ adds nothing to v.
/// T. Tieleman, G. Hinton: lecture 6.5 of "Neural networks for machine learning", 2012; in PyTorch's form.</para></remarks>
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
    public override KindSettings Settings =>
        base.Settings.Set("alpha", Alpha).Set("epsilon", Epsilon).Set("momentum", Momentum).Set("centered", IsCentered);

    /// <inheritdoc/>
    protected override void Update(in OptimizerPass pass)
    {
        var settings = new RuleSettings(
            pass.LearningRate, (float)exactAlpha, (float)(1 - exactAlpha), (float)exactEpsilon, Momentum, pass.WeightDecay);
        if (IsCentered && Momentum > 0)
            Apply(new Rule<Yes, Yes>(settings), pass);
        else if (IsCentered)
            Apply(new Rule<Yes, No>(settings), pass);
        else if (Momentum > 0)
            Apply(new Rule<No, Yes>(settings), pass);
        else
            Apply(new Rule<No, No>(settings), pass);
    }

    private readonly record struct RuleSettings(float Rate, float Alpha, float NotAlpha, float Epsilon, float Momentum, float Decay);

    // What is remembered: v, then the mean if centered, then the velocity if there is momentum. Both conditions are spelled out:
    // as properties they would be calls, of which the JIT inlines only so many.
    private readonly struct Rule<TCentered, TMomentum>(RuleSettings settings) : IUpdateRule where TCentered : struct where TMomentum : struct
    {
        static int IUpdateRule.ValuesPerParameter => typeof(TCentered) == typeof(TMomentum) ? typeof(TCentered) == typeof(Yes) ? 3 : 1 : 2;

        bool IUpdateRule.SkipsZeros => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector v, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(settings.Decay), w, g);
            if (typeof(TCentered) == typeof(Yes))
            {
                // The variance by its own recursion: v − m², of two means that are nearly equal, would lose all digits, or be below 0.
                TVector difference = UpdateRule.Squarable(g - second), share = TVector.Broadcast(settings.NotAlpha) * difference;
                v = UpdateRule.Faded(TVector.Broadcast(settings.Alpha) * TVector.FusedMultiplyAdd(share, difference, v));
                second = UpdateRule.Mean(second, g, settings.Alpha, settings.NotAlpha);
            }
            else
            {
                v = UpdateRule.MeanSquare(v, g, settings.Alpha, settings.NotAlpha);
            }

            TVector step = g / (TVector.Sqrt(v) + TVector.Broadcast(settings.Epsilon));
            if (typeof(TMomentum) == typeof(Yes) && typeof(TCentered) == typeof(Yes))
                step = third = Velocity(third, step);
            else if (typeof(TMomentum) == typeof(Yes))
                step = second = Velocity(second, step);
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-settings.Rate), step, w);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TVector Velocity<TVector>(TVector velocity, TVector step) where TVector : struct, IVector<TVector> =>
            UpdateRule.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(settings.Momentum), velocity, step));
    }

    private readonly struct Yes;

    private readonly struct No;
}
