using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Many vectors for an activation's forward pass.</summary>
public readonly ref struct ActivationForwardPass
{
    /// <summary>How many vectors there are.</summary>
    public required int Vectors { get; init; }

    /// <summary>The arguments, [vectors, width of z].</summary>
    public required ReadOnlySpan<float> Z { get; init; }

    /// <summary>The values, [vectors, width of y]; overwritten. May be the span of Z if the activation works in place.</summary>
    public required Span<float> Y { get; init; }

    /// <summary>The row of the whole batch that the first vector belongs to.</summary>
    public int FirstRow { get; init; }

    /// <summary>How many vectors each row has: the steps of a sequence, the pixels of an image; 0 counts as 1.</summary>
    public int VectorsPerRow { get; init; }

    /// <summary>The random numbers; none where nothing is to be drawn.</summary>
    public RandomStream? Stream { get; init; }

    internal Workers? Workers { get; init; }
}
