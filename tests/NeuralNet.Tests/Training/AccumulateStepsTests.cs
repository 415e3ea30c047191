using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Training;

/// <summary>Steps of several batches; networks that mix rows and keep statistics.</summary>
public class AccumulateStepsTests
{
    private const int Rows = 50, Steps = 4;

    private static readonly int[] lengths = [.. TestData.Labels(Rows, Steps, seed: 5).Select(label => label + 1)];

    private static Network Recurrent() =>
        Network.Create(Shape.Sequence(Steps, 2)).Dense(4, Activation.Tanh).Dropout(0.3f).Lstm(5).Dense(3, Activation.Softmax).Build(1);

    private static Network Mixing() =>
        Network.Create(2).Dense(6).Add(shape => new BatchStatistics(shape.FeatureCount)).Dense(3, Activation.Softmax).Build(1);

    private static Dataset Sequences() => Dataset.FromArrays(
        TestData.Normal(Rows * Steps * 2, 2), TestData.OneHotOf(TestData.Labels(Rows * Steps, 3), 3), Rows).WithLengths(lengths);

    [Theory]
    [InlineData(4, 3, true)]
    [InlineData(1, 12, true)]
    [InlineData(6, 2, false)]
    [InlineData(5, int.MaxValue, true)]
    public void A_step_of_several_batches_has_the_bits_of_one_large_batch(int batchSize, int batches, bool shuffle)
    {
        float[] Train(int batch, int accumulate)
        {
            Network network = Recurrent();
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(1e-2f))
            {
                BatchSize = batch,
                AccumulateSteps = accumulate,
                Shuffle = shuffle,
                Clipping = GradientClipping.ByNorm(0.5f),
                Schedule = new CosineDecay(20),
            };
            trainer.Fit(Sequences(), epochs: 3);
            return network.Parameters.ToArray();
        }

