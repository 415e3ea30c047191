using System.Runtime.InteropServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Sums over the processes, made here: an element's sum is a balanced tree over the processes, whatever way it takes.</content>
public abstract partial class Cluster
{
    // Up to so many floats every process adds all of them: fewer messages. From there on each adds a share, and the shares are gathered: fewer bytes.
    private const int ShortSum = 8 << 10;

    // The floats that are sent at a time, and then lie in the cache where they are added.
    private const int PieceFloats = 64 << 10;

    private AlignedBuffer? received;

    /// <summary>Adds up the values of all processes, of which there are a power of two; afterwards all have the sums, with the same bits.</summary>
    /// <param name="values">As many on each process.</param>
    /// <param name="workers">The threads that add.</param>
    internal void Sum(Span<float> values, Workers workers)
    {
        const int Unit = 16;
        int shared = values.Length <= ShortSum ? 0 : values.Length / (Size * Unit) * (Size * Unit);
        if (shared > 0)
            SumByShares(values[..shared], workers);
        SumByDoubling(values[shared..], workers);
    }

    /// <summary>Gives each process the blocks of all.</summary>
    /// <param name="blocks">One after the other the blocks of all processes, equally long; this process's own is filled.</param>
    internal void Gather(Span<byte> blocks)
    {
        int length = blocks.Length / Size;
        if (length == 0)
            return;
        Span<byte> own = blocks.Slice(Rank * length, length);
        for (int round = 0; round < Size; round++)
        {
            // In each round every process has another partner, or waits.
            int partner = (round - Rank + Size) % Size;
            if (partner != Rank)
                Swap(partner, own, blocks.Slice(partner * length, length));
        }
    }

    /// <summary>Gives each process the blocks of all, which may differ in length.</summary>
    /// <param name="own">The block of this process.</param>
    /// <returns>The blocks in the order of the processes.</returns>
    internal byte[][] GatherAny(byte[] own)
    {
        // Padded to the same length, but no more at a time than so much of all of them together.
        const int PieceBytes = 16 << 20;
        int[] lengths = new int[Size];
        lengths[Rank] = own.Length;
        Gather(MemoryMarshal.AsBytes(lengths.AsSpan()));
        byte[][] blocks = [.. lengths.Select((length, process) => process == Rank ? own : new byte[length])];
        int longest = lengths.Max(), most = Math.Min(longest, Math.Max(1, PieceBytes / Size));
        byte[] padded = new byte[most * Size];
        for (int at = 0, length; at < longest; at += length)
        {
            length = Math.Min(most, longest - at);
            PartOf(own, at, length).CopyTo(padded.AsSpan(Rank * length));
            Gather(padded.AsSpan(0, Size * length));
            for (int process = 0; process < Size; process++)
            {
                Span<byte> part = PartOf(blocks[process], at, length);
                padded.AsSpan(process * length, part.Length).CopyTo(part);
            }
        }

        return blocks;

        static Span<byte> PartOf(byte[] block, int at, int length) =>
            at >= block.Length ? [] : block.AsSpan(at, Math.Min(length, block.Length - at));
    }

    /// <summary>Gives all processes the bytes of process 0.</summary>
    internal void Spread(Span<byte> bytes)
    {
        const int PieceBytes = PieceFloats * sizeof(float);
        Span<byte> unread = MemoryMarshal.AsBytes(Received(PieceFloats));
        for (int first = 0; first < bytes.Length; first += PieceBytes)
        {
            Span<byte> piece = bytes.Slice(first, Math.Min(PieceBytes, bytes.Length - first)), back = unread[..piece.Length];
            for (int distance = 1; distance < Size; distance <<= 1)
            {
                if (Rank < distance && Rank + distance < Size)
                    Swap(Rank + distance, piece, back);
                else if (Rank >= distance && Rank < 2 * distance)
                    Swap(Rank - distance, back, piece);
            }
        }
    }

    private void SumByDoubling(Span<float> values, Workers workers)
    {
        for (int distance = 1; distance < Size && values.Length > 0; distance <<= 1)
        {
            Span<float> other = Received(values.Length);
            Swap(Rank ^ distance, values, other);
            GradientKernels.Add(values, other, workers);
        }
    }

    // Of neighbours each adds one half of what both have so far, then of neighbours of neighbours, and so on; then all way back.
    private void SumByShares(Span<float> values, Workers workers)
    {
        int first = 0, length = values.Length;
        for (int distance = 1; distance < Size; distance <<= 1)
        {
            length /= 2;
            bool isLower = (Rank & distance) == 0;
            Span<float> kept = values.Slice(isLower ? first : first + length, length), sent = values.Slice(isLower ? first + length : first, length);
            for (int at = 0; at < length; at += PieceFloats)
            {
                int piece = Math.Min(PieceFloats, length - at);
                Span<float> other = Received(piece);
                Swap(Rank ^ distance, sent.Slice(at, piece), other);
                GradientKernels.Add(kept.Slice(at, piece), other, workers);
            }

            first += isLower ? 0 : length;
        }

        for (int distance = Size / 2; distance > 0; distance >>= 1)
        {
            bool isLower = (Rank & distance) == 0;
            int theirs = isLower ? first + length : first - length;
            for (int at = 0; at < length; at += PieceFloats)
            {
                int piece = Math.Min(PieceFloats, length - at);
                Swap(Rank ^ distance, values.Slice(first + at, piece), values.Slice(theirs + at, piece));
            }

            first = Math.Min(first, theirs);
            length *= 2;
        }
    }

    private void Swap(int partner, ReadOnlySpan<float> sent, Span<float> received) =>
        Swap(partner, MemoryMarshal.AsBytes(sent), MemoryMarshal.AsBytes(received));

    // What cannot be moved leaves the processes at different places.
    private void Swap(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        try
        {
            Exchange(partner, sent, received);
        }
        catch
        {
            isBroken = true;
            throw;
        }
    }

    private Span<float> Received(int floats)
    {
        if (received is null || received.Length < floats)
            received = new AlignedBuffer(floats);
        return received.Span[..floats];
    }
}
