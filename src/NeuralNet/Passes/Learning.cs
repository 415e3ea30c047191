namespace NeuralNet;

/// <summary>What of a layer learns, where rates are given, or which outputs and attention weights a prediction is to keep
/// (<see cref="LayerOutputs"/>, <see cref="AttentionWeights"/>); a composite derives each child's from its own.</summary>
/// <remarks>A layer that derives its children's passes by itself is one layer here, without children: what learns within it is said by the
/// places of gradients.</remarks>
internal sealed class Learning
{
    /// <summary>Whether a parameter of the layer, or of a layer within it, learns.</summary>
    public required bool Learns { get; init; }

    /// <summary>Whether the layer has statistics, and all of them are frozen: it then uses the stored ones in training too.</summary>
    public required bool UsesStatistics { get; init; }

    /// <summary>The same of the children of a composite.</summary>
    public required Learning[] Children
    {
        get;
        init
        {
            field = value;
            Lowest = Array.FindIndex(value, child => child.Learns) is >= 0 and int first ? first : value.Length;
        }
    }

    /// <summary>Where a prediction keeps the layer's output; null: nowhere.</summary>
    public Tap? Tap { get; init; }

    /// <summary>Where a prediction keeps the weights of a layer of attention; null: nowhere.</summary>
    public WeightTap? Weights { get; init; }

    /// <summary>The first child that learns; the number of children if none does.</summary>
    public int Lowest { get; private init; }

    public Learning? Of(int child) => Children.Length == 0 ? null : Children[child];

    /// <summary>Keeps the output of a child where that is wanted.</summary>
    public void Keep(int child, ReadOnlySpan<float> output) => Of(child)?.Tap?.Add(output);
}
