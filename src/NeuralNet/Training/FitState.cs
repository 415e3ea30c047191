namespace NeuralNet;

/// <summary>How far a call of <see cref="Trainer.Fit"/> has come.</summary>
internal sealed class FitState
{
    /// <summary>The epochs that had been finished when it began.</summary>
    public required int FirstEpoch { get; init; }

    /// <summary>The steps that have been made in the epoch that is under way.</summary>
    public int Step { get; set; }

    /// <summary>Σ of the divergences of those steps, each times what it counts for.</summary>
    public double Sum { get; set; }

    /// <summary>What they count for.</summary>
    public long Count { get; set; }

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

    /// <summary>What the data are recognised by; null where nobody needs to know.</summary>
    public string? Data { get; set; }

    /// <summary>The same of the validation data, which decide what is best; "none" without.</summary>
    public string? Validation { get; set; }

    /// <summary>The next epoch begins.</summary>
    public void BeginEpoch() => (Step, Sum, Count, Seconds) = (0, 0, 0, 0);
}
