namespace NeuralNet;

/// <content>By what epochs are judged.</content>
public sealed partial class Trainer
{
    /// <summary>By what measure of the validation set <see cref="Fit"/> judges an epoch: which is the best (<see cref="KeepBest"/>,
    /// <see cref="TrainingHistory.Best"/>), whether <see cref="Patience"/> runs out, and what <see cref="Plateau"/> sees. The divergence unless set;
    /// without a validation set, that in training.</summary>
    /// <remarks>A value of NaN is better than none other. <see cref="Fit"/> refuses, before the first step, any other measure without a validation
    /// set, and one that there is none of, such as the accuracy of numbers.</remarks>
    /// <exception cref="ArgumentException">The measure has no name.</exception>
    public IMetric Monitor
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = !string.IsNullOrEmpty(value.Name) ? value
                : throw new ArgumentException("The measure's Name is null or empty; texts and checkpoints need one.", nameof(value));
        }
    } = Metric.Divergence;

    /// <summary>By how much <see cref="Monitor"/> must be better than that of the best epoch for an epoch to be the new best one; more than 0 unless
    /// set. (<see cref="Plateau"/> has a threshold of its own.)</summary>
    public double SmallestGain
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw Guard.OutOfRange(
            nameof(value), value, FormattableString.Invariant($"The smallest gain is {value}; a finite one of at least 0 was expected."));
    }

    // Before the first step.
    private void CheckMonitor(EvaluationPlan? validation)
    {
        if (Monitor == Metric.Divergence)
            return;
        if (validation is null)
            throw new ArgumentException(
                $"Monitor is {Monitor.Name}, which is measured on a validation set, but Fit was given none; give it one, or leave Monitor at "
                + "Metric.Divergence.",
                nameof(validation));
        var empty = validation.Empty(Monitor);
        if (Metric.IsOf(Monitor, empty))
            return;
        Evaluation measured = Metric.MeasuredOf(Monitor, empty);
        string limit = measured.Limit is { } much ? $"; the validation set has {much}" : "";
        throw new ArgumentException(
            $"Monitor is {Monitor.Name}, but there is none of {measured.Words}{limit}; choose another Metric.", nameof(validation));
    }

    // The epoch with what it is judged by.
    private EpochResult Judged(EpochResult result, Evaluation? measured) => Monitor == Metric.Divergence ? result
        : result with { Monitor = Monitor.Name, Monitored = Monitor.Of(measured!) };
}
