namespace NeuralNet.Tests.Training.Observers;

public sealed class TensorBoardTests : IDisposable
{
    private static readonly Dataset data = TestData.Clouds(100), validation = TestData.Clouds(30, seed: 5);
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_checksum_is_that_of_the_format()
    {
        ReadEvent.Crc("123456789"u8).Should().Be(0xe3069283, "it is the check value of CRC-32C");
        byte[] bytes = [.. Enumerable.Range(0, 300).Select(i => (byte)(i * 37))];
        for (int length = 0; length < bytes.Length; length++)
        {
            uint crc = ReadEvent.Crc(bytes.AsSpan(0, length));
            EventFile.Masked(bytes.AsSpan(0, length)).Should().Be(((crc >> 15) | (crc << 17)) + 0xa282ead8);
        }
    }

    [Fact]
    public void Curves_are_what_training_was()
    {
        Recorder recorder = new();
        using Trainer trainer = Make(new TensorBoard(folder) { EverySteps = 2 }, recorder);
        var divergences = new List<double>();
        trainer.Fit(data, epochs: 2, validation, new Steps(divergences));

        List<ReadEvent> training = Read("training").Single(), measured = Read("validation").Single();
        training[0].Version.Should().Be("brain.Event:2");
        (training[1].IsStart, training[1].Step).Should().Be((true, 1));
        Scalars(training, "step/divergence").Should().Equal((2, (float)divergences[1]), (4, (float)divergences[3]), (6, (float)divergences[5]));
        Scalars(training, "step/learning_rate").Select(one => one.Value).Should().Equal(0.01f, 0.01f, 0.01f);
        Scalars(training, "step/seconds").Should().OnlyContain(one => one.Value > 0);
        IReadOnlyList<EpochResult> epochs = trainer.History.Epochs;
        Scalars(training, "epoch/divergence").Should().Equal((3, (float)epochs[0].TrainingDivergence), (6, (float)epochs[1].TrainingDivergence));
        Scalars(measured, "epoch/divergence").Should().Equal(
            (3, (float)epochs[0].ValidationDivergence!.Value), (6, (float)epochs[1].ValidationDivergence!.Value));
        Scalars(measured, "epoch/accuracy").Select(one => one.Value).Should().Equal(epochs.Select(epoch => (float)epoch.ValidationAccuracy!.Value));
        double now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;
        training.Should().OnlyContain(one => one.Time > now - 300 && one.Time <= now);
    }

    [Fact]
    public void Histograms_are_of_the_parameters_before_each_epoch_and_of_the_gradient_of_its_first_step()
    {
        var expected = new Dictionary<long, (float[] Parameters, float[] Gradient)>();
        using Trainer trainer = Make(new TensorBoard(folder), new Snapshots(expected));
        trainer.Fit(data, epochs: 3);

        List<ReadEvent> all = [.. Read("training").Single().Where(one => one.Histograms.Count > 0)];
        all.Select(one => one.Step).Should().Equal(1, 4, 7, 9);
        foreach (ReadEvent one in all[..3])
        {
            int start = 0;
            foreach (Block block in trainer.Network.Blocks)
            {
                (float[] parameters, float[] gradient) = expected[one.Step];
                Compare(one.Histograms[$"parameters/{block.Name}"], parameters.AsSpan(start, block.Length));
                Compare(one.Histograms[$"gradients/{block.Name}"], gradient.AsSpan(start, block.Length));
                start += block.Length;
            }
        }

        all[^1].Histograms.Should().HaveCount(trainer.Network.Blocks.Count, "at the end there is no gradient");
        Compare(all[^1].Histograms["parameters/0.weight"], trainer.Network.Parameters[..16]);
    }

    [Theory]
    [InlineData(null, 4, new long[] { 4, 8, 9 })]
    [InlineData(2, null, new long[] { 1, 7, 9 })]
    [InlineData(2, 4, new long[] { 1, 4, 7, 8, 9 })]
    [InlineData(null, null, new long[] { })]
    public void Histograms_come_as_often_as_they_are_wanted(int? epochs, int? steps, long[] expected)
    {
        using Trainer trainer = Make(new TensorBoard(folder) { EverySteps = null, HistogramsEveryEpochs = epochs, HistogramsEverySteps = steps });
        trainer.Fit(data, epochs: 3);
        Read("training").Single().Where(one => one.Histograms.Count > 0).Select(one => one.Step).Should().Equal(expected);
    }

    [Fact]
    public void Buckets_are_those_of_TensorBoard()
    {
        float[] special =
        [
            0, -0f, 1e-12f, -1e-12f, 1e-13f, -1e-13f, float.Epsilon, -float.Epsilon, 1, -1, 1.1f, 1e20f, -1e20f, 1.1e20f, float.MaxValue,
            float.MinValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
        ];
        var histogram = new Histogram();
        float[][] all =
            [special, [], [0], [float.NaN], TestData.Normal(1000), TestData.Normal(1000, 2, 1e-12f), TestData.Normal(99, 3, 1e19f)];
        foreach (float[] values in all)
        {
            histogram.Fill(values);
            double[] limits = [.. histogram.Limits], counts = [.. histogram.Counts];
            Compare(
                new ReadHistogram(histogram.Min, histogram.Max, histogram.Count, histogram.Sum, histogram.SumOfSquares, limits, counts), values);
        }
    }

