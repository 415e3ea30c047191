using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests.Training;

/// <summary>
/// A training with all that has to be taken up again: moments, a schedule that goes by the divergences, dropout, a shuffle, the
/// best epoch so far, and statistics. <see cref="KilledTrainingTests"/> runs it in processes that it kills.
/// </summary>
internal static class InterruptedTraining
{
    public const int Epochs = 6;

    public static Dataset Data { get; } = TestData.Clouds(400);

    public static Trainer Make(Checkpointing? checkpointing, int threads = 1) => new(
        Network.Create(2).Dense(24, Activation.Tanh).Add(shape => new Dropout(shape, 0.2f)).Add(shape => new Contracts.Probe(shape))
            .Dense(24, new RandomizedLeakyRelu()).Dense(3, Activation.Softmax).Build(3),
        Divergence.CrossEntropy,
        new AdamW(0.02f))
    {
        BatchSize = 10,
        Seed = 9,
        Threads = threads,
        KeepBest = true,
        Patience = 3,
        Schedule = new Plateau(0.5f, patience: 0),
        Clipping = GradientClipping.ByNorm(1),
        Checkpointing = checkpointing,
    };

    /// <summary>Takes the training up again if there is a checkpoint, and gives a hash of what it ends with.</summary>
    /// <param name="checkpoint">The file; null: it is not stopped.</param>
    /// <param name="rows">A file of rows to train on, shuffled and read ahead; null: on a data set.</param>
    public static string Run(string? checkpoint, string? rows = null)
    {
        using Trainer trainer = Make(checkpoint is null ? null : new Checkpointing(checkpoint, everySteps: 1));
        if (checkpoint is not null)
            trainer.Resume(checkpoint);
        trainer.Fit(rows is null ? Data : RowSource.FromFile(rows).Shuffled(90).ReadAhead(40), Epochs, validation: Data.Slice(0, 50));
        return ClusterTraining.Hash(trainer);
    }
}
