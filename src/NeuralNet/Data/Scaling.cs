namespace NeuralNet;

/// <summary>Layers that scale a network's inputs by what they learn from the training rows.</summary>
public static class Scaling
{
    /// <summary>Adds a scaling that gives every feature mean 0 and standard deviation 1 over the rows that it is learned from: y = (x − μ) / σ.
    /// </summary>
    /// <remarks><para>Learn it from the training part alone: a test of what has seen the test part measures too much. The network then takes rows as
    /// they are, in training and in use, and its file is all that a second program needs.</para>
    /// <para>μ = Σ x / n and σ = √(Σ (x − μ)² / n) over the n rows; of sequences over their real steps, and of images over the pixels of a channel,
    /// so that all steps and pixels have one scale. Summed in double precision in the order of the rows. A feature with one value in all rows has
    /// no scale: its μ is that value and its σ is 1, so that it becomes 0.</para>
    /// <para>With weights (<see cref="Dataset.WithWeights"/>) μ = Σ w x / Σ w and σ = √(Σ w (x − μ)² / Σ w), as scikit-learn has it: a row of weight
    /// 2 counts as two, and one of weight 0 is as if absent. Weights of steps or pixels belong to outputs, and then each row that has one above 0
    /// counts once; those of steps past the row's length do not matter.</para>
    /// <para>Rows that are not in memory are read twice, as epoch 0 of seed 0; the numbers are those of a data set of the same rows. Behind other
    /// layers without parameters, such as <see cref="PowerTransform"/> or <see cref="Reshape"/>, it learns from what they make of the rows.</para>
    /// <para>Columns of ids, for an <see cref="Embedding"/>, are not to be scaled: give them μ = 0 and σ = 1 by
    /// <see cref="NetworkBuilder.Standardize"/>.</para></remarks>
    /// <param name="builder">A builder whose layers so far, if there are any, have no parameters.</param>
    /// <param name="train">The training part: a data set, or another source of rows.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The rows are not what the network takes, the builder is that of a branch, layers before have
    /// parameters or change the number of steps, no row counts, because every weight is 0, or a mean is NaN or infinite.</exception>
    /// <exception cref="InvalidDataException">A source gives no rows, or a value that it may not have.</exception>
    /// <example>
    /// <code>
    /// (Dataset train, Dataset test) = data.Split(testFraction: 0.2, seed: 1);
    /// Network network = Network.Create(train.InputShape).Standardize(train).Dense(32, Activation.Relu).Dense(3, Activation.Softmax).Build(seed: 1);
    /// </code>
    /// </example>
    public static NetworkBuilder Standardize(this NetworkBuilder builder, IRowSource train)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(train);
        using var moments = new FeatureMoments(train, RowsOf(builder, train, out Network? before), before);
        moments.Learn(nameof(train));
        return builder.Standardize(moments.Means, moments.Deviations);
    }

    private static Shape RowsOf(NetworkBuilder builder, IRowSource train, out Network? before)
    {
        if (builder.Rows is not { } rows)
            throw new ArgumentException(
                "A branch takes what the layers before it give, not the rows; learn the scaling before the branches, or state its numbers.",
                nameof(builder));
        RowFormat format = train.Format;
        if (format.InputWidth != rows.Size || (format.InputShape.Kind == rows.Kind && format.InputShape != rows))
            throw new ArgumentException($"The network takes {rows}, but the rows are {format.InputShape}.", nameof(train));
        if (format.HasLengths && rows.Kind != ShapeKind.Sequence)
            throw new ArgumentException(
                $"The rows have lengths, so they are sequences, but the network takes {rows}; create it with Shape.Sequence(steps, features).",
                nameof(train));
        before = builder.SoFar;
        if (before is { Parameters.Length: > 0 })
            throw new ArgumentException(
                "Layers before have parameters, with which what reaches the scaling will change; learn the scaling before them, or use BatchNorm.",
                nameof(builder));
        if (format.HasLengths && before is not null && before.Output.Kind == ShapeKind.Sequence && before.Output.Steps != rows.Steps)
            throw new ArgumentException(
                $"The rows have lengths, and layers before make {before.Output.Steps} steps of {rows.Steps}; learn the scaling before them.",
                nameof(builder));
        return rows;
    }
}
