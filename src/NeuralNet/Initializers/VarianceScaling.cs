using System.Globalization;

namespace NeuralNet;

/// <summary>Which fan of a block scales its variance.</summary>
public enum FanMode
{
    /// <summary>How many values feed one output: keeps the variance of what goes forward.</summary>
    In,

    /// <summary>How many outputs a value feeds: keeps the variance of the gradients that come back.</summary>
    Out,

    /// <summary>The mean of both.</summary>
    Average,
}

/// <summary>Independent values of mean 0 and variance scale / fan, uniform or normal; Glorot's, He's and LeCun's schemes are cases of it.</summary>
/// <remarks>uniform: U(−a, a) with a = √(3 · scale / fan); normal: N(0, σ²) with σ = √(scale / fan), not truncated. X. Glorot, Y. Bengio:
/// "Understanding the difficulty of training deep feedforward neural networks", 2010; K. He, X. Zhang, S. Ren, J. Sun: "Delving deep into
/// rectifiers", 2015; Y. LeCun, L. Bottou, G. Orr, K. Müller: "Efficient backprop", 1998.</remarks>
public sealed class VarianceScaling : Initializer
{
    /// <summary>Makes a scheme.</summary>
    /// <param name="scale">The variance times the fan, positive.</param>
    /// <param name="mode">Which fan.</param>
    /// <param name="isNormal">Normal values instead of uniform ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not a positive number, or there is no such fan.</exception>
    public VarianceScaling(float scale, FanMode mode, bool isNormal)
    {
        Scale = Guard.Positive(scale, nameof(scale), "The scale");
        Mode = mode is FanMode.In or FanMode.Out or FanMode.Average ? mode
            : throw Guard.OutOfRange(nameof(mode), (long)mode, "In, Out or Average was expected.");
        IsNormal = isNormal;
    }

    /// <summary>The variance times the fan.</summary>
    public float Scale { get; }

    /// <summary>Which fan scales the variance.</summary>
    public FanMode Mode { get; }

    /// <summary>Whether values are normal instead of uniform.</summary>
    public bool IsNormal { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Block block, RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(block);
        double fan = Mode switch
        {
            FanMode.In => block.FanIn,
            FanMode.Out => block.FanOut,
            _ => (block.FanIn + (double)block.FanOut) / 2,
        };
        double variance = Scale / fan;
        if (IsNormal)
        {
            float deviation = (float)Math.Sqrt(variance);
            for (int i = 0; i < values.Length; i++)
                values[i] = deviation * stream.Normal(0, i);
        }
        else
        {
            // 2u − 1 over the middles of 2²⁴ equal cells: symmetric about 0.
            float limit = (float)Math.Sqrt(3 * variance);
            for (int i = 0; i < values.Length; i++)
                values[i] = limit * ((2 * stream.Uniform(0, i)) - (1 - (1f / (1 << 24))));
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"VarianceScaling({Scale}, {Mode}, {(IsNormal ? "normal" : "uniform")})");
}
