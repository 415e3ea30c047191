namespace NeuralNet.Tests.Training;

public class MonitorTests
{
    private static readonly Dataset data = TestData.Clouds(60), validation = TestData.Clouds(30);

    // The value of each epoch is known beforehand.
    private static Metric Scripted(bool isLargerBetter, params double[] values)
    {
        int epoch = 0;
        return Metric.Of("script", isLargerBetter, _ => values[epoch++]);
    }

    private static Trainer TrainerOf(IMetric monitor, double smallestGain = 0, int? patience = null, Schedule? schedule = null) => new(
        TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f))
    {
        Monitor = monitor,
        SmallestGain = smallestGain,
        Patience = patience,
        KeepBest = true,
        Schedule = schedule,
    };

    [Fact]
    public void The_best_epoch_is_the_one_with_the_largest_accuracy()
    {
        using Trainer trainer = TrainerOf(Metric.Accuracy);
        TrainingHistory history = trainer.Fit(data, 12, validation);
        double best = history.Epochs.Max(epoch => epoch.ValidationAccuracy!.Value);
        history.Best.Should().BeSameAs(history.Epochs.First(epoch => epoch.ValidationAccuracy == best));
        history.Best!.Monitor.Should().Be("accuracy");
        history.Best.Monitored.Should().Be(best);
        trainer.Divergences.Should().Equal(history.Epochs.Select(epoch => -epoch.ValidationAccuracy!.Value));
        trainer.Evaluate(validation).Accuracy.Should().Be(best, "the network has the parameters of that epoch");
    }

    [Fact]
    public void What_Fit_needs_for_a_measure_has_the_value_of_Evaluate()
    {
        Metric[] metrics =
        [
            Metric.RocAuc, Metric.LogLoss, Metric.MacroF1, Metric.TopK(2), Metric.ExpectedCalibrationError(), Metric.Matthews,
        ];
        foreach (Metric metric in metrics)
        {
            using Trainer trainer = TrainerOf(metric);
            EpochResult best = trainer.Fit(data, 3, validation).Best!;
            metric.Of(trainer.Evaluate(validation)).Should().Be(best.Monitored, metric.Name);
            best.ToString().Should().Contain(FormattableString.Invariant($", {metric.Name} {best.Monitored:G6}, "));
        }
    }

    [Theory]
    [InlineData(true, 0, 4)]
    [InlineData(true, 0.05, 4)]
    [InlineData(true, 0.15, 4)]
    [InlineData(true, 0.25, 1)]
    [InlineData(false, 0, 6)]
    [InlineData(false, 0.2, 1)]
    public void A_better_epoch_gains_more_than_the_smallest_gain(bool isLargerBetter, double smallestGain, int best)
    {
        using Trainer trainer = TrainerOf(Scripted(isLargerBetter, 0.5, 0.6, 0.61, 0.7, 0.7, 0.4), smallestGain);
        trainer.Fit(data, 6, validation).Best!.Epoch.Should().Be(best);
    }

    [Fact]
    public void A_NaN_is_never_better_than_a_number_and_a_number_always_than_NaN()
    {
        using Trainer trainer = TrainerOf(Scripted(isLargerBetter: true, double.NaN, 0.1, double.NaN, 0.05), smallestGain: 10);
        trainer.Fit(data, 4, validation).Best!.Epoch.Should().Be(2);
    }

    [Fact]
    public void Patience_counts_epochs_that_gain_too_little()
    {
        using Trainer trainer = TrainerOf(Scripted(isLargerBetter: true, 0.5, 0.6, 0.601, 0.602, 0.7), smallestGain: 0.01, patience: 2);
        TrainingHistory history = trainer.Fit(data, 5, validation);
        (history.StoppedEarly, history.Epochs.Count, history.Best!.Epoch).Should().Be((true, 4, 2));
    }

    [Fact]
    public void Plateau_lowers_the_rate_when_the_measure_stands()
    {
        var plateau = new Plateau(factor: 0.5f, patience: 0);
        using Trainer rising = TrainerOf(Scripted(isLargerBetter: true, 0.5, 0.6, 0.6, 0.7), schedule: plateau);
        rising.Fit(data, 4, validation);
        rising.LearningRate.Should().Be(0.05f);
        using Trainer falling = TrainerOf(Scripted(isLargerBetter: false, 0.5, 0.6, 0.6, 0.7), schedule: plateau);
        falling.Fit(data, 4, validation);
        falling.LearningRate.Should().Be(0.0125f);
    }

    [Fact]
    public void Each_call_of_Fit_looks_for_a_best_of_its_own()
    {
        using Trainer trainer = TrainerOf(Scripted(isLargerBetter: true, 0.9, 0.8, 0.1, 0.2));
        trainer.Fit(data, 2, validation).Best!.Epoch.Should().Be(1);
        trainer.Fit(data, 2, validation).Best!.Epoch.Should().Be(4);
        trainer.Divergences.Should().Equal(-0.9, -0.8, -0.1, -0.2);
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_before_the_first_step()
    {
        using Trainer trainer = TrainerOf(Metric.Accuracy);
        Refused(trainer, data, null, "Monitor is accuracy, which is measured on a validation set, but Fit was given none;*");
        using Trainer own = TrainerOf(Scripted(true, 1));
        Refused(own, data, null, "Monitor is script, which is measured*");
        using var numbers = new Trainer(Network.Create(1).Dense(1).Build(), Divergence.L2, new Sgd()) { Monitor = Metric.RocAuc };
        Dataset pairs = Dataset.FromArrays([1, 2, 3], [2f, 4, 7], rows: 3);
        Refused(numbers, pairs, pairs, "Monitor is ROC AUC, but there is none of a number; choose another Metric.*");
        using Trainer r2 = TrainerOf(Metric.R2);
        Refused(r2, data, validation, $"Monitor is R2, but there is none of {data.Classes} classes;*");
        Action gain = () => _ = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd()) { SmallestGain = -1 };
        gain.Should().Throw<ArgumentOutOfRangeException>().WithMessage("The smallest gain is -1; a finite one of at least 0 was expected.*");

        static void Refused(Trainer trainer, Dataset data, Dataset? validation, string message)
        {
            Action fit = () => trainer.Fit(data, 1, validation);
            fit.Should().Throw<ArgumentException>().WithMessage(message).WithParameterName(nameof(validation));
            trainer.StepCount.Should().Be(0);
        }
    }

    [Fact]
    public void A_measure_of_a_type_of_its_own_judges_too()
    {
        using Trainer trainer = TrainerOf(new Entropy());
        TrainingHistory history = trainer.Fit(data, 3, validation);
        history.Best!.Monitored.Should().Be(history.Epochs.Min(epoch => epoch.Monitored));
        history.Best.ToString().Should().Contain(", entropy ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_interrupted_Fit_ends_as_if_it_had_not_been(int epochs)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            using Trainer whole = TrainerOf(Metric.RocAuc, smallestGain: 1e-4, patience: 3);
            whole.Fit(data, 9, validation);

            using Trainer stopped = TrainerOf(Metric.RocAuc, smallestGain: 1e-4, patience: 3);
            using var stop = new CancellationTokenSource();
            Action fit = () => stopped.Fit(data, 9, validation, new AtEnd(epochs, () =>
            {
                stopped.SaveCheckpoint(path);
                stop.Cancel();
            }), stop.Token);
            fit.Should().Throw<OperationCanceledException>();

            using Trainer resumed = TrainerOf(Metric.RocAuc, smallestGain: 1e-4, patience: 3);
            resumed.Resume(path).Should().BeTrue();
            resumed.Fit(data, 9, validation);
            resumed.Network.Parameters.ToArray().Should().Equal(whole.Network.Parameters.ToArray());
            resumed.Divergences.Should().Equal(whole.Divergences);
            resumed.History.Epochs.Select(epoch => epoch with { Seconds = 0 }).Should()
                .Equal(whole.History.Epochs.Select(epoch => epoch with { Seconds = 0 }));
            resumed.History.Best!.Epoch.Should().Be(whole.History.Best!.Epoch);

            using Trainer other = TrainerOf(Metric.LogLoss);
            Action resume = () => other.Resume(path);
            resume.Should().Throw<InvalidDataException>().WithMessage("*monitor: log loss instead of ROC AUC; smallest gain: 0 instead of 0.0001*");
            other.Resume(path, allowOtherSettings: true).Should().BeTrue();
            other.Fit(data, 9, validation).Best!.Monitor.Should().Be("log loss", "what another measure found best is not the best of this one");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed class AtEnd(int epoch, Action then) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Finished?.Epoch == epoch)
                then();
        }
    }

    private sealed class Entropy : IMetric
    {
        public string Name => "entropy";

        public bool IsLargerBetter => false;

        public double Of(Evaluation evaluation)
        {
            double sum = 0;
            Outcomes outcomes = evaluation.Outcomes();
            foreach (float p in outcomes.Outputs)
                sum -= p * Math.Log(p);
            return sum / outcomes.Count;
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_measure_without_a_name_is_refused(string? name)
    {
        FluentActions.Invoking(() => new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { Monitor = new Nameless(name!) })
            .Should().Throw<ArgumentException>().WithMessage("The measure's Name is null or empty*");
    }

    [Fact]
    public void While_Fit_is_under_way_another_thread_may_not_evaluate()
    {
        Dataset data = TestData.Clouds(20);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        Exception? met = null;
        trainer.Fit(data, 1, progress: new Told(() =>
        {
            trainer.Evaluate(data).Accuracy.Should().NotBeNull("on this thread it is between two steps");
            var other = new Thread(() => met = Record.Exception(() => trainer.Evaluate(data)));
            other.Start();
            other.Join();
        }));
        met.Should().BeOfType<InvalidOperationException>().Which.Message.Should().StartWith("Fit is under way on another thread");
    }

    [Fact]
    public void What_is_too_much_for_a_measure_is_said()
    {
        // 14,000 rows of 5,000 classes are more than 2²⁶ outputs; nothing is computed before the refusal.
        Network wide = Network.Create(1).Dense(5000, Activation.Softmax).Build();
        Dataset data = Dataset.FromIds(new float[14_000], new int[14_000], classes: 5000);
        Refused(Metric.MacroF1, "*of 5000 classes; the validation set has more than 4,096 classes, of which no confusions are counted; choose*");
        Refused(Metric.RocAuc, "*of 5000 classes; the validation set has more than 2²⁶ outputs or desired values, which are not kept; choose*");

        void Refused(Metric monitor, string message)
        {
            using var trainer = new Trainer(wide, Divergence.CrossEntropy, new Sgd(0.1f)) { Monitor = monitor };
            trainer.Invoking(t => t.Fit(data, 1, validation: data)).Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    private sealed class Nameless(string name) : IMetric
    {
        public string Name => name;

        public bool IsLargerBetter => true;

        public double Of(Evaluation evaluation) => 0;
    }

    private sealed class Told(Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action();
    }
}
