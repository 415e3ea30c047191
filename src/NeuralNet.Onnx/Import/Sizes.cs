namespace NeuralNet.Onnx.Import;

/// <summary>Sizes of axes, in which the number of rows has a value of its own.</summary>
internal static class Sizes
{
    /// <summary>
    /// What stands for a dynamic number of rows: a prime beyond every size that an axis may have. So a model's own
    /// arithmetic on shapes (rows · heads, a −1 in Reshape) is followed with plain numbers, and a multiple of it is known for
    /// what it is.
    /// </summary>
    public const long Rows = int.MaxValue;

    /// <summary>Whether the number of rows is a factor of a size.</summary>
    public static bool HasRows(long size) => size != 0 && size % Rows == 0;

    /// <summary>The product; −1 if it is beyond 2⁶².</summary>
    public static long Product(ReadOnlySpan<long> sizes)
    {
        long product = 1;
        bool tooLarge = false;
        foreach (long size in sizes)
        {
            if (size == 0)
                return 0;
            tooLarge |= size < 0 || product > (1L << 62) / Math.Max(1, size);
            product = tooLarge ? 1 : product * size;
        }

        return tooLarge ? -1 : product;
    }

    public static string Text(IEnumerable<long> sizes) =>
        $"[{string.Join(", ", sizes.Select(Text))}]";

    private static string Text(long size) =>
        size == Rows ? "rows" : HasRows(size) ? FormattableString.Invariant($"{size / Rows} · rows") : FormattableString.Invariant($"{size}");
}
