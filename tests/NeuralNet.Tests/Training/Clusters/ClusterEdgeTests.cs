using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>Where shards and processes have few rows, other rows, or are told to do what the others do not.</summary>
public sealed class ClusterEdgeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Checkpoint => Path.Combine(folder, "run.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

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
    public void Processes_that_compare_their_parameters_at_other_steps_are_told_before_the_first()
    {
        (float Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f))
            {
                Shards = 2,
                Cluster = cluster,
                CompareEvery = 1 + cluster.Rank,
            };
            return trainer.Step(TestData.Clouds(12).Batch(0, 12));
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException && one.Failure.Message.Contains("CompareEvery", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rows")]
    [InlineData("whole")]
    [InlineData("weights")]
    [InlineData("measured")]
    public void Processes_that_are_given_other_rows_are_told(string what)
    {
        (double Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster =>
        {
            bool differs = cluster.Rank == 2;
            int rows = differs && what is not "whole" ? 11 : 12;
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4, Cluster = cluster };
            Dataset data = TestData.Clouds(rows);
            if (what == "weights")
                data = data.WithWeights([.. Enumerable.Repeat(0.5f, rows)]);
            Batch batch = data.Batch(0, rows);
            return what switch
            {
                "measured" => trainer.Evaluate(data).Divergence,
                "whole" => trainer.Step(batch with { TotalWeight = differs ? 24 : 36 }),
                _ => trainer.Step(batch),
            };
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException && one.Failure.Message.Contains("other rows", StringComparison.Ordinal));
    }

    [Fact]
    public void A_step_by_hand_from_the_progress_of_Fit_which_other_processes_do_not_make_is_refused()
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            trainer.Fit(ClusterTraining.Data("dense"), 1, progress: new Now(_ => trainer.Step(ClusterTraining.Data("dense").Batch(0, 8))));
            return 0;
        });
        ended[0].Failure.Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("on each process");
        ended[1].Failure.Should().BeOfType<ClusterException>().Which.Message.Should().Contain("process 0 of 2 failed");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public void With_another_batch_size_processes_go_on_from_the_row_that_one_goes_on_from(int batchSize)
    {
        Dataset data = TestData.Clouds(50);
        IRowSource rows = RowSource.Concat(data.Slice(0, 10), data.Slice(10, 40));
        Trainer Make(Cluster? cluster, int size) => new(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f, momentum: 0.9f))
        {
            BatchSize = size,
            Shards = 2,
            Cluster = cluster,
        };
        using (Trainer begun = Make(null, 8))
        {
            Action fit = () => begun.Fit(rows, 2, progress: new Now(one =>
            {
                if (one.Step != 4)
                    return;
                begun.SaveCheckpoint(Checkpoint);
                throw new OperationCanceledException();
            }));
            fit.Should().Throw<OperationCanceledException>();
        }

        float[] Resumed(Cluster? cluster)
        {
            using Trainer trainer = Make(cluster, batchSize);
            trainer.Resume(Checkpoint, allowOtherSettings: true).Should().BeTrue();
            trainer.Fit(rows, 2);
            return trainer.Network.Parameters.ToArray();
        }

        float[] alone = Resumed(null);
        foreach (float[] together in LocalCluster.Run(2, Resumed))
            together.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_row_that_does_not_count_although_all_are_said_to_is_refused_by_one_process_and_by_several(int size)
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(size, cluster =>
        {
            var source = RowSource.Generate(new RowFormat(2, 3) { WeightsPerRow = 1, EveryRowCounts = true }, 24, (_, row, values) =>
            {
                values.Inputs.Fill(row / 24f);
                values.Desired.Clear();
                values.Desired[0] = 1;
                values.Weights[0] = row == 21 ? 0 : 2;
            });
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4, Cluster = cluster };
            trainer.Fit(source, 1);
            return 0;
        });
        for (int rank = 0; rank < size - 1; rank++)
            ended[rank].Failure.Should().BeOfType<ClusterException>();
        ended[^1].Failure.Should().BeOfType<InvalidDataException>().Which.Message.Should()
            .Match("Row 21 of the source does not count*EveryRowCounts*");
    }

    [Fact]
    public void A_source_without_rows_is_refused_by_every_process()
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            trainer.Fit(new Nothing(), 1);
            return 0;
        });
        ended.Should().OnlyContain(one => one.Failure is InvalidDataException && one.Failure.Message.Contains("no row", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_last_step_joins_the_one_before_where_any_of_its_shards_is_too_small(bool fromSource)
    {
        // The last step has two rows, a shard each: the first has enough steps for a variance, the second has not.
        const int Rows = 10;
        int[] lengths = [.. Enumerable.Repeat(5, Rows - 1), 1];
        Network network = Network.Create(Shape.Sequence(5, 2)).BatchNorm().LastStep().Dense(3, Activation.Softmax).Build(1);
        Dataset data = Dataset.FromArrays(TestData.Normal(Rows * 10), TestData.OneHotOf(TestData.Labels(Rows, 3), 3), Rows).WithLengths(lengths);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f))
        {
            BatchSize = 4,
            AccumulateSteps = 2,
            Shards = 2,
            Shuffle = false,
        };
        trainer.Fit(fromSource ? RowSource.Concat(data.Slice(0, 5), data.Slice(5, 5)) : data, epochs: 2);
        trainer.StepCount.Should().Be(2);
    }

    [Fact]
    public void The_end_of_an_epoch_by_hand_is_told_on_process_0()
    {
        int[] told = LocalCluster.Run(2, cluster =>
        {
            var watch = new Watch();
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f))
            {
                Shards = 2,
                Cluster = cluster,
                Observers = [watch],
            };
            trainer.EndEpoch(1);
            return watch.Epochs;
        });
        told.Should().Equal(1, 0);
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

    [Fact]
    public void A_token_of_one_process_that_is_cancelled_before_Fit_stops_all_before_the_first_step()
    {
        (long Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            Action fit = () => trainer.Fit(
                ClusterTraining.Data("dense"), 1, cancellationToken: new CancellationToken(canceled: cluster.Rank == 3));
            fit.Should().Throw<OperationCanceledException>();
            return trainer.StepCount;
        });
        ended.Should().OnlyContain(one => one.Failure == null && one.Result == 0);
    }

    // A source that says that it has no rows.
    private sealed class Nothing : IRowSource, IRowReader
    {
        public RowFormat Format { get; } = new(2, 3);

        public long? Rows => 0;

        public IRowReader Open(long seed, int epoch, long firstRow) => this;

        public int Read(in RowSpans rows) => 0;

        public long Skip(long rows) => 0;

        public void Dispose()
        {
        }
    }

    private sealed class Watch : ITrainingObserver
    {
        public List<int> Rows { get; } = [];

        public int Epochs { get; private set; }

        public bool Throws { get; set; }

        public void OnGradient(in TrainingStep step)
        {
            Rows.Add(step.Batch.Rows);
            step.Batch.Inputs.Length.Should().Be(step.Batch.Rows * 2);
            if (Throws)
                throw new IOException("The disk is gone.");
        }

        public void OnEpoch(Trainer trainer, EpochResult epoch) => Epochs++;
    }
}
