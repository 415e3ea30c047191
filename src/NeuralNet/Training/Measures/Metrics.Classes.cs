using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Measures of classes.</content>
public static partial class Metrics
{
    // What rounding may add to a probability.
    private const float Rounding = 1e-6f;

    /// <summary>The share of rows whose output names the desired class: Σ w [named = desired] / Σ w.</summary>
    /// <remarks>The class is <see cref="ArgMax"/> of the row. Outputs of width 1 are of two classes: 1 from 0.5 up, 0 below. A row
    /// with a NaN counts as wrong.</remarks>
    /// <param name="y">The outputs, [rows, outputs].</param>
    /// <param name="desired">The desired outputs, [rows, outputs]: one-hot, or of width 1; or, for several outputs, a class id for each row, from 0
    /// to outputs − 1, or −1 for a row that is left out.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>0 … 1; NaN (0/0) if no row counts.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive, or a weight is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The lengths differ or are not a whole number of outputs per row, or a class id is another number.
    /// </exception>
    public static double Accuracy(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights = default) =>
        MeanOf(y, desired, rows, weights, (row, actual) => actual >= 0 && ClassOf(row) == actual ? 1 : 0);

    /// <summary>The share of rows whose desired class is among the k of the greatest outputs; of equal outputs the first are taken, as
    /// <see cref="ArgMax"/> does, so that k = 1 gives the accuracy.</summary>
    /// <remarks>scikit-learn's top_k_accuracy_score takes the last of equal outputs, so that it differs where there are some.</remarks>
    /// <param name="y">The outputs, [rows, outputs].</param>
    /// <param name="desired">The desired outputs, as <see cref="Accuracy"/> takes them.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="k">How many classes are taken, at least 1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>0 … 1; NaN (0/0) if no row counts. A row with a NaN counts as wrong.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or a weight is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The lengths differ or are not a whole number of outputs per row, or a class id is another number.
    /// </exception>
    public static double TopK(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, int k, ReadOnlySpan<float> weights = default)
    {
        Guard.Count(k, nameof(k));
        return MeanOf(y, desired, rows, weights, (row, actual) => actual >= 0 && RankOf(row, actual) < k ? 1 : 0);
    }

    /// <summary>−Σ w ln p / Σ w, with the probability p that a row's output gives its desired class; of width 1, y for class 1 and 1 − y for 0.
    /// </summary>
    /// <remarks>A p below 2⁻⁵² counts as 2⁻⁵², as in scikit-learn with doubles: a row costs at most 36.04. Rows are not divided by their sums.
    /// </remarks>
    /// <param name="y">The outputs, probabilities, [rows, outputs].</param>
    /// <param name="desired">The desired outputs, as <see cref="Accuracy"/> takes them.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>At least 0; NaN if an output of a row that counts is none from 0 to 1, or no row counts.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive, or a weight is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The lengths differ or are not a whole number of outputs per row, or a class id is another number.
    /// </exception>
    public static double LogLoss(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights = default) =>
        MeanOf(y, desired, rows, weights, LogLossOf);

    /// <summary>The score of Brier: of two classes Σ w (p − d)² / Σ w, with the probability p of the second one and d = 1 or 0; of more the sum of
    /// that over all classes.</summary>
    /// <param name="y">The outputs, probabilities, [rows, outputs]; width 1: of the second of two classes.</param>
    /// <param name="desired">The desired outputs, as <see cref="Accuracy"/> takes them.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>0 … 1, of more than two classes to 2; NaN if an output of a row that counts is none from 0 to 1, or no row counts.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive, or a weight is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The lengths differ or are not a whole number of outputs per row, or a class id is another number.
    /// </exception>
    public static double Brier(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights = default) =>
        MeanOf(y, desired, rows, weights, BrierOf);

    // How many classes come before one: those of greater outputs, and of equal ones the earlier.
    internal static int RankOf(ReadOnlySpan<float> row, int actual)
    {
        if (row.Length == 1)
            return ClassOf(row) == actual ? 0 : 1;
        if (float.IsNaN(TensorPrimitives.Max(row)))
            return int.MaxValue;
        float own = row[actual];
        int rank = 0;
        foreach (float earlier in row[..actual])
            rank += earlier >= own ? 1 : 0;
        foreach (float later in row[(actual + 1)..])
            rank += later > own ? 1 : 0;
        return rank;
    }

    internal static double LogLossOf(ReadOnlySpan<float> row, int actual)
    {
        if (actual < 0 || !AreProbabilities(row))
            return double.NaN;
        double p = row.Length > 1 ? row[actual] : actual == 1 ? row[0] : 1 - (double)row[0];
        return -Exact.Log(Math.Clamp(p, Epsilon, 1));
    }

    internal static double BrierOf(ReadOnlySpan<float> row, int actual)
    {
        if (actual < 0 || !AreProbabilities(row))
            return double.NaN;
        double sum = 0;
        for (int i = row.Length > 2 ? 0 : row.Length - 1; i < row.Length; i++)
        {
            double error = (double)row[i] - (actual == (row.Length == 1 ? 1 : i) ? 1 : 0);
            sum += error * error;
        }

        return sum;
    }

    internal static bool IsProbability(float p) => p is >= -Rounding and <= 1 + Rounding;

    private static bool AreProbabilities(ReadOnlySpan<float> row) =>
        IsProbability(TensorPrimitives.Min(row)) && IsProbability(TensorPrimitives.Max(row));

    // Σ w v / Σ w, of a value v of each row's outputs and its desired class; −1: a NaN is desired.
    private static double MeanOf(
        ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights, Func<ReadOnlySpan<float>, int, double> value)
    {
        Guard.Count(rows, nameof(rows));
        bool byIds = desired.Length == rows && y.Length > rows;
        if (!byIds)
            CheckLengths(y, desired);
        CheckRows(y, rows);
        CheckWeights(weights, rows);
        int width = y.Length / rows;
        if (byIds)
            new DivergencePass { Rows = rows, Output = y, Desired = desired, Weights = weights }.CheckIds(width, isPart: true);
        double sum = 0, total = 0;
        for (int row = 0; row < rows; row++)
        {
            double weight = byIds && desired[row] == -1 ? 0 : WeightOf(weights, row);
            if (weight == 0)
                continue;
            sum += weight * value(y.Slice(row * width, width), byIds ? (int)desired[row] : ClassOf(desired.Slice(row * width, width)));
            total += weight;
        }

        return sum / total;
    }

    private static int ClassOf(ReadOnlySpan<float> row) => row.Length > 1 || float.IsNaN(row[0]) ? ArgMax(row) : row[0] >= 0.5f ? 1 : 0;
}
