using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Data.Augmentations;

/// <summary>Augmentation in training: the same bits however the work is divided, and nothing but training sees it.</summary>
public class AugmentedTrainingTests
{
    private const int Rows = 100;

    private static readonly Shape image = Shape.Image(8, 8, 2);

    private static readonly Dataset data =
        Dataset.FromArrays(TestData.Normal(Rows * 128), TestData.Labels(Rows, 3), classes: 3).WithInputShape(image);

    private static Augmentation All => Augmentation.Of(
        Augmentation.Affine(1, 1, 10, 0.9f, 1.1f), Augmentation.FlipHorizontally(), Augmentation.Crop(2, ImageBorder.Nearest), Augmentation.Erase(3),
        Augmentation.Noise(0.1f).Sometimes(0.7f), Augmentation.Brightness(0.2f), Augmentation.Contrast(0.5f, 1.5f),
        Augmentation.Of("own", (stream, row, values, _) => values[0] += stream.Normal(row, 0)));

    private static Trainer Make(
        int batchSize = 32, int threads = 1, int accumulate = 1, string? checkpoint = null, Augmentation? augmentation = null, bool shuffle = true) =>
        new(Network.Create(image).Dense(2, Activation.Tanh).Flatten().Dropout(0.2f).Dense(3, Activation.Softmax).Build(1),
            Divergence.CrossEntropy, new Adam(1e-2f))
        {
            BatchSize = batchSize,
            Threads = threads,
            AccumulateSteps = accumulate,
            Seed = 4,
            Shuffle = shuffle,
            Augmentation = augmentation ?? All,
            Checkpointing = checkpoint is null ? null : new Checkpointing(checkpoint, everySteps: 1),
        };

    private static float[] Trained(Trainer trainer, IProgress<TrainingProgress>? told = null, CancellationToken cancellation = default)
    {
        using (trainer)
            trainer.Fit(data, epochs: 3, validation: data.Slice(0, 20), told, cancellation);
        return trainer.Network.Parameters.ToArray();
    }

    [Fact]
    public void Threads_and_the_cutting_of_a_step_change_no_bit()
    {
        float[] expected = Trained(Make());
        foreach (int threads in new[] { 2, 3 })
            Trained(Make(threads: threads)).ShouldHaveTheBitsOf(expected, $"{threads} threads");
        foreach ((int batchSize, int accumulate) in new[] { (16, 2), (8, 4), (1, 32) })
            Trained(Make(batchSize, accumulate: accumulate)).ShouldHaveTheBitsOf(expected, $"{accumulate} batches of {batchSize}");
        Trained(Make(16, threads: 2, accumulate: 2)).ShouldHaveTheBitsOf(expected, "both");
        Trained(Make(augmentation: Augmentation.Noise(1e-30f))).Should().NotEqual(expected, "it is augmented");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void A_run_that_is_stopped_and_taken_up_again_has_the_same_bits(int steps)
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("run");
        float[] expected = Trained(Make());
        using var source = new CancellationTokenSource();
        Trainer first = Make(checkpoint: path);
        Action stopped = () => Trained(first, new Told(() =>
        {
            if (first.StepCount == steps)
                source.Cancel();
        }), source.Token);
        stopped.Should().Throw<OperationCanceledException>();
        Trainer second = Make(threads: 2);
        second.Resume(path).Should().BeTrue();
        second.StepCount.Should().Be(steps);
        Trained(second).ShouldHaveTheBitsOf(expected, "parameters");
    }

    [Fact]
    public void A_step_is_made_on_the_rows_as_the_augmentation_leaves_them()
    {
        float[] before = data.Inputs.ToArray();
        using Trainer fitted = Make(batchSize: Rows, shuffle: false), byHand = Make(batchSize: Rows, shuffle: false);
        fitted.Fit(data, epochs: 2);
        for (int step = 0; step < 2; step++)
        {
            float[] x = [.. before];
            for (int row = 0; row < Rows; row++)
                All.Apply(x.AsSpan(row * 128, 128), image, RandomPurpose.Of(4, RandomPurpose.Augmentation).AtStep(step), row);
            x.Should().NotEqual(before);
            byHand.Step(x, data.Desired, Rows);
        }

        fitted.Network.Parameters.ShouldHaveTheBitsOf(byHand.Network.Parameters, "parameters");
        data.Inputs.ShouldHaveTheBitsOf(before, "the data");
    }

    [Fact]
    public void Validation_and_evaluation_see_the_rows_as_they_are()
    {
        using Trainer trainer = Make(), plain = new(trainer.Network, Divergence.CrossEntropy, new Adam());
        EpochResult epoch = trainer.Fit(data, epochs: 1, validation: data.Slice(0, 20)).Epochs[0];
        epoch.ValidationDivergence.Should().Be(plain.Evaluate(data.Slice(0, 20)).Divergence);
        trainer.Evaluate(data).Divergence.Should().Be(plain.Evaluate(data).Divergence);
    }

