using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>Processes that train together, here threads of one process: whatever does not depend on how bytes are moved.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string> Kinds { get; } = new(ClusterTraining.Kinds);

    private string Checkpoint => Path.Combine(folder, "run.safetensors");

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_number_of_processes_has_the_bits_of_one(string kind)
    {
        string alone = ClusterTraining.Run(kind, null);
        foreach (int size in (int[])[1, 2, 4, 8])
        {
            for (int threads = 1; threads <= 2; threads++)
                LocalCluster.Run(size, cluster => ClusterTraining.Run(kind, cluster, threads)).Should().AllBe(alone, $"of {size}, {threads} threads");
        }
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("convolution")]
    [InlineData("lstm")]
    [InlineData("ids")]
    public void A_source_is_read_in_parts_or_as_a_whole_with_the_same_bits(string kind)
    {
        string alone = ClusterTraining.Run(kind, null, fromSource: true);
        foreach (int size in (int[])[2, 8])
            LocalCluster.Run(size, cluster => ClusterTraining.Run(kind, cluster, fromSource: true)).Should().AllBe(alone);
    }

    [Fact]
    public void A_process_reads_its_own_rows_of_a_source_whose_rows_all_count()
    {
        const int Rows = 100;
        int[] Read(IReadOnlyList<Dictionary<long, int>> read) => [.. read.Select(one => one.Count)];
        Dictionary<long, int>[] read = LocalCluster.Run(4, cluster =>
        {
            var rows = new Dictionary<long, int>();
            var source = RowSource.Generate(new RowFormat(2, 3), Rows, (_, row, values) =>
            {
                rows[row] = rows.GetValueOrDefault(row) + 1;
                values.Inputs.Fill(row / 100f);
                values.Desired.Clear();
                values.Desired[(int)(row % 3)] = 1;
            });
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f))
            {
                BatchSize = 40,
                Shards = 4,
                Cluster = cluster,
            };
            trainer.Fit(source, epochs: 2);
            return rows;
        });
        Read(read).Should().AllBeEquivalentTo(25);
        read.SelectMany(one => one).Should().OnlyContain(one => one.Value == 2, "once an epoch, by one process");
        read.SelectMany(one => one.Keys).Distinct().Should().HaveCount(Rows);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(2, 8)]
    [InlineData(8, 4)]
    public void A_run_that_ends_early_is_taken_up_by_another_number_of_processes_with_the_same_bits(int first, int second)
    {
        string expected = ClusterTraining.Run("attention", null);
        (string? Result, Exception? Failure)[] ended = LocalCluster.Try(first, cluster =>
        {
            cluster.Before = number => cluster.Stops |= cluster.Rank == first - 1 && number > 50;
            return ClusterTraining.Run("attention", cluster, checkpoint: Checkpoint);
        });
        ended.Should().OnlyContain(one => one.Failure is OperationCanceledException, "all stop where one is asked to");
        LocalCluster.Run(second, cluster => ClusterTraining.Run("attention", cluster, checkpoint: Checkpoint)).Should().AllBe(expected);
    }

    [Fact]
    public void A_token_of_one_process_stops_all_after_the_same_step()
    {
        (long Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster =>
        {
            var source = new CancellationTokenSource();
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            if (cluster.Rank == 2)
                cluster.Before = number => Cancel(source, number > 60);
            Action fit = () => trainer.Fit(ClusterTraining.Data("dense"), 30, cancellationToken: source.Token);
            fit.Should().Throw<OperationCanceledException>();
            return trainer.StepCount;
        });
        ended.Should().OnlyContain(one => one.Failure == null);
        ended.Select(one => one.Result).Distinct().Should().ContainSingle().Which.Should().BePositive();

        static void Cancel(CancellationTokenSource source, bool now)
        {
            if (now)
                source.Cancel();
        }
    }

    [Fact]
    public void Progress_and_observers_are_told_on_process_0_which_alone_writes_checkpoints()
    {
        int[] told = LocalCluster.Run(4, cluster =>
        {
            int count = 0;
            string path = Path.Combine(folder, $"{cluster.Rank}");
            using Trainer trainer = ClusterTraining.Make("dense", cluster, checkpoint: path);
            trainer.Fit(ClusterTraining.Data("dense"), 2, progress: new Now(_ => count++));
            trainer.History.Epochs.Should().HaveCount(2, "the course is known to all");
            trainer.SaveCheckpoint(path);
            return count;
        });
        told[0].Should().BePositive();
        told[1..].Should().AllBeEquivalentTo(0);
        Directory.GetFiles(folder).Select(Path.GetFileName).Should().Equal("0");
    }

    [Theory]
    [InlineData("reading", 1)]
    [InlineData("progress", 0)]
    [InlineData("end", 0)]
    [InlineData("last checkpoint", 0)]
    [InlineData("network", 3)]
    public void Where_one_process_fails_the_others_are_told(string where, int rank)
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster =>
        {
            int read = 0;
            var source = RowSource.Generate(new RowFormat(2, 3), 64, (_, row, values) =>
            {
                bool isWrong = cluster.Rank == rank && ++read > 16; // in the second epoch
                if (where == "reading" && isWrong)
                    throw new IOException("The disk is gone.");
                values.Inputs.Fill(row / 64f);
                values.Desired.Clear();
                values.Desired[0] = where == "network" && isWrong ? 1e30f : 1;
            });
            using var trainer = new Trainer(Network.Create(2).Dense(3).Build(1), Divergence.L2, new Sgd(0.1f))
            {
                Shards = 4,
                Cluster = cluster,
                Checkpointing = new Checkpointing(Checkpoint),
            };
            trainer.Fit(source, 3, progress: new Now(one =>
            {
                if (where == "end" && one.Finished?.Epoch == 3)
                    throw new IOException("The disk is gone.");
                if (where == "last checkpoint" && one.Epoch == 3)
                    Directory.Delete(folder, recursive: true);
                if (where == "progress" && one.Epoch == 2)
                    throw new IOException("The disk is gone.");
            }));
            return 0;
        });
        for (int one = 0; one < 4; one++)
        {
            if (where == "network")
                ended[one].Failure.Should().BeOfType<NotFiniteNumberException>().Which.Message.Should()
                    .Match(one == rank ? "*The step was not made, nothing has changed*" : "*because of rows of another process*");
            else if (one == rank)
                ended[one].Failure.Should().BeAssignableTo<IOException>();
            else
                ended[one].Failure.Should().BeOfType<ClusterException>().Which.Message.Should().Match($"*process {rank} of 4 failed*");
        }
    }

    [Theory]
    [InlineData("seed", "the settings of the trainer")]
    [InlineData("weights", "the parameters of the network")]
    [InlineData("layers", "the layers of the network")]
    [InlineData("data", "the training data")]
    [InlineData("validation", "the validation data")]
    [InlineData("epochs", "the number of epochs")]
    [InlineData("steps", "what the optimizer remembers*")]
    public void What_differs_between_processes_is_found_before_the_first_step(string what, string words)
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            bool differs = cluster.Rank == 1;
            bool Is(string one) => differs && what == one;
            Network network = Network.Create(2).Dense(8, Is("layers") ? Activation.Relu : Activation.Tanh).Dense(3, Activation.Softmax)
                .Build(Is("weights") ? 2 : 1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam())
            {
                Seed = Is("seed") ? 1 : 0,
                Shards = 2,
                Cluster = cluster,
            };
            if (Is("steps"))
            {
                using var before = new Trainer(network.Clone(), Divergence.CrossEntropy, new Adam()) { Shards = 2 };
                before.Step([1, 2], [1, 0, 0], 1);
                before.SaveCheckpoint(Checkpoint);
            }

            if (what == "steps")
                trainer.Resume(Checkpoint); // of process 0, which has none
            Dataset data = TestData.Clouds(Is("data") ? 31 : 30), validation = TestData.Clouds(10, seed: Is("validation") ? 2 : 3);
            if (Is("steps"))
                trainer.EndEpoch(1);
            trainer.Fit(data, Is("epochs") ? 2 : 1, validation);
            return 0;
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException);
        ended[0].Failure!.Message.Should().Match($"The processes differ in {words}*Start all of them with the same program*");
    }

    [Fact]
    public void A_process_whose_parameters_change_by_themselves_is_found()
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            cluster.Before = number =>
            {
                if (cluster.Rank == 2 && number == 120)
                    trainer.Network.Parameters[3] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(trainer.Network.Parameters[3]) ^ 1);
            };
            trainer.Fit(ClusterTraining.Data("dense"), 30);
            return 0;
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException);
        ended[0].Failure!.Message.Should().Match("The processes differ in their parameters after step *");
    }

    [Fact]
    public void A_process_that_leaves_or_does_something_else_ends_the_others()
    {
        (int Result, Exception? Failure)[] left = LocalCluster.Try(2, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            if (cluster.Rank == 0)
                trainer.Evaluate(ClusterTraining.Data("dense"));
            return 0;
        });
        left[1].Failure.Should().BeNull();
        left[0].Failure.Should().BeOfType<ClusterException>().Which.Message.Should()
            .Match("*process 1 of 2 has left. All processes must do the same*");

        (int Result, Exception? Failure)[] apart = LocalCluster.Try(4, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            if (cluster.Rank == 0)
                trainer.Evaluate(ClusterTraining.Data("dense"));
            trainer.Fit(ClusterTraining.Data("dense"), 1);
            return 0;
        });
        apart.Should().OnlyContain(one => one.Failure is ClusterException);
        apart[0].Failure!.Message.Should().Match("*other processes are at something else*");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public void A_number_of_processes_that_does_not_divide_the_shards_is_refused(int size)
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(size, cluster =>
        {
            using Trainer trainer = ClusterTraining.Make("dense", cluster);
            trainer.Fit(ClusterTraining.Data("dense"), 1);
            return 0;
        });
        ended.Should().OnlyContain(one => one.Failure is InvalidOperationException);
        ended[0].Failure!.Message.Should().Match($"8 shards cannot be divided evenly among {size} processes*");
    }

    [Fact]
    public void Steps_by_hand_are_shared_too_and_state_is_refused()
    {
        float[] Train(Cluster? cluster)
        {
            using Trainer trainer = ClusterTraining.Make("lstm", cluster);
            Dataset data = ClusterTraining.Data("lstm");
            for (int step = 0; step < 5; step++)
                trainer.Step(data.Batch(step * 20, 20));
            Action carried = () => trainer.Step(
                data.Batch(0, 8) with { State = new float[8 * trainer.Network.StatePerRow], Lengths = default });
            if (cluster is not null)
                carried.Should().Throw<ArgumentException>().WithMessage("*cannot carry State*");
            return trainer.Network.Parameters.ToArray();
        }

        float[] alone = Train(null);
        foreach (float[] together in LocalCluster.Run(4, Train))
            together.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Fact]
    public void Long_sums_have_the_bits_of_short_ones()
    {
        // By halving and gathering, by doubling, and as a tree written down plainly.
        const int Length = 150_011;
        foreach (int size in (int[])[2, 4, 8, 16])
        {
            float[][] values = [.. Enumerable.Range(0, size).Select(rank => TestData.Normal(Length, rank + 1, deviation: MathF.Pow(10, rank - 4)))];
            float[][] tree = [.. values.Select(one => (float[])one.Clone())];
            for (int distance = 1; distance < size; distance *= 2)
            {
                for (int rank = 0; rank < size; rank += 2 * distance)
                {
                    for (int i = 0; i < Length; i++)
                        tree[rank][i] += tree[rank + distance][i];
                }
            }

            float[][] sums = LocalCluster.Run(size, cluster =>
            {
                float[] sum = (float[])values[cluster.Rank].Clone();
                cluster.Sum(sum, NeuralNet.Kernels.Workers.Alone);
                return sum;
            });
            foreach (float[] sum in sums)
                sum.ShouldHaveTheBitsOf(tree[0], $"sum of {size}");
        }
    }

    [Fact]
    public void Steps_allocate_nothing_beside_what_the_transport_does()
    {
        long[] allocated = LocalCluster.Run(1, cluster =>
        {
            Dataset data = ClusterTraining.Data("dense");
            return Allocations.Of(() =>
            {
                Trainer trainer = ClusterTraining.Make("dense", cluster);
                trainer.Step(data.Batch(0, 24));
                return () => trainer.Step(data.Batch(0, 24));
            });
        });
        allocated.Should().Equal(0);
    }
}
