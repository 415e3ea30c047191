namespace NeuralNet;

/// <summary>Memory that one reader of a source leaves to the next one: large pieces made anew in each epoch would pile up until they are collected.
/// </summary>
internal sealed class SpareMemory(RowFormat format)
{
    private RowMemory? spare;

    public RowMemory Rent(int rows) => Interlocked.Exchange(ref spare, null) is { } left && left.Rows == rows ? left : new RowMemory(format, rows);

    public void Return(ref RowMemory? memory)
    {
        if (memory is not null)
            Volatile.Write(ref spare, memory);
        memory = null;
    }
}
