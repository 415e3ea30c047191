using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rows of a data set, in their own order or shuffled.</summary>
internal sealed class DatasetRows : PlannedRows
{
    private readonly Dataset data;
    private readonly bool shuffles;
    private readonly int[]? counted; // the rows of which something counts; null: all
    private readonly int[] order;

    public DatasetRows(Dataset data, Network network, bool byIds, bool shuffles, EpochSettings settings)
        : base(data.Format, settings)
    {
        (this.data, this.shuffles) = (data, shuffles);
        counted = RowsThatCount(data, network, byIds);
        order = [.. counted ?? Enumerable.Range(0, data.Rows)];
        Cut(order.Length);
    }

    /// <summary>The rows of an epoch.</summary>
    public int Count => order.Length;

    public override long Position => 0; // the step says it

    public override void Begin(int epoch, int step, long row)
    {
        base.Begin(epoch, step, row);
        if (!shuffles)
            return;
        RandomPurpose.Of(Seed, RandomPurpose.Shuffle).AtStep(epoch).Permute(order);
        for (int i = 0; i < counted?.Length; i++)
            order[i] = counted[order[i]];
    }

    protected override Batch Take(int first, int rows, bool withInputs, RowBuffers buffers, Workers workers)
    {
        int at = (int)FirstOfStep + first;
        return new Batch
        {
            Rows = rows,
            Inputs = withInputs ? Gathered(data.Inputs, at, rows, RowBuffers.Part.Inputs, buffers, workers) : default,
            Desired = Gathered(data.Desired, at, rows, RowBuffers.Part.Desired, buffers, workers),
            Weights = Gathered(data.Weights, at, rows, RowBuffers.Part.Weights, buffers, workers),
            Lengths = LengthsAt(at, rows, buffers),
            FirstRow = first,
        };
    }

    protected override ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places)
    {
        places = order.AsSpan((int)FirstOfStep + first, rows);
        return data.Inputs;
    }

    // Of shuffled rows it is not known which come where.
    protected override ReadOnlySpan<int> LengthsOf(int first, int rows, out bool areTheirOwn)
    {
        areTheirOwn = !shuffles && !data.Lengths.IsEmpty;
        return areTheirOwn ? LengthsAt((int)FirstOfStep + first, rows, new RowBuffers()) : data.Lengths;
    }

    private static int[]? RowsThatCount(Dataset data, Network network, bool byIds)
    {
        if (data.Weights.IsEmpty)
            return null;
        int[] counted = [.. Enumerable.Range(0, data.Rows).Where(row => network.OwnWeight(data.Batch(row, 1), byIds) > 0)];
        return counted.Length < data.Rows ? counted : null;
    }

    private bool IsInOrder => !shuffles && counted is null;

    // Rows of the data, in order: their own memory, where they lie as they are taken.
    private ReadOnlySpan<float> Gathered(
        ReadOnlySpan<float> all, int first, int rows, RowBuffers.Part part, RowBuffers buffers, Workers workers)
    {
        int width = all.Length / data.Rows;
        if (IsInOrder || width == 0)
            return all.Slice(first * width, rows * width);
        Span<float> gathered = buffers.Memory(part, rows * width);
        GatherKernels.Rows(all, order.AsSpan(first, rows), gathered, width, workers);
        return gathered;
    }

    private ReadOnlySpan<int> LengthsAt(int first, int rows, RowBuffers buffers)
    {
        if (data.Lengths.IsEmpty || IsInOrder)
            return data.Lengths.IsEmpty ? default : data.Lengths.Slice(first, rows);
        Span<int> lengths = buffers.Lengths(rows);
        for (int i = 0; i < rows; i++)
            lengths[i] = data.Lengths[order[first + i]];
        return lengths;
    }
}
