namespace NeuralNet;

/// <summary>What an optimizer remembers from step to step: the number of steps, and some values for each parameter.</summary>
public sealed class OptimizerState
{
    private readonly AlignedBuffer values;
    private ParameterRange[]? blocks;

    internal OptimizerState(Network network, int valuesPerParameter, bool separatesDecay)
    {
        Chain = network.Chain;
        Layout = network.Layout;
        ParameterCount = network.Parameters.Length;
        ValuesPerParameter = valuesPerParameter;
        SeparatesDecay = separatesDecay;
        values = new AlignedBuffer(checked(valuesPerParameter * ParameterCount));
        Ranges = ParameterRange.Of(network, separatesDecay, separatesSparse: true);
    }

    /// <summary>How many parameters it belongs to.</summary>
    public int ParameterCount { get; }

    /// <summary>How many values are remembered of each parameter.</summary>
    public int ValuesPerParameter { get; }

    /// <summary>How many steps have been made.</summary>
    public long Step { get; internal set; }

    /// <summary>The remembered values, [values per parameter, parameters].</summary>
    public Span<float> Values => values.Span;

    /// <summary>What is remembered, in words.</summary>
    /// <returns>For example <c>2 values of each of 9 parameters after 120 steps</c>.</returns>
    public override string ToString() => $"{ValuesPerParameter} values of each of {ParameterCount} parameters after {Step} steps";

    internal AlignedBuffer Buffer => values;

    internal bool SeparatesDecay { get; }

    internal Chain Chain { get; }

    internal BlockLayout Layout { get; }

    internal ParameterRange[] Ranges { get; }

    // For each block of the network how many steps have passed it over, because it was frozen; null: none, ever.
    internal long[]? PassedOver { get; set; }

    // A range for each block of the network, of length 0 for statistics and for tied blocks.
    internal ParameterRange[] Blocks => blocks ??= ParameterRange.OfEach(Chain.Blocks, Layout, SeparatesDecay);
}
