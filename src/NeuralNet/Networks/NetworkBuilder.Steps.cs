namespace NeuralNet;

/// <content>Ids, positions, and layers that move the values of a row or make one step of many.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a learned vector for each id: y_t = W[id_t].</summary>
    /// <param name="vocabulary">How many ids there are; they are whole numbers from 0 to one less.</param>
    /// <param name="width">How many features stand for an id.</param>
    /// <param name="initializer">How W is initialized; N(0, 1) unless given.</param>
    /// <param name="paddingId">An id that gives 0 and no gradient; null: none.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Embedding(int vocabulary, int width, Initializer? initializer = null, int? paddingId = null) =>
        Add(shape => new Embedding(shape, vocabulary, width, initializer, paddingId));

    /// <summary>Adds waves of its position to each step: y_t = x_t + P_t.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder SinusoidalPositions() => Add(shape => new SinusoidalPositions(shape));

    /// <summary>Adds a learned vector of its position to each step: y_t = x_t + W_t.</summary>
    /// <param name="initializer">How W is initialized; a truncated normal distribution with σ = 0.02 unless given.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder LearnedPositions(Initializer? initializer = null) => Add(shape => new LearnedPositions(shape, initializer));

    /// <summary>Makes plain features of a row of any shape.</summary>
    /// <returns>This builder.</returns>
    public NetworkBuilder Flatten() => Add(shape => new Flatten(shape));

    /// <summary>Gives a row another shape of the same size.</summary>
    /// <param name="output">The new shape.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Reshape(Shape output) => Add(shape => new Reshape(shape, output));

    /// <summary>Keeps some neighbouring features, or channels of an image.</summary>
    /// <param name="first">The first one that is kept, from 0.</param>
    /// <param name="count">How many are kept.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Slice(int first, int count) => Add(shape => new Slice(shape, first, count));

    /// <summary>Puts the real steps of a sequence in reverse order.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Reverse() => Add(shape => new Reverse(shape));

    /// <summary>Takes the last real step of a sequence.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder LastStep() => Add(shape => new LastStep(shape));

    /// <summary>Takes the mean over the real steps of a sequence.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder MeanOverSteps() => Add(shape => new MeanOverSteps(shape));

    /// <summary>Takes the largest over the real steps of a sequence, feature by feature.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder MaxOverSteps() => Add(shape => new MaxOverSteps(shape));

    /// <summary>
    /// Adds the same kind of layers twice, with separate parameters: one reads the sequence from the first step to the
    /// last, the other from the last real step to the first, and their features lie side by side.
    /// </summary>
    /// <remarks>
    /// It is <c>Parallel(Merge.Concat, layers, b => layers(b.Reverse()).Reverse())</c>: branch 0 forward, branch 1 backward.
    /// Where the layers give a sequence, the output of branch 1 at a step lies beside that of branch 0 at the same step; where they end
    /// in features (<see cref="LastStep()"/>), branch 1 is not turned round again.
    /// Do not use it for a series in pieces, with <see cref="Batch.State"/>: the second direction would carry its state from an earlier
    /// piece to a later one, against its own order.
    /// M. Schuster, K. Paliwal: "Bidirectional recurrent neural networks", 1997.
    /// </remarks>
    /// <param name="layers">Adds the layers to the builder that it is given, and returns it; called once for each direction.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">
    /// The input is not a sequence, the layers do not fit, or they give a sequence of other steps than they take; the message
    /// says which layer, and why.
    /// </exception>
    public NetworkBuilder Bidirectional(Func<NetworkBuilder, NetworkBuilder> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Parallel(Merge.Concat, layers, branch =>
        {
            NetworkBuilder made = layers(branch.Reverse());
            if (made != branch || branch.Shape.Kind != ShapeKind.Sequence)
                return made;
            Layer? other = branch.layers.Find(layer => !layer.KeepsLengths);
            return other is null ? branch.Reverse()
                : throw new ArgumentException(
                    $"{other} makes other steps than it takes; layers of both directions must keep the steps, or end in features.", nameof(layers));
        });
    }
}
