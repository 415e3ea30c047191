namespace NeuralNet;

/// <summary>Which values a vector has: what an activation says of its outputs, and a divergence of the outputs and the desired values that it is
/// meant for.</summary>
public enum ValueRange
{
    /// <summary>Nothing is said, and nothing is checked: for kinds that go with anything.</summary>
    Unstated,

    /// <summary>Any numbers, negative ones among them. A divergence that says so of outputs refuses activations that are never negative; of desired
    /// values it refuses none.</summary>
    Any,

    /// <summary>Numbers of at least 0.</summary>
    NotNegative,

    /// <summary>Numbers from 0 to 1, each by itself.</summary>
    ZeroToOne,

    /// <summary>Numbers from 0 to 1 that add up to 1.</summary>
    Probabilities,

    /// <summary>−1 or +1.</summary>
    Signs,
}
