using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>Trainings of every kind that processes may share, each told by a hash of what it ends with.</summary>
internal static class ClusterTraining
{
    public const int Shards = 8;

    public static IReadOnlyList<string> Kinds { get; } = ["dense", "long", "convolution", "lstm", "attention", "ids"];

    /// <summary>Trains, and gives a hash of what it has come to.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="cluster">The processes; null: this one alone.</param>
    /// <param name="threads">The threads of each.</param>
    /// <param name="checkpoint">The file of a checkpoint after every third step, from which training goes on; null: none.</param>
    /// <param name="fromSource">Whether rows are read as from a file.</param>
    /// <param name="epochs">For how many epochs.</param>
    public static string Run(
        string kind, Cluster? cluster, int threads = 1, string? checkpoint = null, bool fromSource = false, int epochs = 3)
    {
        using Trainer trainer = Make(kind, cluster, threads, checkpoint, epochs);
        if (checkpoint is not null)
            trainer.Resume(checkpoint);
        Dataset data = Data(kind);
        IRowSource rows = fromSource ? RowSource.Concat(data.Slice(0, 40), data.Slice(40, data.Rows - 40)) : data;
        trainer.Fit(rows, epochs, validation: data.Slice(0, 41));
        return Hash(trainer);
    }

    /// <summary>A hash of what a training with a validation set has come to: parameters, statistics and the course.</summary>
    public static string Hash(Trainer trainer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(trainer.Network.Parameters));
        hash.AppendData(MemoryMarshal.AsBytes(trainer.Network.Statistics));
        foreach (EpochResult epoch in trainer.History.Epochs)
            hash.AppendData(MemoryMarshal.AsBytes<double>([epoch.TrainingDivergence, epoch.ValidationDivergence!.Value, epoch.LearningRate]));
        hash.AppendData([trainer.History.StoppedEarly ? (byte)1 : (byte)0, (byte)trainer.Epoch]);
        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    public static Trainer Make(string kind, Cluster? cluster, int threads = 1, string? checkpoint = null, int epochs = 3)
    {
        bool isAdam = kind is "lstm" or "attention" or "ids";
        return new Trainer(NetworkOf(kind), Divergence.CrossEntropy, isAdam ? new AdamW(1e-2f) : new Sgd(0.05f, momentum: 0.9f))
        {
            BatchSize = kind == "convolution" ? 24 : 4,
            AccumulateSteps = kind == "convolution" ? 1 : 5,
            Shards = Shards,
            Cluster = cluster,
            CompareEvery = 2,
            Threads = threads,
            Seed = 4,
            KeepBest = true,
            Clipping = GradientClipping.ByNorm(0.7f),
            Schedule = new CosineDecay(7 * epochs),
            Checkpointing = checkpoint is null ? null : new Checkpointing(checkpoint, everySteps: 3),
        };
    }

    public static Network NetworkOf(string kind) => kind switch
    {
        "dense" => Network.Create(2).Dense(24, Activation.Relu).Dropout(0.3f).Dense(3, Activation.Softmax).Build(1),
        "long" => Network.Create(2).Dense(300, Activation.Tanh).Dense(280, Activation.Relu).LayerNorm().Dense(250, Activation.Tanh)
            .Dense(280).Dense(3, Activation.Softmax).Tie("3.weight", "4.weight", transposed: true).Build(1),
        "convolution" => Network.Create(Shape.Image(6, 6, 2)).Conv(4, 3).BatchNorm(activation: Activation.Relu).MaxPool(2).Flatten()
            .Dense(3, Activation.Softmax).Build(1),
        "lstm" => Network.Create(Shape.Sequence(6, 2)).Lstm(8).LastStep().Dense(3, Activation.Softmax).Build(1),
        "attention" => Network.Create(Shape.Sequence(6, 4)).MultiHeadAttention(2, causal: true).Dropout(0.2f).MeanOverSteps()
            .Dense(3, Activation.Softmax).Build(1),
        "ids" => Network.Create(Shape.Sequence(6, 2)).Gru(6).Dense(3, Activation.Softmax).Build(1),
        _ => throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is no training \"{kind}\"."), nameof(kind)),
    };

    // 109 rows: neither steps nor shards come out even, and a last step has fewer rows than there are shards.
    public static Dataset Data(string kind)
    {
        const int Rows = 109;
        if (kind is "dense" or "long")
            return TestData.Clouds(Rows);
        int inputs = NetworkOf(kind).Input.Size;
        float[] x = TestData.Normal(Rows * inputs, 2);
        int[] lengths = [.. TestData.Labels(Rows, 6, seed: 5).Select(label => label + 1)];
        if (kind == "ids")
        {
            int[] ids = [.. TestData.Labels(Rows * 6, 4, seed: 3).Select((id, i) => i % 6 == 0 ? id % 3 : id - 1)];
            return Dataset.FromArrays(x, [.. ids.Select(id => (float)id)], Rows).WithLengths(lengths);
        }

        Dataset data = Dataset.FromArrays(x, TestData.OneHotOf(TestData.Labels(Rows, 3), 3), Rows);
        return kind == "convolution"
            ? data.WithWeights([.. TestData.Labels(Rows, 3, seed: 8).Select(weight => 1f + weight)])
            : data.WithLengths(lengths);
    }
}
