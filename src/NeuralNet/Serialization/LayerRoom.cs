namespace NeuralNet;

/// <summary>
/// What layers take in memory beside their values, in floats, roughly: a file pays for values in bytes, but not for these.
/// </summary>
/// <remarks>
/// A table of positions, a list of which inputs are ids, and the layers themselves with the names of their blocks, which each
/// composite has anew: a small file could ask for any amount. What is too much to be loaded is not saved either.
/// </remarks>
internal static class LayerRoom
{
    // 256 MB, which is some 65,000 layers.
    public const long Most = 1 << 26;

    public const string TooMuch = "tables of positions and ids and the layers themselves would take more than 256 MB beside the network's values.";

    private const int PerLayer = 1024, PerBlock = 64;

    /// <summary>What all layers of a network take.</summary>
    public static long Of(Chain network) => Whole(network) + OfIds(network);

    /// <summary>What making a layer takes at once.</summary>
    public static long Before(string kind, Shape input) => kind == nameof(SinusoidalPositions) ? input.Size : 0;

    /// <summary>What a layer takes, without the layers within it.</summary>
    public static long After(Layer layer) => PerLayer + layer.Blocks.Sum(block => PerBlock + (block.Name.Length / 2L));

    /// <summary>What it takes to find out which inputs of a network are ids.</summary>
    public static long OfIds(Chain chain) => chain.TakesIds ? IdValues(chain) : 0;

    private static long Whole(Layer layer) => Before(layer.Kind, layer.Input) + After(layer) + layer.Children.Sum(Whole);

    private static long IdValues(Layer layer) => (long)layer.Input.Size + layer.Output.Size + layer.Children.Sum(IdValues);
}
