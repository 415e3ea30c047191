namespace NeuralNet;

/// <summary>Reads rows of one epoch of a source wherever they lie.</summary>
internal sealed class RowPlaces(IRowSource source, long seed, int epoch) : IDisposable
{
    private IRowReader? reader;
    private long next;

    /// <summary>Reads rows from a place on; fewer than there is room for only at the end.</summary>
    public int Read(long first, in RowSpans rows)
    {
        if (reader is null || (next != first && (reader as ISeekingReader)?.TrySeek(first) != true))
        {
            Dispose();
            reader = source.Open(seed, epoch, first);
        }

        int read = reader.Read(rows);
        next = first + read;
        return read;
    }

    public void Dispose()
    {
        reader?.Dispose();
        reader = null;
    }
}
