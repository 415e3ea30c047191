using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The layers that a prediction needs: without those that only training notices, with weights in the order in which they are read, and if
/// wanted with batch normalizations in the weights of the products before them.</summary>
internal sealed class InferenceLayers
{
    // Fewer weights lie in the first-level cache anyway.
    private const int FewestNarrow = 4096;

    private readonly Network network;
    private readonly bool foldsNorms, forPredictions, isNarrow;
    private int next; // the network's block that the next layer begins with

    private InferenceLayers(Network network, bool foldsNorms, bool forPredictions, bool isNarrow = false) =>
        (this.network, this.foldsNorms, this.forPredictions, this.isNarrow) = (network, foldsNorms, forPredictions, isNarrow);

    /// <summary>A layer, and where the values of its blocks come from.</summary>
    /// <param name="Layer">The layer; null: the identity.</param>
    /// <param name="Blocks">For each of its blocks the network's.</param>
    private sealed record Kept(Layer? Layer, IReadOnlyList<Source> Blocks);

    /// <summary>The values of a block: those of a block of the network, or others.</summary>
    internal sealed record Source(int Block, float[]? Values);

    /// <summary>The layers of a network, and for each block that they declare where its values come from.</summary>
    public static (Chain Chain, IReadOnlyList<Source> Blocks) Of(Network network, bool foldsNorms, bool forPredictions, bool isNarrow = false)
    {
        Kept kept = new InferenceLayers(network, foldsNorms, forPredictions, isNarrow).Look(network.Chain);
        Layer layer = kept.Layer ?? new Skip(network.Input);
        return (layer as Chain ?? new Chain([layer]), kept.Blocks);
    }

    private Kept Look(Layer layer)
    {
        switch (layer)
        {
            case DropoutLayer or Skip or ActivationLayer { Activation: Identity } when forPredictions:
                return new Kept(null, []);
            case Chain chain:
                return Join(chain);
            case Branches branches:
                Kept[] all = [.. branches.Layers.Select(branch => Packed(Look(branch)))];
                return new Kept(
                    new Branches([.. all.Select(branch => branch.Layer ?? new Skip(branches.Input))], branches.Merge),
                    [.. all.SelectMany(branch => branch.Blocks)]);
            default:
                var blocks = new Source[layer.Blocks.Count];
                for (int i = 0; i < blocks.Length; i++)
                    blocks[i] = new Source(next++, null);
                return new Kept(layer, blocks);
        }
    }

    private Kept Join(Chain chain)
    {
        var kept = new List<Kept>();
        foreach (Layer layer in chain.Layers)
        {
            Kept one = Look(layer);
            if (foldsNorms && kept.Count > 0 && Folded(kept[^1], one) is { } both)
                kept[^1] = both;
            else if (one.Layer is not null)
                kept.Add(one);
        }

        for (int k = 0; k < kept.Count; k++)
            kept[k] = Packed(kept[k]);
        return forPredictions && kept.Count < 2 ? kept.FirstOrDefault(new Kept(null, []))
            : new Kept(new Chain([.. kept.Select(one => one.Layer!)]), [.. kept.SelectMany(one => one.Blocks)]);
    }

    // z = W x + b and y = f(g (z − μ) / √(σ² + ε) + h) are one product: with s = g / √(σ² + ε) it has the weights s W and the bias s (b − μ) + h.
    private Kept? Folded(Kept before, Kept behind)
    {
        if (before.Layer is not IProductLayer { HasActivation: false } product || behind.Layer is not BatchNorm norm
            || before.Blocks.Concat(behind.Blocks).Any(source => source.Values is not null || IsShared(source.Block)))
            return null;
        ReadOnlySpan<float> w = Values(before.Blocks[0]), b = before.Blocks.Count > 1 ? Values(before.Blocks[1]) : default;
        int affine = norm.IsAffine ? 2 : 0;
        ReadOnlySpan<float> gain = norm.IsAffine ? Values(behind.Blocks[0]) : default, shift = norm.IsAffine ? Values(behind.Blocks[1]) : default;
        ReadOnlySpan<float> mean = Values(behind.Blocks[affine]), variance = Values(behind.Blocks[affine + 1]);
        float[] weights = new float[w.Length], biases = new float[mean.Length];
        var scale = new double[mean.Length];
        for (int j = 0; j < scale.Length; j++)
        {
            scale[j] = (gain.IsEmpty ? 1 : gain[j]) / Math.Sqrt((double)variance[j] + norm.Epsilon);
            biases[j] = (float)((((b.IsEmpty ? 0 : (double)b[j]) - mean[j]) * scale[j]) + (shift.IsEmpty ? 0 : shift[j]));
        }

        for (int i = 0; i < weights.Length; i++)
            weights[i] = (float)(w[i] * scale[product.FeatureOf(i)]);
        bool isFinite = Array.TrueForAll(weights, float.IsFinite) && Array.TrueForAll(biases, float.IsFinite);
        return isFinite ? new Kept(product.WithBiasAnd(norm.Activation), [new Source(-1, weights), new Source(-1, biases)]) : null;
    }

    private Kept Packed(Kept one)
    {
        if (!forPredictions || one.Layer is not IProductLayer product || IsShared(one.Blocks[0].Block))
            return one;
        if (isNarrow && one.Layer is Dense dense && dense.Blocks[0].Length >= FewestNarrow)
            return Narrow(dense, one.Blocks);
        return product.WithPackedWeights(Values(one.Blocks[0])) is (Layer layer, float[] weights)
            ? new Kept(layer, [new Source(-1, weights), .. one.Blocks.Skip(1)]) : one;
    }

    private Kept Narrow(Dense dense, IReadOnlyList<Source> blocks)
    {
        int inputs = dense.Input.FeatureCount, width = dense.Blocks[0].Length / inputs;
        float[] weights = NarrowProduct.Round(Values(blocks[0]), inputs, width);
        var product = new NarrowDense(dense.Input, width, dense.HasBias);
        return new Kept(
            dense.Activation is Identity ? product : new Chain([product, new ActivationLayer(product.Output, dense.Activation)]),
            [new Source(-1, weights), .. blocks.Skip(1)]);
    }

    private ReadOnlySpan<float> Values(Source source) => source.Values ?? network.ValuesOf(source.Block);

    // Whether the block is another one too.
    private bool IsShared(int block) => block >= 0 && (network.Layout.TieOf(block) is not null || network.Layout.IsFirst(block));
}
