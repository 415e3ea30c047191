namespace NeuralNet;

/// <summary>How a column of numbers is scaled; the numbers that it takes are learned from the training part.</summary>
public enum NumberScaling
{
    /// <summary>y = x.</summary>
    None,

    /// <summary>y = (x − μ) / σ: mean 0 and standard deviation 1.</summary>
    Standard,

    /// <summary>y = (x − least) / (most − least): from 0 to 1.</summary>
    MinMax,

    /// <summary>y = (x − median) / (upper quartile − lower quartile): a few numbers that are far off do not matter.</summary>
    Robust,

    /// <summary>log(1 + x), then as <see cref="Standard"/>: for amounts and counts, which are not negative.</summary>
    Logarithm,

    /// <summary>The transformation of Yeo and Johnson with the λ of the greatest likelihood, then as <see cref="Standard"/>: for skewed numbers of
    /// either sign (<see cref="PowerTransform"/>).</summary>
    Power,
}
