namespace NeuralNet;

/// <summary>The outputs of a network by name: <c>network.Outputs["class"].Of(y)</c>; and what divergence each of them has.</summary>
public sealed class NetworkOutputs : NamedParts
{
    private NetworkOutputs(IReadOnlyList<(string Name, Shape Shape)> named, bool areNamed)
        : base(named, areNamed)
    {
    }

    /// <summary>The divergence of all outputs together, each weighted: D = Σₒ weightₒ Dₒ(yₒ, dₒ).</summary>
    /// <remarks><para>What is desired lies as the outputs do, one after the other in each vector; of each as much as its own divergence takes
    /// (<see cref="NeuralNet.Divergence.DesiredWidth"/>): a value for each of its columns, or, of cross-entropy, one class id. The number of desired
    /// values says which it is. Where that is not clear, because two outputs have as many classes, say it of one:
    /// <c>new CrossEntropy(ids: true)</c>.</para>
    /// <para>A row counts once in the mean, whatever its outputs: an id of −1 in one output makes that output's term 0, and the row still counts.
    /// (Where a network has one output, such a row does not count.) Of an output that lies flat in the row, with pixels of its own, Dₒ is the mean
    /// over these, those of −1 included. An output of weight 0 adds nothing to D and has the gradient 0;
    /// its ids are checked and it is measured all the same.</para>
    /// <para>Training takes the logits of each output whose divergence has a form for its last activation
    /// (<see cref="NeuralNet.Divergence.Through(Activation)"/>); not of a vector activation, such as softmax, of each pixel of an output that lies
    /// flat: that is trained by y, with a logarithm of at least −100.</para></remarks>
    /// <param name="outputs">For each output its name, its divergence and its weight, finite, at least 0 and not all 0; in any order.</param>
    /// <returns>The divergence, for networks with these outputs.</returns>
    /// <exception cref="ArgumentException">An output has no divergence, or two; there is none of that name; or its width does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite.</exception>
    public Divergence Divergence(params ReadOnlySpan<(string Name, Divergence Divergence, float Weight)> outputs) =>
        ByOutputs.Of(this, outputs);

    /// <summary>The divergence of all outputs together, each of weight 1: D = Σₒ Dₒ(yₒ, dₒ).</summary>
    /// <param name="outputs">For each output its name and its divergence, in any order.</param>
    /// <inheritdoc cref="Divergence(ReadOnlySpan{ValueTuple{string, Divergence, float}})"/>
    public Divergence Divergence(params ReadOnlySpan<(string Name, Divergence Divergence)> outputs)
    {
        var weighted = new (string, Divergence, float)[outputs.Length];
        for (int k = 0; k < outputs.Length; k++)
            weighted[k] = (outputs[k].Name, outputs[k].Divergence, 1);
        return ByOutputs.Of(this, weighted);
    }

    /// <summary>The outputs of a network that is built or read.</summary>
    /// <exception cref="ArgumentException">A name is none or is given twice, the parts make no row.</exception>
    internal static new NetworkOutputs Of(IReadOnlyList<(string Name, Shape Shape)> named, string argument)
    {
        CheckNames([.. named.Select(part => part.Name)], argument);
        return new NetworkOutputs(named, areNamed: true);
    }

    internal static NetworkOutputs Single(Shape shape) => new([("output", shape)], areNamed: false);
}
