namespace NeuralNet;

/// <summary>
/// What an optimizer remembers from step to step: the number of steps, and some values for each parameter.
/// </summary>
public sealed class OptimizerState
{
    private readonly AlignedBuffer values;

    internal OptimizerState(Network network, int valuesPerParameter, bool separatesDecay)
    {
        ParameterCount = network.Parameters.Length;
        ValuesPerParameter = valuesPerParameter;
        SeparatesDecay = separatesDecay;
        values = new AlignedBuffer(checked(valuesPerParameter * ParameterCount));
        Ranges = [.. RangesOf(network, separatesDecay)];
    }

    /// <summary>How many parameters it belongs to.</summary>
    public int ParameterCount { get; }

    /// <summary>How many values are remembered of each parameter.</summary>
    public int ValuesPerParameter { get; }

    /// <summary>How many steps have been made.</summary>
    public long Step { get; internal set; }

    /// <summary>The remembered values, [values per parameter, parameters].</summary>
    public Span<float> Values => values.Span;

    internal bool SeparatesDecay { get; }

    internal (BlockPlace Place, bool Decays)[] Ranges { get; }

    // Neighbouring blocks that are treated alike are one range: fewer, longer passes.
    private static List<(BlockPlace, bool)> RangesOf(Network network, bool separatesDecay)
    {
        var ranges = new List<(BlockPlace Place, bool Decays)>();
        for (int i = 0; i < network.Blocks.Count; i++)
        {
            if (network.Blocks[i].Role == BlockRole.Statistic)
                continue;
            BlockPlace place = network.Places[i];
            bool decays = separatesDecay && network.Blocks[i].Role == BlockRole.Weight;
            if (ranges.Count > 0 && ranges[^1].Decays == decays)
                ranges[^1] = (ranges[^1].Place with { Length = ranges[^1].Place.Length + place.Length }, decays);
            else
                ranges.Add((place, decays));
        }

        return ranges;
    }
}
