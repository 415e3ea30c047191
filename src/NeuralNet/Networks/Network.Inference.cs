using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>The same network for predictions.</content>
public sealed partial class Network
{
    /// <summary>A network that predicts the same up to rounding, in which each batch normalization right behind a <see cref="Dense"/>,
    /// <see cref="Conv"/> or <see cref="ConvTranspose"/> without activation has become a part of that layer: fewer passes over the values.</summary>
    /// <remarks><para>z = W x + b and y = f(g ⊙ (z − μ) / √(σ² + ε) + h), with the stored μ and σ², are y = f(W′ x + b′) with s = g / √(σ² + ε),
    /// W′ = s ⊙ W for each output's weights, and b′ = s ⊙ (b − μ) + h; computed in double precision, then rounded once.</para>
    /// <para>What is left as it is: normalizations elsewhere, those of a product whose blocks are tied, and those whose numbers would not be finite.
    /// The network may be trained on, but learns otherwise: nothing normalizes its batches.</para></remarks>
    /// <returns>A new network, with values of its own and this one's metadata.</returns>
    /// <example>
    /// <code>
    /// network.FoldNorms().SaveOnnx("for-other-programs.onnx");
    /// </code>
    /// </example>
    public Network FoldNorms() => Of(InferenceLayers.Of(this, foldsNorms: true, forPredictions: false), isForPredictions: false);

    /// <summary>Makes what answers calls from any number of threads, of a copy of this network.</summary>
    /// <param name="options">For how many rows and calls memory is planned, and the like; unless given, what serves most programs.</param>
    /// <returns>The predictor.</returns>
    /// <exception cref="ArgumentOutOfRangeException">So many rows at a time would need 2³¹ floats or more.</exception>
    public Predictor CreatePredictor(PredictorOptions? options = null) => new(this, options);

    /// <summary>A copy that predicts with the same bits, unless norms are folded or weights narrowed, and has nothing that predictions do not need.
    /// </summary>
    internal Network ForInference(bool foldsNorms, bool isNarrow = false) =>
        Of(InferenceLayers.Of(this, foldsNorms, forPredictions: true, isNarrow), isForPredictions: true);

    // For predictions blocks begin with a cache line, and one that is another one transposed has its own values: parameters never change there, and
    // each call would copy it anew.
    private Network Of((Chain Chain, IReadOnlyList<InferenceLayers.Source> Blocks) layers, bool isForPredictions)
    {
        (Chain made, IReadOnlyList<InferenceLayers.Source> sources) = layers;
        var ties = new List<Tie>();
        for (int i = 0; i < sources.Count; i++)
        {
            if (sources[i].Block >= 0 && this.layout.TieOf(sources[i].Block) is { } tied && !(isForPredictions && tied.Tie.Transposed))
            {
                int first = sources.TakeWhile(source => source.Block != tied.First).Count();
                ties.Add(new Tie(made.Blocks[first].Name, made.Blocks[i].Name, tied.Tie.Transposed));
            }
        }

        var layout = new BlockLayout(made.Blocks, ties, isForPredictions ? Workers.Line : 1);
        var network = new Network(made, layout, Inputs, Outputs) { metadata = metadata };
        for (int i = 0; i < sources.Count; i++)
        {
            if (layout.TieOf(i) is null)
                (sources[i].Values ?? ValuesOf(sources[i].Block)).CopyTo(network.Values(i));
        }

        return network;
    }
}
