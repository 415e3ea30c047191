using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>Rprop: only the sign of the gradient counts, and each parameter has a step size that grows while the sign stays. For
/// full batches: the noise of small ones turns signs.</summary>
/// <remarks>With g = ∇w and g₋ the one before: d ← min(max(d · (η₊ if g g₋ &gt; 0, η₋ if g g₋ &lt; 0, otherwise 1), smallest), largest); w ← w − d
/// sign(g), where g counts as 0, now and as the g₋ of the next step, if its sign has turned. d begins at the learning rate, which has no other
/// effect: a schedule changes nothing after the first step. M. Riedmiller, H. Braun: "A direct adaptive method for faster backpropagation learning:
/// the RPROP algorithm", 1993; in PyTorch's form, which does not take back the step before a turn (C. Igel, M. Hüsken, 2000: iRprop−).</remarks>
public sealed class Rprop : Optimizer<Rprop.Rule>
{
    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">The first step size, positive.</param>
    /// <param name="decrease">η₋, above 0 and below 1.</param>
    /// <param name="increase">η₊, above 1.</param>
    /// <param name="minStep">The smallest step size, positive.</param>
    /// <param name="maxStep">The largest step size, at least the smallest.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Rprop(float learningRate = 0.01f, float decrease = 0.5f, float increase = 1.2f, float minStep = 1e-6f, float maxStep = 50)
        : base(learningRate, weightDecay: 0)
    {
        if (!(decrease > 0 && decrease < 1))
            throw Guard.OutOfRange(nameof(decrease), decrease, "η₋ must be above 0 and below 1.");
        if (!(increase > 1 && float.IsFinite(increase)))
            throw Guard.OutOfRange(nameof(increase), increase, "η₊ must be a finite number above 1.");
        MinStep = Guard.Positive(minStep, nameof(minStep), "The smallest step size");
        MaxStep = Guard.Positive(maxStep, nameof(maxStep), "The largest step size");
        if (maxStep < minStep)
            throw Guard.OutOfRange(
                nameof(maxStep), maxStep, FormattableString.Invariant($"The largest step size must be at least the smallest one, {minStep}."));
        Decrease = decrease;
        Increase = increase;
    }

    /// <summary>η₋: what a step size is multiplied with when the sign turns.</summary>
    public float Decrease { get; }

    /// <summary>η₊: what a step size is multiplied with while the sign stays.</summary>
    public float Increase { get; }

    /// <summary>The smallest step size.</summary>
    public float MinStep { get; }

    /// <summary>The largest step size.</summary>
    public float MaxStep { get; }

    /// <inheritdoc/>
    public override KindSettings Settings =>
        base.Settings.Set("decrease", Decrease).Set("increase", Increase).Set("minStep", MinStep).Set("maxStep", MaxStep);

    internal override string NoFactors => "its learning rate is only where step sizes begin";

    /// <inheritdoc/>
    // Values begin at 0, so the first step sizes are added in the first step.
    protected override Rule CreateRule(in OptimizerPass pass) => new(pass.Step == 1 ? pass.LearningRate : 0, Decrease, Increase, MinStep, MaxStep);

    /// <summary>The step of one parameter.</summary>
    /// <param name="initial">Added to d first: what it begins at in the first step, then 0.</param>
    /// <param name="decrease">η₋.</param>
    /// <param name="increase">η₊.</param>
    /// <param name="minStep">The smallest d.</param>
    /// <param name="maxStep">The largest d.</param>
    public readonly struct Rule(float initial, float decrease, float increase, float minStep, float maxStep) : IUpdateRule
    {
        static int IUpdateRule.ValuesPerParameter => 2;

        bool IUpdateRule.SkipsZeros => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector d, ref TVector lastSign, ref TVector third)
        {
            // 0 and NaN are their own signs. Signs are kept because the product of two small gradients would be 0.
            TVector sign = TVector.Select(
                TVector.LessThan(g, TVector.Zero), -TVector.One, TVector.Select(TVector.LessThan(TVector.Zero, g), TVector.One, g));
            TVector agreement = sign * lastSign, turned = TVector.LessThan(agreement, TVector.Zero);
            TVector grown = TVector.Select(TVector.LessThan(TVector.Zero, agreement), TVector.Broadcast(increase), TVector.One);
            TVector factor = TVector.Select(turned, TVector.Broadcast(decrease), grown);
            TVector step = (d + TVector.Broadcast(initial)) * factor;
            d = TVector.Min(TVector.Max(step, TVector.Broadcast(minStep)), TVector.Broadcast(maxStep));
            lastSign = TVector.Select(turned, TVector.Zero, sign);
            return TVector.FusedMultiplyAdd(-d, lastSign, w);
        }
    }
}
