namespace NeuralNet;

/// <summary>Two blocks of a network that are one, as <see cref="NetworkBuilder.Tie"/> has stated.</summary>
public sealed class Tie
{
    internal Tie(string block, string to, bool transposed) => (Block, To, Transposed) = (block, to, transposed);

    /// <summary>The name of the block that has the values: "0.weight".</summary>
    public string Block { get; }

    /// <summary>The name of the block that has none of its own: "13.weight" is "0.weight", as it is or transposed.</summary>
    public string To { get; }

    /// <summary>Whether it is transposed.</summary>
    public bool Transposed { get; }

    /// <summary>The tie in words.</summary>
    /// <returns>For example <c>13.weight is 0.weight transposed</c>.</returns>
    public override string ToString() => $"{To} is {Source}";

    // What the tied block is.
    internal string Source => Transposed ? $"{Block} transposed" : Block;
}
