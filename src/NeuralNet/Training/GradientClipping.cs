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

    /// <summary>Clips a gradient, for loops of your own. Infinities and NaN are not to be clipped away: look for them before.</summary>
    /// <param name="gradient">The gradient of all parameters, changed in place.</param>
    public void Apply(Span<float> gradient) => Apply(gradient, Reduction.MaxMagnitude(gradient), null);

    /// <summary>The clipping in words.</summary>
    /// <returns>Its kind and its limit.</returns>
    public override string ToString() => Settings.ToString(Kind);

    // Clips a gradient whose largest magnitude is known, and returns the largest afterwards.
    internal float Apply(Span<float> gradient, float largest, Workers? workers)
    {
        if (Kind == nameof(ByValue))
        {
            if (largest <= Limit)
                return largest;
            GradientKernels.Clamp(gradient, Limit, workers);
            return Limit;
        }

        double norm = Math.Sqrt(DoubleSums.Dot(gradient, gradient, workers)), factor = Limit / (norm + 1e-6);
        if (factor >= 1)
            return largest;
        GradientKernels.Scale(gradient, (float)factor, workers);
        return (float)(largest * factor);
    }
}