        Train(batchSize, batches).ShouldHaveTheBitsOf(Train((int)Math.Min(Rows, (long)batchSize * batches), 1), "parameters");
    }

    [Fact]
    public void Progress_counts_steps_and_a_step_takes_the_batches_that_are_left()
    {
        var told = new List<(int Step, int Steps)>();
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 4, AccumulateSteps = 3 };
        trainer.Fit(TestData.Clouds(50), epochs: 1, progress: new Told(progress => told.Add((progress.Step, progress.Steps!.Value))));
        told.Should().Equal((1, 5), (2, 5), (3, 5), (4, 5), (5, 5));
        trainer.StepCount.Should().Be(5);
    }

    [Theory]
    [InlineData(9, 4, 1, 2)]
    [InlineData(9, 4, 2, 1)]
    [InlineData(10, 4, 1, 3)]
    [InlineData(5, 4, 1, 1)]
    [InlineData(3, 4, 1, 1)]
    public void A_row_that_cannot_stand_alone_joins_the_batch_before(int rows, int batchSize, int accumulate, int steps)
    {
        Network network = Mixing();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = batchSize, AccumulateSteps = accumulate };
        trainer.Fit(TestData.Clouds(rows), epochs: 1);
        trainer.StepCount.Should().Be(steps);
        network.Parameters.ToArray().Should().OnlyContain(value => float.IsFinite(value));
        using var alone = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 4 };
        alone.Fit(TestData.Clouds(9), epochs: 1);
        alone.StepCount.Should().Be(3, "rows that do not mix need no company");
    }

    [Fact]
    public void What_the_network_cannot_train_on_is_refused_before_the_first_step()
    {
        Network network = Mixing();
        float[] before = network.Parameters.ToArray();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 1 };
        Action fit = () => trainer.Fit(TestData.Clouds(9), epochs: 1);
        fit.Should().Throw<ArgumentException>().WithMessage("Layer *(BatchStatistics): A variance takes 2 rows at least, but got 1*");
        Action step = () => trainer.Step(new float[2], new float[3], rows: 1);
        step.Should().Throw<ArgumentException>().WithMessage("Layer *(BatchStatistics): A variance takes 2 rows at least, but got 1*");
        trainer.StepCount.Should().Be(0);
        network.Parameters.ToArray().ShouldHaveTheBitsOf(before, "parameters");
        network.Predict([1, 2]).Should().HaveCount(3, "a prediction uses the stored statistics");
    }

    [Fact]
    public void Rows_of_weight_0_are_as_if_absent()
    {
        float[] x = TestData.Normal(8, 3), d = TestData.OneHotOf(TestData.Labels(4, 3), 3);
        (float[] Parameters, float[] Statistics) Step(float[] weights, int rows)
        {
            Network network = Mixing();
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
            trainer.Step(new Batch { Rows = rows, Inputs = x.AsSpan(0, 2 * rows), Desired = d.AsSpan(0, 3 * rows), Weights = weights });
            return (network.Parameters.ToArray(), network.Statistics.ToArray());
        }

        (float[] parameters, float[] statistics) = Step([2, 2, 2, 0], 4);
        (float[] same, float[] sameStatistics) = Step([], 3);
        statistics.ShouldHaveTheBitsOf(sameStatistics, "statistics");
        parameters.Zip(same).Should().OnlyContain(pair => MathF.Abs(pair.First - pair.Second) < 1e-6f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_refused_step_leaves_parameters_and_statistics_as_they_were(int accumulate)
    {
        Network network = Mixing();
        using var trainer = new Trainer(network, Divergence.L2, new Adam()) { BatchSize = 4, AccumulateSteps = accumulate, Shuffle = false };
        trainer.Fit(TestData.Clouds(8), epochs: 1);
        float[] parameters = network.Parameters.ToArray(), statistics = network.Statistics.ToArray();
        Dataset good = TestData.Clouds(8, seed: 2);
        float[] desired = good.Desired.ToArray();
        desired[(12 * accumulate) - 1] = 1e30f; // in the last batch of the first step
        Dataset wrong = Dataset.FromArrays(good.Inputs.ToArray(), desired, 8);
        Action fit = () => trainer.Fit(wrong, epochs: 1);
        fit.Should().Throw<NotFiniteNumberException>().WithMessage("The step was not made, nothing has changed*");
        network.Parameters.ToArray().ShouldHaveTheBitsOf(parameters, "parameters");
        network.Statistics.ToArray().ShouldHaveTheBitsOf(statistics, "statistics");
        trainer.Fit(good, epochs: 1);
        network.Statistics.ToArray().Should().NotEqual(statistics);
    }

    [Fact]
    public void Statistics_follow_every_batch_of_a_step()
    {
        Network trained = Mixing(), before = Mixing();
        Dataset data = TestData.Clouds(8);
        using var trainer = new Trainer(trained, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 4, AccumulateSteps = 2, Shuffle = false };
        trainer.Fit(data, epochs: 1);

        // Both batches are measured at the parameters before the step, and each moves the mean by a quarter of the way.
        var dense = new Network(new Chain([before.Layers[0]]), [], default);
        before.Parameters[..dense.Parameters.Length].CopyTo(dense.Parameters);
        float[] z = dense.Predict(data.Inputs);
        for (int i = 0; i < 6; i++)
        {
            float mean = 0;
            foreach (int batch in (int[])[0, 1])
                mean += 0.25f * (Enumerable.Range(4 * batch, 4).Average(row => z[(row * 6) + i]) - mean);
            trained.Parameter("1.mean")[i].Should().BeApproximately(mean, 1e-6f);
        }
    }

    [Fact]
    public void Nothing_is_allocated_in_a_step_of_several_batches()
    {
        long Bytes(int rows)
        {
            Dataset data = TestData.Clouds(rows);
            return Allocations.Of(() =>
            {
                var trainer = new Trainer(Mixing(), Divergence.CrossEntropy, new Adam()) { BatchSize = 4, AccumulateSteps = 3 };
                trainer.Fit(data, epochs: 1);
                return () => trainer.Fit(data, epochs: 1);
            });
        }

        (Bytes(480) - Bytes(48)).Should().Be((480 - 48) * sizeof(int), "only the order of the rows grows");
    }

    // A step was one batch, and everything learned, before checkpoints named either.
    [Fact]
    public void A_checkpoint_that_does_not_name_the_batches_of_a_step_is_of_one()
    {
        using var folder = new Data.TempFolder();
        string path = folder.PathOf("earlier");
        using (Trainer earlier = Make(1))
            earlier.SaveCheckpoint(path);
        byte[] file = SavedNetworks.WithMetadata(File.ReadAllBytes(path), NetworkFile.Check, _ => null);
        File.WriteAllBytes(path, SavedNetworks.WithMetadata(file, NetworkFile.Trainer, text => text
            .Replace("\"accumulate steps\":\"1\",", "", StringComparison.Ordinal).Replace("\"rates\":\"none\",", "", StringComparison.Ordinal)));
        using Trainer one = Make(1), four = Make(4), freezing = Make(1);
        freezing.Rates["0"] = 0;
        Refused(four, "*accumulate steps: 4 instead of 1. With*");
        Refused(freezing, "*rates: 0: 0 instead of none. With*");
        four.Resume(path, allowOtherSettings: true).Should().BeTrue();
        one.Resume(path).Should().BeTrue();

        static Trainer Make(int batches) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { AccumulateSteps = batches };
        void Refused(Trainer trainer, string words) =>
            trainer.Invoking(t => t.Resume(path)).Should().Throw<InvalidDataException>().WithMessage(words);
    }

    private sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }
}
