using System.Numerics.Tensors;

namespace NeuralNet;

// Data sets from tensors, and as tensors.
public sealed partial class Dataset
{
    /// <summary>All inputs with their shape, as a view: [rows, …the axes of <see cref="InputShape"/>].</summary>
    public ReadOnlyTensorSpan<float> InputTensor =>
        new(inputs, TensorRows.Lengths(Rows, InputShape, InputShape.Steps, stackalloc nint[TensorRows.MaxRank]));

    /// <summary>All desired outputs, as a view: [rows, <see cref="OutputWidth"/>].</summary>
    public ReadOnlyTensorSpan<float> DesiredTensor => new(desired, [Rows, OutputWidth]);

    /// <summary>A data set of inputs and desired outputs, without classes.</summary>
    /// <remarks>The first axis of both is that of the rows. What a row of inputs is, <see cref="InputShape"/>, follows from the others:
    /// [rows, features], [rows, steps, features] or [rows, height, width, channels]. A data set is immutable and so has a copy of its own; here a
    /// tensor may therefore have any strides, such as a transposed one.</remarks>
    /// <param name="inputs">The inputs, of rank 2 to 4; copied.</param>
    /// <param name="desired">The desired outputs, [rows] or [rows, …], all of a row side by side; copied.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ArgumentException">A tensor is empty, the inputs have another rank, what is desired has not as many rows, or a value is NaN
    /// or infinite.</exception>
    public static Dataset FromTensors(ReadOnlyTensorSpan<float> inputs, ReadOnlyTensorSpan<float> desired)
    {
        float[] x = CopyRows(inputs, out int rows, out Shape shape), d = TensorRows.Copy(desired, nameof(desired));
        if (desired.Lengths[0] != rows)
            throw new ArgumentException(
                $"desired is a tensor {TensorRows.Words(desired.Lengths)}; {rows} rows, as many as inputs, were expected.", nameof(desired));
        CheckFinite(d, rows, nameof(desired));
        return FromTargets(x, d, rows, shape);
    }

    /// <summary>A data set of inputs and their classes.</summary>
    /// <param name="inputs">The inputs, of rank 2 to 4; copied.</param>
    /// <param name="labels">[rows], each 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="classes">The number of classes, at least 2.</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is less than 2, or a label is out of range.</exception>
    /// <exception cref="ArgumentException">The inputs are empty or have another rank, there are not as many labels as rows, a value is NaN or
    /// infinite, or rows · classes desired outputs have no room.</exception>
    /// <inheritdoc cref="FromTensors(ReadOnlyTensorSpan{float}, ReadOnlyTensorSpan{float})" path="/remarks"/>
    public static Dataset FromTensors(ReadOnlyTensorSpan<float> inputs, ReadOnlySpan<int> labels, int classes)
    {
        Guard.AtLeast(classes, 2, nameof(classes));
        float[] x = CopyRows(inputs, out int rows, out Shape shape);
        if (labels.Length != rows)
            throw new ArgumentException($"Expected {rows} labels, one for each row of inputs, but got {labels.Length}.", nameof(labels));
        return FromLabels(x, labels.ToArray(), classes, inputShape: shape);
    }

    private static float[] CopyRows(ReadOnlyTensorSpan<float> inputs, out int rows, out Shape shape)
    {
        float[] x = TensorRows.Copy(inputs, nameof(inputs));
        ReadOnlySpan<nint> lengths = inputs.Lengths;
        shape = lengths.Length switch
        {
            2 => Shape.Features((int)lengths[1]),
            3 => Shape.Sequence((int)lengths[1], (int)lengths[2]),
            4 => Shape.Image((int)lengths[1], (int)lengths[2], (int)lengths[3]),
            _ => throw new ArgumentException(
                $"inputs is a tensor {TensorRows.Words(lengths)}; [rows, features], [rows, steps, features] or [rows, height, width, channels] was "
                + "expected.", nameof(inputs)),
        };
        rows = (int)lengths[0];
        CheckFinite(x, rows, nameof(inputs));
        return x;
    }
}
