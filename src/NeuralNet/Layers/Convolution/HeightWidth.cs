namespace NeuralNet;

/// <summary>Two numbers, one along the height of an image and one along its width, such as the size of a window or its stride. One number n
/// converts to (n, n), and a pair (height, width) to itself.</summary>
/// <remarks>A sequence has no height: a layer on one takes a single number, or a pair whose height is 1.</remarks>
/// <param name="Height">The number along the height.</param>
/// <param name="Width">The number along the width, or along the steps of a sequence.</param>
public readonly record struct HeightWidth(int Height, int Width)
{
    /// <summary>The same number both ways.</summary>
    /// <param name="both">The number.</param>
    public static implicit operator HeightWidth(int both) => new(both, both);

    /// <summary>A number for each.</summary>
    /// <param name="pair">Along the height, along the width.</param>
    public static implicit operator HeightWidth((int Height, int Width) pair) => new(pair.Height, pair.Width);

    /// <summary>The numbers in words.</summary>
    /// <returns>For example <c>3×3</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"{Height}×{Width}");

    /// <summary>Both as the settings of a layer have them.</summary>
    internal int[] Numbers => [Height, Width];

    /// <exception cref="InvalidDataException">The settings have no such pair.</exception>
    internal static HeightWidth Of(KindSettings settings, string name) => settings.GetInt32s(name) is [var height, var width] ? (height, width)
        : throw settings.Wrong(name, "a pair of numbers along the height and along the width");

    /// <summary>The numbers if both are positive; of a sequence 1 along the height.</summary>
    /// <exception cref="ArgumentException">A sequence is given another number along the height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    internal HeightWidth Positive(Shape input, string name)
    {
        bool isSequence = input.Kind == ShapeKind.Sequence;
        if (isSequence && Height != Width && Height != 1)
        {
            throw new ArgumentException(
                $"{input} has steps and no height: {name} must be one number, or a pair whose height is 1, but got {this}.", name);
        }

        Guard.Count(Width, name);
        return isSequence ? (1, Width) : (Guard.Count(Height, name), Width);
    }
}
