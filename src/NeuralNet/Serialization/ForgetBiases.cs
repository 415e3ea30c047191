namespace NeuralNet;

/// <summary>The forget gates of LSTMs of which a file has the weights but no biases, as PyTorch writes them with <c>bias=False</c>. Their biases
/// start at 1 here, and would silently stay there.</summary>
internal static class ForgetBiases
{
    /// <summary>What is wrong with the first one whose biases are not 0; null: there is none.</summary>
    /// <param name="network">The network before the file is loaded.</param>
    /// <param name="match">What the file has of it.</param>
    public static string? FirstKept(Network network, TensorMatch match) => FirstKept(network, match, network.Layers, "");

    private static string? FirstKept(Network network, TensorMatch match, IReadOnlyList<Layer> layers, string prefix)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            string place = $"{prefix}{k}.";
            if (FirstKept(network, match, layers[k].Children, place) is { } within)
                return within;
            if (layers[k] is not Lstm lstm || !(match.Has(place + "weight_ih_l0") && match.Has(place + "weight_hh_l0")))
                continue;
            int block = network.Layout.IndexOf(place + "bias");
            if (match.HasSomeOf(block))
                continue;
            ReadOnlySpan<float> bias = network.ValuesOf(block);
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
