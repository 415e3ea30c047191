using System.Globalization;

namespace NeuralNet;

/// <summary>Checks of arguments that many kinds share; a refusal names the argument, what was expected and what it got instead.</summary>
internal static class Guard
{
    /// <summary>The largest number of threads: far more than any machine could use, and few enough to be started.</summary>
    public const int MaxThreads = 1024;

    public static float Positive(float value, string name, string symbol) => value > 0 && float.IsFinite(value)
        ? value
        : throw OutOfRange(name, value, $"{symbol} must be a positive number.");

    public static float Finite(float value, string name, string symbol) => float.IsFinite(value)
        ? value
        : throw OutOfRange(name, value, $"{symbol} must be a finite number.");

    // Within these limits v · x and x / v stay finite for the values x that occur.
    public static float Moderate(float value, string name, string symbol) => value is >= 1e-30f and <= 1e30f
        ? value
        : throw OutOfRange(name, value, $"{symbol} must be a number from 1e-30 to 1e30.");

    public static float NotNegative(float value, string name, string symbol) => value >= 0 && float.IsFinite(value)
        ? value
        : throw OutOfRange(name, value, $"{symbol} must be a finite number of at least 0.");

    // Squares of gradients below 10⁻¹⁷ count as 0: a smaller ε alone would then be what such a gradient is divided by.
    public static float Epsilon(float epsilon) => epsilon >= 1e-16f && float.IsFinite(epsilon)
        ? epsilon
        : throw OutOfRange(nameof(epsilon), epsilon, "ε must be a number of at least 1e-16.");

    // In [0, 1).
    public static float Fraction(float value, string name, string symbol) => value >= 0 && value < 1
        ? value
        : throw OutOfRange(name, value, $"{symbol} must be at least 0 and below 1.");

    /// <summary>The refusal of a number. The exception itself would write it as the machine's language does: 0,5.</summary>
    public static ArgumentOutOfRangeException OutOfRange(string name, double value, string message) =>
        new(name, value.ToString(CultureInfo.InvariantCulture), message);

    /// <inheritdoc cref="OutOfRange(string, double, string)"/>
    public static ArgumentOutOfRangeException OutOfRange(string name, float value, string message) =>
        new(name, value.ToString(CultureInfo.InvariantCulture), message);

    /// <inheritdoc cref="OutOfRange(string, double, string)"/>
    // Languages have minus signs of their own, too.
    public static ArgumentOutOfRangeException OutOfRange(string name, long value, string message) =>
        new(name, value.ToString(CultureInfo.InvariantCulture), message);

    /// <inheritdoc cref="OutOfRange(string, double, string)"/>
    public static ArgumentOutOfRangeException OutOfRange(string name, string value, string message) => new(name, value, message);

    public static int Count(int value, string name) => value > 0 ? value : throw TooSmall(name, value, 1);

    public static void AtLeast(long value, int least, string name)
    {
        if (value < least)
            throw TooSmall(name, value, least);
    }

    public static int Threads(int value, string name = nameof(Threads)) => value <= MaxThreads
        ? Count(value, name)
        : throw OutOfRange(name, value, $"At most {MaxThreads} threads are possible.");

    /// <summary>A number of values that must be an int.</summary>
    /// <param name="values">How many values, computed without overflow.</param>
    /// <param name="name">The argument that they follow from.</param>
    /// <param name="what">The beginning of the refusal: "z would have".</param>
    /// <param name="max">The largest number that is possible.</param>
    public static int Size(Int128 values, string name, string what, int max = int.MaxValue) => values <= max
        ? (int)values
        : throw new ArgumentOutOfRangeException(
            name, string.Create(CultureInfo.InvariantCulture, $"{what} {values} values; at most {max:N0} are possible."));

    public static Shape NotEmpty(Shape shape, string name) => shape.Size > 0
        ? shape
        : throw new ArgumentException("The shape is empty; make it with Shape.Features, Shape.Sequence or Shape.Image.", name);

    // For layers that work on the steps of a sequence.
    public static Shape Sequence(Shape shape, string layer, string name = "input") => shape.Kind == ShapeKind.Sequence && shape.Size > 0
        ? shape
        : throw new ArgumentException(
            $"{layer} takes a sequence, Shape.Sequence(steps, features), but got {(shape.Size == 0 ? "an empty shape" : shape)}.", name);

    private static ArgumentOutOfRangeException TooSmall(string name, long value, int least) =>
        OutOfRange(name, value, $"{name} must be at least {least}.");

    // The double that a float was written as: 0.999f is 0.99900001287, and 1 − β₂ᵗ would be off by 10⁻⁵ at first.
    // Decimals reach from 10⁻²⁸ to 10²⁸.
    public static double AsWritten(float value) => value is > 1e-20f and < 1e20f ? (double)(decimal)value : value;
}
