namespace NeuralNet;

/// <summary>What was seen of an input column.</summary>
/// <param name="Range">The range of its values.</param>
/// <param name="Zeros">The share of them that is 0.</param>
/// <param name="IsWhole">Whether all are whole numbers.</param>
internal readonly record struct InputColumn(ValueSummary Range, double Zeros, bool IsWhole)
{
    /// <summary>Whether most of it is 0, as of bags of words, one-hot vectors and counts of what is rare.</summary>
    public bool IsSparse => Zeros > 0.5;

    /// <summary>Whether it has one value only.</summary>
    public bool IsConstant => Range.Min == Range.Max;

    /// <summary>√(Σ v² / n) over the n values that are not 0.</summary>
    public double RmsOfRest => Range.Rms / Math.Sqrt(1 - Zeros);
}

/// <summary>Sums over the columns of vectors that come one after the other.</summary>
/// <param name="width">How many columns there are.</param>
internal sealed class ColumnScan(int width)
{
    private readonly double[] sums = new double[width], squares = new double[width], least = Filled(width, double.PositiveInfinity);
    private readonly double[] most = Filled(width, double.NegativeInfinity);
    private readonly long[] counts = new long[width], zeros = new long[width];
    private readonly bool[] haveFractions = new bool[width];

    /// <summary>How many vectors there were.</summary>
    public long Vectors => counts[0];

    /// <summary>Adds vectors; the last one may be shorter.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        for (; !values.IsEmpty; values = values[Math.Min(width, values.Length)..])
        {
            ReadOnlySpan<float> vector = values[..Math.Min(width, values.Length)];
            for (int i = 0; i < vector.Length; i++)
            {
                double value = vector[i];
                (least[i], most[i]) = (Math.Min(least[i], value), Math.Max(most[i], value));
                sums[i] += value;
                squares[i] += value * value;
                counts[i]++;
                zeros[i] += value == 0 ? 1 : 0;
                haveFractions[i] |= value != Math.Floor(value);
            }
        }
    }

    /// <summary>The columns; of one without values all is 0.</summary>
    public InputColumn[] Columns() => [.. counts.Select((count, i) => count == 0 ? default
        : new InputColumn(ValueSummary.Of(least[i], most[i], sums[i], squares[i], count), zeros[i] / (double)count, !haveFractions[i]))];

    private static double[] Filled(int length, double value)
    {
        double[] values = new double[length];
        values.AsSpan().Fill(value);
        return values;
    }
}
