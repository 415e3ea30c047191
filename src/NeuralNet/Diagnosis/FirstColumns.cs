namespace NeuralNet;

/// <summary>What reaches the first layer of a network that learns, column by column: what the network scales itself is not unscaled.</summary>
internal static class FirstColumns
{
    /// <summary>The columns that hold amounts, behind the scalings at the network's beginning.</summary>
    /// <param name="network">The network.</param>
    /// <param name="columns">Those of its inputs; of sequences and images of each feature or channel.</param>
    /// <returns>Without those of ids; none where a norm scales by itself, or the columns are other ones there.</returns>
    public static (int Index, InputColumn Column)[] Of(Network network, (int Index, InputColumn Column)[] columns)
    {
        InputColumn[] scaled = [.. columns.Select(one => one.Column)];
        foreach ((string place, Layer layer) in LayerPlaces.Leaves(network))
        {
            if (layer is BatchNorm or LayerNorm or RmsNorm or GroupNorm or InstanceNorm or PowerTransform)
                return [];
            if (layer is Standardize scaling)
            {
                ReadOnlySpan<float> means = network.Parameter($"{place}.mean"), deviations = network.Parameter($"{place}.deviation");
                if (means.Length != scaled.Length)
                    return [];
                for (int i = 0; i < scaled.Length; i++)
                    scaled[i] = Scaled(scaled[i], scaling.IsInverse, means[i], deviations[i]);
            }
            else if (layer.Blocks.Count > 0)
            {
                break;
            }
        }

        return [.. columns.Select(one => (one.Index, scaled[one.Index])).Where(one => !IsId(network, one.Index))];
    }

    private static InputColumn Scaled(InputColumn column, bool isInverse, double mean, double deviation)
    {
        (double factor, double shift) = isInverse ? (deviation, mean) : (1 / deviation, -mean / deviation);
        ValueSummary range = column.Range;
        var after = new ValueSummary(
            (range.Min * factor) + shift, (range.Max * factor) + shift, (range.Mean * factor) + shift, range.Deviation * factor);
        return new InputColumn(after, shift == 0 ? column.Zeros : 0, column.IsWhole && (factor, shift) == (1, 0));
    }

    // A column of ids at some of the steps is none of amounts.
    private static bool IsId(Network network, int column)
    {
        ReadOnlySpan<int> ids = network.InputIds;
        for (int i = column; i < ids.Length; i += network.Input.FeatureCount)
        {
            if (ids[i] > 0)
                return true;
        }

        return false;
    }
}
