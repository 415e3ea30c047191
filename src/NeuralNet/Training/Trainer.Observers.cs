using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <content>Who is told how training goes.</content>
public sealed partial class Trainer
{
    private readonly ITrainingObserver[] observers = [];
    private ITrainingObserver[] told = []; // the observers, and a progress of Fit that is one
    private float rateOfStep; // η of the step of which they were told last

    /// <summary>Who is told of steps, epochs and the end, in this order; nobody unless set.</summary>
    /// <remarks>An <see cref="IProgress{T}"/> that <see cref="Fit"/> is given and that is an observer, too, is told as one, last of all.</remarks>
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
    private void TellStep(double divergence, TrainingProgress? progress = null, double seconds = 0)
    {
        var step = new TrainingStep
        {
            Trainer = this,
            Number = StepCount,
            Epoch = Epoch + 1,
            Divergence = divergence,
            LearningRate = rateOfStep,
            Progress = progress,
            Seconds = seconds,
        };
        foreach (ITrainingObserver observer in told)
            observer.OnStep(step);
    }

    private void TellEpoch(EpochResult epoch)
    {
        foreach (ITrainingObserver observer in told)
            observer.OnEpoch(this, epoch);
    }

    // A call of Fit with all who are told of it; every one of them is told of its end.
    private TrainingHistory Told(TrainingStart start, IProgress<TrainingProgress>? progress, Func<TrainingHistory> fit)
    {
        told = progress is ITrainingObserver observer ? [.. observers, observer] : observers;
        Exception? problem = null;
        try
        {
            foreach (ITrainingObserver one in told)
                one.OnStart(start);
            return fit();
        }
        catch (Exception wrong)
        {
            problem = wrong;
            throw;
        }
        finally
        {
            (ITrainingObserver[] all, told) = (told, observers);
            foreach (ITrainingObserver one in all)
                one.OnEnd(this, problem);
        }
    }
}
