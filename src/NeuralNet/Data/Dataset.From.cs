using System.Globalization;
using System.Numerics.Tensors;

namespace NeuralNet;

// Where data sets come from: arrays.
public sealed partial class Dataset
{
    /// <summary>A data set of inputs and desired outputs, without classes.</summary>
    /// <param name="inputs">[rows, inputs], copied.</param>
    /// <param name="desired">[rows, outputs], copied.</param>
    /// <param name="rows">The number of rows, at least 1; it divides both lengths.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive.</exception>
    /// <exception cref="ArgumentException">A span is empty or is not a whole number of values per row, or a value is NaN or infinite.</exception>
    public static Dataset FromArrays(ReadOnlySpan<float> inputs, ReadOnlySpan<float> desired, int rows)
    {
        Guard.Count(rows, nameof(rows));
        CheckWidth(inputs.Length, rows, nameof(inputs));
        CheckWidth(desired.Length, rows, nameof(desired));
        CheckFinite(inputs, rows, nameof(inputs));
        CheckFinite(desired, rows, nameof(desired));
        return FromTargets(inputs.ToArray(), desired.ToArray(), rows);
    }

    /// <summary>A data set of inputs and desired outputs, without classes.</summary>
    /// <param name="inputs">The inputs of each row, all of one length; copied.</param>
    /// <param name="desired">The desired output of each row, all of one length; copied.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ArgumentException">There are no rows, or not as many of both, or they differ in length, or a
    /// value is NaN or infinite.</exception>
    public static Dataset FromArrays(float[][] inputs, float[][] desired)
    {
        float[] x = Flatten(inputs, nameof(inputs)), d = Flatten(desired, nameof(desired));
        if (desired.Length != inputs.Length)
            throw new ArgumentException($"Expected {inputs.Length} rows, as many as inputs, but got {desired.Length}.", nameof(desired));

        CheckFinite(x, inputs.Length, nameof(inputs));
        CheckFinite(d, inputs.Length, nameof(desired));
        return FromTargets(x, d, inputs.Length);
    }

    /// <summary>A data set of inputs and their classes.</summary>
    /// <param name="inputs">[rows, inputs], copied.</param>
    /// <param name="labels">[rows], each 0 … <paramref name="classes"/> − 1; their number is that of the rows.</param>
    /// <param name="classes">The number of classes, at least 2.</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is less than 2, or a label is out of range.</exception>
    /// <exception cref="ArgumentException">There are no rows, <paramref name="inputs"/> is not a whole number of values
    /// per row, a value is NaN or infinite, or rows · classes desired outputs have no room.</exception>
    public static Dataset FromArrays(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels, int classes)
    {
        Guard.AtLeast(classes, 2, nameof(classes));
        if (labels.IsEmpty)
            throw new ArgumentException("Expected at least one row.", nameof(labels));
        CheckWidth(inputs.Length, labels.Length, nameof(inputs));
        CheckFinite(inputs, labels.Length, nameof(inputs));
        return FromLabels(inputs.ToArray(), labels.ToArray(), classes);
    }

    /// <summary>A data set of inputs and their classes.</summary>
    /// <param name="inputs">The inputs of each row, all of one length; copied.</param>
    /// <param name="labels">The class of each row, 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="classes">The number of classes, at least 2.</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is less than 2, or a label is out of range.</exception>
    /// <exception cref="ArgumentException">There are no rows, or not as many as labels, or they differ in length, or a
    /// value is NaN or infinite, or rows · classes desired outputs have no room.</exception>
    public static Dataset FromArrays(float[][] inputs, int[] labels, int classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Guard.AtLeast(classes, 2, nameof(classes));
        float[] x = Flatten(inputs, nameof(inputs));
        if (labels.Length != inputs.Length)
            throw new ArgumentException($"Expected {inputs.Length} labels, one for each row of inputs, but got {labels.Length}.", nameof(labels));

        CheckFinite(x, inputs.Length, nameof(inputs));
        return FromLabels(x, labels.AsSpan().ToArray(), classes);
    }

    /// <summary>A data set of inputs and class ids, which it keeps as they are: of a wide vocabulary no one-hot vectors are made.</summary>
    /// <remarks>Train with <see cref="CrossEntropy"/>, on a network that gives <paramref name="classes"/> outputs for each id: a row, or a step of a
    /// sequence.</remarks>
    /// <param name="inputs">[rows, inputs], copied.</param>
    /// <param name="ids">[rows, ids of a row], each 0 … <paramref name="classes"/> − 1, or −1 for a step without a class. Training and evaluation
    /// refuse a row without any, unless it has other outputs (<see cref="FromOutputs(ValueTuple{string, Dataset}[])"/>); where rows have weights,
    /// such a row is left out.</param>
    /// <param name="classes">The number of classes, from 2 to 2²⁴: larger ids would not be exact as floats.</param>
    /// <param name="rows">The number of rows; null: an id for each row.</param>
    /// <returns>The data set; its desired outputs are the ids.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number or an id is out of range.</exception>
    /// <exception cref="ArgumentException">There are no rows, a length is not a whole number of values per row, or an input is NaN or infinite.
    /// </exception>
    public static Dataset FromIds(ReadOnlySpan<float> inputs, ReadOnlySpan<int> ids, int classes, int? rows = null)
    {
        int count = rows ?? ids.Length;
        if (rows is null && ids.IsEmpty)
            throw new ArgumentException("Expected at least one row.", nameof(ids));
        Guard.Count(count, nameof(rows));
        CheckWidth(inputs.Length, count, nameof(inputs));
        CheckWidth(ids.Length, count, nameof(ids));
        CheckFinite(inputs, count, nameof(inputs));
        return FromIds(inputs.ToArray(), ids, classes, count);
    }

