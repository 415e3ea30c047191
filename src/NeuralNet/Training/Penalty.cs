using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A price on large weights, added to the divergence that is made small: λ₁ Σ |w| + ½ λ₂ Σ w² over the blocks of role
/// <see cref="BlockRole.Weight"/>; both together are the elastic net. Biases and scales are spared.</summary>
/// <remarks><para>∇w gets λ₁ sign(w) + λ₂ w, where the sign of 0 is 0: of the subgradients [−λ₁, λ₁] there, the one that leaves a weight
/// of 0 as it is. The divergences that a trainer reports are without the price, so that they can be compared.</para>
/// <para>λ₂ and an optimizer's weight decay add the same λ w to the gradient in <see cref="Sgd"/>, <see cref="Adam"/> and most others; use one of
/// them. The penalty works with every optimizer, <see cref="Lbfgs"/> and your own included, and before clipping; weight decay costs no pass over
/// memory, comes after clipping, and is another thing in <see cref="AdamW"/>, where it does not go through the quotient. A. Hoerl, R. Kennard:
/// "Ridge regression", 1970; R. Tibshirani: "Regression shrinkage and selection via the lasso", 1996; H. Zou, T. Hastie: "Regularization and
/// variable selection via the elastic net", 2005.</para></remarks>
public sealed class Penalty
{
    /// <summary>Makes a penalty.</summary>
    /// <param name="l1">λ₁, at least 0.</param>
    /// <param name="l2">λ₂, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is not a finite number of at least 0.</exception>
    public Penalty(float l1 = 0, float l2 = 0)
    {
        L1 = Guard.NotNegative(l1, nameof(l1), "λ₁");
        L2 = Guard.NotNegative(l2, nameof(l2), "λ₂");
    }

    /// <summary>λ₁.</summary>
    public float L1 { get; }

    /// <summary>λ₂.</summary>
    public float L2 { get; }

    /// <summary>What a checkpoint compares.</summary>
    internal KindSettings Settings => new KindSettings().Set("l1", L1).Set("l2", L2);

    /// <summary>The price of a network's weights.</summary>
    /// <param name="network">The network.</param>
    /// <returns>λ₁ Σ |w| + ½ λ₂ Σ w².</returns>
    public double Value(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Value(network.Parameters, ParameterRange.Of(network, separatesWeights: true), null);
    }

    /// <summary>Adds the price's gradient, for loops of your own; <see cref="Trainer.Penalty"/> does so in a trainer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="gradient">A gradient in the layout of <see cref="Network.Parameters"/>; added to.</param>
    /// <param name="rates">What learns; null: everything.</param>
    /// <param name="lazily">Whether an element of a sparse block whose gradient is 0 pays nothing, so that rows of a table that do not occur stay as
    /// they are: true where the optimizer is lazy (<see cref="Optimizer.IsLazy"/>).</param>
    /// <exception cref="ArgumentException">The gradient has another length, or the rates name what the network does not have.</exception>
    public void AddGradient(Network network, Span<float> gradient, Rates? rates = null, bool lazily = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        RatePlan? plan = rates is null ? null : network.PlanOf(rates);
        if (gradient.Length != network.Parameters.Length)
            throw new ArgumentException($"The gradient has {gradient.Length} values for {network.Parameters.Length} parameters.", nameof(gradient));
        ParameterRange[] ranges = plan?.Penalized ?? ParameterRange.Of(network, separatesWeights: true, separatesSparse: true);
        AddGradient(network.Parameters, gradient, ranges, null, lazily);
    }

    /// <summary>The penalty in words.</summary>
    /// <returns>Its name and its settings.</returns>
    public override string ToString() => Settings.ToString(nameof(Penalty));

    internal double Value(ReadOnlySpan<float> parameters, ParameterRange[] ranges, Workers? workers)
    {
        double magnitudes = 0, squares = 0;
        foreach (ParameterRange range in ranges)
        {
            ReadOnlySpan<float> w = parameters.Slice(range.Place.Start, range.Place.Length);
            magnitudes += range.AreWeights && L1 > 0 ? DoubleSums.Magnitudes(w, workers) : 0;
            squares += range.AreWeights && L2 > 0 ? DoubleSums.Dot(w, w, workers) : 0;
        }

        return (L1 * magnitudes) + (0.5 * L2 * squares);
    }

    // Lazily: elements of sparse blocks whose gradient is 0 have none of the price either, so that rows which do not occur stay as they are.
    internal void AddGradient(ReadOnlySpan<float> parameters, Span<float> gradient, ParameterRange[] ranges, Workers? workers, bool lazily = false)
    {
        foreach (ParameterRange range in ranges)
        {
            (int start, int length) = range.Place;
            if (range.AreWeights && range.AreSparse && lazily)
                GradientKernels.AddPenaltyLazily(gradient.Slice(start, length), parameters.Slice(start, length), L1, L2, workers);
            else if (range.AreWeights)
                GradientKernels.AddPenalty(gradient.Slice(start, length), parameters.Slice(start, length), L1, L2, workers);
        }
    }
}
