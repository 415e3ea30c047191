namespace NeuralNet;

/// <summary>Of each class Σ w of the rows that are of it, of those predicted as it, and of those that are both; and averages over the
/// classes.</summary>
/// <param name="right">[classes].</param>
/// <param name="actual">[classes].</param>
/// <param name="predicted">[classes].</param>
/// <param name="total">Σ w of all rows.</param>
/// <param name="none">Σ w of the rows for which no class was predicted.</param>
/// <param name="areLabels">Whether they are labels of which a row has any number: then one that is nowhere counts too.</param>
internal sealed class ClassSums(double[] right, double[] actual, double[] predicted, double total, double none, bool areLabels)
{
    public delegate double Measure(double right, double actual, double predicted);

    public double[] Actual => actual;

    public static double Precision(double right, double actual, double predicted) => right / predicted;

    public static double Recall(double right, double actual, double predicted) => right / actual;

    public static double F1(double right, double actual, double predicted) => 2 * right / (actual + predicted);

    public double Of(Measure measure, int c) => measure(right[c], actual[c], predicted[c]);

    /// <summary>The mean over the classes that occur.</summary>
    public double Macro(Measure measure)
    {
        double sum = 0;
        int classes = 0;
        for (int c = 0; c < right.Length; c++)
        {
            if (!areLabels && actual[c] + predicted[c] == 0)
                continue;
            sum += OrZero(Of(measure, c));
            classes++;
        }

        return sum / classes;
    }

    /// <summary>The measure of all classes' sums.</summary>
    public double Micro(Measure measure) => total == 0 ? double.NaN : OrZero(measure(right.Sum(), actual.Sum(), predicted.Sum()));

    /// <summary>The mean over the classes, each as often as it occurs.</summary>
    public double Weighted(Measure measure)
    {
        double sum = 0;
        for (int c = 0; c < right.Length; c++)
            sum += actual[c] * OrZero(Of(measure, c));
        return total == 0 ? double.NaN : OrZero(sum / actual.Sum());
    }

    /// <summary>The mean recall of the classes that rows are of.</summary>
    public double Balanced()
    {
        double sum = 0;
        int classes = 0;
        for (int c = 0; c < right.Length; c++)
        {
            if (actual[c] > 0)
                (sum, classes) = (sum + Of(Recall, c), classes + 1);
        }

        return sum / classes;
    }

    /// <summary>The correlation of actual and predicted classes; none predicted is a class of its own.</summary>
    public double Matthews()
    {
        double common = 0, diagonal = right.Sum();
        for (int c = 0; c < right.Length; c++)
            common += actual[c] * predicted[c];
        double spread = Pairs([.. predicted, none]) * Pairs(actual);
        return total == 0 ? double.NaN : spread == 0 ? 0 : ((diagonal * total) - common) / Math.Sqrt(spread);
    }

    // (Σ n)² − Σ n², as Σ over the pairs of different ones: exactly 0 where there is one class.
    private static double Pairs(double[] counts)
    {
        double before = 0, pairs = 0;
        foreach (double count in counts)
            (pairs, before) = (pairs + (count * before), before + count);
        return 2 * pairs;
    }

    private static double OrZero(double share) => double.IsNaN(share) ? 0 : share;
}
