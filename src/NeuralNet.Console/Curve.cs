namespace NeuralNet;

/// <summary>A curve over the share of a training that is done: means of what falls into each of some equal parts.</summary>
internal sealed class Curve
{
    private const int Parts = 128; // few enough that each is a mean of some steps

    private readonly double[] sums = new double[Parts];
    private readonly int[] counts = new int[Parts];

    /// <summary>Adds a value at a share from 0 to 1; what is not finite is passed over.</summary>
    public void Add(double share, double value)
    {
        if (!double.IsFinite(value))
            return;
        int part = Math.Clamp((int)Math.Ceiling(share * Parts) - 1, 0, Parts - 1);
        sums[part] += value;
        counts[part]++;
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        Array.Clear(sums);
        Array.Clear(counts);
    }

    /// <summary>The curve at each of some points from left to right: the mean of what lies there, and straight lines between; NaN before the first
    /// value and behind the last.</summary>
    public double[] Sample(int points)
    {
        double[] values = new double[points];
        int[] weights = new int[points];
        for (int part = 0; part < Parts; part++)
        {
            int point = (int)((long)part * points / Parts);
            values[point] += sums[part];
            weights[point] += counts[part];
        }

        int before = -1;
        for (int point = 0; point < points; point++)
        {
            if (weights[point] == 0)
            {
                values[point] = double.NaN;
                continue;
            }

            values[point] /= weights[point];
            for (int between = before + 1; before >= 0 && between < point; between++)
                values[between] = values[before] + ((values[point] - values[before]) * (between - before) / (point - before));
            before = point;
        }

        return values;
    }
}
