using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>Values of which nobody knows how many will come: kept in pieces, so that adding to many of them copies none.</summary>
internal sealed class CsvValues<T>
{
    private const int PieceLength = 1 << 13;

    private readonly List<T[]> full = [];
    private T[] piece = [];
    private int used;

    public int Count => (full.Count * PieceLength) + used;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T value)
    {
        if (used == piece.Length)
            Grow();
        piece[used++] = value;
    }

    /// <summary>Adds a value many times.</summary>
    public void Add(T value, int times)
    {
        for (int i = 0; i < times; i++)
            Add(value);
    }

    /// <summary>All values in one array; none is kept here.</summary>
    public T[] Take()
    {
        var all = new T[Count];
        for (int i = 0; i < full.Count; i++)
            full[i].CopyTo(all, i * PieceLength);
        piece.AsSpan(0, used).CopyTo(all.AsSpan(full.Count * PieceLength));
        Clear();
        return all;
    }

    public void Clear()
    {
        full.Clear();
        (piece, used) = ([], 0);
    }

    // The first piece grows, as most files are small.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        if (used == PieceLength)
        {
            full.Add(piece);
            (piece, used) = (new T[PieceLength], 0);
        }
        else
        {
            Array.Resize(ref piece, full.Count > 0 ? PieceLength : Math.Min(PieceLength, Math.Max(64, 4 * used)));
        }
    }
}
