using System.Globalization;

namespace NeuralNet;

/// <summary>How one gradient, such as ∇x or that of "weight", compares with finite differences.</summary>
/// <param name="Name">Which gradient: "∇x", or "∇" and the block's name.</param>
/// <param name="Dimensions">The dimensions of the values: [rows, width] of ∇x, those of the block of others.</param>
/// <param name="Error">‖analytic − numeric‖ / max(‖analytic‖, ‖numeric‖), over the elements that were compared.</param>
/// <param name="WorstElement">The element with the largest difference.</param>
/// <param name="Analytic">What backward gives there.</param>
/// <param name="Numeric">What the finite difference gives there.</param>
/// <param name="Compared">How many elements were compared.</param>
/// <param name="Kinks">How many were left out because a kink of the function lies within the difference's reach.</param>
public sealed record GradientCheckPart(
    string Name, IReadOnlyList<int> Dimensions, double Error, int WorstElement, double Analytic, double Numeric, int Compared, int Kinks)
{
    /// <summary>What is wrong in words, where numbers do not say it; null otherwise. A part with a fault does not pass.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether the error is within a threshold, and at least half of the elements could be compared.</summary>
    /// <param name="threshold">The largest error that is accepted.</param>
    /// <returns>True if so.</returns>
    public bool Passes(double threshold = GradientCheckResult.DefaultThreshold) =>
        Fault is null && Error <= threshold && Compared > 0 && Compared >= Kinks;

    /// <summary>The place of the worst element, as indexes: "[3, 0]".</summary>
    public string WorstPlace
    {
        get
        {
            var indexes = new int[Dimensions.Count];
            for (int i = indexes.Length - 1, rest = WorstElement; i >= 0; rest /= Dimensions[i--])
                indexes[i] = rest % Dimensions[i];
            return $"[{string.Join(", ", indexes)}]";
        }
    }

    /// <summary>The comparison in a line.</summary>
    /// <returns>Name, error and worst element; or name and fault.</returns>
    public override string ToString() => Fault is not null ? $"{Name}: {Fault}" : string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: error {Error:G3} over {Compared} elements, {Kinks} at kinks; "
        + $"worst {WorstPlace}: backward {Analytic:G6}, finite difference {Numeric:G6}");
}

/// <summary>The outcome of a <see cref="GradientCheck"/>: every gradient beside its finite difference.</summary>
public sealed class GradientCheckResult
{
    /// <summary>A sound threshold for float32 with the default step.</summary>
    public const double DefaultThreshold = 1e-3;

    internal GradientCheckResult(IReadOnlyList<GradientCheckPart> parts) => Parts = parts;

    /// <summary>Each gradient by itself.</summary>
    public IReadOnlyList<GradientCheckPart> Parts { get; }

    /// <summary>The largest error of all parts; infinite if any is NaN.</summary>
    public double Error => Parts.Max(part => double.IsNaN(part.Error) ? double.PositiveInfinity : part.Error);

    /// <summary>Whether every part passes.</summary>
    /// <param name="threshold">The largest error that is accepted.</param>
    /// <returns>True if so.</returns>
    public bool Passes(double threshold = DefaultThreshold) => Parts.All(part => part.Passes(threshold));

    /// <summary>Throws unless every part passes: a whole unit test in one line.</summary>
    /// <param name="threshold">The largest error that is accepted.</param>
    /// <exception cref="InvalidOperationException">A gradient is off; the message says which, where and by how much.</exception>
    public void EnsurePasses(double threshold = DefaultThreshold)
    {
        if (!Passes(threshold))
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"Backward does not agree with finite differences to {threshold:G3}:{Environment.NewLine}{this}"));
    }

    /// <summary>The comparisons, a line each.</summary>
    /// <returns>The lines.</returns>
    public override string ToString() => string.Join(Environment.NewLine, Parts);
}
