namespace NeuralNet;

/// <summary>How many values lie between the limits that TensorBoard's own histograms have: ±1e-12 · 1.1ⁿ up to 1e20, 0, and ±the largest double. Each
/// bucket ends below its limit.</summary>
internal sealed class Histogram
{
    private const double First = 1e-12, Last = 1e20, Growth = 1.1;
    private static readonly double[] positive = PositiveLimits();
    private static readonly double scale = 1 / Math.Log(Growth);

    private readonly long[] counts = new long[(2 * positive.Length) + 1]; // of the limits −positive in turn, 0, positive

    /// <summary>The least value.</summary>
    public double Min { get; private set; }

    /// <summary>The greatest value.</summary>
    public double Max { get; private set; }

    /// <summary>How many values there are.</summary>
    public double Count { get; private set; }

    public double Sum { get; private set; }

    public double SumOfSquares { get; private set; }

    /// <summary>The upper limits of the buckets that are written: of empty ones that lie side by side one.</summary>
    public List<double> Limits { get; } = [];

    /// <summary>How many values each of them has.</summary>
    public List<double> Counts { get; } = [];

    /// <summary>Counts values anew; what is not finite is passed over.</summary>
    public void Fill(ReadOnlySpan<float> values)
    {
        Array.Clear(counts);
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, squares = 0;
        long count = 0;
        foreach (float one in values)
        {
            if (!float.IsFinite(one))
                continue;
            double value = one;
            counts[BucketOf(value)]++;
            min = Math.Min(min, value);
            max = Math.Max(max, value);
            sum += value;
            squares += value * value;
            count++;
        }

        (Min, Max, Count, Sum, SumOfSquares) = count == 0 ? (0, 0, 0, 0, 0) : (min, max, count, sum, squares);
        Collect();
    }

    private static double[] PositiveLimits()
    {
        var limits = new List<double>();
        for (double limit = First; limit < Last; limit *= Growth)
            limits.Add(limit);
        return [.. limits, double.MaxValue];
    }

    private static double LimitOf(int bucket)
    {
        int above = bucket - positive.Length;
        return above < 0 ? -positive[-above - 1] : above == 0 ? 0 : positive[above - 1];
    }

    // The first bucket whose limit is greater. A logarithm says about which; the limits decide.
    private static int BucketOf(double value)
    {
        double size = Math.Abs(value);
        int at = size < First ? 0 : (int)Math.Min((Math.Log(size / First) * scale) + 1, positive.Length - 1);
        int bucket = value < 0 ? positive.Length - 1 - at : positive.Length + 1 + at;
        while (bucket > 0 && LimitOf(bucket - 1) > value)
            bucket--;
        while (LimitOf(bucket) <= value)
            bucket++;
        return bucket;
    }

    private void Collect()
    {
        Limits.Clear();
        Counts.Clear();
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            // A run of empty buckets is one that ends where the next begins.
            if (counts[bucket] == 0 && bucket + 1 < counts.Length && counts[bucket + 1] == 0)
                continue;
            Limits.Add(LimitOf(bucket));
            Counts.Add(counts[bucket]);
        }
    }
}
