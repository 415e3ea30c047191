namespace NeuralNet;

// Ids as floats: which values are ids, which inputs must be, and in which words others are refused. A mask is one of two ids.
internal static class Ids
{
    /// <summary>2²⁴: of whole numbers above it, not all are floats.</summary>
    public const int Max = 1 << 24;

    /// <summary>Of how many ids each input value of a row is one, 0 where it may be any number; empty if all may.</summary>
    public static int[] Of(Layer layer)
    {
        int[] ids = [];
        if (layer.TakesIds)
        {
            ids = new int[layer.Input.Size];
            layer.MoveIds(new int[layer.Output.Size], ids);
        }

        return ids.AsSpan().ContainsAnyExcept(0) ? ids : [];
    }

    /// <summary>Of two numbers of ids the smaller, where 0 stands for any number.</summary>
    public static int Fewest(int a, int b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);

    /// <summary>The index of the first value that is none of so many ids; −1 if all are.</summary>
    public static int FirstWrong(ReadOnlySpan<float> values, int ids)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!Is(values[i], ids))
                return i;
        }

        return -1;
    }

    /// <summary>The same where each value has its own number of ids, and 0 stands for any number.</summary>
    public static int FirstWrong(ReadOnlySpan<float> values, ReadOnlySpan<int> ids)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (ids[i] > 0 && !Is(values[i], ids[i]))
                return i;
        }

        return -1;
    }

    /// <summary>Where a value that is no id came, and what was expected.</summary>
    /// <param name="place">Whose input it is.</param>
    /// <param name="value">The value.</param>
    /// <param name="row">Its row.</param>
    /// <param name="at">Its index within the row.</param>
    /// <param name="ids">How many ids there are.</param>
    /// <param name="shape">The shape of the row.</param>
    public static string Refusal(string place, float value, int row, int at, int ids, Shape shape)
    {
        string step = shape.Kind == ShapeKind.Sequence ? FormattableString.Invariant($", step {at / shape.FeatureCount}") : "";
        string element = shape.Kind == ShapeKind.Sequence && shape.FeatureCount == 1 ? "" : FormattableString.Invariant($", element {at % (shape.Size / shape.Steps)}");
        return FormattableString.Invariant($"{place}: row {row}{step}{element} has {value}; {(ids == 2 ? "0 or 1 was expected" : FormattableString.Invariant($"an id was expected, a whole number from 0 to {ids - 1}"))}.");
    }

    /// <summary>Draws inputs: uniform ids, and N(0, 1) where any number may be.</summary>
    public static void Draw(RandomStream random, ReadOnlySpan<int> ids, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            int count = ids.IsEmpty ? 0 : ids[i % ids.Length];
            values[i] = count == 0 ? random.Normal(0, i) : (int)(((ulong)random.Bits(0, i) * (ulong)count) >> 32);
        }
    }

    // NaN is none.
    private static bool Is(float value, int ids) => value >= 0 && value < ids && value == (int)value;
}
