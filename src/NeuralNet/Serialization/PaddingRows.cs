namespace NeuralNet;

/// <summary>
/// What stands in the rows of padding ids: here an <see cref="Embedding"/> gives 0 for such an id whatever its row holds,
/// PyTorch gives out the row. Of weights from elsewhere only zeros mean the same in both.
/// </summary>
internal static class PaddingRows
{
    /// <summary>What is wrong with the first row that is not 0, and was not so before; null: there is none.</summary>
    public static string? FirstUsed(Network loaded, Network before)
    {
        int block = 0;
        return FirstUsed(loaded, before, loaded.Layers, "", ref block);
    }

    private static string? FirstUsed(Network loaded, Network before, IReadOnlyList<Layer> layers, string prefix, ref int block)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            Layer layer = layers[k];
            if (layer.Children.Count > 0)
            {
                if (FirstUsed(loaded, before, layer.Children, $"{prefix}{k}.", ref block) is { } within)
                    return within;
                continue;
            }

            if (layer is Embedding { PaddingId: { } id } embedding)
            {
                Span<float> row = loaded.Values(block).Slice(id * embedding.Width, embedding.Width);
                if (row.ContainsAnyExcept(0f) && !row.SequenceEqual(before.Values(block).Slice(id * embedding.Width, embedding.Width)))
                    return $"{prefix}{k}.weight: row {id} is that of the padding id, and is not all 0. PyTorch gives it out all the same; an Embedding gives 0 for that id. Build the network without paddingId, and it answers as PyTorch does.";
            }

            block += layer.Blocks.Count;
        }

        return null;
    }
}
