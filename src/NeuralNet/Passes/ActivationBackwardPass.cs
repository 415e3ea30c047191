using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Many vectors for an activation's backward pass.</summary>
public readonly ref struct ActivationBackwardPass
{
    /// <summary>How many vectors there are.</summary>
    public required int Vectors { get; init; }

    /// <summary>The arguments of forward, [vectors, width of z]; may be empty unless the activation reads them.</summary>
    public required ReadOnlySpan<float> Z { get; init; }

    /// <summary>The values of forward, [vectors, width of y]; may be empty unless the activation reads them.</summary>
    public required ReadOnlySpan<float> Y { get; init; }

    /// <summary>∇y, [vectors, width of y].</summary>
    public required ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>∇z, [vectors, width of z]; overwritten.</summary>
    public required Span<float> InputGradient { get; init; }

    /// <summary>The row of the whole batch that the first vector belongs to.</summary>
    public int FirstRow { get; init; }

    /// <summary>How many vectors each row has: the steps of a sequence, the pixels of an image; 0 counts as 1.</summary>
    public int VectorsPerRow { get; init; }

    /// <summary>The random numbers of forward, to be drawn again.</summary>
    public RandomStream? Stream { get; init; }

    internal Workers? Workers { get; init; }
}
