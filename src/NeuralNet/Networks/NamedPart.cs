using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>One of the inputs or outputs of a network, by its name: some columns of each vector of a row (<see cref="NamedParts"/>).</summary>
public sealed class NamedPart
{
    private readonly int width;

    internal NamedPart(string name, Shape shape, int first, Shape row)
    {
        width = row.FeatureCount;
        LiesFlat = shape.WithFeatures(width) != row;
        Name = name;
        Shape = shape;
        First = first;
        Count = LiesFlat ? shape.Size : shape.FeatureCount;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>What the part is by itself: the network's own shape with fewer features, or a shape of its own that lies flat in the row.</summary>
    public Shape Shape { get; }

    /// <summary>The first of its columns.</summary>
    public int First { get; }

    /// <summary>How many columns are its own: the features of <see cref="Shape"/>, or, where the parts differ in more than that, all its values.
    /// </summary>
    public int Count { get; }

    /// <summary>Whether the part lies flat in the row, all values of a shape of its own one after the other (an image pixel after pixel, channels
    /// last), because the parts differ in more than their features.</summary>
    public bool LiesFlat { get; }

    // How many vectors of its own lie within a vector of the row: more than one where the parts lie flat, one after the other.
    internal int Vectors => Count / Shape.FeatureCount;

    /// <summary>The part of one row, as a view; where a row has several vectors (steps, pixels), of one vector.</summary>
    /// <param name="rows">Rows of the network's inputs or outputs, one after the other.</param>
    /// <param name="row">Which of them; where a row has several vectors, they are counted through.</param>
    /// <returns>[<see cref="Count"/>].</returns>
    /// <exception cref="ArgumentException">The span is not a whole number of vectors.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> rows, int row = 0)
    {
        int vectors = VectorsOf(rows.Length, nameof(rows));
        return (uint)row < (uint)vectors ? rows.Slice((row * width) + First, Count)
            : throw Guard.OutOfRange(nameof(row), row, FormattableString.Invariant($"Expected a row 0 … {vectors - 1}, but got {row}."));
    }

    /// <summary>Copies the part out of rows.</summary>
    /// <param name="rows">Any number of rows of the network's inputs or outputs, all vectors of them.</param>
    /// <param name="values">To be overwritten with the part: <see cref="Count"/> values of each vector.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void CopyTo(ReadOnlySpan<float> rows, Span<float> values)
    {
        Check(rows.Length, values.Length);
        ColumnKernels.FromColumns(rows, width, First, values, Count, Workers.Alone);
    }

    /// <summary>Copies the part into rows, whose other parts stay as they are.</summary>
    /// <param name="values">The part: <see cref="Count"/> values of each vector.</param>
    /// <param name="rows">Any number of rows of the network's inputs or outputs, all vectors of them.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void CopyFrom(ReadOnlySpan<float> values, Span<float> rows)
    {
        Check(rows.Length, values.Length);
        ColumnKernels.ToColumns(values, Count, rows, width, First, Workers.Alone);
    }

    /// <summary>The part in words.</summary>
    /// <returns>For example <c>class: Features(10), columns 0 to 9</c>.</returns>
    public override string ToString() => $"{Name}: {Shape}, {(Count == 1 ? $"column {First}" : $"columns {First} to {First + Count - 1}")}";

    private void Check(int rows, int values)
    {
        int expected = VectorsOf(rows, nameof(rows)) * Count;
        if (values != expected)
            throw new ArgumentException(
                $"\"{Name}\" has {Count} of the {width} values of a vector, {expected} of {rows} in all, but got {values}.", nameof(values));
    }

    private int VectorsOf(int length, string argument) => length > 0 && length % width == 0 ? length / width
        : throw new ArgumentException($"Rows of {width} values, as wide as all parts together, were expected, but got {length} values.", argument);
}
