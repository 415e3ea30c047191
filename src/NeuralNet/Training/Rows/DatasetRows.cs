using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rows of a data set, in their own order or shuffled.</summary>
internal sealed class DatasetRows : EpochRows
{
    private readonly Dataset data;
    private readonly BatchPlan plan;
    private readonly bool shuffles;
    private readonly int[]? counted; // the rows of which something counts; null: all
    private readonly int[] order;
    private AlignedBuffer? inputs, desired, weights;
    private int[] lengths = [];
    private int step = -1;

    public DatasetRows(Dataset data, Network network, bool byIds, bool shuffles, Func<int[], BatchPlan> planOf)
    {
        (this.data, this.shuffles) = (data, shuffles);
        counted = RowsThatCount(data, network, byIds);
        order = [.. counted ?? Enumerable.Range(0, data.Rows)];
        plan = planOf(order);
    }

    public override int? Steps => plan.Steps;

    public override bool HasNext => step + 1 < plan.Steps;

    public override long Position => 0; // the step says it

    public override int Batches => plan.BatchesOf(step).End - plan.BatchesOf(step).First;

    public override int LargestBatch => plan.LargestBatch;

    public override void Begin(int epoch, int step, long row)
    {
        this.step = step - 1;
        if (!shuffles)
            return;
        RandomPurpose.Of(Seed, RandomPurpose.Shuffle).AtStep(epoch).Permute(order);
        for (int i = 0; i < counted?.Length; i++)
            order[i] = counted[order[i]];
    }

    public override void MoveNext() => step++;

    protected override (int First, int Rows) RowsOf(int batch)
    {
        (int first, int rows) = plan.RowsOf(plan.BatchesOf(step).First + batch);
        return (first - FirstOfStep, rows);
    }

    private int FirstOfStep => plan.RowsOf(plan.BatchesOf(step).First).First;

    protected override Batch Take(int first, int rows, bool withInputs, Workers workers)
    {
        int at = FirstOfStep + first;
        return new Batch
        {
            Rows = rows,
            Inputs = withInputs ? Gathered(data.Inputs, at, rows, ref inputs, workers) : default,
            Desired = Gathered(data.Desired, at, rows, ref desired, workers),
            Weights = Gathered(data.Weights, at, rows, ref weights, workers),
            Lengths = LengthsOf(at, rows),
            FirstRow = first,
        };
    }

    protected override ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places)
    {
        places = order.AsSpan(FirstOfStep + first, rows);
        return data.Inputs;
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
    private ReadOnlySpan<float> Gathered(ReadOnlySpan<float> all, int first, int rows, ref AlignedBuffer? buffer, Workers workers)
    {
        int width = all.Length / data.Rows;
        if (IsInOrder || width == 0)
            return all.Slice(first * width, rows * width);
        Span<float> gathered = Memory(ref buffer, rows * width);
        GatherKernels.Rows(all, order.AsSpan(first, rows), gathered, width, workers);
        return gathered;
    }

    private ReadOnlySpan<int> LengthsOf(int first, int rows)
    {
        if (data.Lengths.IsEmpty || IsInOrder)
            return data.Lengths.IsEmpty ? default : data.Lengths.Slice(first, rows);
        if (lengths.Length < rows)
            lengths = new int[rows];
        for (int i = 0; i < rows; i++)
            lengths[i] = data.Lengths[order[first + i]];
        return lengths.AsSpan(0, rows);
    }
}
