namespace NeuralNet;

/// <summary>What each of several texts has of one kind, row after row.</summary>
internal sealed class TextRows<T>(int rows, int perRow)
{
    private readonly T[] values = new T[rows * perRow];
    private T[] spare = [];

    /// <summary>What one row has.</summary>
    public Span<T> this[int row] => values.AsSpan(row * perRow, perRow);

    /// <summary>What the first rows have.</summary>
    public Span<T> First(int count) => values.AsSpan(0, count * perRow);

    /// <summary>Row r becomes what row from[r] was.</summary>
    public void Rearrange(ReadOnlySpan<int> from)
    {
        int stay = 0;
        while (stay < from.Length && from[stay] == stay)
            stay++;
        if (stay == from.Length)
            return;
        if (spare.Length < values.Length)
            spare = new T[values.Length];
        for (int row = stay; row < from.Length; row++)
            this[from[row]].CopyTo(spare.AsSpan(row * perRow));
        for (int row = stay; row < from.Length; row++)
            spare.AsSpan(row * perRow, perRow).CopyTo(this[row]);
    }
}
