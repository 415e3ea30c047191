namespace NeuralNet;

// What settings have in common: each is refused with words that name it, what was expected and what it got instead.
internal static class Guard
{
    public static float Positive(float value, string name, string symbol) => value > 0 && float.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{symbol} must be a positive number.");

    public static float Finite(float value, string name, string symbol) => float.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{symbol} must be a finite number.");

    // So that neither it nor its reciprocal, times a number that occurs, leaves the floats.
    public static float Moderate(float value, string name, string symbol) => value is >= 1e-30f and <= 1e30f
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{symbol} must be a number from 1e-30 to 1e30.");

    public static float NotNegative(float value, string name, string symbol) => value >= 0 && float.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{symbol} must be a finite number of at least 0.");

    // Squares of gradients below 10⁻¹⁷ count as 0: a smaller ε alone would then be what such a gradient is divided by.
    public static float Epsilon(float epsilon) => epsilon >= 1e-16f && float.IsFinite(epsilon)
        ? epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "ε must be a number of at least 1e-16.");

    // In [0, 1).
    public static float Fraction(float value, string name, string symbol) => value >= 0 && value < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{symbol} must be at least 0 and below 1.");

    public static int Count(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    public static int Threads(int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Workspace.MaxThreads, nameof(Threads));
        return Count(value, nameof(Threads));
    }

    // For layers that only sequences make sense to.
    public static Shape Sequence(Shape input, string layer) => input.Kind == ShapeKind.Sequence && input.Size > 0
        ? input
        : throw new ArgumentException($"{layer} takes a sequence, Shape.Sequence(steps, features), but got {input}.", nameof(input));

    // The double that a float was written as: 0.999f is 0.99900001287, and 1 − β₂ᵗ would be off by 10⁻⁵ at first.
    // Decimals reach from 10⁻²⁸ to 10²⁸.
    public static double AsWritten(float value) => value is > 1e-20f and < 1e20f ? (double)(decimal)value : value;
}
