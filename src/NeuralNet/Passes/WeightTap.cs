namespace NeuralNet;

/// <summary>Keeps the weights of an attention layer while a prediction runs through the network.</summary>
/// <param name="rows">The rows of the prediction.</param>
internal sealed class WeightTap(int rows)
{
    private float[] values = [];
    private int count;

    public int Rows => rows;

    public int Heads { get; private set; }

    public int Queries { get; private set; }

    public int Keys { get; private set; }

    /// <summary>What was kept, [rows, heads, queries, keys]; empty: the layer has not run.</summary>
    public ReadOnlySpan<float> Values => values.AsSpan(0, count);

    /// <summary>Whether the layer has run for all rows.</summary>
    public bool IsWhole => count > 0 && count == values.Length;

    /// <summary>Memory for the weights of the next rows: a prediction may take its rows through the network in parts, in their order. How large one
    /// row is the layer knows alone, and not before it has been given its steps.</summary>
    /// <exception cref="ArgumentException">No array would hold the weights of all rows.</exception>
    /// <exception cref="InvalidOperationException">The layer has run more than once.</exception>
    public Span<float> Next(int part, int heads, int queries, int keys)
    {
        Int128 perRow = (Int128)heads * queries * keys;
        if (count == 0)
        {
            if (perRow * rows > Array.MaxLength)
                throw new ArgumentException(FormattableString.Invariant(
                    $"The attention weights of {rows} rows, {heads} heads, {queries} queries and {keys} keys would be {perRow * rows} values, ")
                    + FormattableString.Invariant($"and an array holds {Array.MaxLength}; give fewer rows or steps at a time."));
            (Heads, Queries, Keys) = (heads, queries, keys);
            values = new float[(int)(perRow * rows)];
        }

        if ((heads, queries, keys) != (Heads, Queries, Keys) || count + (part * (long)perRow) > values.Length)
            throw new InvalidOperationException("The layer ran more than once in this prediction, so that it has no one set of weights.");
        Span<float> next = values.AsSpan(count, part * (int)perRow);
        count += next.Length;
        return next;
    }
}
