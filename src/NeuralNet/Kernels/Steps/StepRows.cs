namespace NeuralNet.Kernels;

/// <summary>How sequences lie in memory: [rows, steps, width], and how many steps of each row are real (empty: all).</summary>
internal readonly ref struct StepRows(int rows, int steps, int width, ReadOnlySpan<int> lengths)
{
    public int Rows => rows;

    public int Steps => steps;

    public int Width => width;

    public int Size => checked(rows * steps * width);

    public ReadOnlySpan<int> Lengths { get; } = lengths;

    /// <summary>How many steps of a row are real.</summary>
    public int LengthOf(int row) => Lengths.IsEmpty ? steps : Lengths[row];

    /// <summary>Which rows, and which of so many columns, one part does: rows, or columns if there are fewer rows than parts.</summary>
    public (int FirstRow, int Rows, int First, int Count) ShareOf(int columns, int part, int parts)
    {
        bool byRows = rows >= parts;
        (int first, int count) = byRows ? Workers.ShareOf(rows, 1, part, parts) : Workers.ShareOf(columns, Workers.Line, part, parts);
        return byRows ? (first, count, 0, columns) : (0, rows, first, count);
    }
}
