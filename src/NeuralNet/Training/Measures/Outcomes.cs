namespace NeuralNet;

/// <summary>What a network gave for each vector that counts, and what was desired: the rows of a data set, of sequences the real steps, of images the
/// pixels, without those of weight 0 or of the class id −1.</summary>
public readonly ref struct Outcomes
{
    /// <summary>The number of vectors.</summary>
    public int Count { get; internal init; }

    /// <summary>The outputs, [<see cref="Count"/>, outputs of a vector].</summary>
    public ReadOnlySpan<float> Outputs { get; internal init; }

    /// <summary>What was desired: the class id of each vector, [<see cref="Count"/>], where vectors have one class of several; otherwise the desired
    /// values, [<see cref="Count"/>, desired values of a vector]. <see cref="Metrics"/> take both.</summary>
    public ReadOnlySpan<float> Desired { get; internal init; }

    /// <summary>How much each vector counts, [<see cref="Count"/>], each above 0; empty: all alike.</summary>
    public ReadOnlySpan<float> Weights { get; internal init; }
}
