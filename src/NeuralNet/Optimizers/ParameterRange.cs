namespace NeuralNet;

/// <summary>Parameters that are treated alike: neighbouring blocks are one range, for fewer, longer passes.</summary>
internal readonly record struct ParameterRange(BlockPlace Place, bool AreWeights, bool AreSparse)
{
    // One range of all parameters, unless weights are to be separated from the rest, or sparse blocks from dense ones.
    public static ParameterRange[] Of(Network network, bool separatesWeights, bool separatesSparse = false)
    {
        var ranges = new List<ParameterRange>();
        for (int i = 0; i < network.Blocks.Count; i++)
        {
            if (network.Blocks[i].Role == BlockRole.Statistic)
                continue;
            BlockPlace place = network.Places[i];
            bool areWeights = separatesWeights && network.Blocks[i].Role == BlockRole.Weight;
            bool areSparse = separatesSparse && network.Blocks[i].IsSparse;
            if (ranges.Count > 0 && ranges[^1].AreWeights == areWeights && ranges[^1].AreSparse == areSparse)
                ranges[^1] = ranges[^1] with { Place = ranges[^1].Place with { Length = ranges[^1].Place.Length + place.Length } };
            else
                ranges.Add(new ParameterRange(place, areWeights, areSparse));
        }

        return [.. ranges];
    }
}
