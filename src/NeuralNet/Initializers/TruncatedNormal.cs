using System.Globalization;

namespace NeuralNet;

/// <summary>Independent values of mean 0 and a given standard deviation, from a normal distribution without its tails.</summary>
/// <remarks>N(0, s²) cut off at ±2 s, by inverting its distribution function, so that each value takes exactly one draw. Without the
/// tails the standard deviation is 0.8796 s; s is chosen so that it is σ, and no value is above 2 s = 2.2737 σ.
/// (PyTorch's trunc_normal_ does not correct σ, and cuts at absolute values; J. Devlin et al., "BERT", 2019, have s = 0.02.)</remarks>
public sealed class TruncatedNormal : Initializer
{
    // Φ(−2) · 2³², and the standard deviation of N(0, 1) between ±2: √(1 − 4 φ(2) / (Φ(2) − Φ(−2))).
    private const uint LowerTail = 97711073;
    private const double Narrowing = 0.87962566103423978;

    /// <summary>Makes the initializer.</summary>
    /// <param name="deviation">σ of the values, positive and at most 1e38, so that every value is finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is not a positive number, or above 1e38.</exception>
    public TruncatedNormal(float deviation) => Deviation = deviation <= 1e38f || !float.IsFinite(deviation)
        ? Guard.Positive(deviation, nameof(deviation), "σ")
        : throw Guard.OutOfRange(nameof(deviation), deviation, "σ must be at most 1e38; values reach 2.27 σ.");

    /// <summary>σ of the values.</summary>
    public float Deviation { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Block block, RandomStream stream)
    {
        const ulong Between = (1UL << 32) - (2 * LowerTail);
        float scale = (float)(Deviation / Narrowing);
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = LowerTail + (uint)((stream.Bits(0, i) * Between) >> 32);
            values[i] = scale * Math.Clamp(RandomStream.NormalQuantile(bits), -2f, 2f);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"TruncatedNormal({Deviation})");
}
