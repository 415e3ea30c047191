namespace NeuralNet;

/// <summary>Values that are added up with weights, in double: sums of parts are added before the one division.</summary>
/// <param name="Sum">Σ w D.</param>
/// <param name="Weight">Σ w.</param>
internal readonly record struct WeightedSum(double Sum, double Weight)
{
    public double Mean => Sum / Weight;

    /// <summary>The share in the mean of a whole; 0: this is the whole.</summary>
    public double ShareOf(double total) => total > 0 ? Sum / total : Mean;

    public static WeightedSum operator +(WeightedSum left, WeightedSum right) => new(left.Sum + right.Sum, left.Weight + right.Weight);
}
