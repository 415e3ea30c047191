namespace NeuralNet;

/// <summary>What the library itself draws random numbers for: each purpose is a child of the seed's stream, so that two of them
/// never draw the same numbers from one seed.</summary>
internal static class RandomPurpose
{
    public const int Initialization = 0, Shuffle = 1, Layers = 2, Split = 3, Augmentation = 4, Search = 5, GeneratedRows = 6, Sources = 7,
        RowOrder = 8, RowAugmentation = 9, Generation = 10;

    public static RandomStream Of(long seed, int purpose) => new RandomStream(seed).Fork(purpose);
}
