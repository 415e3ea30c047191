namespace NeuralNet;

/// <summary>How far a call of <see cref="Trainer.Fit"/> has come, how fast it goes and how long it still takes.</summary>
internal sealed class TrainingClock(TimeProvider time)
{
    private static readonly TimeSpan window = TimeSpan.FromSeconds(1);
    private long start, startOfWindow;
    private int firstEpoch, stepsOfWindow, stepsOfEpoch;
    private double firstShare = -1, measured;

    /// <summary>What is done of all steps, 0 … 1.</summary>
    public double Share { get; private set; }

    /// <summary>The steps of a second: of the last whole second, and in the first of its part.</summary>
    public double StepsPerSecond => measured > 0 ? measured : stepsOfWindow / Math.Max(1e-9, time.GetElapsedTime(startOfWindow).TotalSeconds);

    private TimeSpan Elapsed => time.GetElapsedTime(start);

    /// <summary>How long it still takes, or took, for people; nothing where that cannot be said yet.</summary>
    public string Words => Share >= 1 ? $"took {Text(Elapsed)}" : Left is { } left ? $"{Text(left)} left" : "";

    // If it goes on as before; null: that cannot be said yet. (The first steps take longer than others.)
    private TimeSpan? Left => Share > firstShare && firstShare >= 0 && Elapsed >= window ? Elapsed * ((1 - Share) / (Share - firstShare)) : null;

    /// <summary>Begins.</summary>
    /// <param name="firstEpoch">The epoch that comes first, from 1.</param>
    public void Start(int firstEpoch)
    {
        (this.firstEpoch, stepsOfWindow, stepsOfEpoch, firstShare, Share, measured) = (firstEpoch, 0, 0, -1, 0, 0);
        start = startOfWindow = time.GetTimestamp();
    }

    /// <summary>A step has been made.</summary>
    public void Count(in TrainingProgress place)
    {
        if (firstEpoch == 0)
            Start(place.Epoch);
        stepsOfEpoch = place.Steps ?? stepsOfEpoch;

        // Of an epoch whose steps are not known nothing counts before its end.
        int done = place.Finished is not null ? place.Epoch : place.Epoch - 1, all = place.LastEpoch - firstEpoch + 1;
        double part = place.Finished is not null || stepsOfEpoch == 0 ? 0 : Math.Min(1, (double)place.Step / stepsOfEpoch);
        Share = Math.Clamp((done - firstEpoch + 1 + part) / all, 0, 1);

        // The first step's own share: a call that goes on within an epoch begins behind 0.
        if (firstShare < 0)
            firstShare = stepsOfEpoch == 0 ? 0 : Math.Max(0, Share - (1.0 / stepsOfEpoch / all));
        stepsOfWindow++;
        TimeSpan passed = time.GetElapsedTime(startOfWindow);
        if (passed >= window)
            (measured, stepsOfWindow, startOfWindow) = (stepsOfWindow / passed.TotalSeconds, 0, time.GetTimestamp());
    }

    // As people read it: 0:07, 12:30, 1:02:03.
    private static string Text(TimeSpan span) => span.TotalHours >= 1
        ? FormattableString.Invariant($"{(long)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}")
        : FormattableString.Invariant($"{span.Minutes}:{span.Seconds:00}");
}
