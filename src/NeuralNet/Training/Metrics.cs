namespace NeuralNet;

/// <summary>Measures of outputs y against desired outputs d, for people to read. None of them is trained on.</summary>
public static class Metrics
{
    /// <summary>The index of the greatest value: the class that an output names. Of equal ones the first.</summary>
    /// <param name="values">At least one value.</param>
    /// <returns>The index, or −1 if a value is NaN: such an output names no class.</returns>
    /// <exception cref="ArgumentException"><paramref name="values"/> is empty.</exception>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("Expected at least one value.", nameof(values));
        int best = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
                return -1;
            if (values[i] > values[best])
                best = i;
        }

        return best;
    }

    /// <summary>The fraction of rows whose output names the desired class.</summary>
    /// <remarks>The class is <see cref="ArgMax"/> of the row. Outputs of width 1 are of two classes: 1 from 0.5 up, 0 below. A row
    /// with a NaN counts as wrong.</remarks>
    /// <param name="y">The outputs, [rows, outputs].</param>
    /// <param name="desired">The desired outputs, [rows, outputs]: one-hot, or of width 1; or, for several outputs, a class id for each row, from 0
    /// to outputs − 1, or −1 for a row that is left out.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <returns>0 … 1; NaN (0/0) if no row has a class.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive.</exception>
    /// <exception cref="ArgumentException">The lengths differ or are not a whole number of outputs per row, or a class id is another number.
    /// </exception>
    public static double Accuracy(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows)
    {
        Guard.Count(rows, nameof(rows));
        bool byIds = desired.Length == rows && y.Length > rows;
        if (!byIds)
            CheckLengths(y, desired);
        if (y.Length % rows != 0)
            throw new ArgumentException($"Expected a multiple of {rows} rows, but got {y.Length} numbers.", nameof(y));

        int width = y.Length / rows, right = 0, all = 0;
        if (byIds)
            new DivergencePass { Rows = rows, Output = y, Desired = desired }.CheckIds(width, isPart: true);
        for (int row = 0; row < rows; row++)
        {
            if (byIds && desired[row] == -1)
                continue;
            int named = ClassOf(y.Slice(row * width, width));
            if (named >= 0 && named == (byIds ? desired[row] : ClassOf(desired.Slice(row * width, width))))
                right++;
            all++;
        }

        return (double)right / all;
    }

    /// <summary>Σ |y − d| / n over all n numbers, in double precision.</summary>
    /// <param name="y">The outputs.</param>
    /// <param name="desired">The desired outputs.</param>
    /// <returns>The mean absolute error; NaN if there is one among the numbers.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double MeanAbsoluteError(ReadOnlySpan<float> y, ReadOnlySpan<float> desired)
    {
        CheckLengths(y, desired);
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
            sum += Math.Abs((double)y[i] - desired[i]);
        return sum / y.Length;
    }

    /// <summary>√(Σ (y − d)² / n) over all n numbers, in double precision.</summary>
    /// <param name="y">The outputs.</param>
    /// <param name="desired">The desired outputs.</param>
    /// <returns>The root of the mean square error; NaN if there is one among the numbers.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double RootMeanSquareError(ReadOnlySpan<float> y, ReadOnlySpan<float> desired)
    {
        CheckLengths(y, desired);
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
            sum += ((double)y[i] - desired[i]) * ((double)y[i] - desired[i]);
        return Math.Sqrt(sum / y.Length);
    }

    private static int ClassOf(ReadOnlySpan<float> row) => row.Length > 1 || float.IsNaN(row[0]) ? ArgMax(row) : row[0] >= 0.5f ? 1 : 0;

    private static void CheckLengths(ReadOnlySpan<float> y, ReadOnlySpan<float> desired)
    {
        if (y.IsEmpty)
            throw new ArgumentException("Expected at least one output.", nameof(y));
        if (desired.Length != y.Length)
            throw new ArgumentException($"Expected {y.Length} desired outputs, as many as outputs, but got {desired.Length}.", nameof(desired));
    }
}
