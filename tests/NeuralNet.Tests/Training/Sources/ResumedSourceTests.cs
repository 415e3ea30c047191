using NeuralNet.Tests.Data;
using NeuralNet.Tests.Data.Sources;
using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests.Training.Sources;

/// <summary>Training on a source is stopped in the middle of an epoch, and taken up again by another trainer.</summary>
public sealed class ResumedSourceTests : IDisposable
{
    private const int Epochs = 4;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    internal static Trainer Make(Checkpointing? checkpointing) => new(
        Network.Create(2).Dense(12).BatchNorm(activation: Activation.Tanh).Dropout(0.2f).Dense(3, Activation.Softmax).Build(1),
        Divergence.CrossEntropy, new AdamW(0.02f))
    {
        BatchSize = 7,
        AccumulateSteps = 2,
        Seed = 9,
        KeepBest = true,
        Patience = 3,
        Schedule = new Plateau(0.5f, patience: 0),
        Average = WeightAverage.Exponential(0.9f),
        Augmentation = Augmentation.Noise(0.05f),
        Checkpointing = checkpointing,
    };

    private IRowSource Source(string name)
    {
        Dataset data = TestData.Clouds(127).WithWeights([.. TestData.Labels(127, 4).Select(label => (float)label)]);
        string path = folder.PathOf("rows");
        if (!File.Exists(path))
            data.Save(path);
        IRowSource file = RowSource.FromFile(path), plain = new PlainSource(data) { KnowsRows = false };
        return name switch
        {
            "file" => file.Shuffled(30).Augmented(Augmentation.Noise(0.1f)).ReadAhead(20),
            "unknown rows" => plain.Shuffled(11),
            "in order" => plain,
            _ => RowSource.Concat(file, RowSource.Generate(data.Format, 40, (stream, row, values) =>
            {
                (values.Inputs[0], values.Inputs[1]) = (stream.Normal(0, 0), stream.Normal(0, 1));
                values.Desired[(int)(row % 3)] = 1;
            })).Shuffled(60),
        };
    }

    [Theory]
    [InlineData("file")]
    [InlineData("unknown rows")]
    [InlineData("in order")]
    [InlineData("several")]
    public void Stopped_at_any_step_it_ends_with_the_same_bits(string name)
    {
        Dataset validation = TestData.Clouds(40, 3);
        string checkpoint = folder.PathOf("checkpoint");
        using Trainer whole = Make(null);
        whole.Fit(Source(name), Epochs, validation);
        string expected = ClusterTraining.Hash(whole);
        long steps = whole.StepCount;
        for (int draw = 0; draw < 50; draw++)
        {
            File.Delete(checkpoint);
            string? hash = null;
            for (int run = 0; hash is null; run++)
            {
                using Trainer trainer = Make(new Checkpointing(checkpoint, everySteps: 1 + (draw % 4)));
                trainer.Resume(checkpoint);
                using var stop = new CancellationTokenSource();
                long last = run == 2 ? long.MaxValue : trainer.StepCount + 1 + (long)(new RandomStream(4).Uniform(draw, run) * (steps / 2));
                try
                {
                    trainer.Fit(Source(name), Epochs, validation, new Told(() =>
                    {
                        if (trainer.StepCount >= last)
                            stop.Cancel();
                    }), stop.Token);
                    hash = ClusterTraining.Hash(trainer);
                }
                catch (OperationCanceledException)
                {
                }
            }

            hash.Should().Be(expected, $"of draw {draw}");
        }
    }

    [Fact]
    public void Another_source_is_recognized_by_its_rows_and_its_signature()
    {
        string checkpoint = folder.PathOf("checkpoint");
        IRowSource source = Source("file");
        using (Trainer trainer = Make(new Checkpointing(checkpoint, everySteps: 1)))
        {
            using var stop = new CancellationTokenSource();
            trainer.Invoking(one => one.Fit(source, Epochs, progress: new Told(stop.Cancel), cancellationToken: stop.Token))
                .Should().Throw<OperationCanceledException>();
        }

        foreach (IRowSource other in new[]
            { RowSource.FromFile(folder.PathOf("rows")), RowSource.FromFile(folder.PathOf("rows")).Shuffled(31).Augmented(Augmentation.Noise(0.1f)) })
        {
            using Trainer trainer = Make(null);
            trainer.Resume(checkpoint).Should().BeTrue();
            trainer.Invoking(one => one.Fit(other, Epochs)).Should().Throw<ArgumentException>()
                .WithMessage("The data are not those that the checkpoint was saved with: *shuffled by 30, augmented by*was expected*");
        }
    }

    private sealed class Told(Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action();
    }
}
