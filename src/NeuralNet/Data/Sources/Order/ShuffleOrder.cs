namespace NeuralNet;

/// <summary>Which rows of a source come in which window of an epoch, and in which order: a function of (seed, epoch).</summary>
/// <remarks>With runs the source is a circle of rows, cut into runs from a random row on. The last run may be shorter, and comes last; the others
/// come in a random order. Without them the windows are the rows as they come, and the first one has a random number of rows.</remarks>
internal readonly struct ShuffleOrder
{
    // Places of the whole that a window is a sample of.
    private const int MostRuns = 256;

    private readonly RandomStream stream;
    private readonly RandomPermutation runs;
    private readonly long all, start, fullRuns;
    private readonly int run, firstWindow;

    public ShuffleOrder(IRowSource source, int buffer, long seed, int epoch)
    {
        stream = RandomPurpose.Of(seed, RandomPurpose.RowOrder).Fork(epoch);
        RandomStream draws = stream.Fork(0);
        HasRuns = source is { OpensAnywhere: true, Rows: > 0 };
        if (!HasRuns)
        {
            WindowRows = buffer;
            firstWindow = 1 + (int)(((ulong)draws.Bits(0, 0) * (ulong)buffer) >> 32);
            return;
        }

        all = source.Rows!.Value;
        run = Math.Max(1, buffer / MostRuns);
        WindowRows = firstWindow = buffer / run * run;
        start = (long)(((UInt128)(((ulong)draws.Bits(0, 0) << 32) | draws.Bits(0, 1)) * (UInt128)all) >> 64);
        fullRuns = all / run;
        runs = new RandomPermutation(stream.Fork(1), fullRuns);
    }

    /// <summary>Whether windows are made of runs from everywhere.</summary>
    public bool HasRuns { get; }

    /// <summary>The rows of a window; the last one may have fewer, and the first one.</summary>
    public int WindowRows { get; }

    /// <summary>The window that a row of the epoch comes in.</summary>
    public long WindowOf(long row) => row < firstWindow ? 0 : 1 + ((row - firstWindow) / WindowRows);

    /// <summary>The first row of a window, and how many it has at most.</summary>
    public (long First, int Rows) Window(long window) =>
        window == 0 ? (0, firstWindow) : (firstWindow + ((window - 1) * WindowRows), WindowRows);

    /// <summary>The rows of the source that lie from a row of the epoch on in one run, before the windows are put into their orders.</summary>
    public (long First, int Rows) RunAt(long row)
    {
        long place = row / run, at = start + ((place < fullRuns ? runs[place] : fullRuns) * run);
        int rows = (int)Math.Min(run, all - (place * run));
        at -= at >= all ? all : 0;
        return (at, rows);
    }

    /// <summary>The order of a window's rows.</summary>
    public void Permute(long window, Span<int> order) => stream.Fork(2).AtStep(window).Permute(order);
}
