namespace NeuralNet;

/// <summary>How a block of parameters is filled when a network is built.</summary>
/// <remarks>Random ones draw from an explicit stream, so that a seed gives the same values everywhere.</remarks>
public abstract partial class Initializer
{
    /// <summary>Fills a block.</summary>
    /// <param name="values">The block's values, to be overwritten.</param>
    /// <param name="block">Its declaration, with dimensions and fans.</param>
    /// <param name="stream">The random numbers of this block; element i of row 0 belongs to value i.</param>
    public abstract void Fill(Span<float> values, Block block, RandomStream stream);
}