    /// <param name="inputs">The inputs of each row, all of one length; copied.</param>
    /// <param name="ids">The class id of each row, 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="classes">The number of classes, from 2 to 2²⁴.</param>
    /// <inheritdoc cref="FromIds(ReadOnlySpan{float}, ReadOnlySpan{int}, int, int?)"/>
    public static Dataset FromIds(float[][] inputs, int[] ids, int classes)
    {
        ArgumentNullException.ThrowIfNull(ids);
        float[] x = Flatten(inputs, nameof(inputs));
        if (ids.Length != inputs.Length)
            throw new ArgumentException($"Expected {inputs.Length} ids, one for each row of inputs, but got {ids.Length}.", nameof(ids));
        CheckFinite(x, inputs.Length, nameof(inputs));
        return FromIds(x, ids, classes, inputs.Length);
    }

    // For readers whose numbers are finite already. The arrays become the data set's own.
    internal static Dataset FromTargets(float[] inputs, float[] desired, int rows, Shape? shape = null) =>
        new(inputs, desired, [], new RowFormat(shape ?? Shape.Features(inputs.Length / rows), desired.Length / rows));

    internal static Dataset FromLabels(
        float[] inputs, int[] labels, int classes, IReadOnlyList<string>? classNames = null, Shape? inputShape = null)
    {
        ClassCount.Check(labels.Length, classes, refuse: null);
        OneHot.CheckLabels(labels, classes);
        float[] desired;
        try
        {
            desired = new float[labels.Length * classes];
            classNames ??= [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        }
        catch (OutOfMemoryException e)
        {
            throw ClassCount.OutOfMemory(labels.Length, classes, e);
        }

        OneHot.Encode(labels, classes, desired);
        Shape shape = inputShape ?? Shape.Features(inputs.Length / labels.Length);
        return new Dataset(inputs, desired, labels, new RowFormat(shape, classes) { ClassNames = classNames });
    }

    // The inputs become the data set's own.
    private static Dataset FromIds(float[] inputs, ReadOnlySpan<int> ids, int classes, int rows)
    {
        if (classes is < 2 or > 1 << 24)
            throw Guard.OutOfRange(
                nameof(classes), classes, FormattableString.Invariant($"Expected 2 to {1 << 24:N0} classes, but got {classes}."));
        var desired = new float[ids.Length];
        int width = ids.Length / rows;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] < -1 || ids[i] >= classes)
            {
                string step = width > 1 ? $", step {i % width}" : "";
                throw Guard.OutOfRange(
                    nameof(ids), ids[i], FormattableString.Invariant(
                        $"Row {i / width}{step} has the class id {ids[i]}; 0 to {classes - 1} was expected, or −1 for none."));
            }

            desired[i] = ids[i];
        }

        var format = new RowFormat(inputs.Length / rows, width) { ClassNames = new NumberNames(classes), HasClassIds = true };
        return new Dataset(inputs, desired, width == 1 ? ids.ToArray() : [], format);
    }

    private static float[] Flatten(float[][] rows, string name)
    {
        ArgumentNullException.ThrowIfNull(rows, name);
        if (rows.Length == 0)
            throw new ArgumentException("Expected at least one row.", name);
        int width = rows[0]?.Length ?? 0;
        if (width == 0)
            throw new ArgumentException("Expected at least one number in row 0.", name);
        CheckSize(rows.Length, width, name);
        var flat = new float[rows.Length * width];
        for (int row = 0; row < rows.Length; row++)
        {
            if (rows[row]?.Length != width)
            {
                string actual = rows[row] is { } other ? $"{other.Length}" : "null";
                throw new ArgumentException($"Row {row}: expected {width} numbers, as in row 0, but got {actual}.", name);
            }

            rows[row].CopyTo(flat, row * width);
        }

        return flat;
    }

    private static void CheckWidth(int length, int rows, string name)
    {
        if (length == 0 || length % rows != 0)
            throw new ArgumentException($"Expected a positive multiple of {rows} rows, but got {length} numbers.", name);
    }

    private static void CheckSize(int rows, int width, string name)
    {
        if ((long)rows * width > Array.MaxLength)
            throw new ArgumentException($"{rows} rows of {width} numbers are more than an array can hold.", name);
    }

    private static void CheckFinite(ReadOnlySpan<float> values, int rows, string name)
    {
        if (TensorPrimitives.IsFiniteAll(values))
            return;
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                int width = values.Length / rows;
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"Row {i / width}, column {i % width}: expected a finite number, but got {values[i]}."), name);
            }
        }
    }
}
