using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet.Onnx.Export;

/// <summary>Every layer of the library, by kind.</summary>
internal static class LayerExport
{
    /// <summary>Adds the nodes of a layer, each of which says in its <c>doc_string</c> what it is a part of.</summary>
    /// <param name="w">The layer's writer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="x">The name of its input.</param>
    /// <returns>The name of its output.</returns>
    /// <exception cref="NotSupportedException">The layer or its activation is a person's own.</exception>
    public static string Convert(LayerWriter w, Layer layer, string x)
    {
        int first = w.Graph.Count;
        string y = Nodes(w, layer, x);
        w.Graph.Explain(first, $"layer {w.Position}: {Words(layer)}");
        return y;
    }

    // Plain features by their number alone: "Dense 784 → 128, Relu".
    private static string Words(Layer layer)
    {
        string words = layer.ToString() ?? layer.Kind;
        foreach (Shape shape in new[] { layer.Input, layer.Output })
        {
            if (shape.Kind == ShapeKind.Features)
                words = words.Replace(shape.ToString(), shape.Size.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        return words;
    }

    private static string Nodes(LayerWriter w, Layer layer, string x) => layer switch
    {
        Dense dense => DenseExport.Convert(w, dense, x),
        ActivationLayer activation => ActivationExport.Convert(w, activation.Activation, x, activation.Input, activation.Output),
        Prelu prelu => DenseExport.Convert(w, prelu, x),

        Standardize scaling => ScalingExport.Convert(w, scaling, x),
        PowerTransform transform => ScalingExport.Convert(w, transform, x),

        Chain chain => Sequence(w, chain.Layers, x),
        Branches branches => BranchesExport.Convert(w, branches, x),
        Skip or Dropout or ChannelDropout => x,

        ConvolutionLayer convolution => ConvExport.Convert(w, convolution, x),
        MaxPool pool => PoolExport.Convert(w, pool, x),
        AveragePool pool => PoolExport.Convert(w, pool, x),
        GlobalAveragePool => PoolExport.Global(w, "GlobalAveragePool", x),
        GlobalMaxPool => PoolExport.Global(w, "GlobalMaxPool", x),
        Upsample upsample => PoolExport.Convert(w, upsample, x),
        Resize resize => PoolExport.Convert(w, resize, x),
        Pad pad => PoolExport.Convert(w, pad, x),

        LayerNorm norm => NormExport.Convert(w, norm, x),
        RmsNorm norm => NormExport.Convert(w, norm, x),
        BatchNorm norm => ChannelNormExport.Convert(w, norm, x),
        GroupNorm norm => ChannelNormExport.Convert(w, norm, x),
        InstanceNorm norm => ChannelNormExport.Convert(w, norm, x),

        Rnn rnn => RnnExport.Convert(w, rnn, x),
        Lstm lstm => GatedExport.Convert(w, lstm, x),
        Gru gru => GatedExport.Convert(w, gru, x),

        MultiHeadAttention attention => AttentionExport.Convert(w, attention, x),
        Embedding embedding => EmbeddingExport.Convert(w, embedding, x),
        SinusoidalPositions positions => EmbeddingExport.Convert(w, positions, x),
        LearnedPositions positions => EmbeddingExport.Convert(w, positions, x),

        Flatten flatten => StepsExport.Convert(w, flatten, x),
        Reshape reshape => StepsExport.Convert(w, reshape, x),
        Slice slice => StepsExport.Convert(w, slice, x),
        Reverse reverse => StepsExport.Convert(w, reverse, x),
        LastStep last => StepsExport.Convert(w, last, x),
        MeanOverSteps mean => StepsExport.Convert(w, mean, x),
        MaxOverSteps max => StepsExport.Convert(w, max, x),
        _ => throw w.NotExported($" ({layer.Kind})"),
    };

    /// <summary>Layers one after the other: the children 0, 1, … of what the writer belongs to.</summary>
    public static string Sequence(LayerWriter w, IReadOnlyList<Layer> layers, string x)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (int k = 0; k < layers.Count; k++)
            x = Convert(w.Child(k), layers[k], x);
        return x;
    }
}
