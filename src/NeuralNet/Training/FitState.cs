namespace NeuralNet;

/// <summary>How far a call of <see cref="Trainer.Fit"/> has come.</summary>
internal sealed class FitState
{
    /// <summary>The epochs that had been finished when it began.</summary>
    public required int FirstEpoch { get; init; }

    /// <summary>The steps that have been made in the epoch that is under way.</summary>
    public int Step { get; set; }

    /// <summary>The rows of the source that have been read for them; 0 of a data set, where the steps say it.</summary>
    public long Row { get; set; }

    /// <summary>The divergences of those steps, Σ w D.</summary>
    public WeightedSum Sum { get; set; }

    /// <summary>How long they took.</summary>
    public double Seconds { get; set; }

    /// <summary>The epochs since the best one.</summary>
    public int SinceBest { get; set; }

    /// <summary>η of the last step.</summary>
    public float LearningRate { get; set; }

    /// <summary>The epochs that it has finished.</summary>
    public TrainingHistory History { get; init; } = new();

    /// <summary>The network after the best of them; null unless the best is kept.</summary>
    public Network? Best { get; set; }

    /// <summary>What the data are recognised by: their size and checksum.</summary>
    public string? Data { get; set; }

    /// <summary>The same of the validation data, which decide what is best; "none" without.</summary>
    public string? Validation { get; set; }

    /// <summary>Whether a checkpoint of it has been taken up, and the next call of Fit goes on with it.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Whether that call may have other data; false unless other settings were allowed, too.</summary>
    public bool AllowsOtherData { get; set; }

    /// <summary>The next epoch begins.</summary>
    public void BeginEpoch() => (Step, Row, Sum, Seconds) = (0, 0, default, 0);
}
