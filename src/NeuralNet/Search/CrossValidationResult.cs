namespace NeuralNet;

/// <summary>What a <see cref="CrossValidation"/> came to: an evaluation for each fold.</summary>
public sealed class CrossValidationResult
{
    // What the table shows of that which there is, as far as 80 columns have room.
    private static readonly Metric[] usual =
    [
        Metric.Divergence, Metric.Accuracy, Metric.MacroF1, Metric.RocAuc, Metric.MeanAbsoluteError, Metric.RootMeanSquareError, Metric.R2,
    ];

    private const int Width = 80;

    private readonly Evaluation[] evaluations;
    private readonly Lazy<Evaluation> outOfFold;

    internal CrossValidationResult(Folds folds, Evaluation[] evaluations)
    {
        Folds = folds;
        this.evaluations = evaluations;
        outOfFold = new(() => Evaluation.Joined(evaluations));
    }

    /// <summary>The folds.</summary>
    public Folds Folds { get; }

    /// <summary>The evaluation of each fold, in their order.</summary>
    public IReadOnlyList<Evaluation> Evaluations => evaluations;

    /// <summary>All evaluations as one, in which each row counts as it was predicted by the network that had not seen it: a confusion matrix, a ROC
    /// AUC or a calibration of the whole data set.</summary>
    /// <remarks>Its <see cref="Evaluation.Outcomes()"/> are those of the first fold's test rows, then those of the second, and so on.</remarks>
    /// <exception cref="InvalidOperationException">The evaluations are not alike: of other outputs, or classes in one and numbers in another.
    /// </exception>
    public Evaluation OutOfFold => outOfFold.Value;

    /// <summary>The mean of a measure over the folds, each counting alike.</summary>
    /// <param name="metric">The measure.</param>
    /// <returns>Σ m_k / K; NaN where a fold has no value.</returns>
    public double Mean(IMetric metric) => Values(metric).Average();

    /// <summary>How much a measure differs from fold to fold.</summary>
    /// <param name="metric">The measure.</param>
    /// <returns>√(Σ (m_k − mean)² / (K − 1)); NaN where a fold has no value, and of one fold.</returns>
    public double StandardDeviation(IMetric metric)
    {
        double[] values = Values(metric);
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    /// <summary>The folds and their means, as text.</summary>
    /// <param name="metrics">The columns; none: the usual measures of such outputs.</param>
    /// <returns>The lines, joined by \n; of the usual measures as many as 80 columns have room for.</returns>
    public string Table(params IReadOnlyList<IMetric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (metrics.Count > 0)
            return TextOf(metrics);
        Metric[] shown = [.. usual.Where(metric => Metric.IsOf(metric, evaluations[0]) && !double.IsNaN(metric.Of(evaluations[0])))];
        string table = TextOf(shown);
        for (int count = shown.Length - 1; count > 0 && table.IndexOf('\n') > Width; count--)
            table = TextOf(shown[..count]);
        return table;
    }

    /// <summary>The folds, their means and standard deviations, in the usual measures.</summary>
    /// <returns>The lines of <see cref="Table"/>.</returns>
    public override string ToString() => Table();

    private string TextOf(IReadOnlyList<IMetric> metrics)
    {
        List<string[]> rows = [["fold", "train", "test", .. metrics.Select(metric => metric.Name)]];
        foreach (Fold fold in Folds)
        {
            IEnumerable<double> values = metrics.Select(metric => metric.Of(evaluations[fold.Index]));
            rows.Add([$"{fold.Index + 1}", $"{fold.TrainRows.Length}", $"{fold.TestRows.Length}", .. values.Select(TextTable.Number)]);
        }

        rows.Add(["mean", "", "", .. metrics.Select(metric => TextTable.Number(Mean(metric)))]);
        if (evaluations.Length > 1)
            rows.Add(["±", "", "", .. metrics.Select(metric => TextTable.Number(StandardDeviation(metric)))]);
        return TextTable.Of(rows);
    }

    private double[] Values(IMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return [.. evaluations.Select(metric.Of)];
    }
}
