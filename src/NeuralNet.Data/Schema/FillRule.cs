namespace NeuralNet;

/// <summary>What stands in the place of a number that is missing.</summary>
public enum FillRule
{
    /// <summary>The median of the training part.</summary>
    Median,

    /// <summary>The mean of the training part.</summary>
    Mean,
}
