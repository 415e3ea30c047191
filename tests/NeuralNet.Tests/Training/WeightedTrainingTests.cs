using NeuralNet.Tests.Data;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training;

/// <summary>Fit, Evaluate and L-BFGS go by the weights of a data set.</summary>
public class WeightedTrainingTests
{
    private const int Rows = 40, Steps = 5, Classes = 3;

    private static Network Sequences() =>
        Network.Create(Shape.Sequence(Steps, 2)).Dropout(0.2f).Lstm(5).Dense(Classes, Activation.Softmax).Build(seed: 2);

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    [InlineData(false, 2)]
    public void Rows_of_weight_0_are_as_if_the_data_did_not_have_them(bool shuffle, int accumulate)
    {
        Dataset data = TestData.Clouds(Rows);
        int[] present = [.. Enumerable.Range(0, Rows).Where(row => row % 3 != 1)];
        Dataset few = data.Select(present), masked = data.WithWeights([.. Enumerable.Range(0, Rows).Select(row => row % 3 != 1 ? 1f : 0)]);
        Same(few, masked);

        // Sequences that differ in length, of which some have no step that counts, and batches of one row.
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(row => 1 + (row % Steps))];
        float[] weights = [.. Enumerable.Range(0, Rows * Steps).Select(v => v / Steps % 3 == 1 ? v % Steps < lengths[v / Steps] ? 0f : 1 : 0.5f)];
        Dataset sequences = Dataset.FromIds(TestData.Normal(Rows * Steps * 2), TestData.Labels(Rows * Steps, Classes), Classes, Rows)
            .WithLengths(lengths).WithWeights(weights);
        Same(sequences.Select(present), sequences, batchSize: 1);

