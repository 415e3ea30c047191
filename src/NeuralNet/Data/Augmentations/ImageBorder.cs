namespace NeuralNet;

/// <summary>What an image has beyond its border, where an augmentation looks there.</summary>
public enum ImageBorder
{
    /// <summary>Pixels of zeros.</summary>
    Zeros,

    /// <summary>The pixel of the border that is nearest.</summary>
    Nearest,
}
