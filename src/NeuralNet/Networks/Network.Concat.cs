namespace NeuralNet;

/// <content>A network of the layers of several.</content>
public sealed partial class Network
{
    /// <summary>A network of the layers of several networks, one after the other, with copies of their parameters and statistics: a new head on an
    /// old body is <c>Network.Concat(old.Slice(0, 3), Network.Create(old.Layers[3].Input).Dense(5, Activation.Softmax).Build(seed: 1))</c>.</summary>
    /// <remarks><para>Values and names are the new network's own: what is learned by either does not change the other, and the first layer of the
    /// second network is behind the last of the first, in name too ("3.weight"). A network that is given twice is there twice, with values of its own
    /// each time.</para>
    /// <para>Ties within each network stay, under the new names; there are none between two networks. So the parts that <see cref="Slice"/> has made
    /// are the whole again, which predicts and trains with the same bits, random numbers included, unless a tie reached from part to part: that has
    /// been undone, and each block learns by itself.</para>
    /// <para>Its inputs have the names of the first network's, its outputs those of the last one's. Its <see cref="Metadata"/> are those of all;
    /// under one name all must have the same text.</para></remarks>
    /// <param name="networks">The networks, the first one first; each takes the shape that the one before it gives.</param>
    /// <returns>The new network.</returns>
    /// <exception cref="ArgumentException">There is no network, one of them is null or does not take what the one before it gives, two have metadata
    /// of one name with different texts, or together they have more layers, values or metadata than a network can have.</exception>
    public static Network Concat(params ReadOnlySpan<Network> networks)
    {
        if (networks.IsEmpty)
            throw new ArgumentException("At least one network was expected, but got none.", nameof(networks));
        var layers = new List<Layer>();
        for (int n = 0; n < networks.Length; n++)
        {
            if (networks[n] is null)
                throw new ArgumentException(FormattableString.Invariant($"Network {n} is null."), nameof(networks));
            if (n > 0 && networks[n].Input != networks[n - 1].Output)
                throw DoesNotTake(networks, n);
            layers.AddRange(networks[n].Layers);
        }

        IReadOnlyDictionary<string, string> joined = NetworkMetadata.Joined(networks, nameof(networks));
        var chain = new Chain(layers);
        var ties = new List<Tie>();
        int first = 0; // of a network's blocks
        foreach (Network network in networks)
        {
            foreach (Tie tie in network.Ties)
                ties.Add(new Tie(Renamed(tie.Block), Renamed(tie.To), tie.Transposed));
            first += network.chain.Blocks.Count;

            string Renamed(string name) => chain.Blocks[first + network.layout.IndexOf(name)].Name;
        }

        var whole = new Network(chain, new BlockLayout(chain.Blocks, ties), networks[0].Inputs, networks[^1].Outputs) { metadata = joined };
        first = 0;
        foreach (Network network in networks)
        {
            for (int i = 0; i < network.chain.Blocks.Count; i++)
            {
                if (network.layout.TieOf(i) is null)
                    network.Values(i).CopyTo(whole.Values(first + i));
            }

            first += network.chain.Blocks.Count;
        }

        return whole;
    }

    private static ArgumentException DoesNotTake(ReadOnlySpan<Network> networks, int n)
    {
        Network before = networks[n - 1], next = networks[n];
        string flat = before.Output.Size == next.Input.Size ? " They have as many values: a Flatten or Reshape between the two makes them fit." : "";
        return new ArgumentException(
            FormattableString.Invariant($"Network {n} (layer 0: {next.Layers[0].Kind}) takes {next.Input}, but network {n - 1} ")
            + FormattableString.Invariant($"(layer {before.Layers.Count - 1}: {before.Layers[^1].Kind}) gives {before.Output}.{flat}"),
            nameof(networks));
    }
}
