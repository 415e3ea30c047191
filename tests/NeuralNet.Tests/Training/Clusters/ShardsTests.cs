using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>Steps in shards on one machine.</summary>
public class ShardsTests
{
    public static TheoryData<string> Kinds { get; } = new(ClusterTraining.Kinds);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    [InlineData(8, 0)]
    [InlineData(16, 2)]
    public void A_step_has_the_gradients_of_its_shards_added_up_in_a_balanced_tree(int shards, int rest)
    {
        // Written down plainly: a gradient for each shard, from zero, in batches of 4.
        Network network = ClusterTraining.NetworkOf("dense");
        int rows = 40 + rest;
        Dataset data = ClusterTraining.Data("dense").Slice(0, rows);
        var stream = RandomPurpose.Of(4, RandomPurpose.Layers).AtStep(0);
        using Workspace workspace = network.CreateWorkspace(8);
        float[][] gradients = new float[shards][];
        for (int shard = 0; shard < shards; shard++)
        {
            gradients[shard] = new float[network.Parameters.Length];
            int end = (shard + 1) * rows / shards;
            for (int first = shard * rows / shards; first < end; first += 4)
            {
                Batch part = data.Batch(first, Math.Min(4, end - first)) with { FirstRow = first, TotalWeight = rows, Stream = stream };
                network.AddGradient(part, Divergence.CrossEntropy, gradients[shard], workspace);
            }
        }

        for (int distance = 1; distance < shards; distance *= 2)
        {
            for (int shard = 0; shard < shards; shard += 2 * distance)
            {
                for (int i = 0; i < gradients[shard].Length; i++)
                    gradients[shard][i] += gradients[shard + distance][i];
            }
        }

        var seen = new GradientOf();
        using var trainer = new Trainer(network.Clone(), Divergence.CrossEntropy, new Sgd(0.1f))
        {
            BatchSize = 4,
            AccumulateSteps = 20,
            Shards = shards,
            Seed = 4,
            Shuffle = false,
            Observers = [seen],
        };
        trainer.Fit(data, epochs: 1);
        seen.Gradient.ShouldHaveTheBitsOf(gradients[0], "gradient");
    }

