namespace NeuralNet;

/// <content>A network of some of the layers.</content>
public sealed partial class Network
{
    /// <summary>A network of some consecutive layers, with copies of their parameters and statistics: <c>network.Slice(0, 3).Predict(x)</c> gives the
    /// hidden values behind layer 2, with the bits that they have within the whole.</summary>
    /// <remarks><para>Values and names are the slice's own: what is learned by either does not change the other, and layer <paramref name="first"/>
    /// is layer 0 of the slice, "0.weight". Whole layers only: a composite is one layer.</para>
    /// <para>Ties between blocks of the slice stay. A block that is tied to one outside gets the values as its own; of several that are tied to the
    /// same one, the first gets them, and the others are tied to it.</para>
    /// <para>Inputs keep their names if the slice begins with layer 0, outputs if it ends with the last layer. The slice has the whole's
    /// <see cref="Metadata"/>.</para></remarks>
    /// <param name="first">The first layer, 0 … number of <see cref="Layers"/> − 1.</param>
    /// <param name="count">How many layers, at least 1.</param>
    /// <returns>The new network.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The network has no such layers.</exception>
    public Network Slice(int first, int count)
    {
        Guard.Count(count, nameof(count));
        if (first < 0 || first > Layers.Count - count)
            throw Guard.OutOfRange(
                nameof(first), first, FormattableString.Invariant(
                    $"The network has layers 0 … {Layers.Count - 1}; {count} of them were asked for, but got a start at {first}."));

        var part = new Chain([.. Layers.Skip(first).Take(count)]);
        int before = Layers.Take(first).Sum(layer => layer.Blocks.Count);
        var slice = new Network(
            part, new BlockLayout(part.Blocks, TiesWithin(part.Blocks, before)), first == 0 ? Inputs : null,
            first + count == Layers.Count ? Outputs : null)
        {
            metadata = metadata,
        };
        for (int i = 0; i < part.Blocks.Count; i++)
        {
            if (slice.layout.TieOf(i) is null)
                ValuesOf(before + i).CopyTo(slice.Values(i));
        }

        return slice;
    }

    // The ties among some neighbouring blocks, by their names there. All that are the same block hang together, wherever that lies: at itself, or
    // else at the first of them.
    private List<Tie> TiesWithin(IReadOnlyList<Block> blocks, int before)
    {
        var ties = new List<Tie>();
        var holders = new Dictionary<int, (int Block, bool Transposed)>();
        for (int i = 0; i < blocks.Count; i++)
        {
            if (layout.TieOf(before + i) is not { } tied)
                continue;
            int source = tied.First - before;
            bool isWithin = source >= 0 && source < blocks.Count;
            if (!holders.TryGetValue(source, out (int Block, bool Transposed) holder))
                holders.Add(source, holder = isWithin ? (source, false) : (i, tied.Tie.Transposed));
            if (holder.Block != i)
                ties.Add(new Tie(blocks[holder.Block].Name, blocks[i].Name, tied.Tie.Transposed != holder.Transposed));
        }

        return ties;
    }
}
