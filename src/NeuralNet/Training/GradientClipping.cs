using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Keeps a step's gradient from being too large.</summary>
/// <remarks>By value: each g ← min(max(g, −limit), limit). By norm: g ← g · min(1, limit / (‖g‖ + 10⁻⁶)) with the Euclidean norm of
/// the whole gradient, biases included, which keeps its direction: R. Pascanu, T. Mikolov, Y. Bengio: "On the difficulty of
/// training recurrent neural networks", 2013; in the form of PyTorch's clip_grad_norm_. The norm is summed in double.</remarks>
public sealed class GradientClipping
{
    private GradientClipping(string kind, float limit)
    {
        Kind = kind;
        Limit = Guard.Positive(limit, nameof(limit), "The limit");
    }

    /// <summary>The largest magnitude of a value, or the largest norm.</summary>
    public float Limit { get; }

    /// <summary>What a checkpoint compares.</summary>
    internal string Kind { get; }

    /// <inheritdoc cref="Kind"/>
    internal KindSettings Settings => new KindSettings().Set("limit", Limit);

    /// <summary>No value above a limit.</summary>
    /// <param name="limit">The largest magnitude, positive.</param>
    /// <returns>The clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not a positive number.</exception>
    public static GradientClipping ByValue(float limit) => new(nameof(ByValue), limit);

    /// <summary>No norm of the whole gradient above a limit.</summary>
    /// <param name="limit">The largest norm, positive.</param>
    /// <returns>The clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not a positive number.</exception>
    public static GradientClipping ByNorm(float limit) => new(nameof(ByNorm), limit);

    /// <summary>Clips a gradient, for loops of your own. Infinities and NaN are not clipped away: a gradient that has one stays as it is.</summary>
    /// <param name="gradient">The gradient of all parameters, changed in place.</param>
    public void Apply(Span<float> gradient) => Apply(gradient, null);

    /// <summary>The clipping in words.</summary>
    /// <returns>Its kind and its limit.</returns>
    public override string ToString() => Settings.ToString(Kind);

    // Clips a gradient, and gives its largest magnitude before and afterwards.
    internal (float Before, float After) Apply(Span<float> gradient, Workers? workers)
    {
        float largest;
        if (Kind == nameof(ByValue))
        {
            largest = Reduction.MaxMagnitude(gradient, workers);
            if (largest <= Limit || !float.IsFinite(largest))
                return (largest, largest);
            GradientKernels.Clamp(gradient, Limit, workers);
            return (largest, Limit);
        }

        double norm = Math.Sqrt(DoubleSums.Squares(gradient, out largest, workers)), factor = Limit / (norm + 1e-6);
        if (factor >= 1 || !float.IsFinite(largest))
            return (largest, largest);
        GradientKernels.Scale(gradient, (float)factor, workers);
        return (largest, (float)(largest * factor));
    }
}
