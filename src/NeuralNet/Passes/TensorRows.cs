using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Rows in tensors: which shapes a tensor may have, and its values as they lie.</summary>
/// <remarks>Rows of a shape are [rows, …the axes of the shape] or [rows, size]; one row may lack the first axis. That is never ambiguous: what fits
/// both readings, as [1, features] does where a sequence has one step, is the same row in both.</remarks>
internal static class TensorRows
{
    /// <summary>The largest rank of a tensor of rows.</summary>
    public const int MaxRank = 4;

    /// <summary>The values of a tensor, in place.</summary>
    /// <exception cref="ArgumentException">It is empty, or its values do not lie one after the other.</exception>
    public static ReadOnlySpan<float> Values(ReadOnlyTensorSpan<float> tensor, string name)
    {
        Check(tensor, name);
        return MemoryMarshal.CreateReadOnlySpan(in tensor.GetPinnableReference(), (int)tensor.FlattenedLength);
    }

    /// <inheritdoc cref="Values(ReadOnlyTensorSpan{float}, string)"/>
    public static Span<float> Values(TensorSpan<float> tensor, string name)
    {
        Check(tensor, name);
        return MemoryMarshal.CreateSpan(ref tensor.GetPinnableReference(), (int)tensor.FlattenedLength);
    }

    /// <summary>A copy of the values of a tensor, whatever its strides.</summary>
    /// <exception cref="ArgumentException">It is empty, or an array cannot hold its values.</exception>
    public static float[] Copy(ReadOnlyTensorSpan<float> tensor, string name)
    {
        CheckLength(tensor, Array.MaxLength, name);
        float[] copy = new float[(int)tensor.FlattenedLength];
        tensor.FlattenTo(copy);
        return copy;
    }

    /// <summary>The lengths of a tensor of rows: [rows, features], [rows, steps, features] or [rows, height, width, channels].</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="shape">The shape of a row.</param>
    /// <param name="steps">The steps of a sequence; without meaning for other kinds.</param>
    /// <param name="memory">What the lengths are written to, <see cref="MaxRank"/> of them at most.</param>
    public static ReadOnlySpan<nint> Lengths(int rows, Shape shape, int steps, Span<nint> memory)
    {
        scoped ReadOnlySpan<int> lengths = shape.Kind switch
        {
            ShapeKind.Sequence => [rows, steps, shape.FeatureCount],
            ShapeKind.Image => [rows, shape.Height, shape.Width, shape.FeatureCount],
            _ => [rows, shape.FeatureCount],
        };
        for (int axis = 0; axis < lengths.Length; axis++)
            memory[axis] = lengths[axis];
        return memory[..lengths.Length];
    }

    /// <summary>How many rows of a shape a tensor has, and of how many steps they are.</summary>
    /// <exception cref="ArgumentException">The tensor has no such rows.</exception>
    public static (int Rows, int Steps) Of(ReadOnlySpan<nint> lengths, Shape shape, string name)
    {
        int axes = shape.Kind switch { ShapeKind.Sequence => 2, ShapeKind.Image => 3, _ => 1 };
        bool isFlat = lengths.Length == 1 || (lengths.Length == 2 && lengths[1] == shape.Size);
        int rows = lengths.Length > 1 && (isFlat || lengths.Length == axes + 1) ? (int)lengths[0] : 1;
        int steps = isFlat || shape.Kind != ShapeKind.Sequence ? shape.Steps : (int)lengths[^2];
        return steps <= shape.Steps && Fits(lengths, rows, shape, steps) ? (rows, steps) : throw Wrong(lengths, shape, name);
    }

    /// <summary>Whether a tensor is so many rows of a shape, of so many steps.</summary>
    public static bool Fits(ReadOnlySpan<nint> lengths, int rows, Shape shape, int steps)
    {
        int size = shape.SizeAt(steps);
        ReadOnlySpan<nint> all = Lengths(rows, shape, steps, stackalloc nint[MaxRank]);
        return lengths.SequenceEqual(all) || (lengths.Length == 2 && lengths[0] == rows && lengths[1] == size)
            || (rows == 1 && (lengths.SequenceEqual(all[1..]) || (lengths.Length == 1 && lengths[0] == size)));
    }

    /// <summary>Whether a tensor may hold what is desired of so many rows of a shape: a number of values for each vector, which is the divergence's
    /// affair, as an axis of their own, without one where it is one value, or all vectors of a row side by side.</summary>
    public static bool FitsDesired(ReadOnlySpan<nint> lengths, int rows, Shape shape, int steps)
    {
        ReadOnlySpan<nint> vectors = Lengths(rows, shape, steps, stackalloc nint[MaxRank])[1..^1];
        return (lengths[0] == rows && FitsRow(lengths[1..], vectors)) || (rows == 1 && FitsRow(lengths, vectors));

        static bool FitsRow(ReadOnlySpan<nint> row, ReadOnlySpan<nint> vectors) =>
            row.Length == 1 || (row.StartsWith(vectors) && row.Length <= vectors.Length + 1);
    }

    /// <summary>The lengths of a tensor in words.</summary>
    public static string Words(ReadOnlySpan<nint> lengths) =>
        $"[{string.Join(", ", Array.ConvertAll(lengths.ToArray(), length => FormattableString.Invariant($"{length}")))}]";

    private static void Check(ReadOnlyTensorSpan<float> tensor, string name)
    {
        CheckLength(tensor, int.MaxValue, name);
        if (!IsDense(tensor.Lengths, tensor.Strides))
            throw NotDense(tensor, name);
    }

    // Whether the values lie one after the other, row-major. The tensor's own IsDense is false of some parts that do, such as [1, 3, 1].
    private static bool IsDense(ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides)
    {
        nint values = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            if (lengths[axis] > 1 && strides[axis] != values)
                return false;
            values *= lengths[axis];
        }

        return true;
    }

    private static void CheckLength(ReadOnlyTensorSpan<float> tensor, int max, string name)
    {
        if (tensor.FlattenedLength == 0 || tensor.FlattenedLength > max)
            throw WrongLength(tensor, max, name);
    }

    private static ArgumentException WrongLength(ReadOnlyTensorSpan<float> tensor, int max, string name) => new(
        FormattableString.Invariant($"{name} is a tensor {Words(tensor.Lengths)} of {tensor.FlattenedLength} values; 1 to {max} were expected."),
        name);

    private static ArgumentException NotDense(ReadOnlyTensorSpan<float> tensor, string name) => new(
        $"{name} is a tensor {Words(tensor.Lengths)} with the strides {Words(tensor.Strides)}: its values do not lie one after the other, row-major, "
        + "and a tensor is used as it lies, without a copy. Give a dense copy: ToDenseTensor() of a tensor, FlattenTo(values) of a span.",
        name);

    private static ArgumentException Wrong(ReadOnlySpan<nint> lengths, Shape shape, string name)
    {
        string row = shape.Kind switch
        {
            ShapeKind.Sequence => FormattableString.Invariant($"steps, {shape.FeatureCount}"),
            ShapeKind.Image => FormattableString.Invariant($"{shape.Height}, {shape.Width}, {shape.FeatureCount}"),
            _ => FormattableString.Invariant($"{shape.FeatureCount}"),
        };
        string flat = shape.Kind == ShapeKind.Features ? "" : FormattableString.Invariant($", [rows, {shape.Size}]");
        string steps = shape.Kind == ShapeKind.Sequence ? FormattableString.Invariant($" (1 to {shape.Steps} steps)") : "";
        return new($"{name} is a tensor {Words(lengths)}; [rows, {row}]{flat} or, of one row, [{row}] was expected{steps}.", name);
    }
}
