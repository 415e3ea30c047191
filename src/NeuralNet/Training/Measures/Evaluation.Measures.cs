namespace NeuralNet;

/// <summary>How well a network does on a data set.</summary>
/// <remarks><para>Where the rows have lengths (<see cref="Dataset.Lengths"/>) and the network's outputs have them too, only real steps count: each as
/// one vector in the divergence, and its outputs in the errors. All measures go by <see cref="Dataset.Weights"/>; what has weight 0 is absent.</para>
/// <para>Where class ids are desired (<see cref="NeuralNet.Divergence.TakesIds"/>) the errors are those from the one-hot vector, a step counts in the
/// <see cref="Confusion"/> as a row does otherwise, and a vector of id −1 counts nowhere. Where a divergence takes other desired values than one
/// for each output, there are no errors: they are NaN.</para>
/// <para>What the outputs mean follows from data and divergence. They are <i>classes</i>, of which a vector has one: data with classes, class ids,
/// and one-hot vectors for a cross-entropy. One output whose desired values are all 0 or 1 is of <i>two classes</i>, of which the second is
/// predicted from 0.5 up; where the divergence is for labels of −1 and +1, from 0 up. Several such outputs are <i>labels</i>, of which a vector has
/// any number. All else are <i>numbers</i>. A divergence of your own that states no <see cref="NeuralNet.Divergence.DesiredRange"/> may be meant for
/// logits: then outputs are two classes or labels only where the network ends with an activation from 0 to 1.</para>
/// <para>A measure is null where there is none of such outputs, and NaN where rows leave it open: the ROC AUC of rows of one class, the
/// log loss of outputs that are no probabilities. Outputs are kept for what is computed when it is asked for, unless they are more than 2²⁶
/// (256 MB): then ROC AUC, average precision, R², percentage errors, calibration, <see cref="Output"/> and all measures of labels but the accuracy
/// are null, and so are log loss and Brier of two classes of one output.</para></remarks>
public sealed partial class Evaluation
{
    private readonly Tally tally;
    private readonly (string Name, Evaluation Of)[] outputs;
    private readonly Lazy<double?> rocAuc, averagePrecision;
    private readonly Lazy<ClassSums?> sums;

    internal Evaluation(Tally tally, double divergence, params (string, Evaluation)[] outputs)
    {
        this.tally = tally;
        this.outputs = outputs;
        Divergence = divergence;
        rocAuc = new(() => AreaUnder(Metrics.RocAuc, needsBoth: true));
        averagePrecision = new(() => AreaUnder(Metrics.AveragePrecision, needsBoth: false));
        sums = new(() => Confusion?.Sums() ?? (Kind == OutcomeKind.Labels && tally.IsKept ? tally.LabelSums() : null));
    }

    /// <summary>The mean divergence over the rows; of sequences over their real steps, of images over their pixels. NaN for one
    /// <see cref="Output"/>. Of one of several named outputs it is its own, without its weight, of what the network gives and not of logits, and the
    /// mean over the rows that count in it.</summary>
    public double Divergence { get; }

    /// <summary>The names of the outputs that are measured each by itself; empty unless the network's outputs have names.</summary>
    public IReadOnlyList<string> OutputNames => [.. outputs.Select(output => output.Name)];

    /// <summary>How well one of several named outputs does (<see cref="NetworkBuilder.Outputs"/>), with all measures of what it is: classes, labels
    /// or numbers. The whole has a divergence only.</summary>
    /// <param name="output">The name of the output.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public Evaluation this[string output]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(output);
            foreach ((string name, Evaluation of) in outputs)
            {
                if (name == output)
                    return of;
            }

