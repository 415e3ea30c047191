namespace NeuralNet;

/// <summary>What one epoch of training came to.</summary>
/// <param name="Epoch">Which epoch, from 1.</param>
/// <param name="TrainingDivergence">
/// The mean divergence over the rows (of sequences over their real steps, of images over their pixels), each measured in the step that trained on it.
/// </param>
/// <param name="ValidationDivergence">The mean divergence over the validation set after the epoch; null without one.</param>
/// <param name="ValidationAccuracy">The accuracy on the validation set after the epoch; null without one or without classes.</param>
/// <param name="Seconds">How long the epoch's steps took, validation aside.</param>
/// <param name="LearningRate">η of the epoch's last step.</param>
public sealed record EpochResult(
    int Epoch, double TrainingDivergence, double? ValidationDivergence, double? ValidationAccuracy, double Seconds, float LearningRate);

/// <summary>The course of a training, epoch by epoch.</summary>
public sealed class TrainingHistory
{
    private readonly List<EpochResult> epochs = [];

    internal TrainingHistory()
    {
    }

    /// <summary>The epochs that were finished, in order.</summary>
    public IReadOnlyList<EpochResult> Epochs => epochs;

    /// <summary> The epoch with the smallest validation divergence (training divergence where there is no validation); null before the first.
    /// </summary>
    public EpochResult? Best { get; private set; }

    /// <summary>Whether training ended because the patience ran out.</summary>
    public bool StoppedEarly { get; internal set; }

    // Whether the epoch is the best one so far.
    internal bool Add(EpochResult epoch)
    {
        epochs.Add(epoch);
        bool isBetter = Best is null || Criterion(epoch) < Criterion(Best) || (double.IsNaN(Criterion(Best)) && !double.IsNaN(Criterion(epoch)));
        if (isBetter)
            Best = epoch;
        return isBetter;
    }

    private static double Criterion(EpochResult epoch) => epoch.ValidationDivergence ?? epoch.TrainingDivergence;
}

/// <summary>Where a training is; reported after every step.</summary>
/// <param name="Epoch">The epoch that is under way, from 1.</param>
/// <param name="LastEpoch">The last epoch of this call of Fit.</param>
/// <param name="Step">The steps done in this epoch, from 1.</param>
/// <param name="Steps">The steps of an epoch.</param>
/// <param name="Divergence">The mean divergence over the rows of this epoch so far.</param>
/// <param name="Finished">The epoch's result, with the last report of an epoch; otherwise null.</param>
public readonly record struct TrainingProgress(int Epoch, int LastEpoch, int Step, int Steps, double Divergence, EpochResult? Finished);
