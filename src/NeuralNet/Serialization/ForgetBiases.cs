namespace NeuralNet;

/// <summary>The forget gates of LSTMs of which a file has the weights but no biases, as PyTorch writes them with <c>bias=False</c>. Their biases
/// start at 1 here, and would silently stay there.</summary>
internal static class ForgetBiases
{
    /// <summary>What is wrong with the first one whose biases are not 0; null: there is none.</summary>
    /// <param name="network">The network before the file is loaded.</param>
    /// <param name="isFound">Whether the file has a tensor.</param>
    public static string? FirstKept(Network network, Func<string, bool> isFound) => FirstKept(network, isFound, network.Layers, "");

    private static string? FirstKept(Network network, Func<string, bool> isFound, IReadOnlyList<Layer> layers, string prefix)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            string place = $"{prefix}{k}.";
            if (FirstKept(network, isFound, layers[k].Children, place) is { } within)
                return within;
            if (layers[k] is not Lstm lstm || !(isFound(place + "weight_ih_l0") && isFound(place + "weight_hh_l0"))
                || isFound(place + "bias_ih_l0") || isFound(place + "bias_hh_l0"))
                continue;
            ReadOnlySpan<float> bias = network.ValuesOf(network.Layout.IndexOf(place + "bias"));
            if (bias.Slice(Lstm.Formula.F * lstm.Hidden, lstm.Hidden).ContainsAnyExcept(0f))
            {
                return $"{place}bias: the file has the weights of the LSTM, but no biases, and the forget gate's biases of the network "
                    + "are not 0 (they start at 1). PyTorch's LSTM with bias=False computes as if all were 0: clear them first, "
                    + $"network.Parameter(\"{place}bias\").Clear(). To keep them, load without them, and write them back afterwards.";
            }
        }

        return null;
    }
}
