namespace NeuralNet;

/// <summary>How the rows of an epoch are cut into batches, which go through the network one at a time, and batches are put together to
/// steps.</summary>
/// <param name="Rows">The rows of the epoch.</param>
/// <param name="BatchSize">The rows of a batch; the last one may have fewer.</param>
/// <param name="BatchesPerStep">The batches of a step; the last step may have fewer.</param>
/// <param name="JoinsLast">Whether the last batch joins the one before, because the network cannot train on so few rows.</param>
internal readonly record struct BatchPlan(int Rows, int BatchSize, int BatchesPerStep, bool JoinsLast)
{
    public int Batches => (int)(((long)Rows + BatchSize - 1) / BatchSize) - (JoinsLast ? 1 : 0);

    public int Steps => (int)((Batches + (long)BatchesPerStep - 1) / BatchesPerStep);

    /// <summary>The rows of the largest batch.</summary>
    public int LargestBatch => JoinsLast ? Rows - ((Batches - 1) * BatchSize) : Math.Min(Rows, BatchSize);

    public (int First, int End) BatchesOf(int step) => (step * BatchesPerStep, (int)Math.Min(Batches, (step + 1L) * BatchesPerStep));

    public (int First, int Count) RowsOf(int batch)
    {
        int first = batch * BatchSize;
        return (first, batch == Batches - 1 ? Rows - first : BatchSize);
    }
}
