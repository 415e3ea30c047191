namespace NeuralNet;

/// <summary>The floats that layers take in memory beside their values, roughly. A file pays in bytes for values, but not for these: tables
/// of positions, lists that say which inputs are ids, and the layers themselves with the names of their blocks, which each composite
/// has anew. Without a limit a small file could ask for any amount. What is too much to be loaded is not saved either.</summary>
internal static class LayerMemory
{
    // 256 MB, which is some 65,000 layers.
    public const long Max = 1 << 26;

    public const string TooMuch =
        "tables of positions and ids and the layers themselves would take more than 256 MB beside the network's values.";

    private const int PerLayer = 1024, PerBlock = 64;

    /// <summary>All layers of a network.</summary>
    public static long Of(Chain network) => Whole(network) + OfIds(network);

    /// <summary>A layer without its tables, and without the layers within it.</summary>
    public static long OfOne(Layer layer) => PerLayer + layer.Blocks.Sum(block => PerBlock + (block.Name.Length / 2L));

    /// <summary>What it takes to find out which inputs of a network are ids.</summary>
    public static long OfIds(Chain chain) => chain.TakesIds ? IdValues(chain) : 0;

    private static long Whole(Layer layer) =>
        KnownKinds.TableFloats(layer.Kind, layer.Input, layer.Settings) + OfOne(layer) + layer.Children.Sum(Whole);

    private static long IdValues(Layer layer) => (long)layer.Input.Size + layer.Output.Size + layer.Children.Sum(IdValues);
}
