using Floats = System.Numerics.Vector<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>Sums and products of spans, and what moves values.</content>
internal static partial class Parts
{
    // result = a + b; it may be either of them.
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result)
    {
        int i = 0;
        for (; i < result.Length - (Floats.Count - 1); i += Floats.Count)
            StoreWhole(LoadWhole(a, i) + LoadWhole(b, i), result, i);
        for (; i < result.Length; i++)
            result[i] = a[i] + b[i];
    }

    // result = a · b; it may be either of them.
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> result)
    {
        int i = 0;
        for (; i < result.Length - (Floats.Count - 1); i += Floats.Count)
            StoreWhole(LoadWhole(a, i) * LoadWhole(b, i), result, i);
        for (; i < result.Length; i++)
            result[i] = a[i] * b[i];
    }

    // The largest of each group of neighbours.
    public static void MaxOfGroups(ReadOnlySpan<float> z, Span<float> y)
    {
        int size = z.Length / y.Length;
        for (int i = 0; i < y.Length; i++)
        {
            float largest = float.NegativeInfinity;
            foreach (float value in z.Slice(i * size, size))
                largest = global::System.MathF.Max(largest, value);
            y[i] = largest;
        }
    }

    // The product of each pair, whose indices lie side by side.
    public static void ProductOfPairs(ReadOnlySpan<float> z, ReadOnlySpan<int> pairs, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++)
            y[i] = z[pairs[2 * i]] * z[pairs[(2 * i) + 1]];
    }

    // to[r, toFirst + j] = from[r, fromFirst + j] for so many columns j.
    public static void CopyColumns(ReadOnlySpan<float> from, int fromWidth, int fromFirst, Span<float> to, int toWidth, int toFirst, int count)
    {
        for (int r = 0; r < to.Length / toWidth; r++)
            from.Slice((r * fromWidth) + fromFirst, count).CopyTo(to.Slice((r * toWidth) + toFirst, count));
    }

    // The steps, each so wide, from the last to the first.
    public static void ReverseSteps(ReadOnlySpan<float> x, int width, Span<float> y)
    {
        for (int at = 0; at < x.Length; at += width)
            x.Slice(x.Length - at - width, width).CopyTo(y.Slice(at, width));
    }

    // The mean of each column over the steps.
    public static void MeanOverSteps(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int j = 0; j < y.Length; j += Floats.Count)
        {
            Floats sum = Floats.Zero;
            for (int at = j; at < x.Length; at += y.Length)
                sum += Load(x, at);
            Store(sum / new Floats(x.Length / y.Length), y, j);
        }
    }

    // The largest of each column over the steps.
    public static void MaxOverSteps(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int j = 0; j < y.Length; j += Floats.Count)
        {
            Floats largest = Load(x, j);
            for (int at = j + y.Length; at < x.Length; at += y.Length)
                largest = Max(largest, Load(x, at));
            Store(largest, y, j);
        }
    }

    // Of each id its row of the table, which has so many; of the padding id (−1: there is none) zeros.
    public static void LookUp(ReadOnlySpan<float> ids, ReadOnlySpan<float> table, int count, int width, int padding, Span<float> y)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (!IsId(ids[i], count))
                throw WrongId("An embedding's input", i, ids[i], count);
            Span<float> vector = y.Slice(i * width, width);
            if ((int)ids[i] == padding)
                vector.Clear();
            else
                table.Slice((int)ids[i] * width, width).CopyTo(vector);
        }
    }

    // Refuses masks other than 1 (seen) and 0 (not seen).
    public static void CheckMask(ReadOnlySpan<float> mask, int steps, int maskStep)
    {
        for (int step = 0; step < steps; step++)
        {
            if (!IsId(mask[step * maskStep], 2))
                throw WrongId("A key mask", step, mask[step * maskStep], 2);
        }
    }

    // Refuses what is no id where one is expected: of so many ids each, 0 where any number may be; a single count is for all.
    public static void CheckIds(ReadOnlySpan<float> x, ReadOnlySpan<int> counts)
    {
        for (int i = 0; i < x.Length; i++)
        {
            int count = counts[counts.Length == 1 ? 0 : i];
            if (count > 0 && !IsId(x[i], count))
                throw WrongId("x", i, x[i], count);
        }
    }

    private static bool IsId(float value, int count) => value >= 0 && value < count && value == (int)value;

    private static ArgumentException WrongId(string place, int index, float value, int count)
    {
        string expected = count == 2 ? "0 or 1" : global::System.FormattableString.Invariant($"an id, a whole number from 0 to {count - 1},");
        return new ArgumentException(global::System.FormattableString.Invariant($"{place}: element {index} is {value}; {expected} was expected."));
    }
}
