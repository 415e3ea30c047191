using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Stochastic gradient descent: w ← w − η g, with g = ∇w + λ w; optionally with momentum.
/// </summary>
/// <remarks>
/// Momentum (B. Polyak, 1964): v ← μ v + g; w ← w − η v. Nesterov's form (Y. Nesterov, 1983; I. Sutskever et al., 2013):
/// w ← w − η (g + μ v). The velocity starts at 0, and becomes 0 again where it has faded below 10⁻³⁶. This is
/// PyTorch's form, without dampening.
/// </remarks>
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
        if (!(momentum >= 0 && momentum < 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "The momentum must be at least 0 and below 1.");
        if (nesterov && momentum == 0)
            throw new ArgumentException("Nesterov's form needs a momentum above 0.", nameof(nesterov));
        Momentum = momentum;
        IsNesterov = nesterov;
    }

    /// <summary>μ.</summary>
    public float Momentum { get; }

    /// <summary>Whether the step looks ahead along the velocity.</summary>
    public bool IsNesterov { get; }

    /// <inheritdoc/>
    public override int ValuesPerParameter => Momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    public override string ToString() => Guard.Words(this, ("learning rate", LearningRate), ("momentum", Momentum), ("Nesterov", IsNesterov), ("weight decay", WeightDecay));

    /// <inheritdoc/>
    protected override void Update(in OptimizerPass pass)
    {
        if (Momentum > 0)
            OptimizerKernels.SgdMomentum(pass.Parameters, pass.Gradient, pass.Remembered(0), pass.LearningRate, Momentum, IsNesterov, pass.WeightDecay, pass.Workers);
        else
            OptimizerKernels.Sgd(pass.Parameters, pass.Gradient, pass.LearningRate, pass.WeightDecay, pass.Workers, pass.IsSparse);
    }
}