    [Fact]
    public void Shards_without_rows_change_nothing()
    {
        foreach (string kind in ClusterTraining.Kinds)
        {
            float[] Train(int shards)
            {
                Network network = ClusterTraining.NetworkOf(kind);
                using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = shards };
                trainer.Fit(ClusterTraining.Data(kind).Slice(0, 1), epochs: 2);
                return network.Parameters.ToArray();
            }

            Train(4).ShouldHaveTheBitsOf(Train(1), $"{kind}: one row is in one shard, and the others add nothing");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_number_of_threads_takes_the_shards_with_the_same_bits(string kind)
    {
        string alone = ClusterTraining.Run(kind, null);
        foreach (int threads in (int[])[2, 3, 4, 8, 16])
            ClusterTraining.Run(kind, null, threads).Should().Be(alone, $"with {threads} threads");
        ClusterTraining.Run(kind, null, 2).Should().Be(alone);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("convolution")]
    [InlineData("ids")]
    public void A_source_gives_the_steps_that_the_same_rows_in_memory_give(string kind)
    {
        Dataset data = ClusterTraining.Data(kind);
        float[] Train(IRowSource rows)
        {
            using var trainer = new Trainer(ClusterTraining.NetworkOf(kind), Divergence.CrossEntropy, new Sgd(0.1f))
            {
                BatchSize = 8,
                AccumulateSteps = 3,
                Shards = 4,
                Shuffle = false,
            };
            trainer.Fit(rows, epochs: 2);
            return trainer.Network.Parameters.ToArray();
        }

        Train(RowSource.Concat(data.Slice(0, 50), data.Slice(50, data.Rows - 50))).ShouldHaveTheBitsOf(Train(data), kind);
    }

    [Fact]
    public void Statistics_are_the_mean_over_the_shards_and_frozen_ones_stay()
    {
        Network network = ClusterTraining.NetworkOf("convolution");
        Dataset data = ClusterTraining.Data("convolution");
        Batch batch = data.Batch(0, 24);
        double[] expected = new double[network.Statistics.Length];
        double total = 0;
        using (Workspace workspace = network.CreateWorkspace(12))
        {
            foreach (int first in (int[])[0, 12])
            {
                float[] copy = network.Statistics.ToArray();
                Batch part = data.Batch(first, 12) with { FirstRow = first, TotalWeight = network.TotalWeight(batch, Divergence.CrossEntropy) };
                network.AddGradient(part, Divergence.CrossEntropy, new float[network.GradientLength], workspace);
                network.UpdateStatistics(part, copy, workspace);
                double weight = network.TotalWeight(part, Divergence.CrossEntropy);
                total += weight;
                for (int i = 0; i < copy.Length; i++)
                    expected[i] += weight * copy[i];
            }
        }

        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 2 };
        trainer.Step(batch);
        for (int i = 0; i < expected.Length; i++)
            network.Statistics[i].Should().BeApproximately((float)(expected[i] / total), 1e-6f, "a mean is rounded once more than its terms");

        float[] kept = network.Statistics.ToArray();
        using var frozen = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4, Rates = { ["1"] = 0 } };
        frozen.Step(batch);
        network.Statistics.ShouldHaveTheBitsOf(kept, "frozen statistics");
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_words()
    {
        Action three = () => _ = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 3 };
        three.Should().Throw<ArgumentOutOfRangeException>().WithMessage("A power of two was expected*");
        using var small = new Trainer(ClusterTraining.NetworkOf("convolution"), Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 8, Shards = 8 };
        Dataset flat = Dataset.FromArrays(TestData.Normal(16 * 72), TestData.OneHotOf(TestData.Labels(16, 3), 3), 16);
        Network vectors = Network.Create(72).BatchNorm().Dense(3, Activation.Softmax).Build(1);
        using var rows = new Trainer(vectors, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 8, Shards = 8 };
        Action fit = () => rows.Fit(flat, epochs: 1);
        fit.Should().Throw<ArgumentException>().WithMessage("*BatchNorm*", "a shard of one row has no variance");
        small.Fit(ClusterTraining.Data("convolution").Slice(0, 16), epochs: 1);
        float[] weights = [.. Enumerable.Range(0, 16).Select(row => row == 5 ? 0f : 1f)];
        Action step = () => rows.Step(flat.Batch(0, 16) with { Weights = weights });
        step.Should().Throw<ArgumentException>().WithMessage("In shard 2 of 8: *BatchNorm*1*Fewer Shards have more rows each.");
    }

    [Fact]
    public void A_last_step_whose_shards_are_too_small_to_train_on_joins_the_one_before()
    {
        float[] x = TestData.Normal(35 * 4);
        foreach (bool fromSource in (bool[])[false, true])
        {
            Dataset data = Dataset.FromArrays(x, TestData.OneHotOf(TestData.Labels(35, 3), 3), 35);
            Network vectors = Network.Create(4).BatchNorm().Dense(3, Activation.Softmax).Build(1);
            using var trainer = new Trainer(vectors, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 16, Shards = 4, Shuffle = false };
            trainer.Fit(fromSource ? RowSource.Concat(data.Slice(0, 20), data.Slice(20, 15)) : data, epochs: 1);
            trainer.StepCount.Should().Be(2, "3 rows in 4 shards are too few");
        }
    }

    [Fact]
    public void A_step_of_shards_that_is_refused_changes_nothing_and_the_next_is_as_if_it_had_not_been()
    {
        Network network = ClusterTraining.NetworkOf("dense");
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4, Threads = 2, Seed = 1 };
        Network same = network.Clone();
        using var other = new Trainer(same, Divergence.CrossEntropy, new Sgd(0.1f)) { Shards = 4, Seed = 1 };
        float[] x = TestData.Normal(24), d = TestData.OneHotOf(TestData.Labels(12, 3), 3), wrong = [.. x];
        wrong[20] = float.NaN;
        Action step = () => trainer.Step(wrong, d, 12);
        step.Should().Throw<NotFiniteNumberException>().WithMessage("*inputs*row 10*");
        network.Parameters.ShouldHaveTheBitsOf(same.Parameters, "parameters");
        trainer.Step(x, d, 12).Should().Be(other.Step(x, d, 12));
        network.Parameters.ShouldHaveTheBitsOf(same.Parameters, "parameters");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Steps_allocate_nothing(int threads)
    {
        Dataset data = ClusterTraining.Data("convolution");
        Allocations.Of(() =>
        {
            var trainer = new Trainer(ClusterTraining.NetworkOf("convolution"), Divergence.CrossEntropy, new AdamW(1e-3f))
            {
                Shards = 4,
                Threads = threads,
            };
            trainer.Step(data.Batch(0, 24));
            return () => trainer.Step(data.Batch(0, 24));
        }).Should().Be(0);
    }

    private sealed class GradientOf : ITrainingObserver
    {
        public float[] Gradient { get; private set; } = [];

        public void OnGradient(in TrainingStep step) => Gradient = step.Gradient.ToArray();
    }
}
