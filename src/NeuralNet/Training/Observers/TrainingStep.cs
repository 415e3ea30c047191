namespace NeuralNet;

/// <summary>A step of training, as an <see cref="ITrainingObserver"/> is told of it. What it hands out is valid during the call.</summary>
public readonly ref struct TrainingStep
{
    /// <summary>Who makes it.</summary>
    public required Trainer Trainer { get; init; }

    /// <summary>Which step it is of all, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>The epoch that it belongs to, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The mean divergence of its rows, before the parameters move.</summary>
    public required double Divergence { get; init; }

    /// <summary>η of the step.</summary>
    public required float LearningRate { get; init; }

    /// <summary>The batch: of a step of several (<see cref="Trainer.AccumulateSteps"/>, <see cref="Trainer.Shards"/>) the last one of this process,
    /// or one row of the step where this process has none. Empty after the step.</summary>
    public Batch Batch { get; init; }

    /// <summary>The gradient, in the layout of <see cref="Network.Parameters"/>, with penalty and clipping; 0 where a place is frozen. Empty after
    /// the step.</summary>
    public ReadOnlySpan<float> Gradient { get; init; }

    /// <summary>The rows of the step that were trained on, of all its batches; 0 before its end.</summary>
    public int Rows { get; init; }

    /// <summary>Where in Fit it is, this step included; null in a loop of one's own, and before the step's end.</summary>
    public TrainingProgress? Progress { get; init; }

    /// <summary>How long it took, in seconds, its rows' reading included; 0 before its end, and in a loop of one's own.</summary>
    public double Seconds { get; init; }
}
