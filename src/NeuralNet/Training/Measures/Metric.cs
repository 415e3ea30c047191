namespace NeuralNet;

/// <summary>The measures of an <see cref="Evaluation"/> by name, for <see cref="Trainer.Monitor"/>; one of your own is made by
/// <see cref="Of(string, bool, Func{Evaluation, double})"/>, or is an <see cref="IMetric"/>.</summary>
public sealed class Metric : IMetric
{
    private readonly Func<Evaluation, double?> of;

    private Metric(string name, bool isLargerBetter, Func<Evaluation, double?> of, Needs needs = Needs.Outcomes)
    {
        Name = name;
        IsLargerBetter = isLargerBetter;
        this.of = of;
        Need = needs;
    }

    /// <summary>What an evaluation must go through for it.</summary>
    internal enum Needs
    {
        Sums,
        Confusion,
        Outcomes,
    }

    /// <summary><see cref="Evaluation.Divergence"/>: smaller is better.</summary>
    public static Metric Divergence { get; } = new("divergence", false, e => e.Divergence, Needs.Sums);

    /// <summary><see cref="Evaluation.Accuracy"/>.</summary>
    public static Metric Accuracy { get; } = new("accuracy", true, e => e.Accuracy, Needs.Sums);

    /// <summary><see cref="Evaluation.LabelAccuracy"/>.</summary>
    public static Metric LabelAccuracy { get; } = new("label accuracy", true, e => e.LabelAccuracy);

    /// <summary><see cref="Evaluation.BalancedAccuracy"/>.</summary>
    public static Metric BalancedAccuracy { get; } = new("balanced accuracy", true, e => e.BalancedAccuracy, Needs.Confusion);

    /// <summary><see cref="Evaluation.Matthews"/>.</summary>
    public static Metric Matthews { get; } = new("Matthews", true, e => e.Matthews, Needs.Confusion);

    /// <summary><see cref="Evaluation.Precision"/>, of the second of two classes.</summary>
    public static Metric Precision { get; } = new("precision", true, e => e.Precision, Needs.Confusion);

    /// <summary><see cref="Evaluation.Recall"/>, of the second of two classes.</summary>
    public static Metric Recall { get; } = new("recall", true, e => e.Recall, Needs.Confusion);

    /// <summary><see cref="Evaluation.F1"/>, of the second of two classes.</summary>
    public static Metric F1 { get; } = new("F1", true, e => e.F1, Needs.Confusion);

    /// <summary><see cref="Evaluation.MacroPrecision"/>.</summary>
    public static Metric MacroPrecision { get; } = new("macro precision", true, e => e.MacroPrecision, Needs.Confusion);

    /// <summary><see cref="Evaluation.MacroRecall"/>.</summary>
    public static Metric MacroRecall { get; } = new("macro recall", true, e => e.MacroRecall, Needs.Confusion);

    /// <summary><see cref="Evaluation.MacroF1"/>.</summary>
    public static Metric MacroF1 { get; } = new("macro F1", true, e => e.MacroF1, Needs.Confusion);

    /// <summary><see cref="Evaluation.MicroPrecision"/>.</summary>
    public static Metric MicroPrecision { get; } = new("micro precision", true, e => e.MicroPrecision, Needs.Confusion);

    /// <summary><see cref="Evaluation.MicroRecall"/>.</summary>
    public static Metric MicroRecall { get; } = new("micro recall", true, e => e.MicroRecall, Needs.Confusion);

    /// <summary><see cref="Evaluation.MicroF1"/>.</summary>
    public static Metric MicroF1 { get; } = new("micro F1", true, e => e.MicroF1, Needs.Confusion);

    /// <summary><see cref="Evaluation.WeightedPrecision"/>.</summary>
    public static Metric WeightedPrecision { get; } = new("weighted precision", true, e => e.WeightedPrecision, Needs.Confusion);

    /// <summary><see cref="Evaluation.WeightedRecall"/>.</summary>
    public static Metric WeightedRecall { get; } = new("weighted recall", true, e => e.WeightedRecall, Needs.Confusion);

    /// <summary><see cref="Evaluation.WeightedF1"/>.</summary>
    public static Metric WeightedF1 { get; } = new("weighted F1", true, e => e.WeightedF1, Needs.Confusion);

    /// <summary><see cref="Evaluation.LogLoss"/>: smaller is better.</summary>
    public static Metric LogLoss { get; } = new("log loss", false, e => e.LogLoss);

    /// <summary><see cref="Evaluation.Brier"/>: smaller is better.</summary>
    public static Metric Brier { get; } = new("Brier", false, e => e.Brier);

    /// <summary><see cref="Evaluation.RocAuc"/>.</summary>
    public static Metric RocAuc { get; } = new("ROC AUC", true, e => e.RocAuc);

