namespace NeuralNet.Kernels;

/// <summary>How sums over the columns of [vectors, width] are made, by the width alone, so that the sums have the same bits for any vector register
/// and any number of threads.</summary>
/// <remarks>Narrow vectors are taken several at a time, as one line of 64 floats or more, so that registers are full. The lines of a block are added
/// up in floats, lane by lane; blocks are added up in double, within a group, and then groups in their order. Threads share groups.</remarks>
internal readonly struct ColumnLines
{
    /// <summary>The lines of a block: a chain of floats that is short enough to keep its digits.</summary>
    public const int BlockLines = 64;

    // A group of several blocks has about so many floats, which stay in the second-level cache.
    private const int GroupFloats = 1 << 15;

    public ColumnLines(int width)
    {
        Width = width;
        Repeats = width >= BlockLines ? 1 : (BlockLines + width - 1) / width;
        GroupLines = Math.Clamp(GroupFloats / Wide / BlockLines, 1, 8) * BlockLines;
    }

    /// <summary>The floats of a vector.</summary>
    public int Width { get; }

    /// <summary>How many vectors make a line.</summary>
    public int Repeats { get; }

    /// <summary>The lines of a group, a multiple of a block's.</summary>
    private int GroupLines { get; }

    /// <summary>The floats of a line.</summary>
    public int Wide => checked(Width * Repeats);

    public int BlockVectors => BlockLines * Repeats;

    public int GroupVectors => GroupLines * Repeats;

    /// <summary>The doubles of a group: two sums of each place of a line, and as much again for those of a block, in floats.</summary>
    public int GroupDoubles => checked(3 * Wide);

    /// <summary>How many groups so many vectors make.</summary>
    public int Groups(int vectors) => (int)(((long)vectors + GroupVectors - 1) / GroupVectors);

    /// <summary>The floats that the sums of so many vectors need.</summary>
    public int Memory(int vectors) => checked(2 * GroupDoubles * Groups(vectors));

    /// <summary>The same for any number of rows of so many vectors, at least.</summary>
    /// <param name="vectorsPerRow">The vectors of a row.</param>
    /// <param name="name">The argument that the size follows from.</param>
    public BufferSize MemoryOfRows(int vectorsPerRow, string name)
    {
        long row = ((6L * Width * vectorsPerRow) + GroupLines - 1) / GroupLines;
        return new(Guard.Size(6L * Wide, name, "The sums of features would have"), Guard.Size(row, name, "The sums of a row would have"));
    }
}
