namespace NeuralNet.Kernels;

/// <summary>What <see cref="NormKernels"/> need for some vectors that lie together.</summary>
internal readonly ref struct NormPass
{
    /// <summary>How many vectors there are.</summary>
    public required int Vectors { get; init; }

    /// <summary>How many values a vector has.</summary>
    public required int Width { get; init; }

    /// <summary>Whether the mean is subtracted.</summary>
    public required bool Centers { get; init; }

    public required float Epsilon { get; init; }

    /// <summary>x, [vectors, width].</summary>
    public required ReadOnlySpan<float> Input { get; init; }

    public required ReadOnlySpan<float> Gain { get; init; }

    /// <summary>b; empty where there is none.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>y; overwritten by forward.</summary>
    public Span<float> Output { get; init; }

    /// <summary>What forward writes for backward, [vectors, <see cref="NormKernels.KeptPerVector"/>]; empty in inference.</summary>
    public Span<float> Keeps { get; init; }

    /// <summary>What forward kept, for backward.</summary>
    public ReadOnlySpan<float> Kept { get; init; }

    public ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>∇x; empty where nobody wants it.</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>∇g, added to; empty where it is frozen.</summary>
    public Span<float> GainGradient { get; init; }

    /// <summary>∇b, added to; empty where it is frozen or there is none.</summary>
    public Span<float> BiasGradient { get; init; }

    public required Workers Workers { get; init; }
}
