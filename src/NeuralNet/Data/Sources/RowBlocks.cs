namespace NeuralNet;

/// <summary>All rows of a source, some at a time: those of a data set where they lie, others as they have been read.</summary>
internal sealed class RowBlocks(IRowSource source, int most) : IDisposable
{
    private readonly Dataset? data = source as Dataset;
    private RowCursor? cursor;
    private RowMemory? memory;
    private int rows;

    /// <summary>The first of the present rows.</summary>
    public long First { get; private set; }

    /// <summary>The present rows, with what is desired, weights and lengths.</summary>
    public Batch Rows => (data is null ? memory!.Batch(0, rows) : data.Batch((int)First, rows)) with
    {
        FirstRow = (int)Math.Min(First, int.MaxValue - rows),
    };

    /// <summary>Goes on to the next rows.</summary>
    /// <returns>Whether there are any.</returns>
    public bool MoveNext()
    {
        First += rows;
        if (data is not null)
        {
            rows = (int)Math.Min(most, data.Rows - First);
            return rows > 0;
        }

        cursor ??= new RowCursor(source, seed: 0, epoch: 0, firstRow: 0);
        memory ??= new RowMemory(source.Format, most);
        rows = cursor.Read(memory.Slice(0, most));
        return rows > 0;
    }

    public void Dispose() => cursor?.Dispose();
}
