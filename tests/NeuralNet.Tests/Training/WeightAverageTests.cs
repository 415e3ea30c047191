using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Training;

public sealed class WeightAverageTests : IDisposable
{
    private static readonly Dataset data = TestData.Clouds(150), validation = TestData.Clouds(60, seed: 9);

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(folder, "run.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // The formula in double, step by step; without warm-up it is PyTorch's AveragedModel.
    [Theory]
    [InlineData(0.9f, true)]
    [InlineData(0.9f, false)]
    [InlineData(0.999f, true)]
    [InlineData(0f, false)]
    public void An_exponential_average_follows_its_formula_statistics_too_and_the_weights_are_as_without(float decay, bool warmUp)
    {
        using Trainer plain = Make(null), averaged = Make(WeightAverage.Exponential(decay, warmUp));
        double[]? parameters = null, statistics = null;
        for (int step = 0; step < 40; step++)
        {
            foreach (Trainer trainer in new[] { plain, averaged })
                trainer.Step(data.Inputs, data.Desired, data.Rows);
            averaged.Network.Parameters.ToArray().ShouldHaveTheBitsOf(plain.Network.Parameters.ToArray(), "the weights themselves");
            double a = (double)(decimal)decay;
            a = warmUp ? Math.Min(a, (1.0 + step) / (10 + step)) : a;
            Follow(ref parameters, plain.Network.Parameters, 1 - a);
            Follow(ref statistics, plain.Network.Statistics, 1 - a);
            Network average = averaged.AverageNetwork();
            Compare(average.Parameters, parameters!);
            Compare(average.Statistics, statistics!);
        }

        static void Follow(ref double[]? mean, ReadOnlySpan<float> now, double share)
        {
            bool isFirst = mean is null;
            mean ??= new double[now.Length];
            for (int i = 0; i < mean.Length; i++)
                mean[i] = isFirst ? now[i] : mean[i] + (share * (now[i] - mean[i]));
        }

        static void Compare(ReadOnlySpan<float> actual, double[] expected)
        {
            for (int i = 0; i < expected.Length; i++)
                ((double)actual[i]).Should().BeApproximately(expected[i], 1e-5 * (1 + Math.Abs(expected[i])));
        }
    }

    // Statistics by the formulas of a layer alone: the equal mean over the batches of an epoch, in its order.
    [Fact]
    public void A_stochastic_average_is_the_equal_mean_over_epochs_and_its_statistics_are_made_anew()
    {
        using Trainer plain = Make(null, shuffle: false), averaged = Make(WeightAverage.Stochastic(fromEpoch: 2, everyEpochs: 2), shuffle: false);
        var taken = new List<float[]>();
        plain.Fit(data, 7, progress: new Now(at =>
        {
            if (at.Finished is { Epoch: 4 or 6 }) // epochs 2 and 3, 4 and 5, from 0; the seventh is half of the next two
                taken.Add(plain.Network.Parameters.ToArray());
        }));
        averaged.Fit(data, 7);
        for (int i = 0; i < taken[0].Length; i++)
            averaged.Network.Parameters[i].Should().BeApproximately((taken[0][i] + taken[1][i]) / 2, 1e-6f);

        // z of the normalization, whose means over batches of 20 rows are the statistics; the last batch has 10.
        Network network = averaged.Network;
        float[] z = network.Slice(0, 1).Predict(data.Inputs);
        const int Width = 8, Rows = 20;
        for (int feature = 0; feature < Width; feature++)
        {
            double mean = 0, variance = 0;
            double[][] batches = [.. Enumerable.Range(0, data.Rows).Select(row => (double)z[(row * Width) + feature]).Chunk(Rows)];
            foreach (double[] batch in batches)
            {
                mean += batch.Average() / batches.Length;
                variance += batch.Sum(value => Math.Pow(value - batch.Average(), 2)) / (batch.Length - 1) / batches.Length;
            }

            ((double)network.Parameter("1.running_mean")[feature]).Should().BeApproximately(mean, 1e-5 * (1 + Math.Abs(mean)));
            ((double)network.Parameter("1.running_var")[feature]).Should().BeApproximately(variance, 1e-5 * (1 + variance));
        }
    }

    [Fact]
    public void Before_the_first_epoch_that_counts_all_is_as_without()
    {
        using Trainer plain = Make(null, keepBest: true), averaged = Make(WeightAverage.Stochastic(fromEpoch: 9), keepBest: true);
        plain.Fit(data, 4, validation);
        averaged.Fit(data, 4, validation);
        averaged.Network.Parameters.ToArray().ShouldHaveTheBitsOf(plain.Network.Parameters.ToArray(), "weights");
        averaged.Divergences.Should().Equal(plain.Divergences);
        averaged.AverageNetwork().Parameters.SequenceEqual(averaged.Network.Parameters).Should().BeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fit_measures_keeps_and_ends_with_the_averages_and_trains_on_the_weights(bool isStochastic)
    {
        WeightAverage average = isStochastic ? WeightAverage.Stochastic(1) : WeightAverage.Exponential(0.97f);
        foreach (bool keepBest in new[] { false, true })
        {
            using Trainer plain = Make(null), averaged = Make(average, keepBest: keepBest);
            var raw = new List<float[]>();
            var ofEpochs = new List<Network>();
            plain.Fit(data, 6, validation, new Now(at => Note(at, () => raw.Add(plain.Network.Parameters.ToArray()))));
            averaged.Fit(data, 6, validation, new Now(at => Note(at, () =>
            {
                raw[at.Finished!.Epoch - 1].AsSpan().ShouldHaveTheBitsOf(averaged.Network.Parameters, "the weights between steps");
                ofEpochs.Add(averaged.AverageNetwork());
                Evaluation.Of(ofEpochs[^1], validation, Divergence.CrossEntropy).Divergence.Should().Be(at.Finished.ValidationDivergence);
            })));
            int best = averaged.Divergences.ToList().IndexOf(averaged.Divergences.Min());
            Network expected = ofEpochs[keepBest ? best : 5];
            averaged.Network.Parameters.ShouldHaveTheBitsOf(expected.Parameters, "parameters");
            averaged.Network.Statistics.ShouldHaveTheBitsOf(expected.Statistics, "statistics");
            averaged.Network.Parameters.SequenceEqual(plain.Network.Parameters).Should().BeFalse();
            averaged.Divergences.Should().NotEqual(plain.Divergences);

            // A new call begins with what the network has, and with a new average.
            averaged.AverageNetwork().Parameters.ShouldHaveTheBitsOf(expected.Parameters, "no average yet");
        }

        static void Note(TrainingProgress at, Action note)
        {
            if (at.Finished is not null)
                note();
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(13, true)]
    [InlineData(24, true)]
    [InlineData(33, true)]
    [InlineData(13, false)]
    [InlineData(24, false)]
    [InlineData(33, false)]
    public void A_run_that_is_stopped_after_any_step_ends_with_the_same_bits(int steps, bool isStochastic)
    {
        WeightAverage average = isStochastic ? WeightAverage.Stochastic(1) : WeightAverage.Exponential(0.97f);
        foreach (bool keepBest in new[] { false, true })
        {
            using Trainer whole = Make(average, keepBest: keepBest), first = Make(average, keepBest: keepBest),
                second = Make(average, keepBest: keepBest, threads: 2);
            whole.Fit(data, 5, validation);
            Now.StopAt(steps, first, () => first.SaveCheckpoint(File), data, epochs: 5, validation);
            second.Resume(File).Should().BeTrue();
            second.Fit(data, 5, validation);
            second.Network.Parameters.ShouldHaveTheBitsOf(whole.Network.Parameters, "parameters");
            second.Network.Statistics.ShouldHaveTheBitsOf(whole.Network.Statistics, "statistics");
            second.Divergences.Should().Equal(whole.Divergences);
        }
    }

    // Such an epoch is not counted: its weights would be averaged a second time when it is gone on with, or beside those of the epoch anew.
    [Fact]
    public void An_epoch_that_a_measure_of_ones_own_ends_is_in_no_average()
    {
        int measured = 0;
        var failing = Metric.Of("own", true, e => ++measured == 3 ? throw new InvalidOperationException("no measure") : e.Accuracy!.Value);
        using Trainer whole = Make(WeightAverage.Stochastic(0), monitor: Metric.Of("own", true, e => e.Accuracy!.Value)),
            first = Make(WeightAverage.Stochastic(0), monitor: failing), second = Make(WeightAverage.Stochastic(0), monitor: failing);
        float[] after = [];
        var note = new Now(at => after = at.Finished is null ? after : first.AverageNetwork().Parameters.ToArray());
        first.Invoking(trainer => trainer.Fit(data, 5, validation, note)).Should().Throw<InvalidOperationException>().WithMessage("no measure");
        first.AverageNetwork().Parameters.ToArray().ShouldHaveTheBitsOf(after, "the epochs that were counted");
        first.SaveCheckpoint(File);
        second.Resume(File).Should().BeTrue();
        second.Fit(data, 5, validation);
        whole.Fit(data, 5, validation);
        second.Network.Parameters.ShouldHaveTheBitsOf(whole.Network.Parameters, "parameters");
        second.Network.Statistics.ShouldHaveTheBitsOf(whole.Network.Statistics, "statistics");
    }

    [Fact]
    public void A_checkpoint_holds_both_and_compares_the_kind()
    {
        using Trainer one = Make(WeightAverage.Exponential(0.9f)), same = Make(WeightAverage.Exponential(0.9f)), none = Make(null);
        one.SaveCheckpoint(File);
        same.Resume(File).Should().BeTrue("there is no average yet");
        for (int step = 0; step < 5; step++)
            one.Step(data.Inputs, data.Desired, data.Rows);
        one.SaveCheckpoint(File);
        same.Resume(File).Should().BeTrue();
        same.Network.Parameters.ShouldHaveTheBitsOf(one.Network.Parameters, "weights");
        same.AverageNetwork().Parameters.ShouldHaveTheBitsOf(one.AverageNetwork().Parameters, "averages");
        Network.Load(File).Parameters.ShouldHaveTheBitsOf(one.Network.Parameters, "the network in the file");

        none.Invoking(trainer => trainer.Resume(File)).Should().Throw<InvalidDataException>()
            .WithMessage("*average: none instead of {\"kind\":\"Exponential\"*");
        none.Resume(File, allowOtherSettings: true).Should().BeTrue();
        using Trainer other = Make(WeightAverage.Exponential(0.8f)), stochastic = Make(WeightAverage.Stochastic(3));
        other.Invoking(trainer => trainer.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*average.decay: 0.8 instead of 0.9*");
        stochastic.Invoking(trainer => trainer.Resume(File)).Should().Throw<InvalidDataException>()
            .WithMessage("*average.kind: Stochastic instead of*");
        none.SaveCheckpoint(File);
        one.Invoking(trainer => trainer.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*average: *instead of none*");
        one.Resume(File, allowOtherSettings: true).Should().BeTrue();
        one.AverageNetwork().Parameters.SequenceEqual(one.Network.Parameters).Should().BeTrue("an average begins anew");
    }

    [Fact]
    public void A_damaged_average_is_refused_and_nothing_changes()
    {
        using Trainer one = Make(WeightAverage.Exponential(0.9f)), other = Make(WeightAverage.Exponential(0.9f));
        one.Step(data.Inputs, data.Desired, data.Rows);
        one.SaveCheckpoint(File);
        byte[] good = System.IO.File.ReadAllBytes(File);
        float[] before = other.Network.Parameters.ToArray();
        foreach ((string from, string to) in new[]
        {
            ("\\\"average\\\":1", "\\\"average\\\":-1"), ("\\\"average\\\":1", "\\\"average\\\":0.5"), ("\\\"average\\\":1", "\\\"average\\\":0"),
            ("trainer.average", "trainer.averages"), ("trainer.average_statistics", "trainer.average_statistic"),
        })
        {
            System.IO.File.WriteAllBytes(File, SavedNetworks.WithHeader(good, header => header.Replace(from, to, StringComparison.Ordinal)));
            other.Invoking(trainer => trainer.Resume(File)).Should().Throw<InvalidDataException>($"of {to}").WithMessage($"{File}: *");
            other.Network.Parameters.ToArray().Should().Equal(before);
            other.StepCount.Should().Be(0);
        }
    }

    [Fact]
    public void Frozen_statistics_of_a_stochastic_average_are_not_made_anew()
    {
        using Trainer trainer = Make(WeightAverage.Stochastic(0));
        float[] before = trainer.Network.Statistics.ToArray();
        trainer.Rates["1"] = 0;
        trainer.Step(data.Inputs, data.Desired, data.Rows);
        trainer.EndEpoch(1);
        trainer.AverageNetwork().Statistics.ShouldHaveTheBitsOf(before, "no data are needed");
        trainer.AverageNetwork(data).Statistics.ShouldHaveTheBitsOf(before, "nor looked at");
    }

    [Fact]
    public void What_is_frozen_later_is_as_the_network_has_it()
    {
        using Trainer trainer = Make(WeightAverage.Exponential(0.9f));
        Run();
        float[] mean = trainer.AverageNetwork().Parameter("0.weight").ToArray(), raw = trainer.Network.Parameter("0.weight").ToArray();
        float[] statistics = trainer.Network.Parameter("1.running_mean").ToArray();
        mean.Should().NotEqual(raw);
        (trainer.Rates["0"], trainer.Rates["1"]) = (0, 0);
        Run();
        trainer.Network.Parameter("0.weight").ToArray().Should().Equal(raw);
        trainer.AverageNetwork().Parameter("0.weight").ToArray().Should().Equal(raw);
        trainer.AverageNetwork().Parameter("1.running_mean").ToArray().Should().Equal(statistics);
        trainer.AverageNetwork().Parameter("2.weight").SequenceEqual(trainer.Network.Parameter("2.weight")).Should().BeFalse();
        float[] frozen = trainer.Network.Parameter("0.weight").ToArray();
        trainer.Fit(data, epochs: 1);
        trainer.Network.Parameter("0.weight").ToArray().Should().Equal(frozen, "no bit of it moves, at the end of Fit either");

        void Run()
        {
            for (int step = 0; step < 5; step++)
                trainer.Step(data.Inputs, data.Desired, data.Rows);
        }
    }

    [Fact]
    public void In_a_loop_of_ones_own_a_target_network_follows_without_allocations()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { Average = WeightAverage.Exponential(0.9f) };
        Network target = trainer.Network.Clone();
        Step();
        Allocations.Of(() => () =>
        {
            for (int step = 0; step < 20; step++)
                Step();
        }).Should().Be(0);
        target.Parameters.ShouldHaveTheBitsOf(trainer.AverageNetwork().Parameters, "the target");
        trainer.CopyAverage(trainer.Network);
        trainer.Network.Parameters.ShouldHaveTheBitsOf(target.Parameters, "put in place");

        void Step()
        {
            trainer.Step(data.Inputs, data.Desired, data.Rows);
            trainer.CopyAverage(target);
        }
    }

    [Fact]
    public void In_a_loop_of_ones_own_EndEpoch_counts_and_the_data_give_the_statistics()
    {
        using Trainer byHand = Make(WeightAverage.Stochastic(0), shuffle: false), byFit = Make(WeightAverage.Stochastic(0), shuffle: false);
        Network? last = null;
        byFit.Fit(data, 3, progress: new Now(at => last = at.Finished is null ? last : byFit.AverageNetwork()));
        for (int epoch = 0; epoch < 3; epoch++)
        {
            for (int row = 0; row < data.Rows; row += 20)
            {
                int rows = Math.Min(20, data.Rows - row);
                byHand.Step(data.Inputs.Slice(row * 2, rows * 2), data.Desired.Slice(row * 3, rows * 3), rows);
            }

            byHand.EndEpoch(1);
        }

        byHand.Invoking(trainer => trainer.AverageNetwork()).Should().Throw<InvalidOperationException>().WithMessage("*statistics*training data*");
        Network made = byHand.AverageNetwork(data);
        made.Parameters.ShouldHaveTheBitsOf(last!.Parameters, "parameters");
        made.Statistics.ShouldHaveTheBitsOf(last.Statistics, "statistics");
        made.Parameters.SequenceEqual(byHand.Network.Parameters).Should().BeFalse();
    }

    [Fact]
    public void Random_layers_draw_nothing_while_statistics_are_made()
    {
        Network network = Network.Create(2).Dense(8).Dropout(0.5f).BatchNorm(activation: new RandomizedLeakyRelu()).Dense(3, Activation.Softmax)
            .Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f))
        {
            Average = WeightAverage.Stochastic(0),
            BatchSize = 150,
            Augmentation = Augmentation.Noise(5),
        };
        trainer.Fit(data, 2);
        float[] z = network.Slice(0, 1).Predict(data.Inputs);
        for (int feature = 0; feature < 8; feature++)
        {
            double mean = Enumerable.Range(0, data.Rows).Average(row => (double)z[(row * 8) + feature]);
            ((double)network.Parameter("2.running_mean")[feature]).Should().BeApproximately(mean, 1e-5 * (1 + Math.Abs(mean)));
        }
    }

    [Fact]
    public void A_best_epoch_that_is_restored_is_that_of_the_averages_and_a_new_average_begins()
    {
        using Trainer trainer = Make(WeightAverage.Exponential(0.97f), keepBest: true);
        Network? first = null;
        using var stop = new CancellationTokenSource();
        var progress = new Now(at =>
        {
            if (at.Finished is not null)
                first = trainer.AverageNetwork();
            if (at.Epoch == 2)
                stop.Cancel();
        });
        trainer.Invoking(t => t.Fit(data, 5, validation, progress, stop.Token)).Should().Throw<OperationCanceledException>();
        trainer.AverageNetwork().Parameters.SequenceEqual(trainer.Network.Parameters).Should().BeFalse("the average is there still");
        trainer.RestoreBest().Should().BeTrue();
        trainer.Network.Parameters.ShouldHaveTheBitsOf(first!.Parameters, "the best");
        trainer.AverageNetwork().Parameters.ShouldHaveTheBitsOf(trainer.Network.Parameters, "anew");
    }

    [Fact]
    public void Bad_settings_and_calls_are_refused_with_words()
    {
        foreach (float decay in new[] { 1, -0.1f, float.NaN, float.PositiveInfinity })
            new Action(() => WeightAverage.Exponential(decay)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("The decay of the average*");
        new Action(() => WeightAverage.Stochastic(-1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*fromEpoch*");
        new Action(() => WeightAverage.Stochastic(0, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*everyEpochs*");
        WeightAverage.Exponential(0.999f).ToString().Should().Be("Exponential(decay 0.999, warmUp True)");
        WeightAverage.Stochastic(75, 5).ToString().Should().Be("Stochastic(fromEpoch 75, everyEpochs 5)");

        using Trainer none = Make(null), one = Make(WeightAverage.Exponential(0.9f));
        none.Invoking(trainer => trainer.AverageNetwork()).Should().Throw<InvalidOperationException>().WithMessage("*; set Average = *");
        none.Invoking(trainer => trainer.CopyAverage(none.Network)).Should().Throw<InvalidOperationException>()
            .WithMessage("No average is kept*");
        one.Invoking(trainer => trainer.CopyAverage(TestData.Classifier())).Should().Throw<ArgumentException>()
            .WithMessage("*no clone of the trainer's*");
        one.Invoking(trainer => trainer.CopyAverage(null!)).Should().Throw<ArgumentNullException>();
        one.Invoking(trainer => trainer.AverageNetwork(Dataset.FromArrays([1f], [0f], rows: 1)))
            .Should().Throw<ArgumentException>().WithMessage("The data has 1 inputs a row, the network takes 2*");
        one.Rates["9"] = 0;
        one.Invoking(trainer => trainer.AverageNetwork(data)).Should().Throw<ArgumentException>().WithMessage("Rates[\"9\"] is of no layer*");
        one.Rates.Remove("9");
        one.Dispose();
        one.Invoking(trainer => trainer.AverageNetwork(data)).Should().Throw<ObjectDisposedException>();
        one.AverageNetwork().Parameters.ToArray().Should().Equal(one.Network.Parameters.ToArray(), "what is there can be read");
    }

    private static Trainer Make(WeightAverage? average, bool keepBest = false, bool shuffle = true, int threads = 1, IMetric? monitor = null) => new(
        Network.Create(2).Dense(8).BatchNorm(activation: Activation.Tanh).Dense(3, Activation.Softmax).Build(1),
        Divergence.CrossEntropy, new Adam(0.05f))
    {
        BatchSize = 20,
        Average = average,
        KeepBest = keepBest,
        Shuffle = shuffle,
        Threads = threads,
        Monitor = monitor ?? Metric.Divergence,
    };
}
