using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Where the values of a file go: into the network, and those of a tied block beside it, because a file may have them too. PyTorch's
/// state_dict has a tied tensor under both names.</summary>
internal sealed class LoadedBlocks(Network network)
{
    private readonly HashSet<int> own = [];
    private readonly SortedDictionary<int, float[]> tied = [];

    /// <summary>Where the values of a block go that the file has.</summary>
    public Span<float> Of(int block)
    {
        if (network.Layout.TieOf(block) is null)
        {
            own.Add(block);
            return network.Values(block);
        }

        if (!tied.TryGetValue(block, out float[]? values))
            tied.Add(block, values = [.. network.ValuesOf(block)]);
        return values;
    }

    /// <summary>Compares the values of tied blocks with those that they must be, which are taken from them where the file has no others.</summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public void Join()
    {
        foreach ((int block, float[] values) in tied)
        {
            BlockLayout.Tied one = network.Layout.TieOf(block)!;
            float[] turned = values;
            if (one.Tie.Transposed)
                TransposeKernels.Transpose(values, turned = new float[values.Length], one.Columns, one.Rows, workers: null);
            Span<float> first = network.Values(one.First);
            if (own.Add(one.First))
                turned.CopyTo(first);
            if (first.SequenceEqual(turned))
                continue;
            int at = first.CommonPrefixLength(turned);
            throw new InvalidDataException(FormattableString.Invariant(
                $"{one.Tie}, but the file has other values for it: for \"{one.Tie.Block}\"[{at}] it has {first[at]} and {turned[at]}. ")
                + "Leave one of the two out, or build the network without the tie.");
        }
    }
}