    [Fact]
    public void Of_sequences_with_lengths_the_real_steps_are_given()
    {
        int[] lengths = [.. Enumerable.Range(0, 12).Select(row => 1 + (row % 4))];
        Dataset sequences = Dataset.FromArrays(TestData.Normal(12 * 8), TestData.Normal(12), rows: 12).WithLengths(lengths);
        var seen = new List<int>();
        using var trainer = new Trainer(Network.Create(Shape.Sequence(4, 2)).Lstm(3).LastStep().Dense(1).Build(1), Divergence.L2, new Sgd(0.1f))
        {
            BatchSize = 5,
            Augmentation = Augmentation.Of("lengths", (_, _, values, shape) =>
            {
                (shape.Kind, shape.FeatureCount, shape.Size).Should().Be((ShapeKind.Sequence, 2, values.Length));
                seen.Add(shape.Steps);
                values.Reverse();
            }),
        };
        trainer.Fit(sequences, epochs: 1);
        seen.Order().Should().Equal(lengths.Order());
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_the_first_step()
    {
        Dataset features = data.WithInputShape(128);
        using var trainer = new Trainer(Network.Create(128).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy, new Adam())
        {
            Augmentation = Augmentation.Noise(1).Then(Augmentation.Crop(2)),
        };
        float[] before = trainer.Network.Parameters.ToArray();
        trainer.Invoking(t => t.Fit(features, epochs: 1)).Should().Throw<ArgumentException>()
            .WithMessage("Crop is for images, but the rows are Features(128). If they are images, say so: data.WithInputShape(*");
        trainer.Invoking(t => t.Fit(data.WithInputShape(Shape.Image(2, 64, 1)), epochs: 1)).Should().Throw<ArgumentException>()
            .WithMessage("Crop(padding 2, border Zeros) could move Image(2, 64, 1) out of sight*");
        (trainer.StepCount, trainer.Network.Parameters.SequenceEqual(before)).Should().Be((0, true));

        trainer.Fit(data, epochs: 1).Epochs.Should().HaveCount(1, "the data are known to be images");
        using Trainer ofImages = Make();
        ofImages.Fit(features, epochs: 1).Epochs.Should().HaveCount(1, "the network takes images");
    }

    [Fact]
    public void One_that_throws_or_makes_no_number_leaves_the_network_as_it_was()
    {
        foreach (int threads in new[] { 1, 3 })
        {
            using Trainer throwing = Make(threads: threads, accumulate: 2, augmentation: Augmentation.Of("throws", (_, row, _, _) =>
            {
                if (row == 40)
                    throw new TimeoutException("now");
            }));
            float[] before = throwing.Network.Parameters.ToArray();
            throwing.Invoking(t => t.Fit(data, epochs: 1)).Should().Throw<TimeoutException>().WithMessage("now");
            throwing.Network.Parameters.ToArray().Should().Equal(before);

            using Trainer wrong = Make(threads: threads, augmentation: Augmentation.Of("NaN", (_, _, values, _) => values[3] = float.NaN));
            wrong.Invoking(t => t.Fit(data, epochs: 1)).Should().Throw<NotFiniteNumberException>();
            wrong.Network.Parameters.ToArray().Should().Equal(before);
        }
    }

    [Fact]
    public void Nothing_is_allocated_in_a_step()
    {
        long Bytes(int rows)
        {
            Dataset some = data.Select([.. Enumerable.Range(0, rows).Select(row => row % Rows)]);
            return Allocations.Of(() =>
            {
                Trainer trainer = Make(batchSize: 4, accumulate: 3);
                trainer.Fit(some, epochs: 1);
                return () => trainer.Fit(some, epochs: 1);
            });
        }

        (Bytes(480) - Bytes(48)).Should().Be((480 - 48) * sizeof(int), "only the order of the rows grows");
    }

    [Fact]
    public void A_checkpoint_is_of_one_augmentation()
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("run");
        using (Trainer saved = Make(augmentation: Augmentation.Crop(1)))
            saved.SaveCheckpoint(path);
        using Trainer other = Make(augmentation: Augmentation.Crop(2)), same = Make(augmentation: Augmentation.Crop(1)), several = Make();
        same.Resume(path).Should().BeTrue();
        other.Invoking(t => t.Resume(path)).Should().Throw<InvalidDataException>().WithMessage("*augmentation.padding: 2 instead of 1.*");
        several.Invoking(t => t.Resume(path)).Should().Throw<InvalidDataException>().WithMessage("*augmentation.kind: Several instead of Crop*");

        // There was none before checkpoints named it.
        byte[] file = SavedNetworks.WithMetadata(File.ReadAllBytes(path), NetworkFile.Check, _ => null);
        File.WriteAllBytes(path, SavedNetworks.WithMetadata(file, NetworkFile.Trainer, text => text
            .Replace("\"augmentation\":{\"kind\":\"Crop\",\"padding\":1,\"border\":\"Zeros\"},", "", StringComparison.Ordinal)));
        same.Invoking(t => t.Resume(path)).Should().Throw<InvalidDataException>().WithMessage("*augmentation: {*instead of none.*");
    }

    [Fact]
    public void Digits_that_are_moved_are_known_better_by_a_network_that_has_seen_such()
    {
        Dataset digits = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", "digits.csv.gz"), classes: 10)
            .WithInputShape(Shape.Image(8, 8, 1));
        (Dataset train, Dataset test) = digits.Split(0.5, seed: 1);
        float[] inputs = test.Inputs.ToArray();
        for (int row = 0; row < test.Rows; row++)
            Augmentation.Crop(1).Apply(inputs.AsSpan(row * 64, 64), test.InputShape, new RandomStream(9), row);
        Dataset moved = Dataset.FromArrays(inputs, test.Labels, 10);

        Accuracy(Augmentation.Crop(1)).Should().BeGreaterThan(Accuracy(null) + 0.1);

        double Accuracy(Augmentation? augmentation)
        {
            using var trainer = new Trainer(
                Network.Create(64).Dense(64, Activation.Relu).Dense(10, Activation.Softmax).Build(1), Divergence.CrossEntropy, new Adam(2e-3f))
            {
                Augmentation = augmentation,
            };
            trainer.Fit(train, epochs: 20);
            return trainer.Evaluate(moved).Accuracy!.Value;
        }
    }

    private sealed class Told(Action tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell();
    }
}
