using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Some rows of a source, taken at random while it is read: each row is as likely to be among them as any other.</summary>
internal sealed class RowSample
{
    private const int MostRows = 1000, LeastRows = 200, MostValues = 1 << 22, MostColumns = 4096;
    private readonly int width, most;
    private readonly float[] values;
    private readonly int[] labels;
    private readonly int classes;
    private int rows;

    /// <summary>Makes room.</summary>
    /// <param name="format">What the rows are; null: none are to be kept.</param>
    public RowSample(RowFormat? format)
    {
        width = format?.InputWidth ?? 1;
        classes = format?.Classes ?? 0;
        most = format is null ? 0 : Math.Clamp(MostValues / width, 1, MostRows);
        (values, labels) = (new float[most * width], new int[most]);
    }

    /// <summary>Shows the next row. Of n rows each is kept with the probability most / n (J. Vitter: "Random sampling with a reservoir",
    /// 1985).</summary>
    public void Offer(long number, ReadOnlySpan<float> row, int label)
    {
        if (most == 0)
            return;
        long at = number < most ? number : (long)(new RandomStream(0).Uniform((int)(number >> 31), (int)(number & int.MaxValue)) * (number + 1));
        if (at >= most)
            return;
        row.CopyTo(values.AsSpan((int)at * width, width));
        labels[at] = label;
        rows = (int)Math.Min(number + 1, most);
    }

    /// <summary>How often the nearest other row has the same class; how often two rows have one; and of how many rows that is.</summary>
    public (double? Accuracy, double? Chance, int Rows) Neighbours()
    {
        int[] counts = new int[classes];
        foreach (int label in labels.AsSpan(0, rows))
        {
            if (label < 0)
                return default; // rows without a class
            counts[label]++;
        }

        if (rows < LeastRows || counts.Count(count => count > 0) < 2)
            return default;
        Standardize();
        double[] nearest = new double[rows];
        int[] of = new int[rows];
        nearest.AsSpan().Fill(double.PositiveInfinity);
        for (int a = 1; a < rows; a++)
        {
            for (int b = 0; b < a; b++)
            {
                double distance = DoubleSums.SquaredDistance(values.AsSpan(a * width, width), values.AsSpan(b * width, width));
                if (distance < nearest[a])
                    (nearest[a], of[a]) = (distance, b);
                if (distance < nearest[b])
                    (nearest[b], of[b]) = (distance, a);
            }
        }

        int right = Enumerable.Range(0, rows).Count(row => labels[of[row]] == labels[row]);
        return (right / (double)rows, counts.Sum(count => (double)count * count) / ((double)rows * rows), rows);
    }

    /// <summary>How unlikely it is that two rows agree by chance, in bits: with a probability of about 2^−bits if the columns are independent. For
    /// each column it is −log₂ of the share of the pairs that agree (of one pair at least), over the rows that are not copies of another.</summary>
    public double Bits()
    {
        double bits = 0;
        var known = new HashSet<ulong>();
        int[] own = [.. Enumerable.Range(0, rows).Where(row => known.Add(SourceScan.Hash(values.AsSpan(row * width, width), 0)))];
        float[] column = new float[own.Length];
        for (int i = 0; i < Math.Min(width, MostColumns) && own.Length > 1; i++)
        {
            for (int row = 0; row < column.Length; row++)
                column[row] = values[(own[row] * width) + i];
            Array.Sort(column);
            double pairs = 0;
            for (int first = 0, end; first < column.Length; first = end)
            {
                end = first + 1;
                while (end < column.Length && column[end] == column[first])
                    end++;
                pairs += (double)(end - first) * (end - first - 1);
            }

            bits -= Math.Log2(Math.Max(2, pairs) / ((double)column.Length * (column.Length - 1)));
        }

        return bits;
    }

    // Each column by its deviation; a constant one counts for nothing anyway.
    private void Standardize()
    {
        for (int i = 0; i < width; i++)
        {
            double sum = 0, squares = 0;
            for (int row = 0; row < rows; row++)
            {
                double value = values[(row * width) + i];
                sum += value;
                squares += value * value;
            }

            double deviation = ValueSummary.Of(0, 0, sum, squares, rows).Deviation;
            for (int row = 0; row < rows && deviation > 0; row++)
                values[(row * width) + i] = (float)(values[(row * width) + i] / deviation);
        }
    }
}
