namespace NeuralNet.Tests.Training;

/// <summary>Progress that is told at once, on the thread that trains.</summary>
internal sealed class Now(Action<TrainingProgress> act) : IProgress<TrainingProgress>
{
    /// <summary>Trains until so many steps have been made; then it does something, such as to save a checkpoint, and stops the training.</summary>
    public static void StopAt(int steps, Trainer trainer, Action act, Dataset data, int epochs, Dataset? validation = null)
    {
        using var stop = new CancellationTokenSource();
        var now = new Now(_ =>
        {
            if (trainer.StepCount != steps)
                return;
            act();
            stop.Cancel();
        });
        trainer.Invoking(t => t.Fit(data, epochs, validation, now, stop.Token)).Should().Throw<OperationCanceledException>();
    }

    public void Report(TrainingProgress value) => act(value);
}