            throw new ArgumentException(
                outputs.Length == 0
                    ? $"There is no output \"{output}\": the network's outputs have no names, which Outputs(…) of the builder gives them."
                    : $"There is no output \"{output}\"; there are {NamedParts.NamesOf(OutputNames)}.",
                nameof(output));
        }
    }

    /// <summary>The number of vectors that count: rows, of sequences real steps, of images pixels.</summary>
    public long Count => tally.Count;

    /// <summary>The mean of |yᵢ − dᵢ| over all outputs of all rows, of sequences of all real steps.</summary>
    public double MeanAbsoluteError => tally.AbsoluteError;

    /// <summary>The root of the mean of (yᵢ − dᵢ)² over all outputs of all rows, of sequences of all real steps.</summary>
    public double RootMeanSquareError => Math.Sqrt(tally.SquareError);

    /// <summary>The mean of |yᵢ − dᵢ| / |dᵢ| over all numbers (<see cref="Metrics.MeanAbsolutePercentageError"/>); null of anything else.</summary>
    public double? MeanAbsolutePercentageError =>
        Kept(OutcomeKind.Numbers, o => Metrics.MeanAbsolutePercentageError(o.Outputs, o.Desired, o.Weights));

    /// <summary>R² of numbers, two classes and labels, of several outputs the mean of theirs (<see cref="Metrics.R2"/>); null of classes.</summary>
    public double? R2 => Kept(Kind is OutcomeKind.TwoClasses or OutcomeKind.Labels ? Kind : OutcomeKind.Numbers, o =>
        Metrics.R2(o.Outputs, o.Desired, o.Count, o.Weights));

    /// <summary>Which class was taken for which; null of numbers and labels, or with more than 4,096 classes.</summary>
    public ConfusionMatrix? Confusion => tally.Confusion;

    /// <summary>The share of rows, real steps or pixels whose class was predicted; of labels, of those of which every label was. Null of numbers.
    /// </summary>
    public double? Accuracy => Kind is OutcomeKind.Classes or OutcomeKind.TwoClasses or OutcomeKind.Labels ? tally.Accuracy : null;

    /// <summary>The share of all labels that were predicted right, wherever the others are: 1 − the Hamming loss; of classes the accuracy.</summary>
    public double? LabelAccuracy => Kind == OutcomeKind.Labels ? MeanOfOutputs(one => one.Accuracy, _ => true) : Accuracy;

    /// <summary>The share of rows whose class is among the k greatest outputs (<see cref="Metrics.TopK"/>); null of anything but classes.</summary>
    /// <param name="k">How many are taken, at least 1.</param>
    /// <returns>0 … 1, or null.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is not positive.</exception>
    public double? TopK(int k)
    {
        Guard.Count(k, nameof(k));
        return Kind == OutcomeKind.Classes && tally.HasDetails ? tally.TopK(k)
            : Kind == OutcomeKind.TwoClasses && k == 1 ? Accuracy
            : Kept(OutcomeKind.TwoClasses, o => Metrics.TopK(o.Outputs, o.Desired, o.Count, k, o.Weights));
    }

    /// <summary>The mean of −ln p of the desired class (<see cref="Metrics.LogLoss"/>); of labels the mean of theirs. Null of numbers, and of
    /// labels of −1 and +1.</summary>
    public double? LogLoss => Probable(() => tally.LogLoss, o => Metrics.LogLoss(o.Outputs, o.Desired, o.Count, o.Weights), one => one.LogLoss);

    /// <summary>The score of Brier (<see cref="Metrics.Brier"/>); of labels the mean of theirs. Null of numbers, and of labels of −1 and
    /// +1.</summary>
    public double? Brier => Probable(() => tally.Brier, o => Metrics.Brier(o.Outputs, o.Desired, o.Count, o.Weights), one => one.Brier);

    /// <summary>The area under the ROC (<see cref="Metrics.RocAuc"/>): of two classes by the score of the second; of more, and of labels, the mean
    /// over each against the rest, without those that all rows are of or none. Null of numbers.</summary>
    public double? RocAuc => rocAuc.Value;

    /// <summary>The average precision (<see cref="Metrics.AveragePrecision"/>): of two classes that of the second; of more, and of labels, the mean
    /// over each against the rest, without those that no row is of. Null of numbers.</summary>
    public double? AveragePrecision => averagePrecision.Value;

    /// <summary>The precision of the second of two classes; null of anything else.</summary>
    public double? Precision => OfSecond(ClassSums.Precision);

    /// <summary>The recall of the second of two classes; null of anything else.</summary>
    public double? Recall => OfSecond(ClassSums.Recall);

    /// <summary>F1 of the second of two classes; null of anything else.</summary>
    public double? F1 => OfSecond(ClassSums.F1);

    /// <summary><see cref="ConfusionMatrix.MacroPrecision"/>; of labels the mean over all of them. Null of numbers.</summary>
    public double? MacroPrecision => sums.Value?.Macro(ClassSums.Precision);

    /// <summary><see cref="ConfusionMatrix.MacroRecall"/>; of labels the mean over all of them. Null of numbers.</summary>
    public double? MacroRecall => sums.Value?.Macro(ClassSums.Recall);

    /// <summary><see cref="ConfusionMatrix.MacroF1"/>; of labels the mean over all of them. Null of numbers.</summary>
    public double? MacroF1 => sums.Value?.Macro(ClassSums.F1);

    /// <summary><see cref="ConfusionMatrix.MicroPrecision"/>; of labels the precision of all together. Null of numbers.</summary>
    public double? MicroPrecision => sums.Value?.Micro(ClassSums.Precision);

    /// <summary><see cref="ConfusionMatrix.MicroRecall"/>; of labels the recall of all together. Null of numbers.</summary>
    public double? MicroRecall => sums.Value?.Micro(ClassSums.Recall);

    /// <summary><see cref="ConfusionMatrix.MicroF1"/>; of labels F1 of all together. Null of numbers.</summary>
    public double? MicroF1 => sums.Value?.Micro(ClassSums.F1);

    /// <summary><see cref="ConfusionMatrix.WeightedPrecision"/>, of labels likewise. Null of numbers.</summary>
    public double? WeightedPrecision => sums.Value?.Weighted(ClassSums.Precision);

    /// <summary><see cref="ConfusionMatrix.WeightedRecall"/>, of labels likewise. Null of numbers.</summary>
    public double? WeightedRecall => sums.Value?.Weighted(ClassSums.Recall);

    /// <summary><see cref="ConfusionMatrix.WeightedF1"/>, of labels likewise. Null of numbers.</summary>
    public double? WeightedF1 => sums.Value?.Weighted(ClassSums.F1);

    /// <summary><see cref="ConfusionMatrix.BalancedAccuracy"/>; null of numbers and labels.</summary>
    public double? BalancedAccuracy => Confusion?.BalancedAccuracy;

    /// <summary><see cref="ConfusionMatrix.Matthews"/>; null of numbers and labels.</summary>
    public double? Matthews => Confusion?.Matthews;

    /// <summary>The outputs of a vector.</summary>
    public int OutputCount => tally.Form.Width;

    /// <summary>All outputs and what was desired, for measures of your own.</summary>
    /// <returns>Views of what the evaluation has kept.</returns>
    /// <exception cref="InvalidOperationException">There are more than 2²⁶ outputs or desired values, so that they were not kept.</exception>
    public Outcomes Outcomes() => tally.IsKept ? tally.Outcomes : throw NotKept();

    /// <summary>Whether outputs and desired values can be subtracted.</summary>
    internal bool HasErrors => Kind != OutcomeKind.Other;

    /// <summary>What was measured, in words.</summary>
    internal string Words => outputs.Length == 0 ? tally.Form.Words : $"several outputs together; one of them has it: {nameof(Metric)}.OfOutput";

    /// <summary>What is too much for some measures, in words; null: nothing.</summary>
    internal string? Limit => tally.IsTooLarge ? "more than 2²⁶ outputs or desired values, which are not kept"
        : Kind == OutcomeKind.Classes && OutputCount > ConfusionMatrix.MaxClasses
            ? FormattableString.Invariant($"more than {ConfusionMatrix.MaxClasses:N0} classes, of which no confusions are counted") : null;

    private OutcomeKind Kind => tally.Form.Kind;

    /// <summary>How well one output does: a number, a label, or a class against the rest, whose output says yes from 0.5 up.</summary>
    /// <param name="column">0 … <see cref="OutputCount"/> − 1.</param>
    /// <returns>An evaluation of that output; its divergence is NaN.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    /// <exception cref="InvalidOperationException">The outputs were not kept, or other values than one for each are desired.</exception>
    public Evaluation Output(int column)
    {
        if ((uint)column >= (uint)OutputCount)
            throw Guard.OutOfRange(
                nameof(column), column, FormattableString.Invariant($"Expected an output 0 … {OutputCount - 1}, but got {column}."));
        if (!tally.IsKept)
            throw NotKept();
        return Kind == OutcomeKind.Other
            ? throw new InvalidOperationException(
                $"Of {OutputCount} outputs {tally.Form.Desired} values are desired, so that none of them belongs to one output.")
            : new Evaluation(tally.Column(column), double.NaN);
    }

    /// <summary>How often predictions were right beside how probable they were said to be, in bins of equal width: of two classes the second one,
    /// of more the one that was predicted, of labels each of them.</summary>
    /// <param name="bins">The number of bins, at least 1.</param>
    /// <returns>The bins (<see cref="Metrics.Calibration"/>); null of numbers, of labels of −1 and +1, and where an output is no
    /// probability.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is not positive.</exception>
    public IReadOnlyList<CalibrationBin>? Calibration(int bins = 10)
    {
        Guard.Count(bins, nameof(bins));
        if (!tally.IsKept || !tally.Form.MayBeProbabilities || Count == 0)
            return null;
        Outcomes outcomes = tally.Outcomes;
        foreach (float p in outcomes.Outputs)
        {
            if (!Metrics.IsProbability(p))
                return null;
        }

        if (Kind == OutcomeKind.TwoClasses)
            return Metrics.Calibration(outcomes.Outputs, outcomes.Desired, bins, outcomes.Weights);
        int width = OutputCount, each = Kind == OutcomeKind.Labels ? width : 1;
        float[] said = new float[outcomes.Count * each], happened = new float[said.Length], weights = new float[said.Length];
        for (int i = 0; i < said.Length; i++)
        {
            int vector = i / each;
            ReadOnlySpan<float> y = outcomes.Outputs.Slice(vector * width, width);
            int named = width == 2 ? 1 : Metrics.ArgMax(y);
            (said[i], happened[i]) = Kind == OutcomeKind.Labels ? (y[i % width], outcomes.Desired[i])
                : (y[named], outcomes.Desired[vector] == named ? 1 : 0);
            weights[i] = outcomes.Weights.IsEmpty ? 1 : outcomes.Weights[vector];
        }

        return Metrics.Calibration(said, happened, bins, weights);
    }

    /// <summary>By how much the probabilities that were said are off, on the average (<see cref="Metrics.ExpectedCalibrationError"/>).</summary>
    /// <param name="bins">The number of bins of <see cref="Calibration"/>, at least 1.</param>
    /// <returns>0 … 1; NaN where an output is no probability; null of numbers, and of labels of −1 and +1.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is not positive.</exception>
    public double? ExpectedCalibrationError(int bins = 10) => Calibration(bins) is { } curve ? Metrics.ExpectedCalibrationError(curve)
        : tally.IsKept && tally.Form.MayBeProbabilities ? double.NaN : null;

    /// <summary>The numbers in a line, the same in every culture; what there is none of is left out.</summary>
    /// <returns>For example <c>divergence 0.52, accuracy 0.9, mean absolute error 0.1, root mean square error 0.2</c>; of several outputs those of
    /// each.</returns>
    public override string ToString()
    {
        string divergence = double.IsNaN(Divergence) ? "" : FormattableString.Invariant($"divergence {Divergence:G6}, ");
        string accuracy = Accuracy is null ? "" : FormattableString.Invariant($"accuracy {Accuracy:G6}, ");
        string errors = double.IsNaN(MeanAbsoluteError) ? "" : FormattableString.Invariant(
            $"mean absolute error {MeanAbsoluteError:G6}, root mean square error {RootMeanSquareError:G6}, ");
        string whole = (divergence + accuracy + errors).TrimEnd(' ', ',');
        return outputs.Length == 0 ? whole : $"{whole}; {string.Join("; ", outputs.Select(output => $"{output.Name}: {output.Of}"))}";
    }

    private static InvalidOperationException NotKept() => new(
        "There are more than 2²⁶ outputs or desired values, so that they were not kept; evaluate fewer rows at a time.");

    private double? Kept(OutcomeKind kind, Func<Outcomes, double> measure) =>
        Kind != kind || !tally.IsKept ? null : Count == 0 ? double.NaN : measure(tally.Outcomes);

    private double? OfSecond(ClassSums.Measure measure) => Confusion is { Classes: 2 } ? sums.Value!.Of(measure, 1) : null;

    private double? Probable(Func<double> ofClasses, Func<Outcomes, double> ofTwo, Func<Evaluation, double?> ofOne) =>
        !tally.Form.MayBeProbabilities || !tally.HasDetails ? null : Kind switch
        {
            OutcomeKind.Classes => ofClasses(),
            OutcomeKind.TwoClasses => Kept(OutcomeKind.TwoClasses, ofTwo),
            _ => MeanOfOutputs(ofOne, _ => true),
        };

    private double? AreaUnder(Area area, bool needsBoth)
    {
        if (Kind == OutcomeKind.TwoClasses)
            return Kept(OutcomeKind.TwoClasses, o => area(o.Outputs, o.Desired, o.Weights));
        if (Kind is not (OutcomeKind.Classes or OutcomeKind.Labels) || !tally.IsKept)
            return null;
        Func<Evaluation, double?> ofOne = one => one.AreaUnder(area, needsBoth);
        return Kind == OutcomeKind.Classes && OutputCount == 2 ? ofOne(Output(1))
            : MeanOfOutputs(ofOne, one => one.sums.Value!.Actual is var actual && actual[1] > 0 && (actual[0] > 0 || !needsBoth));
    }

    private double? MeanOfOutputs(Func<Evaluation, double?> measure, Func<Evaluation, bool> counts)
    {
        if (!tally.IsKept)
            return null;
        double sum = 0;
        int outputs = 0;
        for (int column = 0; column < OutputCount; column++)
        {
            Evaluation one = Output(column);
            if (counts(one))
                (sum, outputs) = (sum + measure(one)!.Value, outputs + 1);
        }

        return sum / outputs;
    }

    private delegate double Area(ReadOnlySpan<float> scores, ReadOnlySpan<float> desired, ReadOnlySpan<float> weights);
}
