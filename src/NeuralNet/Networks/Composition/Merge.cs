namespace NeuralNet;

/// <summary>How <see cref="Branches"/> make one output of the outputs of all branches.</summary>
public enum Merge
{
    /// <summary>y = Σₘ yₘ: the outputs have one shape.</summary>
    Sum,

    /// <summary>y = Πₘ yₘ, element by element; the outputs have one shape.</summary>
    Product,

    /// <summary>y = [y₀, y₁, …] along the features axis: of each step of a sequence, and of each pixel of an image. The outputs
    /// may differ in their features only.</summary>
    Concat,
}
