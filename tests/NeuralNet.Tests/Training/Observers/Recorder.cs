namespace NeuralNet.Tests.Training.Observers;

/// <summary>Writes down what it is told, and throws where it is asked to.</summary>
internal class Recorder : ITrainingObserver
{
    public List<string> Calls { get; } = [];

    /// <summary>The call that throws: "start", "gradient 5" …; null: none.</summary>
    public string? ThrowsAt { get; set; }

    /// <summary>What is called with every call.</summary>
    public Action<string>? Told { get; set; }

    /// <summary>What ended Fit, as the last end said.</summary>
    public Exception? Problem { get; private set; }

    /// <summary>The parameters of the last finished step.</summary>
    public float[] Parameters { get; private set; } = [];

    public void OnStart(TrainingStart start)
    {
        Parameters = start.Trainer.Network.Parameters.ToArray();
        Add("start");
    }

    public void OnGradient(in TrainingStep step) => Add($"gradient {step.Number}");

    public void OnStep(in TrainingStep step)
    {
        Parameters = step.Trainer.Network.Parameters.ToArray();
        Add($"step {step.Number}");
    }

    public void OnEpoch(Trainer trainer, EpochResult epoch) => Add($"epoch {epoch.Epoch}");

    public void OnEnd(Trainer trainer, Exception? problem)
    {
        Problem = problem;
        Add("end");
    }

    protected void Add(string call)
    {
        Calls.Add(call);
        Told?.Invoke(call);
        if (call == ThrowsAt)
            throw new IOException(call);
    }
}

/// <summary>The same of a progress.</summary>
internal sealed class ProgressRecorder : Recorder, IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => Add($"report {value.Epoch}.{value.Step}{(value.Finished is null ? "" : " finished")}");
}

/// <summary>Does nothing.</summary>
internal sealed class EmptyObserver : ITrainingObserver;

/// <summary>A clock that goes when it is told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(ticks);

    public void Pass(double seconds) => ticks += TimeSpan.FromSeconds(seconds).Ticks;
}
