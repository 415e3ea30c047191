using System.Numerics.Tensors;

namespace NeuralNet;

/// <content>Tensors in and out, as they lie: nothing is copied.</content>
public sealed partial class Network
{
    /// <summary>A batch over the values of tensors, as they lie: nothing is copied.</summary>
    /// <remarks><para>The inputs are [rows, …the axes of <see cref="Input"/>]: [rows, features], [rows, steps, features] with any steps that the
    /// network takes, or [rows, height, width, channels]; or [rows, size], with all steps. One row may lack the axis of rows. What is desired has as
    /// many rows, and then the axes of <see cref="Output"/>, or as the divergence has it (<see cref="Divergence.DesiredWidth"/>): class ids are
    /// [rows], or [rows, steps]. All vectors of a row may lie side by side.</para>
    /// <para>A tensor whose values do not lie one after the other, row-major, such as a transposed one, is refused: <c>ToDenseTensor()</c>
    /// makes a copy that is. What else a batch has is added to it: <c>network.BatchOf(x, d) with { Weights = w }</c>.</para></remarks>
    /// <param name="inputs">The inputs.</param>
    /// <param name="desired">What is desired; needed for training only.</param>
    /// <returns>The batch.</returns>
    /// <exception cref="ArgumentException">A tensor is empty, has another shape, or is not dense; or the steps are too few for a layer.</exception>
    public Batch BatchOf(ReadOnlyTensorSpan<float> inputs, ReadOnlyTensorSpan<float> desired = default)
    {
        Batch batch = RowsOf(inputs, nameof(inputs));
        if (desired.Rank == 0)
            return batch;
        ReadOnlySpan<float> values = TensorRows.Values(desired, nameof(desired));
        int vectors = OutputVectors(batch.Steps);
        return TensorRows.FitsDesired(desired.Lengths, batch.Rows, Output, vectors)
            ? batch with { Desired = values }
            : throw WrongDesired(desired.Lengths, batch.Rows, vectors, nameof(desired));
    }

    /// <summary>The values of one block of parameters or statistics with the block's shape, as a view: what is written to it, the network has.
    /// </summary>
    /// <param name="name">Position and name, as in <see cref="Parameter"/>: "0.weight" is [inputs, outputs].</param>
    /// <returns>The values, writable.</returns>
    /// <inheritdoc cref="Parameter" path="/exception"/>
    public TensorSpan<float> ParameterTensor(string name) => InDimensions(Parameter(name), name);

    /// <summary>The part of a gradient that belongs to one block, with the block's shape, as a view.</summary>
    /// <param name="gradient">The gradient, in the layout of <see cref="Parameters"/>, or of <see cref="GradientLength"/> values.</param>
    /// <param name="name">Position and name, as in <see cref="Parameter"/>.</param>
    /// <returns>The block's gradient, writable.</returns>
    /// <exception cref="ArgumentException">The length of the gradient does not fit, there is no such block, it is one of statistics, or one that is
    /// tied to another, and the gradient does not keep those apart.</exception>
    public TensorSpan<float> GradientTensor(Span<float> gradient, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (gradient.Length != Parameters.Length && gradient.Length != GradientLength)
            throw WrongGradient(gradient);
        int block = layout.IndexOf(name);
        if (chain.Blocks[block].Role == BlockRole.Statistic)
            throw new ArgumentException($"\"{name}\" is learned without a gradient: its role is {nameof(BlockRole.Statistic)}.", nameof(name));
        BlockPlace place = layout.GradientPlaces[block];
        return place.Start < gradient.Length
            ? InDimensions(gradient.Slice(place.Start, place.Length), name)
            : throw new ArgumentException(
                $"{layout.TieOf(block)!.Tie}, and its gradient is in that of \"{layout.TieOf(block)!.Tie.Block}\"; one of {GradientLength} values, "
                + $"{nameof(GradientLength)}, keeps them apart, but got {gradient.Length}.", nameof(name));
    }

    internal Tensor<float> PredictTensor(ReadOnlyTensorSpan<float> x, string name)
    {
        Batch batch = RowsOf(x, name);
        float[] y = Predict(batch.Inputs, batch.Rows, batch.Steps, name);
        return Tensor.Create(y, TensorRows.Lengths(batch.Rows, Output, OutputVectors(batch.Steps), stackalloc nint[TensorRows.MaxRank]));
    }

    internal void PredictTensor(in Batch batch, TensorSpan<float> y, Workspace workspace, string name)
    {
        int steps = Check(batch, training: false), vectors = OutputVectors(steps);
        Span<float> values = TensorRows.Values(y, name);
        if (!TensorRows.Fits(y.Lengths, batch.Rows, Output, vectors))
            throw WrongOutput(y.Lengths, batch.Rows, vectors, name);
        Predict(batch, values, workspace);
    }

    internal Batch RowsOf(ReadOnlyTensorSpan<float> inputs, string name)
    {
        ReadOnlySpan<float> values = TensorRows.Values(inputs, name);
        (int rows, int steps) = TensorRows.Of(inputs.Lengths, Input, name);
        if (chain.ChangesSteps)
            CheckStepsBehind(steps, [], firstRow: 0, name);
        return new Batch { Rows = rows, Inputs = values, Steps = steps };
    }

    private TensorSpan<float> InDimensions(Span<float> values, string name)
    {
        IReadOnlyList<int> dimensions = chain.Blocks[layout.IndexOf(name)].Dimensions;
        Span<nint> lengths = stackalloc nint[dimensions.Count];
        for (int axis = 0; axis < lengths.Length; axis++)
            lengths[axis] = dimensions[axis];
        return new TensorSpan<float>(values, lengths);
    }

    private string OutputWords(int rows, int vectors) =>
        TensorRows.Words(TensorRows.Lengths(rows, Output, vectors, stackalloc nint[TensorRows.MaxRank]));

    private ArgumentException WrongOutput(ReadOnlySpan<nint> lengths, int rows, int vectors, string name) => new(
        $"{name} is a tensor {TensorRows.Words(lengths)}; {OutputWords(rows, vectors)} or [{rows}, {vectors * outputWidth}] was expected.", name);

    private ArgumentException WrongDesired(ReadOnlySpan<nint> lengths, int rows, int vectors, string name) => new(
        $"{name} is a tensor {TensorRows.Words(lengths)}; {OutputWords(rows, vectors)}, or that without the last axis for class ids, was expected. "
        + $"All values of a row may lie side by side, [{rows}, values].", name);
}
