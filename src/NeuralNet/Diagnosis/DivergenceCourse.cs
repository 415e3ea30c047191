namespace NeuralNet;

/// <summary>The divergences of all steps, in memory that does not grow: means over more and more steps.</summary>
internal sealed class DivergenceCourse
{
    private const int Most = 128;
    private readonly double[] sums = new double[Most];
    private int perPart = 1, parts; // the last part may have fewer steps
    private int ofLast;
    private long firstRows;
    private double firstSum;

    /// <summary>The steps.</summary>
    public long Steps => parts == 0 ? 0 : ((long)(parts - 1) * perPart) + ofLast;

    /// <summary>The divergence of the first step; of steps of few rows the mean over the first ones, since a row differs much from another.</summary>
    public double First => firstSum / firstRows;

    /// <summary>Adds a step of so many rows.</summary>
    public void Add(double divergence, int rows)
    {
        const int FirstRows = 32;
        if (firstRows < FirstRows)
            (firstSum, firstRows) = (firstSum + (divergence * rows), firstRows + rows);
        if (parts == 0 || ofLast == perPart)
        {
            if (parts == Most)
                Join();
            sums[parts++] = 0;
            ofLast = 0;
        }

        sums[parts - 1] += divergence;
        ofLast++;
    }

    /// <summary>The mean over about the first tenth of the steps.</summary>
    public double Early => Mean(0, Tenth);

    /// <summary>The mean over about the last tenth of the steps.</summary>
    public double Late => Mean(parts - Tenth, Tenth);

    private int Tenth => Math.Min(parts, Math.Max(1, (parts + 9) / 10));

    private double Mean(int first, int count)
    {
        double sum = 0;
        for (int part = first; part < first + count; part++)
            sum += sums[part];
        return sum / (((long)count * perPart) - (first + count == parts ? perPart - ofLast : 0));
    }

    private void Join()
    {
        for (int part = 0; part < Most / 2; part++)
            sums[part] = sums[2 * part] + sums[(2 * part) + 1];
        (parts, perPart) = (Most / 2, perPart * 2);
    }
}
