using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>Stochastic gradient descent: w ← w − η g, with g = ∇w + λ w; optionally with momentum.</summary>
/// <remarks>Momentum (B. Polyak, 1964): v ← μ v + g; w ← w − η v. Nesterov's form (Y. Nesterov, 1983; I. Sutskever et al., 2013): w ← w − η (g + μ
/// v). The velocity starts at 0, and becomes 0 again where it has faded below 10⁻³⁶. This is PyTorch's form, without dampening.</remarks>
public sealed class Sgd : Optimizer
{
    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="momentum">μ, in [0, 1).</param>
    /// <param name="nesterov">Nesterov's form; needs momentum.</param>
    /// <param name="weightDecay">λ, at least 0, of the weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="ArgumentException">Nesterov's form without momentum.</exception>
    public Sgd(float learningRate = 0.01f, float momentum = 0, bool nesterov = false, float weightDecay = 0)
        : base(learningRate, weightDecay)
    {
        Momentum = Guard.Fraction(momentum, nameof(momentum), "The momentum");
        IsNesterov = nesterov;
        if (nesterov && momentum == 0)
            throw new ArgumentException("Nesterov's form needs a momentum above 0.", nameof(nesterov));
    }

    /// <summary>μ.</summary>
    public float Momentum { get; }

    /// <summary>Whether the step looks ahead along the velocity.</summary>
    public bool IsNesterov { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => base.Settings.Set("momentum", Momentum).Set("nesterov", IsNesterov);

    /// <inheritdoc/>
    public override int ValuesPerParameter => Momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    protected override void Update(in OptimizerPass pass)
    {
        if (Momentum == 0)
            Apply(new Rule(pass.LearningRate, pass.WeightDecay), pass);
        else if (IsNesterov)
            Apply(new MomentumRule<Ahead>(pass.LearningRate, Momentum, pass.WeightDecay), pass);
        else
            Apply(new MomentumRule<Velocity>(pass.LearningRate, Momentum, pass.WeightDecay), pass);
    }

    /// <summary>The step of one parameter, without momentum.</summary>
    /// <param name="rate">η.</param>
    /// <param name="decay">λ.</param>
    public readonly struct Rule(float rate, float decay) : IUpdateRule
    {
        static int IUpdateRule.ValuesPerParameter => 0;

        bool IUpdateRule.SkipsZeros => decay == 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(decay), w, g);
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-rate), g, w);
        }
    }

    // TStep says what w steps along: the velocity, or as Nesterov does ahead of it.
    private readonly struct MomentumRule<TStep>(float rate, float momentum, float decay) : IUpdateRule where TStep : struct
    {
        static int IUpdateRule.ValuesPerParameter => 1;

        bool IUpdateRule.SkipsZeros => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector velocity, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(decay), w, g);
            velocity = UpdateRule.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(momentum), velocity, g));
            TVector step = typeof(TStep) == typeof(Ahead) ? TVector.FusedMultiplyAdd(TVector.Broadcast(momentum), velocity, g) : velocity;
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-rate), step, w);
        }
    }

    private readonly struct Velocity;

    private readonly struct Ahead;
}
