using System.Reflection;
using NeuralNet.Tests.Data.Sources;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Sources;

/// <summary>Training on a source has the bits of training on the data set of the same rows, in their order.</summary>
public class SourceFitTests
{
    private static readonly Dataset clouds = TestData.Clouds(50), check = TestData.Clouds(40, 7);

    private static Network Mixing() => Network.Create(2).Dense(6).BatchNorm(activation: Activation.Relu).Dense(3, Activation.Softmax).Build(1);

    public static TheoryData<string> Cases =>
    [
        "plain", "batch 1", "batch 7", "one batch", "two batches a step", "five batches a step", "all in a step", "weights", "weights 0",
        "weights of steps", "ids", "lengths", "augmented", "augmented lengths", "dropout", "mixing", "mixing and joining",
        "mixing, joining, two batches a step", "mixing and weights 0", "mixing lengths", "validation", "patience", "monitor", "average",
        "stochastic average", "schedule", "plateau",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_bits_are_those_of_the_data_set(string name)
    {
        foreach (bool knowsRows in new[] { true, false })
        {
            (Dataset data, Func<Trainer> make, Dataset? validation) = Case(name);
            using Trainer expected = make(), actual = make();
            TrainingHistory one = expected.Fit(data, 4, validation);
            IRowSource? measured = validation is null ? null : new PlainSource(validation) { KnowsRows = knowsRows };
            TrainingHistory other = actual.Fit(new PlainSource(data) { KnowsRows = knowsRows }, 4, measured);
            actual.Network.Parameters.ToArray().ShouldHaveTheBitsOf(expected.Network.Parameters.ToArray(), name);
            actual.Network.Statistics.ToArray().ShouldHaveTheBitsOf(expected.Network.Statistics.ToArray(), name);
            actual.StepCount.Should().Be(expected.StepCount);
            other.StoppedEarly.Should().Be(one.StoppedEarly);
            other.Epochs.Select(Numbers).Should().Equal(one.Epochs.Select(Numbers));
        }
    }

    private static (double, double?, double?, float, double) Numbers(EpochResult epoch) =>
        (epoch.TrainingDivergence, epoch.ValidationDivergence, epoch.ValidationAccuracy, epoch.LearningRate, epoch.Monitored);

    private static (Dataset Data, Func<Trainer> Make, Dataset? Validation) Case(string name)
    {
        const int Steps = 4;
        int[] lengths = [.. TestData.Labels(50, Steps, seed: 5).Select(label => label + 1)];
        float[] some = [.. TestData.Labels(50, 3, 6).Select(label => label * 0.7f)];
        float[] steps = [.. TestData.Labels(50 * Steps, 3, 6).Select(w => w * 0.7f)];
        Dataset sequences = Dataset.FromArrays(
            TestData.Normal(50 * Steps * 2, 2), TestData.OneHotOf(TestData.Labels(50 * Steps, 3), 3), 50).WithInputShape(Shape.Sequence(Steps, 2));
        int[] classes = [.. TestData.Labels(50 * Steps, 4).Select((label, i) => i % Steps == 1 ? Math.Max(0, label - 1) : label - 1)];
        Dataset ids = Dataset.FromIds(TestData.Normal(50 * Steps * 2, 2), classes, 3, 50);
        Func<Network> plain = () => TestData.Classifier(), recurrent =
            () => Network.Create(Shape.Sequence(Steps, 2)).Dense(4, Activation.Tanh).Dropout(0.2f).Lstm(5).Dense(3, Activation.Softmax).Build(1);
        Func<Network> dropout = () => Network.Create(2).Dense(20, Activation.Tanh).Dropout(0.3f).Dense(3, Activation.Softmax).Build(1);
        Augmentation noise = Augmentation.Noise(0.1f);
        return name switch
        {
            "plain" => (clouds, () => Of(plain, 8), null),
            "batch 1" => (clouds, () => Of(plain, 1), null),
            "batch 7" => (clouds, () => Of(plain, 7), null),
            "one batch" => (clouds, () => Of(plain, 64), null),
            "two batches a step" => (clouds, () => Of(plain, 8, 2), null),
            "five batches a step" => (clouds, () => Of(plain, 3, 5), null),
            "all in a step" => (clouds, () => Of(plain, 3, 100), null),
            "weights" => (clouds.WithWeights([.. some.Select(weight => weight + 0.1f)]), () => Of(plain, 8, 2), null),
            "weights 0" => (clouds.WithWeights(some), () => Of(plain, 8, 2), null),
            "weights of steps" => (sequences.WithWeights(steps).WithLengths(lengths), () => Of(recurrent, 8), null),
            "ids" => (ids, () => Of(recurrent, 8, 2), null),
            "lengths" => (sequences.WithLengths(lengths), () => Of(recurrent, 7, 2), null),
            "augmented" => (clouds, () => Of(plain, 7, 2, noise), null),
            "augmented lengths" => (sequences.WithLengths(lengths), () => Of(recurrent, 7, 1, noise), null),
            "dropout" => (clouds, () => Of(dropout, 8), null),
            "mixing" => (clouds, () => Of(Mixing, 8), null),
            "mixing and joining" => (clouds, () => Of(Mixing, 7), null),
            "mixing, joining, two batches a step" => (clouds.Slice(0, 49), () => Of(Mixing, 8, 2), null),
            "mixing and weights 0" => (clouds.WithWeights(some), () => Of(Mixing, 4, 2), null),
            "mixing lengths" => (
                sequences.WithLengths([.. lengths[..49], 3]),
                () => Of(() => Network.Create(Shape.Sequence(Steps, 2)).BatchNorm().Dense(3, Activation.Softmax).Build(1), 7), null),
            "validation" => (clouds, () => Of(plain, 8, keepBest: true), check),
            "patience" => (clouds, () => Of(plain, 8, keepBest: true, patience: 1, rate: 3), check),
            "monitor" => (clouds, () => Of(plain, 8, keepBest: true, monitor: Metric.Accuracy), check),
            "average" => (clouds, () => Of(Mixing, 7, average: WeightAverage.Exponential(0.9f)), check),
            "stochastic average" => (clouds, () => Of(Mixing, 7, average: WeightAverage.Stochastic(1)), check),
            "schedule" => (clouds, () => Of(plain, 8, schedule: new CosineDecay(20, 2, unit: ScheduleUnit.Steps)), null),
            _ => (clouds, () => Of(plain, 8, schedule: new Plateau(0.5f, patience: 0), rate: 1), check),
        };
    }

    private static Trainer Of(
        Func<Network> network, int batch, int accumulate = 1, Augmentation? augmentation = null, bool keepBest = false, int? patience = null,
        float rate = 0.05f, Metric? monitor = null, WeightAverage? average = null, Schedule? schedule = null) =>
        new(network(), Divergence.CrossEntropy, new AdamW(rate))
        {
            BatchSize = batch,
            AccumulateSteps = accumulate,
            Shuffle = false,
            Seed = 3,
            Augmentation = augmentation,
            KeepBest = keepBest,
            Patience = patience,
            Monitor = monitor ?? Metric.Divergence,
            Average = average,
            Schedule = schedule,
        };

    [Fact]
    public void An_epoch_may_be_one_step_where_it_is_known_how_long_it_is()
    {
        foreach ((int batch, int batches) in new[] { (3, int.MaxValue), (int.MaxValue, 1), (50, 1), (51, 2) })
        {
            using Trainer expected = Of(() => TestData.Classifier(), batch, batches), actual = Of(() => TestData.Classifier(), batch, batches);
            expected.Fit(clouds, 2);
            actual.Fit(new PlainSource(clouds), 2);
            actual.Network.Parameters.ToArray().ShouldHaveTheBitsOf(expected.Network.Parameters, $"batches of {batch}");
        }

        using Trainer other = Of(() => TestData.Classifier(), 3, int.MaxValue);
        other.Invoking(one => one.Fit(new PlainSource(clouds) { KnowsRows = false }, 2)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Memory for the rows of a step, and of some more, would have*");
    }

    [Fact]
    public void Progress_says_how_many_steps_there_are_or_that_it_does_not_know()
    {
        foreach (bool knowsRows in new[] { true, false })
        {
            var told = new List<(int Step, int? Steps)>();
            using Trainer trainer = Of(() => TestData.Classifier(), 8, 2);
            trainer.Fit(
                new PlainSource(clouds) { KnowsRows = knowsRows }, 1, progress: new Told(progress => told.Add((progress.Step, progress.Steps))));
            int? steps = knowsRows ? 4 : null;
            told.Should().Equal((1, steps), (2, steps), (3, steps), (4, 4));
        }
    }

    [Fact]
    public void A_generator_gives_other_rows_in_each_epoch_and_trains()
    {
        IRowSource source = RowSource.Generate(new RowFormat(2, 2) { ClassNames = ["outside", "inside"] }, 4000, (stream, _, values) =>
        {
            (values.Inputs[0], values.Inputs[1]) = (stream.Normal(0, 0), stream.Normal(0, 1));
            values.Desired[(values.Inputs[0] * values.Inputs[0]) + (values.Inputs[1] * values.Inputs[1]) < 1 ? 1 : 0] = 1;
        });
        Network network = Network.Create(2).Dense(16, Activation.Tanh).Dense(2, Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(0.02f));
        trainer.Fit(source.ReadAhead(200), 3, source.Take(500));
        trainer.Evaluate(source).Accuracy.Should().BeGreaterThan(0.95);
    }

    [Fact]
    public void A_step_from_a_source_allocates_nothing()
    {
        const int First = 3200, Last = 9600; // steps 100 and 300
        IRowSource generator = SourceContractTests.Generator(12_000);
        foreach (IRowSource source in new[]
        {
            generator, generator.Shuffled(1000), generator.ReadAhead(100), generator.Augmented(Augmentation.Noise(0.1f)),
            generator.Shuffled(1000).Augmented(Augmentation.Noise(0.1f)).ReadAhead(100),
        })
        {
            using var trainer = new Trainer(Network.Create(3).Dense(8, Activation.Tanh).Dense(2).Build(1), Divergence.L2, new AdamW(1e-5f))
            {
                BatchSize = 16,
                AccumulateSteps = 2,
                Augmentation = Augmentation.Noise(0.1f),
            };
            long begin = 0, end = 0;
            int collections = 0, attempts = 0;
            var watched = new PlainSource(source)
            {
                Change = (row, _) =>
                {
                    if (row == First)
                        (begin, collections) = (GC.GetAllocatedBytesForCurrentThread(), GC.CollectionCount(0));
                    if (row == Last)
                        (end, collections) = (GC.GetAllocatedBytesForCurrentThread(), GC.CollectionCount(0) - collections);
                },
            };
            do
            {
                GC.Collect();
                trainer.Fit(watched, 1);
            }
            while (collections != 0 && ++attempts < 20);
            (end - begin).Should().Be(0, source.GetType().Name);
        }
    }

    [Fact]
    public void A_source_is_measured_as_its_data_set_is()
    {
        Network network = TestData.Classifier();
        float[] some = [.. TestData.Labels(50, 3, 6).Select(label => label * 0.7f)];
        foreach (Dataset data in new[] { clouds, clouds.WithWeights(some) })
        {
            foreach (bool knowsRows in new[] { true, false })
            {
                Evaluation expected = Evaluation.Of(network, data, Divergence.CrossEntropy);
                Evaluation actual = Evaluation.Of(network, new PlainSource(data) { KnowsRows = knowsRows }, Divergence.CrossEntropy);
                foreach (PropertyInfo measure in typeof(Evaluation).GetProperties().Where(one => one.GetIndexParameters().Length == 0))
                    Value(measure, actual).Should().BeEquivalentTo(Value(measure, expected), options => options.WithStrictOrdering(), measure.Name);
            }
        }

        static object? Value(PropertyInfo measure, Evaluation evaluation)
        {
            try
            {
                return measure.GetValue(evaluation);
            }
            catch (TargetInvocationException refusal)
            {
                return refusal.InnerException!.Message;
            }
        }
    }

    private sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }
}
