namespace NeuralNet;

/// <summary>Is told how training goes: what draws curves, writes logs, looks for what is wrong. They are given to the trainer, any number.
/// </summary>
/// <remarks><para>All calls come at once, on the thread that trains, and in this order: <see cref="OnStart"/>; for each step <see cref="OnGradient"/>
/// and <see cref="OnStep"/>; after the last step of an epoch and its measuring <see cref="OnEpoch"/>; <see cref="OnEnd"/>, also where
/// an exception ends Fit, for each observer whose OnStart was called. Each does nothing unless it is written.</para>
/// <para>A loop of one's own, which calls <see cref="Trainer.Step(in Batch)"/>, has no start and no end; <see cref="Trainer.EndEpoch"/> ends its
/// epochs. Who only wants to know how far Fit has come needs no observer: <see cref="IProgress{T}"/> is told that.</para>
/// <para>An observer may read the network, save a checkpoint and measure (<see cref="Trainer.Evaluate"/>), except in
/// <see cref="OnGradient"/>, where the step has not been made. It changes nothing. An exception that it throws ends Fit as a cancellation does, and
/// training can go on; in a loop of one's own it comes out of Step or EndEpoch. What <see cref="OnEnd"/> throws comes out of Fit after all have been
/// told, unless something else has ended Fit.</para></remarks>
public interface ITrainingObserver
{
    /// <summary><see cref="Trainer.Fit"/> begins: everything has been checked, no step has been made.</summary>
    /// <param name="start">What is trained, on what.</param>
    void OnStart(TrainingStart start)
    {
    }

    /// <summary>The gradient of a step is there, with penalty and clipping; the parameters have not moved. What throws here leaves the step
    /// unmade.</summary>
    /// <param name="step">The step, with its gradient.</param>
    void OnGradient(in TrainingStep step)
    {
    }

    /// <summary>A step has been made.</summary>
    /// <param name="step">The step, without its gradient.</param>
    void OnStep(in TrainingStep step)
    {
    }

    /// <summary>An epoch has ended, and has been measured.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="epoch">What the epoch came to.</param>
    void OnEpoch(Trainer trainer, EpochResult epoch)
    {
    }

    /// <summary>Fit has ended; the network holds what it ends with.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="problem">What ended it, such as a cancellation or a divergence that is not finite; null: it ended by itself.</param>
    void OnEnd(Trainer trainer, Exception? problem)
    {
    }
}

/// <summary>What a call of <see cref="Trainer.Fit"/> begins with.</summary>
/// <param name="Trainer">The trainer.</param>
/// <param name="Data">What is trained on.</param>
/// <param name="Validation">What is measured after each epoch; null: nothing.</param>
/// <param name="FirstEpoch">The epoch that comes first, from 1.</param>
/// <param name="LastEpoch">The last epoch, unless patience ends it earlier.</param>
/// <param name="Steps">The steps of an epoch; null: they are not known before its end.</param>
public sealed record TrainingStart(Trainer Trainer, IRowSource Data, IRowSource? Validation, int FirstEpoch, int LastEpoch, int? Steps);
