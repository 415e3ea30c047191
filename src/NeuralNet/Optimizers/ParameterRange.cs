namespace NeuralNet;

/// <summary>Parameters that are treated alike: neighbouring blocks are one range, for fewer, longer passes.</summary>
internal readonly record struct ParameterRange(BlockPlace Place, bool AreWeights, bool AreSparse, float Factor = 1)
{
    // One range of all parameters, unless weights are to be separated from the rest, or sparse blocks from dense ones.
    public static ParameterRange[] Of(Network network, bool separatesWeights, bool separatesSparse = false) =>
        Of(network.Blocks, network.Places, separatesWeights, separatesSparse);

    // With factors on the learning rate, one for each block: a block of factor 0 is in no range.
    public static ParameterRange[] Of(
        IReadOnlyList<Block> blocks, ReadOnlySpan<BlockPlace> places, bool separatesWeights, bool separatesSparse = false,
        ReadOnlySpan<float> factors = default)
    {
        var ranges = new List<ParameterRange>();
        for (int i = 0; i < blocks.Count; i++)
        {
            float factor = factors.IsEmpty ? 1 : factors[i];
            if (blocks[i].Role == BlockRole.Statistic || factor == 0)
                continue;
            var range = new ParameterRange(
                places[i], separatesWeights && blocks[i].Role == BlockRole.Weight, separatesSparse && blocks[i].IsSparse, factor);
            BlockPlace before = ranges.Count == 0 ? default : ranges[^1].Place;
            if (ranges.Count > 0 && before.Start + before.Length == range.Place.Start && ranges[^1] with { Place = range.Place } == range)
                ranges[^1] = range with { Place = before with { Length = before.Length + range.Place.Length } };
            else
                ranges.Add(range);
        }

        return [.. ranges];
    }

    /// <summary>A range for each declared block; it is empty for statistics, and for tied blocks.</summary>
    public static ParameterRange[] OfEach(IReadOnlyList<Block> declared, BlockLayout layout, bool separatesWeights)
    {
        var ranges = new ParameterRange[declared.Count];
        for (int i = 0, own = 0; i < ranges.Length; i++)
        {
            if (layout.TieOf(i) is not null)
                continue;

            // The layout's own list says of a block that others are tied to that it is not sparse.
            Block block = layout.Blocks[own++];
            if (block.Role != BlockRole.Statistic)
                ranges[i] = new ParameterRange(layout.PassPlaces[i], separatesWeights && block.Role == BlockRole.Weight, block.IsSparse);
        }

        return ranges;
    }
}
