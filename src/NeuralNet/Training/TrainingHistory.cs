namespace NeuralNet;

/// <summary>What one epoch of training came to.</summary>
/// <param name="Epoch">Which epoch, from 1.</param>
/// <param name="TrainingDivergence">
/// The mean divergence over the rows (of sequences over their real steps, of images over their pixels), each measured in the step that trained on it;
/// NaN where <see cref="Trainer.EndEpoch"/> ends an epoch without a step.
/// </param>
/// <param name="ValidationDivergence">The mean divergence over the validation set after the epoch; null without one.</param>
/// <param name="ValidationAccuracy">The accuracy on the validation set after the epoch; null without one or without classes.</param>
/// <param name="Seconds">How long the epoch's steps took, validation aside.</param>
/// <param name="LearningRate">η of the epoch's last step.</param>
public sealed record EpochResult(
    int Epoch, double TrainingDivergence, double? ValidationDivergence, double? ValidationAccuracy, double Seconds, float LearningRate)
{
    /// <summary>What a number is called that <see cref="Trainer.EndEpoch"/> was given, which alone knows what it is.</summary>
    internal const string Given = "monitored";

    /// <summary>The name of the measure by which the epoch is judged (<see cref="Trainer.Monitor"/>); "monitored" where
    /// <see cref="Trainer.EndEpoch"/> was given a number; null: the divergence on the validation set, or in training where there is none.</summary>
    public string? Monitor { get; init; }

    /// <summary>By what the epoch is judged: the value of <see cref="Monitor"/>.</summary>
    public double Monitored { get => Monitor is null ? ValidationDivergence ?? TrainingDivergence : field; init; }

    /// <summary>The epoch in a line, the same in every culture; what there is none of is left out.</summary>
    /// <returns>For example <c>epoch 3: training 0.52, validation 0.61, accuracy 0.9, 1.25 s, learning rate 0.001</c>.</returns>
    public override string ToString()
    {
        string validation = ValidationDivergence is null ? "" : FormattableString.Invariant($", validation {ValidationDivergence:G6}");
        string accuracy = ValidationAccuracy is null ? "" : FormattableString.Invariant($", accuracy {ValidationAccuracy:G6}");
        string monitored = Monitor is null || Monitor == Metric.Accuracy.Name ? "" : FormattableString.Invariant($", {Monitor} {Monitored:G6}");
        return FormattableString.Invariant(
            $"epoch {Epoch}: training {TrainingDivergence:G6}{validation}{accuracy}{monitored}, {Seconds:0.###} s, learning rate {LearningRate:G6}");
    }
}

/// <summary>The course of a training, epoch by epoch.</summary>
public sealed class TrainingHistory
{
    private readonly List<EpochResult> epochs = [];

    internal TrainingHistory(string? monitor = null, bool isLargerBetter = false, double smallestGain = 0) =>
        JudgeBy(monitor, isLargerBetter, smallestGain);

    /// <summary>The epochs that were finished, in order.</summary>
    public IReadOnlyList<EpochResult> Epochs => epochs;

    /// <summary>The epoch with the smallest validation divergence (training divergence where there is no validation), or the one that
    /// <see cref="Trainer.Monitor"/> judges best; the last that was better than the best before by more than <see cref="Trainer.SmallestGain"/>. Null
    /// before the first.</summary>
    public EpochResult? Best { get; private set; }

    /// <summary>Whether training ended because the patience ran out.</summary>
    public bool StoppedEarly { get; internal set; }

    internal string? Monitor { get; private set; }

    internal bool IsLargerBetter { get; private set; }

    internal double SmallestGain { get; private set; }

    // How an epoch is judged, so that smaller is better.
    internal double Judgement(EpochResult epoch) => IsLargerBetter ? -epoch.Monitored : epoch.Monitored;

    // By what the next epochs are judged. False where that is another measure: then none of those before is the best.
    internal bool JudgeBy(string? name, bool isLargerBetter, double smallestGain)
    {
        bool isSame = (name, isLargerBetter) == (Monitor, IsLargerBetter);
        (Monitor, IsLargerBetter, SmallestGain) = (name, isLargerBetter, smallestGain);
        Best = isSame ? Best : null;
        return isSame;
    }

    // Whether the epoch is the best one so far.
    internal bool Add(EpochResult epoch)
    {
        epochs.Add(epoch);
        bool isBetter = Best is null || Judgement(epoch) < Judgement(Best) - SmallestGain
            || (double.IsNaN(Judgement(Best)) && !double.IsNaN(Judgement(epoch)));
        if (isBetter)
            Best = epoch;
        return isBetter;
    }

    /// <summary>The course in a line.</summary>
    /// <returns>How many epochs there were, and the best one.</returns>
    public override string ToString()
    {
        string epochs = Epochs.Count == 1 ? "1 epoch" : $"{Epochs.Count} epochs";
        return Best is null ? epochs : $"{epochs}{(StoppedEarly ? ", stopped early" : "")}; the best is {Best}";
    }
}

/// <summary>Where a training is; reported after every step.</summary>
/// <param name="Epoch">The epoch that is under way, from 1.</param>
/// <param name="LastEpoch">The last epoch of this call of Fit.</param>
/// <param name="Step">The steps done in this epoch, from 1.</param>
/// <param name="Steps">The steps of an epoch, or at most so many where some rows may count for nothing; null: they are not known before its
/// end.</param>
/// <param name="Divergence">The mean divergence over the rows of this epoch so far.</param>
/// <param name="Finished">The epoch's result, with the last report of an epoch; otherwise null.</param>
public readonly record struct TrainingProgress(int Epoch, int LastEpoch, int Step, int? Steps, double Divergence, EpochResult? Finished)
{
    /// <summary>The place in a line, the same in every culture.</summary>
    /// <returns>For example <c>epoch 3 of 10, step 20 of 40: divergence 0.52</c>.</returns>
    public override string ToString() =>
        FormattableString.Invariant(
            $"epoch {Epoch} of {LastEpoch}, step {Step}{(Steps is null ? "" : $" of {Steps}")}: divergence {Divergence:G6}");
}
