using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace NeuralNet;

/// <content>Who is told how training goes.</content>
public sealed partial class Trainer
{
    private readonly ITrainingObserver[] observers = [];
    private ITrainingObserver[] told = []; // the observers, and a progress of Fit that is one
    private float rateOfStep; // η of the step of which they were told last

    /// <summary>Who is told of steps, epochs and the end, in this order; nobody unless set.</summary>
    /// <remarks>An <see cref="IProgress{T}"/> that <see cref="Fit"/> is given and that is an observer, too, is told as one, last of all; and an
    /// observer that is a progress, such as <see cref="ConsoleProgress"/>, is told as one.</remarks>
    /// <exception cref="ArgumentException">One of them is null.</exception>
    public IReadOnlyList<ITrainingObserver> Observers
    {
        get => observers;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            observers = told = [.. value];
            if (Array.Exists(observers, one => one is null))
                throw new ArgumentException("An observer is null.", nameof(value));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TellGradient(in Batch batch, double divergence, float rate, ReadOnlySpan<float> gradient)
    {
        rateOfStep = rate;
        var step = new TrainingStep
        {
            Trainer = this,
            Number = StepCount + 1,
            Epoch = Epoch + 1,
            Divergence = divergence,
            LearningRate = rate,
            Batch = batch,
            Gradient = gradient,
        };
        foreach (ITrainingObserver observer in told)
            observer.OnGradient(step);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TellStep(int rows, double divergence, TrainingProgress? progress = null, double seconds = 0)
    {
        var step = new TrainingStep
        {
            Trainer = this,
            Number = StepCount,
            Epoch = Epoch + 1,
            Divergence = divergence,
            LearningRate = rateOfStep,
            Rows = rows,
            Progress = progress,
            Seconds = seconds,
        };
        foreach (ITrainingObserver observer in told)
            observer.OnStep(step);
    }

    // An observer that is a progress, too, is told as one, wherever it was given.
    private void Report(IProgress<TrainingProgress>? progress, TrainingProgress place)
    {
        if (!IsSpokesman)
            return;
        progress?.Report(place);
        foreach (ITrainingObserver observer in told)
        {
            if (observer is IProgress<TrainingProgress> too && !ReferenceEquals(too, progress))
                too.Report(place);
        }
    }

    private void TellEpoch(EpochResult epoch)
    {
        if (!IsSpokesman)
            return;
        foreach (ITrainingObserver observer in told)
            observer.OnEpoch(this, epoch);
    }

    // A call of Fit with all who are told of it. Whoever was told of its start is told of its end, whatever the others do.
    private TrainingHistory Told(TrainingStart start, IProgress<TrainingProgress>? progress, Func<TrainingHistory> fit)
    {
        told = !IsSpokesman ? [] : progress is ITrainingObserver observer && !observers.Contains(observer) ? [.. observers, observer] : observers;
        using Activity? activity = Telemetry.BeginFit(start);
        Exception? problem = null;
        int started = 0;
        try
        {
            while (started < told.Length)
                told[started++].OnStart(start);
            return fit();
        }
        catch (Exception wrong)
        {
            problem = wrong;
            throw;
        }
        finally
        {
            (ITrainingObserver[] all, told) = (told, IsSpokesman ? observers : []);
            Telemetry.EndFit(activity, this, problem);
            TellEnd(all.AsSpan(0, started), problem);
        }
    }

    // What has ended Fit is what Fit throws; where it ended by itself, the first that an observer throws.
    private void TellEnd(ReadOnlySpan<ITrainingObserver> all, Exception? problem)
    {
        ExceptionDispatchInfo? thrown = null;
        foreach (ITrainingObserver observer in all)
        {
            try
            {
                observer.OnEnd(this, problem);
            }
            catch (Exception wrong)
            {
                thrown ??= ExceptionDispatchInfo.Capture(wrong);
            }
        }

        if (problem is null)
            thrown?.Throw();
    }
}