    /// <summary><see cref="Evaluation.AveragePrecision"/>.</summary>
    public static Metric AveragePrecision { get; } = new("average precision", true, e => e.AveragePrecision);

    /// <summary><see cref="Evaluation.R2"/>.</summary>
    public static Metric R2 { get; } = new("R2", true, e => e.R2);

    /// <summary><see cref="Evaluation.MeanAbsoluteError"/>: smaller is better.</summary>
    public static Metric MeanAbsoluteError { get; } = new("mean absolute error", false, e => e.HasErrors ? e.MeanAbsoluteError : null, Needs.Sums);

    /// <summary><see cref="Evaluation.RootMeanSquareError"/>: smaller is better.</summary>
    public static Metric RootMeanSquareError { get; } =
        new("root mean square error", false, e => e.HasErrors ? e.RootMeanSquareError : null, Needs.Sums);

    /// <summary><see cref="Evaluation.MeanAbsolutePercentageError"/>: smaller is better.</summary>
    public static Metric MeanAbsolutePercentageError { get; } =
        new("mean absolute percentage error", false, e => e.MeanAbsolutePercentageError);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsLargerBetter { get; }

    internal Needs Need { get; }

    /// <summary><see cref="Evaluation.TopK"/>.</summary>
    /// <param name="k">How many classes are taken, at least 1.</param>
    /// <returns>The measure.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is not positive.</exception>
    public static Metric TopK(int k)
    {
        Guard.Count(k, nameof(k));
        return new(FormattableString.Invariant($"top-{k} accuracy"), true, e => e.TopK(k));
    }

    /// <summary><see cref="Evaluation.ExpectedCalibrationError"/>: smaller is better.</summary>
    /// <param name="bins">The number of bins, at least 1.</param>
    /// <returns>The measure.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is not positive.</exception>
    public static Metric ExpectedCalibrationError(int bins = 10)
    {
        Guard.Count(bins, nameof(bins));
        return new(FormattableString.Invariant($"calibration error of {bins} bins"), false, e => e.ExpectedCalibrationError(bins));
    }

    /// <summary>This measure of one of several named outputs: <c>Monitor = Metric.Accuracy.OfOutput("class")</c>.</summary>
    /// <param name="output">The name of the output.</param>
    /// <returns>The measure.</returns>
    /// <exception cref="ArgumentException"><paramref name="output"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">It is a measure of one output already.</exception>
    public Metric OfOutput(string output)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        if (OutputName is not null)
            throw new InvalidOperationException($"{Name} is a measure of one output already.");
        return new($"{Name} of {output}", IsLargerBetter, e => of(e[output]), IsOwn ? Needs.Outcomes : Needs.Sums)
        {
            IsOwn = IsOwn,
            OutputName = output,
            Whole = this,
        };
    }

    /// <summary>A measure of your own, as a function of an evaluation.</summary>
    /// <param name="name">What it is called in texts and checkpoints.</param>
    /// <param name="isLargerBetter">Whether a larger value is better.</param>
    /// <param name="of">The function; it may read <see cref="Evaluation.Outcomes()"/>.</param>
    /// <returns>The measure.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static Metric Of(string name, bool isLargerBetter, Func<Evaluation, double> of)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(of);
        return new(name, isLargerBetter, e => of(e)) { IsOwn = true };
    }

    /// <inheritdoc/>
    public double Of(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return of(evaluation) ?? double.NaN;
    }

    /// <summary>The name.</summary>
    /// <returns>For example <c>macro F1</c>.</returns>
    public override string ToString() => Name;

    /// <summary>Whether it needs the details of an evaluation of such outputs.</summary>
    internal static bool NeedsDetails(IMetric metric, OutcomeKind kind) => metric is not Metric { Need: var need }
        || need == Needs.Outcomes || (need == Needs.Confusion && kind == OutcomeKind.Labels);

    /// <summary>Whether there is such a measure of an evaluation, even if its rows leave it open; of one's own it is not known.</summary>
    internal static bool IsOf(IMetric metric, Evaluation evaluation) => metric is not Metric { IsOwn: false } own || own.of(evaluation) is not null;

    /// <summary>What of one of several outputs is needed for a measure; null: all.</summary>
    internal static IMetric? NeedsOf(IMetric? metric, string output) =>
        metric is not Metric own || own.IsOwn ? metric : own.OutputName == output ? own.Whole : Divergence;

    /// <summary>What of an evaluation a measure is taken of: one output, or all.</summary>
    internal static Evaluation MeasuredOf(IMetric metric, Evaluation evaluation) =>
        metric is Metric { OutputName: { } output } ? evaluation[output] : evaluation;

    private bool IsOwn { get; init; }

    private string? OutputName { get; init; }

    private Metric? Whole { get; init; }
}
