namespace NeuralNet;

/// <content>Many rows of a small network go through it some at a time, which stay in the cache from layer to layer and back.</content>
public sealed partial class Network
{
    private readonly int rowsOfPart; // that one thread takes at a time through forward and backward
    private readonly int mostOfPart; // that all threads take

    // How many rows of a step go through the network at a time.
    internal int RowsAtOnce(int rows, int threads) =>
        rows <= rowsOfPart ? rows : (int)Math.Min(Math.Min(rows, mostOfPart), (long)rowsOfPart * threads);

    // As many rows as a second-level cache holds, of a network whose parameters take little room beside them: those, and their gradient, are gone
    // through for each part. Fewer rows than some are slower than what the cache saves. Where rows are large, as with a logit for each word of a
    // vocabulary at each step, no more than 256 MB hold, but so many vectors that going through the parameters once more does not count. What mixes
    // rows, and statistics, are of the whole batch.
    private static (int Rows, int Most) RowsOfPart(Chain chain, int parameters, bool learnsStatistics)
    {
        const int CacheFloats = 128 << 10, FewestRows = 128, MostFloats = 1 << 26, FewestVectors = 128;
        if (chain.MixesRows || learnsStatistics)
            return (int.MaxValue, int.MaxValue);
        long perRow = (long)chain.Cache.PerRow + chain.Scratch.PerRow + chain.Input.Size + (2L * chain.Output.Size), rows = CacheFloats / perRow;
        int vectors = Math.Max(chain.Input.VectorsAt(chain.Input.Steps), chain.Output.VectorsAt(chain.Output.Steps));
        int most = (int)Math.Max(MostFloats / perRow, (FewestVectors + vectors - 1) / vectors);
        return (parameters > CacheFloats / 4 || rows < FewestRows ? most : (int)(rows / 16) * 16, most);
    }

    // The gradient of one part goes on from that of the one before, and so does the sum of divergences: the bits are those of the whole.
    private WeightedSum AddInParts(
        in Batch batch, int steps, int atOnce, DivergenceForm form, Span<float> gradient, Workspace workspace, RatePlan? plan,
        IBackwardListener? listener)
    {
        double own = Divided(batch, steps, default, default).OwnWeight(form.TakesIds), sum = 0;
        for (int first = 0; first < batch.Rows; first += atOnce)
        {
            Batch part = PartOf(batch, first, Math.Min(atOnce, batch.Rows - first), batch.TotalWeight > 0 ? batch.TotalWeight : own);
            sum = AddRows(part, steps, form, gradient, workspace, plan, sum, first + atOnce < batch.Rows ? null : listener).Sum;
        }

        return new WeightedSum(sum, own);
    }

    internal static Batch PartOf(scoped in Batch batch, int first, int rows, double totalWeight)
    {
        int all = batch.Rows;
        return new Batch
        {
            Rows = rows,
            Inputs = Read(batch.Inputs),
            Desired = Read(batch.Desired),
            Weights = Read(batch.Weights),
            Lengths = Read(batch.Lengths),
            Steps = batch.Steps,
            State = Written(batch.State),
            IsLastPiece = batch.IsLastPiece,
            StateGradient = Written(batch.StateGradient),
            FirstRow = batch.FirstRow + first,
            TotalWeight = totalWeight,
            Inference = batch.Inference,
            Stream = batch.Stream,
        };

        ReadOnlySpan<T> Read<T>(ReadOnlySpan<T> values)
        {
            int each = values.Length / all;
            return values.Slice(first * each, rows * each);
        }

        Span<float> Written(Span<float> values)
        {
            int each = values.Length / all;
            return values.Slice(first * each, rows * each);
        }
    }
}
