namespace NeuralNet;

// Ids as floats: which values are ids, and in which words others are refused. A mask is one of two ids.
internal static class Ids
{
    /// <summary>2²⁴: of whole numbers above it, not all are floats.</summary>
    public const int Max = 1 << 24;

    /// <summary>The smaller of two numbers of ids, where 0 stands for any number.</summary>
    public static int Fewest(int a, int b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);

    /// <summary>The index of the first value that should be an id and is none, in the real steps of all rows; −1 if there is none.</summary>
    /// <param name="shape">The shape of an input row.</param>
    /// <param name="values">The input.</param>
    /// <param name="ids">The number of ids that each value of a row ranges over, 0 for an ordinary number; one number counts for all values.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="steps">The steps of the rows.</param>
    /// <param name="lengths">How many steps of each row are real; empty means all.</param>
    public static int FirstWrong(Shape shape, ReadOnlySpan<float> values, ReadOnlySpan<int> ids, int rows, int steps, ReadOnlySpan<int> lengths)
    {
        int size = shape.SizeAt(steps);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> real = values.Slice(row * size, lengths.IsEmpty ? size : shape.SizeAt(lengths[row]));
            for (int i = 0; i < real.Length; i++)
            {
                int count = ids.Length == 1 ? ids[0] : ids[i];
                if (count > 0 && !Is(real[i], count))
                    return (row * size) + i;
            }
        }

        return -1;
    }

    /// <summary>Where a wrong value is, and what was expected.</summary>
    /// <param name="place">Whose input it is.</param>
    /// <param name="shape">The shape of an input row.</param>
    /// <param name="value">The value.</param>
    /// <param name="ids">The number of ids that it should range over.</param>
    /// <param name="row">Its row.</param>
    /// <param name="at">Its index within the row.</param>
    public static string Refusal(string place, Shape shape, float value, int ids, int row, int at)
    {
        bool isSequence = shape.Kind == ShapeKind.Sequence;
        string step = isSequence ? FormattableString.Invariant($", step {at / shape.FeatureCount}") : "";
        string element = isSequence && shape.FeatureCount == 1 ? "" : FormattableString.Invariant($", element {at % (shape.Size / shape.Steps)}");
        string expected = ids == 2 ? "0 or 1 was expected"
            : FormattableString.Invariant($"an id was expected, a whole number from 0 to {ids - 1}");
        return FormattableString.Invariant($"{place}: row {row}{step}{element} has {value}; {expected}.");
    }

    /// <summary>Draws inputs: uniform ids, and N(0, 1) for ordinary numbers.</summary>
    public static void Draw(RandomStream random, ReadOnlySpan<int> ids, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            int count = ids.IsEmpty ? 0 : ids[i % ids.Length];
            values[i] = count == 0 ? random.Normal(0, i) : (int)(((ulong)random.Bits(0, i) * (ulong)count) >> 32);
        }
    }

    // A NaN is no id.
    private static bool Is(float value, int ids) => value >= 0 && value < ids && value == (int)value;
}
