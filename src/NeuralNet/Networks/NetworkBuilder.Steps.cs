namespace NeuralNet;

/// <content>Ids, positions, and layers that move the values of a row or make one step of many.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a learned vector for each id: y_t = W[id_t].</summary>
    /// <inheritdoc cref="NeuralNet.Embedding.Embedding(Shape, int, int, Initializer, int?)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Embedding(int vocabulary, int width, Initializer? initializer = null, int? paddingId = null) =>
        Add(shape => new Embedding(shape, vocabulary, width, initializer, paddingId));

    /// <summary>Adds waves of its position to each step: y_t = x_t + P_t.</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder SinusoidalPositions() => Add(shape => new SinusoidalPositions(shape));

    /// <summary>Adds a learned vector of its position to each step: y_t = x_t + W_t.</summary>
    /// <inheritdoc cref="NeuralNet.LearnedPositions.LearnedPositions(Shape, Initializer)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder LearnedPositions(Initializer? initializer = null) => Add(shape => new LearnedPositions(shape, initializer));

    /// <summary>Makes plain features of a row of any shape.</summary>
    /// <returns>This builder.</returns>
    public NetworkBuilder Flatten() => Add(shape => new Flatten(shape));

    /// <summary>Gives a row another shape of the same size.</summary>
    /// <inheritdoc cref="NeuralNet.Reshape.Reshape(Shape, Shape)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Reshape(Shape output) => Add(shape => new Reshape(shape, output));

    /// <summary>Keeps some neighbouring features, or channels of an image.</summary>
    /// <inheritdoc cref="NeuralNet.Slice.Slice(Shape, int, int)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Slice(int first, int count) => Add(shape => new Slice(shape, first, count));

    /// <summary>Puts the real steps of a sequence in reverse order.</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Reverse() => Add(shape => new Reverse(shape));

    /// <summary>Takes the last real step of a sequence.</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder LastStep() => Add(shape => new LastStep(shape));

    /// <summary>Takes the mean over the real steps of a sequence.</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder MeanOverSteps() => Add(shape => new MeanOverSteps(shape));

    /// <summary>Takes the largest over the real steps of a sequence, feature by feature.</summary>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder MaxOverSteps() => Add(shape => new MaxOverSteps(shape));

    /// <summary>Adds the same kind of layers twice, with separate parameters: one reads the sequence from the first step to the
    /// last, the other from the last real step to the first, and their features lie side by side.</summary>
    /// <remarks>It is <c>Parallel(Merge.Concat, layers, b => layers(b.Reverse()).Reverse())</c>: branch 0 forward, branch 1 backward. Where the
    /// layers give a sequence, the output of branch 1 at a step lies beside that of branch 0 at the same step; where they end in features
    /// (<see cref="LastStep()"/>), branch 1 is not turned round again. A row in pieces, with <see cref="Batch.State"/>, is refused: the
    /// second direction would carry its state from an earlier piece to a later one, against its own order. M. Schuster, K. Paliwal: "Bidirectional
    /// recurrent neural networks", 1997.</remarks>
    /// <param name="layers">Adds the layers to the builder that it is given, and returns it; called once for each direction.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException"> The input is not a sequence, the layers do not fit, or they give a sequence of other steps than they
    /// take; the message says which layer, and why.
    /// </exception>
    public NetworkBuilder Bidirectional(Func<NetworkBuilder, NetworkBuilder> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Parallel(Merge.Concat, layers, branch =>
        {
            NetworkBuilder made = layers(branch.Reverse());
            if (made != branch || branch.Shape.Kind != ShapeKind.Sequence)
                return made;
            Layer? other = branch.layers.Find(layer => !layer.KeepsLengths || layer.Input.Steps != layer.Output.Steps);
            return other is null ? branch.Reverse()
                : throw new ArgumentException(
                    $"{other} makes other steps than it takes; layers of both directions must keep the steps, or end in features.", nameof(layers));
        });
    }
}
