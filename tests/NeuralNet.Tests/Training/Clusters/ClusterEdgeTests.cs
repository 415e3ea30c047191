using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>Where shards and processes have few rows, other rows, or are told to do what the others do not.</summary>
public sealed class ClusterEdgeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Observers_are_shown_a_row_of_a_step_that_has_fewer_rows_than_processes(bool fromSource)
    {
        float[] Train(Cluster? cluster)
        {
            var watch = new Watch();
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f))
            {
                BatchSize = 8,
                Shards = 8,
                Cluster = cluster,
                Observers = [watch],
                Shuffle = false,
                Augmentation = Augmentation.Noise(0.1f),
            };
            Dataset data = TestData.Clouds(11); // the last step has 3
            trainer.Fit(fromSource ? RowSource.Concat(data.Slice(0, 4), data.Slice(4, 7)) : data, epochs: 2);
            watch.Rows.Should().Equal(cluster is null or { Rank: 0 } ? [1, 1, 1, 1] : []);
            return trainer.Network.Parameters.ToArray();
        }

        float[] alone = Train(null);
        foreach (float[] together in LocalCluster.Run(8, Train))
            together.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Fact]
    public void A_gradient_that_is_too_large_is_told_of_by_processes_without_rows_too()
    {
        (float Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster =>
        {
            Network network = Network.Create(1).Dense(1).Build(1);
            using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)) { Shards = 4, Cluster = cluster };
            return trainer.Step([1e10f], [1e10f], 1);
        });
        ended.Should().OnlyContain(one => one.Failure is NotFiniteNumberException);
        ended.Should().OnlyContain(one => one.Failure!.Message.Contains("too large for a step", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_step_that_an_observer_ends_nothing_is_left_for_the_next()
    {
        var watch = new Watch();
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4, Observers = [watch] };
        using var other = new Trainer(trainer.Network.Clone(), Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4 };
        Batch batch = TestData.Clouds(12).Batch(0, 12);
        watch.Throws = true;
        try
        {
            trainer.Step(batch);
        }
        catch (IOException)
        {
            watch.Throws = false;
        }

        watch.Throws.Should().BeFalse("the observer has thrown");
        trainer.Step(batch).Should().Be(other.Step(batch));
        trainer.Network.Parameters.ShouldHaveTheBitsOf(other.Network.Parameters, "parameters");
    }

    [Fact]
    public void A_shard_whose_weights_are_all_0_adds_nothing()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 2 };
        using var half = new Trainer(trainer.Network.Clone(), Divergence.CrossEntropy, new Sgd(0.1f));
        Dataset data = TestData.Clouds(12).WithWeights([.. Enumerable.Range(0, 12).Select(row => row < 6 ? 0f : 1f)]);
        trainer.Step(data.Batch(0, 12)).Should().Be(half.Step(data.Batch(6, 6)));
        trainer.Network.Parameters.ShouldHaveTheBitsOf(half.Network.Parameters, "parameters");
    }

    private sealed class Watch : ITrainingObserver
    {
        public List<int> Rows { get; } = [];

        public bool Throws { get; set; }

        public void OnGradient(in TrainingStep step)
        {
            Rows.Add(step.Batch.Rows);
            step.Batch.Inputs.Length.Should().Be(step.Batch.Rows * 2);
            if (Throws)
                throw new IOException("The disk is gone.");
        }
    }
}
