namespace NeuralNet.Kernels;

/// <summary>By what the sum over a window is divided.</summary>
internal enum PoolCount
{
    /// <summary>By how many values of the window lie in the input.</summary>
    Input,

    /// <summary>By how many lie in the input or its padding.</summary>
    Padded,

    /// <summary>By nothing.</summary>
    Sum,
}

/// <summary>How the rows of a pool lie in memory: the larger side [rows, lines, columns, channels], over which windows slide, and the pooled side
/// [rows, output lines, output columns, channels]. A sequence is an image of one line, whose columns are the steps.</summary>
/// <param name="rows">How many rows.</param>
/// <param name="lines">How windows slide from line to line.</param>
/// <param name="columns">How they slide along a line of full length.</param>
/// <param name="channels">The values of a pixel.</param>
/// <param name="lengths">What is known of each row's length; empty: all are full.</param>
/// <param name="columnsOf">How windows slide along a line, given the length of its row.</param>
internal readonly ref struct PoolSizes(
    int rows, WindowAxis lines, WindowAxis columns, int channels, ReadOnlySpan<int> lengths, Func<int, WindowAxis> columnsOf)
{
    private readonly ReadOnlySpan<int> lengths = lengths;

    public int Rows => rows;

    public WindowAxis Lines => lines;

    public WindowAxis Columns => columns;

    public int Channels => channels;

    /// <summary>By what a sum over a window is divided.</summary>
    public PoolCount Count { get; init; }

    /// <summary>The floats of all rows of the larger side.</summary>
    public int Size => checked(rows * lines.Size * columns.Size * channels);

    /// <summary>The floats of all rows of the pooled side.</summary>
    public int PooledSize => checked(rows * lines.Outputs * columns.Outputs * channels);

    /// <summary>Whether rows have lengths of their own.</summary>
    public bool HasLengths => !lengths.IsEmpty;

    /// <summary>How windows slide along the lines of a row.</summary>
    public WindowAxis ColumnsOf(int row) => lengths.IsEmpty ? columns : columnsOf(lengths[row]);

    /// <summary>Refuses lengths that are not those of the rows.</summary>
    public void Check(int steps) => Require.Lengths(lengths, rows, steps);

    /// <summary>Which lines of a side, counted through all rows, and which of its columns one part does: lines, or columns if there are fewer
    /// lines than parts.</summary>
    public (int First, int Count, int FirstColumn, int EndColumn) ShareOf(int sideLines, int sideColumns, int part, int parts)
    {
        int all = rows * sideLines;
        bool byLines = all >= parts;
        (int first, int count) = Workers.ShareOf(byLines ? all : sideColumns, 1, part, parts);
        return byLines ? (first, count, 0, sideColumns) : (0, all, first, first + count);
    }

    /// <summary>1 / what the sum over each of some windows is divided by, given the output's line and column.</summary>
    public float FactorAt(in WindowAxis rowColumns, int line, int column, in PoolWindows windows) => Count switch
    {
        PoolCount.Sum => 1,
        PoolCount.Padded => 1f / ((float)lines.PaddedTapsAt(line) * rowColumns.PaddedTapsAt(column)),
        _ => 1f / ((float)windows.Lines * windows.Taps),
    };
}