    [Fact]
    public void A_training_that_is_taken_up_again_says_from_which_step_on_the_old_file_does_not_count()
    {
        string checkpoint = Path.Combine(folder, "run.safetensors");
        var recorder = new Recorder { ThrowsAt = "step 8" };
        using Trainer stopped = Make(new TensorBoard(folder) { EverySteps = 1 }, recorder);
        recorder.Told = call =>
        {
            if (call == "step 5")
                stopped.SaveCheckpoint(checkpoint);
        };
        Action fit = () => stopped.Fit(data, epochs: 3);
        fit.Should().Throw<IOException>();
        using Trainer resumed = Make(new TensorBoard(folder) { EverySteps = 1 });
        resumed.Resume(checkpoint);
        resumed.Fit(data, epochs: 3);

        List<ReadEvent>[] files = Read("training");
        files.Should().HaveCount(2);
        Scalars(files[0], "step/divergence").Select(one => one.Step).Should().Equal(1, 2, 3, 4, 5, 6, 7, 8);
        (files[1][1].IsStart, files[1][1].Step).Should().Be((true, 6));
        Scalars(files[1], "step/divergence").Select(one => one.Step).Should().Equal(6, 7, 8, 9);
        Scalars(files[1], "step/divergence")[..3].Should().Equal(Scalars(files[0], "step/divergence")[5..]);
    }

    [Fact]
    public void The_measure_that_is_gone_by_has_a_curve_and_a_loop_of_ones_own_has_one()
    {
        using (var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam())
        {
            Monitor = Metric.MacroF1,
            Observers = [new TensorBoard(Path.Combine(folder, "fit"))],
        })
        {
            EpochResult epoch = trainer.Fit(data, epochs: 1, validation).Epochs[0];
            Scalars(Read("fit/validation").Single(), "epoch/macro F1").Single().Value.Should().Be((float)epoch.Monitored);
        }

        using var board = new TensorBoard(Path.Combine(folder, "loop")) { EverySteps = 1 };
        using Trainer loop = Make(board);
        loop.Step(data.Batch(0, 40));
        loop.EndEpoch(0.5);
        board.Dispose();
        List<ReadEvent> all = Read("loop/training").Single();
        Scalars(all, "step/divergence").Should().ContainSingle();
        float trained = Scalars(all, "step/divergence")[0].Value;
        Scalars(all, "epoch/divergence").Should().Equal((1, trained));
        Scalars(all, "epoch/monitored").Should().Equal((1, 0.5f));
        all.Single(one => one.Histograms.Count > 0).Step.Should().Be(1);
    }

    [Fact]
    public void Files_are_named_as_TensorBoard_looks_for_them_each_anew()
    {
        using Trainer trainer = Make(new TensorBoard(folder, new ManualTime()));
        trainer.Fit(data, 1);
        trainer.Fit(data, 1);
        string[] names = [.. Directory.GetFiles(Path.Combine(folder, "training")).Select(path => Path.GetFileName(path))];
        names.Should().HaveCount(2).And.OnlyContain(name => name.StartsWith("events.out.tfevents.1767323045."));
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 40,
        Observers = observers,
    };

    private static (long Step, float Value)[] Scalars(List<ReadEvent> events, string tag) =>
        [.. events.Where(one => one.Scalars.ContainsKey(tag)).Select(one => (one.Step, one.Scalars[tag]))];

    // By the definition: the first limit that is greater, of runs of empty buckets the last.
    private static void Compare(ReadHistogram histogram, ReadOnlySpan<float> values)
    {
        var positive = new List<double>();
        for (double limit = 1e-12; limit < 1e20; limit *= 1.1)
            positive.Add(limit);
        positive.Add(double.MaxValue);
        double[] limits = [.. positive.Select(limit => -limit).Reverse(), 0, .. positive];
        double[] counts = new double[limits.Length];
        var finite = new List<double>();
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                continue;
            finite.Add(value);
            counts[Array.FindIndex(limits, limit => limit > value)]++;
        }

        var expected = new List<(double Limit, double Count)>();
        for (int i = 0; i < limits.Length; i++)
        {
            if (counts[i] == 0 && expected.Count > 0 && expected[^1].Count == 0)
                expected[^1] = (limits[i], 0);
            else
                expected.Add((limits[i], counts[i]));
        }

        histogram.Limits.Zip(histogram.Counts).Should().Equal(expected);
        histogram.Count.Should().Be(finite.Count);
        histogram.Min.Should().Be(finite.DefaultIfEmpty().Min());
        histogram.Max.Should().Be(finite.DefaultIfEmpty().Max());
        histogram.Sum.Should().Be(finite.Aggregate(0.0, (sum, value) => sum + value));
        histogram.Squares.Should().Be(finite.Aggregate(0.0, (sum, value) => sum + (value * value)));
    }

    private List<ReadEvent>[] Read(string run) =>
        [.. Directory.GetFiles(Path.Combine(folder, run)).OrderBy(path => int.Parse(path[(path.LastIndexOf('.') + 1)..])).Select(ReadEvent.All)];

    private sealed class Steps(List<double> divergences) : ITrainingObserver, IProgress<TrainingProgress>
    {
        public void OnStep(in TrainingStep step) => divergences.Add(step.Divergence);

        public void Report(TrainingProgress value)
        {
        }
    }

    private sealed class Snapshots(Dictionary<long, (float[], float[])> taken) : ITrainingObserver
    {
        public void OnGradient(in TrainingStep step) =>
            taken[step.Number] = (step.Trainer.Network.Parameters.ToArray(), step.Gradient.ToArray());
    }
}
