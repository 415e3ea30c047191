namespace NeuralNet.Tests.Training.Observers;

/// <summary>Keeps what it is told.</summary>
internal sealed class Watch : ITrainingObserver
{
    public TrainingStart? Start { get; private set; }

    public List<int> Rows { get; } = [];

    public List<int> LastBatch { get; } = [];

    public List<int> Epochs { get; } = [];

    public List<double> Divergences { get; } = [];

    public List<float> Rates { get; } = [];

    public List<double> Seconds { get; } = [];

    public List<(int Epoch, int Step)> Places { get; } = [];

    public List<float[]> Gradients { get; } = [];

    public List<EpochResult> Results { get; } = [];

    public void OnStart(TrainingStart start) => Start = start;

    public void OnGradient(in TrainingStep step)
    {
        LastBatch.Add(step.Batch.Rows);
        Gradients.Add(step.Gradient.ToArray());
        Rates.Add(step.LearningRate);
    }

    public void OnStep(in TrainingStep step)
    {
        Rows.Add(step.Rows);
        Epochs.Add(step.Epoch);
        Divergences.Add(step.Divergence);
        Rates.Add(step.LearningRate);
        step.Gradient.Length.Should().Be(0);
        step.Batch.Rows.Should().Be(0);
        if (step.Progress is { } place)
        {
            Seconds.Add(step.Seconds);
            Places.Add((place.Epoch, place.Step));
        }
    }

    public void OnEpoch(Trainer trainer, EpochResult epoch) => Results.Add(epoch);
}
