using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>Measures of outputs y against desired outputs d, for people to read. None of them is trained on.</summary>
/// <remarks>All are computed in double precision and in one order, from the first row to the last or in that of the scores: the same bits on every
/// machine.</remarks>
public static partial class Metrics
{
    // What scikit-learn's measures take for 0 where it would divide by it or take its logarithm.
    private const double Epsilon = 1.0 / (1L << 52);

    /// <summary>The index of the greatest value: the class that an output names. Of equal ones the first.</summary>
    /// <param name="values">At least one value.</param>
    /// <returns>The index, or −1 if a value is NaN: such an output names no class.</returns>
    /// <exception cref="ArgumentException"><paramref name="values"/> is empty.</exception>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("Expected at least one value.", nameof(values));
        float largest = TensorPrimitives.Max(values); // NaN where there is one
        return float.IsNaN(largest) ? -1 : values.IndexOf(largest);
    }

    /// <summary>Σ w |y − d| / Σ w over all numbers, in double precision.</summary>
    /// <param name="y">The outputs.</param>
    /// <param name="desired">The desired outputs.</param>
    /// <param name="weights">How much each number counts, or each row of as many numbers; empty: all alike. What has weight 0 is absent.</param>
    /// <returns>The mean absolute error; NaN if there is one among the numbers that count, or none counts.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0; or there are not as many weights as numbers or rows of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite.</exception>
    public static double MeanAbsoluteError(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights = default) =>
        MeanOf(y, desired, weights, (a, d) => Math.Abs(a - d));

    /// <summary>√(Σ w (y − d)² / Σ w) over all numbers, in double precision.</summary>
    /// <param name="y">The outputs.</param>
    /// <param name="desired">The desired outputs.</param>
    /// <param name="weights">How much each number counts, or each row of as many numbers; empty: all alike. What has weight 0 is absent.</param>
    /// <returns>The root of the mean square error; NaN if there is one among the numbers that count, or none counts.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0; or there are not as many weights as numbers or rows of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite.</exception>
    public static double RootMeanSquareError(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights = default) =>
        Math.Sqrt(MeanOf(y, desired, weights, (a, d) => (a - d) * (a - d)));

    /// <summary>Σ w |y − d| / |d| / Σ w over all numbers, in double precision: 0.1 is 10 %.</summary>
    /// <remarks>A |d| below 2⁻⁵² counts as 2⁻⁵², as in scikit-learn: where 0 is desired, an error is an enormous share of it.</remarks>
    /// <param name="y">The outputs.</param>
    /// <param name="desired">The desired outputs.</param>
    /// <param name="weights">How much each number counts, or each row of as many numbers; empty: all alike. What has weight 0 is absent.</param>
    /// <returns>The mean absolute percentage error, as a share; NaN if there is one among the numbers that count, or none counts.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0; or there are not as many weights as numbers or rows of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite.</exception>
    public static double MeanAbsolutePercentageError(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights = default) =>
        MeanOf(y, desired, weights, (a, d) => Math.Abs(a - d) / Math.Max(Math.Abs(d), Epsilon));

    /// <summary>R² = 1 − Σ w (d − y)² / Σ w (d − d̄)², with the weighted mean d̄ of what is desired: the share of the variance that the outputs
    /// explain; of several outputs the mean of theirs.</summary>
    /// <param name="y">The outputs, [rows, outputs].</param>
    /// <param name="desired">The desired outputs, [rows, outputs].</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>At most 1; 0 for outputs that are always d̄. Where d is the same in all rows, 1 if all outputs are it, otherwise 0. NaN if fewer than
    /// two rows count, or a number that counts is NaN.</returns>
    /// <exception cref="ArgumentException">The lengths differ, are 0 or no multiple of the rows; or there are not as many weights as
    /// rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive, or a weight is negative or not finite.</exception>
    public static double R2(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights = default)
    {
        Guard.Count(rows, nameof(rows));
        CheckLengths(y, desired);
        CheckRows(y, rows);
        CheckWeights(weights, rows);
        int width = y.Length / rows, counted = weights.IsEmpty ? rows : rows - weights.Count(0f);
        if (counted < 2)
            return double.NaN;
        int first = weights.IsEmpty ? 0 : weights.IndexOfAnyExcept(0f);
        double sum = 0;
        for (int i = 0; i < width; i++)
        {
            // Differences to a desired value, so that the variance of equal ones is 0 and not a rounding.
            double shift = desired[(first * width) + i], mean = 0, weight = 0, residual = 0, total = 0;
            for (int row = 0; row < rows; row++)
            {
                if (WeightOf(weights, row) is var w and > 0)
                    (mean, weight) = (mean + (w * (desired[(row * width) + i] - shift)), weight + w);
            }

            mean /= weight;
            for (int row = 0; row < rows; row++)
            {
                if (WeightOf(weights, row) is not (var w and > 0))
                    continue;
                double d = desired[(row * width) + i], error = d - y[(row * width) + i], fromMean = d - shift - mean;
                residual += w * error * error;
                total += w * fromMean * fromMean;
            }

            sum += total == 0 ? residual switch { 0 => 1, > 0 => 0, _ => double.NaN } : 1 - (residual / total);
        }

        return sum / width;
    }

    private static double MeanOf(
        ReadOnlySpan<float> y, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights, Func<double, double, double> measure)
    {
        CheckLengths(y, desired);
        if (!weights.IsEmpty && y.Length % weights.Length != 0)
            throw new ArgumentException(
                $"Expected a weight for each of {y.Length} numbers, or for each row of as many, but got {weights.Length}.", nameof(weights));
        CheckWeights(weights, weights.Length);
        int each = weights.IsEmpty ? y.Length : y.Length / weights.Length;
        double sum = 0, total = 0;
        for (int first = 0; first < y.Length; first += each)
        {
            double weight = WeightOf(weights, first / each);
            if (weight == 0)
                continue;
            for (int i = first; i < first + each; i++)
                sum += weight * measure(y[i], desired[i]);
            total += weight * each;
        }

        return sum / total;
    }

    internal static double WeightOf(ReadOnlySpan<float> weights, int row) => weights.IsEmpty ? 1 : weights[row];

    private static void CheckLengths(ReadOnlySpan<float> y, ReadOnlySpan<float> desired)
    {
        if (y.IsEmpty)
            throw new ArgumentException("Expected at least one output.", nameof(y));
        if (desired.Length != y.Length)
            throw new ArgumentException($"Expected {y.Length} desired outputs, as many as outputs, but got {desired.Length}.", nameof(desired));
    }

    private static void CheckRows(ReadOnlySpan<float> y, int rows)
    {
        if (y.Length % rows != 0)
            throw new ArgumentException($"Expected a multiple of {rows} rows, but got {y.Length} numbers.", nameof(y));
    }

    internal static void CheckWeights(ReadOnlySpan<float> weights, int rows)
    {
        if (!weights.IsEmpty && weights.Length != rows)
            throw new ArgumentException($"Expected a weight for each of {rows} rows, but got {weights.Length}.", nameof(weights));
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0 && float.IsFinite(weights[i])))
                throw Guard.OutOfRange(nameof(weights), weights[i], FormattableString.Invariant(
                    $"Weight {i} is {weights[i]}; a finite one of at least 0 was expected."));
        }
    }
}
