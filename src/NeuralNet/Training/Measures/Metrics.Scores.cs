namespace NeuralNet;

/// <content>Measures of the scores of one class against the rest: of two, the second.</content>
public static partial class Metrics
{
    /// <summary>The area under the receiver operating characteristic: the probability that a row of the class has a greater score than one of the
    /// others, equal scores counting one half.</summary>
    /// <param name="scores">The outputs: probabilities, logits, or any numbers that are greater where the class is likelier.</param>
    /// <param name="desired">1 where a row is of the class, otherwise 0 or −1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>0 … 1, by chance 0.5; NaN where all rows that count are of the class, or none is (scikit-learn refuses that), or a score is NaN.
    /// </returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or another number than 1, 0 and −1 is desired.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite.</exception>
    public static double RocAuc(ReadOnlySpan<float> scores, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights = default)
    {
        double positives = 0, negatives = 0, area = 0;
        foreach ((double positive, double negative) in Groups(scores, desired, weights))
        {
            area += negative * (positives + (positive / 2));
            (positives, negatives) = (positives + positive, negatives + negative);
        }

        return area / (positives * negatives);
    }

    /// <summary>The average precision, which stands for the area under the curve of precision and recall: Σ (Rₙ − Rₙ₋₁) Pₙ, with the recall R and
    /// the precision P of taking all rows whose score is at least the n-th greatest; equal scores are taken together.</summary>
    /// <remarks>It is scikit-learn's average_precision_score. Straight lines between the points, as auc(recall, precision) draws them, would flatter.
    /// </remarks>
    /// <param name="scores">The outputs: probabilities, logits, or any numbers that are greater where the class is likelier.</param>
    /// <param name="desired">1 where a row is of the class, otherwise 0 or −1.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>0 … 1, by chance the share of the class; NaN where no row that counts is of the class (scikit-learn gives 0), or a score is NaN.
    /// </returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or another number than 1, 0 and −1 is desired.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite.</exception>
    public static double AveragePrecision(ReadOnlySpan<float> scores, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights = default)
    {
        double positives = 0, all = 0, sum = 0;
        foreach ((double positive, double negative) in Groups(scores, desired, weights))
        {
            positives += positive;
            all += positive + negative;
            sum += positive * (positives / all);
        }

        return sum / positives;
    }

    /// <summary>How often something happened beside how probable it was said to be: the curve of a calibration, in bins of equal width.</summary>
    /// <param name="probabilities">What was said, from 0 to 1.</param>
    /// <param name="desired">1 where it happened, otherwise 0 or −1.</param>
    /// <param name="bins">The number of bins, at least 1. A probability at the end of two belongs to the lower one.</param>
    /// <param name="weights">How much each row counts; empty: all alike. A row of weight 0 is absent.</param>
    /// <returns>All bins, in order, those without rows too.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are 0, another number than 1, 0 and −1 is desired, or one that counts is no
    /// probability.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not finite, or <paramref name="bins"/> is not positive.</exception>
    public static CalibrationBin[] Calibration(
        ReadOnlySpan<float> probabilities, ReadOnlySpan<float> desired, int bins = 10, ReadOnlySpan<float> weights = default)
    {
        Guard.Count(bins, nameof(bins));
        CheckScores(probabilities, desired, weights);
        double width = 1.0 / bins;
        var sums = new (double Weight, double Said, double Happened)[bins];
        for (int row = 0; row < probabilities.Length; row++)
        {
            double weight = WeightOf(weights, row), p = probabilities[row];
            if (weight == 0)
                continue;
            if (!IsProbability(probabilities[row]))
                throw new ArgumentException(
                    FormattableString.Invariant($"Expected probabilities from 0 to 1, but got {p} in row {row}."), nameof(probabilities));

            // The ends are multiples of the width as they are rounded.
            int bin = Math.Clamp((int)(p * bins), 0, bins - 1);
            while (bin > 0 && p <= bin * width)
                bin--;
            while (bin < bins - 1 && p > (bin + 1) * width)
                bin++;
            ref (double Weight, double Said, double Happened) sum = ref sums[bin];
            sum = (sum.Weight + weight, sum.Said + (weight * p), sum.Happened + (desired[row] == 1 ? weight : 0));
        }

        return [.. sums.Select((sum, bin) => new CalibrationBin(
            bin * width, bin == bins - 1 ? 1 : (bin + 1) * width, sum.Weight, sum.Said / sum.Weight, sum.Happened / sum.Weight))];
    }

    /// <summary>The expected calibration error: Σ W |said − happened| / Σ W over the bins of <see cref="Calibration"/>, with the weight W of each.
    /// </summary>
    /// <param name="curve">The bins.</param>
    /// <returns>0 … 1; NaN if no row counts.</returns>
    public static double ExpectedCalibrationError(IEnumerable<CalibrationBin> curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        double sum = 0, total = 0;
        foreach (CalibrationBin bin in curve.Where(bin => bin.Weight > 0))
            (sum, total) = (sum + (bin.Weight * Math.Abs(bin.Said - bin.Happened)), total + bin.Weight);
        return sum / total;
    }

    // Σ w of the rows of the class and of the others for each score, the greatest first. A row counts at once with all of its score, so that ties
    // have no order, and sums are rounded in that of the rows. A score that is NaN has no place: it makes one group of NaN.
    private static List<(double Positive, double Negative)> Groups(
        ReadOnlySpan<float> scores, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights)
    {
        CheckScores(scores, desired, weights);
        var keys = new ulong[weights.IsEmpty ? scores.Length : scores.Length - weights.Count(0f)];
        int count = 0;
        for (int row = 0; row < scores.Length; row++)
        {
            if (WeightOf(weights, row) == 0)
                continue;
            if (float.IsNaN(scores[row]))
                return [(double.NaN, double.NaN)];

            // Bits that fall as the score rises; −0 + 0 is 0.
            uint bits = BitConverter.SingleToUInt32Bits(scores[row] + 0f);
            keys[count++] = ((ulong)(bits >> 31 == 0 ? bits ^ 0x7FFFFFFF : bits) << 32) | (uint)row;
        }

        Array.Sort(keys);
        var groups = new List<(double Positive, double Negative)>();
        for (int i = 0; i < count; i++)
        {
            int row = (int)(uint)keys[i];
            double weight = WeightOf(weights, row);
            if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32)
                groups.Add(default);
            (double positive, double negative) = groups[^1];
            groups[^1] = desired[row] == 1 ? (positive + weight, negative) : (positive, negative + weight);
        }

        return groups;
    }

    private static void CheckScores(ReadOnlySpan<float> scores, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights)
    {
        CheckLengths(scores, desired);
        CheckWeights(weights, scores.Length);
        for (int row = 0; row < desired.Length; row++)
        {
            if (desired[row] is not (1 or 0 or -1) && WeightOf(weights, row) > 0)
                throw new ArgumentException(
                    FormattableString.Invariant($"Expected 1 for a row of the class, 0 or −1 for another, but got {desired[row]} in row {row}."),
                    nameof(desired));
        }
    }
}
