namespace NeuralNet;

/// <summary>The rows of padding ids: an <see cref="Embedding"/> gives 0 for such an id whatever its row holds, PyTorch returns the row as it
/// is. They agree only if the row is 0, so other weights from elsewhere are refused. The row of a table that is tied has another use besides: as
/// part of the other matrix it is trained, so that in a file of the same network it may hold anything.</summary>
internal static class PaddingRows
{
    /// <summary>What is wrong with the first row that is not 0, and was not so before; null: there is none.</summary>
    public static string? FirstUsed(Network loaded, Network before, Func<bool> isSameNetwork) =>
        FirstUsed(loaded, before, isSameNetwork, loaded.Layers, "");

    private static string? FirstUsed(Network loaded, Network before, Func<bool> isSameNetwork, IReadOnlyList<Layer> layers, string prefix)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            if (FirstUsed(loaded, before, isSameNetwork, layers[k].Children, $"{prefix}{k}.") is { } within)
                return within;
            if (layers[k] is not Embedding { PaddingId: { } id, Width: int width })
                continue;
            string name = $"{prefix}{k}.weight";
            ReadOnlySpan<float> row = Row(loaded);
            bool isTied = loaded.Ties.Any(tie => tie.To == name || tie.Block == name);
            if (row.ContainsAnyExcept(0f) && !row.SequenceEqual(Row(before)) && !(isTied && isSameNetwork()))
            {
                return $"{name}: row {id} is that of the padding id, and is not all 0. PyTorch gives it out all the same; an Embedding gives 0 for "
                    + "that id. Build the network without paddingId, and it answers as PyTorch does.";
            }

            ReadOnlySpan<float> Row(Network network) => network.ValuesOf(network.Layout.IndexOf(name)).Slice(id * width, width);
        }

        return null;
    }
}