        void Same(Dataset one, Dataset other, int batchSize = 4)
        {
            (float[] expected, double[] means) = Train(one);
            (float[] actual, double[] others) = Train(other);
            actual.ShouldHaveTheBitsOf(expected, "parameters");
            others.Should().Equal(means);

            (float[], double[]) Train(Dataset data)
            {
                Network network = data.InputWidth == 2
                    ? Network.Create(2).Dense(6).BatchNorm().Dropout(0.2f).Dense(Classes, Activation.Softmax).Build(seed: 1) : Sequences();
                using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f))
                {
                    BatchSize = batchSize,
                    AccumulateSteps = accumulate,
                    Shuffle = shuffle,
                    Penalty = new Penalty(l2: 0.01f),
                };
                TrainingHistory history = trainer.Fit(data, epochs: 3, validation: data);
                double[] course = [.. history.Epochs.SelectMany(epoch => new[] { epoch.TrainingDivergence, epoch.ValidationDivergence!.Value })];
                float[] parameters = [.. network.Parameters, .. network.Statistics];
                return (parameters, course);
            }
        }
    }

    [Fact]
    public void Masked_tokens_have_the_bits_of_ids_of_minus_1()
    {
        int[] ids = TestData.Labels(Rows * Steps, Classes, seed: 3), masked = [.. ids];
        float[] inputs = TestData.Normal(Rows * Steps * 2), weights = new float[ids.Length];
        for (int row = 0; row < Rows; row++)
        {
            // A prompt of 0 to 3 tokens counts for nothing; of some rows the last one is padding.
            for (int t = 0; t < Steps; t++)
                weights[(row * Steps) + t] = t >= row % 4 && (t < Steps - 1 || row % 5 > 0) ? 1 : 0;
            for (int t = 0; t < Steps; t++)
                masked[(row * Steps) + t] = weights[(row * Steps) + t] > 0 ? masked[(row * Steps) + t] : -1;
        }

        Dataset byWeights = Dataset.FromIds(inputs, ids, Classes, Rows).WithWeights(weights), byIds = Dataset.FromIds(inputs, masked, Classes, Rows);
        (Network one, Network other) = (Sequences(), Sequences());
        Train(one, byWeights).Should().Equal(Train(other, byIds));
        one.Parameters.ShouldHaveTheBitsOf(other.Parameters, "parameters");

        // Both at once: an id of −1 counts for nothing, whatever its weight.
        float[] alike = [.. Enumerable.Repeat(0.5f, weights.Length)];
        Evaluation.Of(one, byIds.WithWeights(alike), Divergence.CrossEntropy).Divergence.Should()
            .Be(Evaluation.Of(one, byWeights, Divergence.CrossEntropy).Divergence);

        static double[] Train(Network network, Dataset data)
        {
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.02f)) { BatchSize = 6, AccumulateSteps = 2 };
            TrainingHistory history = trainer.Fit(data, epochs: 4, validation: data);
            return [.. history.Epochs.SelectMany(epoch => new[] { epoch.TrainingDivergence, epoch.ValidationDivergence!.Value })];
        }
    }

    [Fact]
    public void Evaluate_and_an_epoch_measure_the_weighted_mean()
    {
        Dataset data = TestData.Clouds(Rows);
        float[] weights = [.. Enumerable.Range(0, Rows).Select(row => row % 4 == 0 ? 0 : 0.25f * row)];
        Network network = TestData.Classifier();
        double sum = 0, total = 0;
        for (int row = 0; row < Rows; row++)
        {
            sum -= weights[row] * Math.Log(network.Predict(data.InputRow(row))[data.Labels[row]]);
            total += weights[row];
        }

        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(1e-12f)) { BatchSize = 7, AccumulateSteps = 2 };
        trainer.Evaluate(data.WithWeights(weights)).Divergence.Should().BeApproximately(sum / total, 1e-6);
        trainer.Fit(data.WithWeights(weights), 1).Epochs[0].TrainingDivergence.Should().BeApproximately(sum / total, 1e-6);
    }

    [Fact]
    public void Lbfgs_finds_the_weighted_least_squares()
    {
        float[] x = TestData.Normal(Rows), noise = TestData.Normal(Rows, seed: 2), d = [.. x.Select((value, row) => (2 * value) + noise[row])];
        float[] weights = [.. Enumerable.Range(0, Rows).Select(row => row % 5)];
        double w = weights.Sum(), mx = Mean(row => x[row]), md = Mean(row => d[row]);
        double slope = Mean(row => (x[row] - mx) * (d[row] - md)) / Mean(row => (x[row] - mx) * (x[row] - mx));
        Network network = Network.Create(1).Dense(1).Build(seed: 1);
        Dataset data = Dataset.FromArrays(x, d, Rows).WithWeights(weights);
        LbfgsResult result = new Lbfgs().Minimize(network, Divergence.L2, data);
        ((double)network.Parameter("0.weight")[0]).Should().BeApproximately(slope, 1e-4);
        ((double)network.Parameter("0.bias")[0]).Should().BeApproximately(md - (slope * mx), 1e-4);
        result.Divergence.Should().BeApproximately(Evaluation.Of(network, data, Divergence.L2).Divergence, 1e-6);

        double Mean(Func<int, double> value) => Enumerable.Range(0, Rows).Sum(row => weights[row] * value(row)) / w;
    }

    [Fact]
    public void A_checkpoint_of_other_weights_is_refused()
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("checkpoint");
        Dataset data = TestData.Clouds(Rows), weighted = data.WithWeights([.. Enumerable.Repeat(2f, Rows)]);
        using var first = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Checkpointing = new Checkpointing(path) };
        first.Fit(weighted, 1);
        using var second = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f));
        second.Resume(path).Should().BeTrue();
        second.Invoking(one => one.Fit(data, 2)).Should().Throw<ArgumentException>().WithMessage("The data are not those that the checkpoint*");
        second.Fit(weighted, 2).Epochs.Should().HaveCount(2);
    }

    [Fact]
    public void Weights_that_are_not_those_of_rows_or_vectors_are_refused_before_anything_changes()
    {
        Network network = Sequences();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        Dataset data = Dataset.FromIds(TestData.Normal(Rows * Steps * 2), TestData.Labels(Rows * Steps, Classes), Classes, Rows);
        Dataset wrong = data.WithWeights([.. Enumerable.Repeat(1f, Rows * 2)]);
        foreach (Action call in new Action[]
        {
            () => trainer.Fit(wrong, 1), () => trainer.Evaluate(wrong), () => trainer.Fit(data, 1, wrong),
            () => new Lbfgs().Minimize(
                Network.Create(Shape.Sequence(Steps, 2)).Dense(Classes, Activation.Softmax).Build(seed: 1), Divergence.CrossEntropy, wrong),
        })
        {
            call.Should().Throw<ArgumentException>()
                .WithMessage("The data has 2 weights a row; for a network that gives Sequence(5, 3) a row has 1 weight, or 5: one for each step.*");
        }

        float[] past = new float[Rows * Steps];
        past[1] = 1;
        trainer.Invoking(one => one.Fit(data.WithWeights(past).WithLengths([.. Enumerable.Repeat(1, Rows)]), 1)).Should().Throw<ArgumentException>()
            .WithMessage("Every weight is 0, but for those past a row's length;*");
        using var plain = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f));
        plain.Invoking(one => one.Fit(TestData.Clouds(Rows).WithWeights([.. Enumerable.Repeat(1f, Rows * 3)]), 1)).Should().Throw<ArgumentException>()
            .WithMessage("The data has 3 weights a row; for a network that gives Features(3) a row has 1 weight.*");
        trainer.StepCount.Should().Be(0);
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        Dataset data = TestData.Clouds(400), weighted = data.WithWeights([.. Enumerable.Range(0, 400).Select(row => 1f + (row % 3))]);
        long few = Of(1), many = Of(11);
        (many - few).Should().BeLessThan(11 * 4_000, "an epoch allocates its results, but 100 steps of it nothing");

        long Of(int epochs) => Allocations.Of(() =>
        {
            var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 4 };
            trainer.Fit(weighted, 1);
            return () => trainer.Fit(weighted, epochs);
        });
    }

    [Fact]
    public void Weights_of_the_positives_find_what_is_rare_in_several_labels()
    {
        const int Many = 3000, Labels = 3;
        Dataset all = RareLabels(Many, Labels);
        Dataset train = all.Slice(0, Many / 2), test = all.Slice(Many / 2, Many / 2);
        float[] weights = train.BalancedPositiveWeights();
        weights.Should().OnlyContain(weight => weight > 5 && weight < 100);
        double plain = BalancedAccuracy(new BinaryCrossEntropy()), weighted = BalancedAccuracy(new BinaryCrossEntropy(weights));
        weighted.Should().BeGreaterThan(plain + 0.1);
        weighted.Should().BeGreaterThan(0.75);

        double BalancedAccuracy(Divergence divergence)
        {
            Network network = Network.Create(4).Dense(Labels, Activation.Sigmoid).Build(seed: 1);
            using var trainer = new Trainer(network, divergence, new Adam(0.05f)) { BatchSize = 50 };
            trainer.Fit(train, epochs: 20);
            float[] y = network.Predict(test.Inputs);
            double sum = 0;
            for (int label = 0; label < Labels; label++)
            {
                int[] right = [0, 0], count = [0, 0];
                for (int row = 0; row < test.Rows; row++)
                {
                    int truth = (int)test.DesiredRow(row)[label];
                    count[truth]++;
                    right[truth] += (y[(row * Labels) + label] >= 0.5f ? 1 : 0) == truth ? 1 : 0;
                }

                sum += ((double)right[0] / count[0]) + ((double)right[1] / count[1]);
            }

            return sum / (2 * Labels);
        }
    }

    // Each label is rare, and goes by one input with noise.
    private static Dataset RareLabels(int rows, int labels)
    {
        float[] x = TestData.Normal(rows * 4, seed: 5), noise = TestData.Normal(rows * labels, seed: 6), d = new float[rows * labels];
        for (int row = 0; row < rows; row++)
        {
            for (int label = 0; label < labels; label++)
                d[(row * labels) + label] = x[(row * 4) + label] + noise[(row * labels) + label] > 2 + (0.2f * label) ? 1 : 0;
        }

        return Dataset.FromArrays(x, d, rows);
    }
}
