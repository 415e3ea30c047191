namespace NeuralNet;

/// <summary>What stands between the values of an image or a sequence that is made larger (<see cref="Upsample"/>) or of another size
/// (<see cref="Resize"/>).</summary>
public enum UpsampleMode
{
    /// <summary>The nearest value, repeated.</summary>
    Nearest,

    /// <summary>A straight line from value to value, both ways; along the steps of a sequence.</summary>
    Bilinear,
}
