namespace NeuralNet;

/// <summary>Why <see cref="Lbfgs"/> has ended.</summary>
public enum LbfgsStop
{
    /// <summary>The largest value of the gradient is within the tolerance: a minimum, as near as was asked for.</summary>
    Gradient,

    /// <summary>The objective has not fallen by more than the tolerance, twice in a row.</summary>
    Objective,

    /// <summary>The iterations that were allowed have been made.</summary>
    Iterations,

    /// <summary>No lower point was found along the steepest descent: float numbers tell no difference any more.</summary>
    LineSearch,
}

/// <summary>What <see cref="Lbfgs.Minimize(Network, Divergence, Dataset, IProgress{LbfgsProgress}, CancellationToken)"/> came to.</summary>
/// <param name="Iterations">How many iterations were made.</param>
/// <param name="Evaluations">How many times the objective and its gradient were computed.</param>
/// <param name="Divergence">The mean divergence at the end.</param>
/// <param name="Objective">What was made small: the divergence and the penalty.</param>
/// <param name="GradientNorm">The Euclidean norm of the objective's gradient at the end.</param>
/// <param name="Stop">Why it ended.</param>
public sealed record LbfgsResult(int Iterations, int Evaluations, double Divergence, double Objective, double GradientNorm, LbfgsStop Stop)
{
    /// <summary>The result in a line, the same in every culture.</summary>
    /// <returns>For example <c>120 iterations, 131 evaluations: divergence 0.52, objective 0.53, ‖∇‖ 1E-05, ended by Gradient</c>.</returns>
    public override string ToString() => FormattableString.Invariant(
        $"{Iterations} iterations, {Evaluations} evaluations: divergence {Divergence:G6}, objective {Objective:G6}, ‖∇‖ {GradientNorm:G6}, ")
        + $"ended by {Stop}";
}

/// <summary>Where <see cref="Lbfgs"/> is; reported after every iteration.</summary>
/// <param name="Iteration">The iteration that was made, from 1.</param>
/// <param name="Evaluations">How many times the objective and its gradient have been computed.</param>
/// <param name="Objective">The divergence and the penalty.</param>
/// <param name="GradientNorm">The Euclidean norm of the objective's gradient.</param>
public readonly record struct LbfgsProgress(int Iteration, int Evaluations, double Objective, double GradientNorm)
{
    /// <summary>The place in a line, the same in every culture.</summary>
    /// <returns>For example <c>iteration 20, 23 evaluations: objective 0.53, ‖∇‖ 0.001</c>.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"iteration {Iteration}, {Evaluations} evaluations: objective {Objective:G6}, ‖∇‖ {GradientNorm:G6}");
}
