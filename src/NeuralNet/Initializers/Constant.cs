using System.Globalization;

namespace NeuralNet;

/// <summary>Every value the same.</summary>
/// <param name="value">The value.</param>
public sealed class Constant(float value) : Initializer
{
    /// <summary>The value.</summary>
    public float Value => value;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Block block, RandomStream stream) => values.Fill(value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Constant({value})");
}
