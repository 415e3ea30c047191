namespace NeuralNet.Tests.Training.Observers;

public sealed class ObserverTests : IDisposable
{
    private static readonly Dataset data = TestData.Clouds(100), validation = TestData.Clouds(30, seed: 5);
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Fit_tells_of_the_start_of_gradients_and_steps_of_epochs_and_of_the_end_and_then_reports()
    {
        var observer = new Recorder();
        var progress = new ProgressRecorder();
        var both = new List<string>();
        observer.Told = call => both.Add("observer " + call);
        progress.Told = call => both.Add("progress " + call);
        using Trainer trainer = Make(observer);

        trainer.Fit(data, epochs: 2, validation, progress);

        observer.Calls.Should().Equal(
            "start", "gradient 1", "step 1", "gradient 2", "step 2", "gradient 3", "step 3", "epoch 1",
            "gradient 4", "step 4", "gradient 5", "step 5", "gradient 6", "step 6", "epoch 2", "end");
        progress.Calls.Should().Equal(
            "start", "gradient 1", "step 1", "report 1.1", "gradient 2", "step 2", "report 1.2", "gradient 3", "step 3", "epoch 1",
            "report 1.3 finished", "gradient 4", "step 4", "report 2.1", "gradient 5", "step 5", "report 2.2", "gradient 6", "step 6", "epoch 2",
            "report 2.3 finished", "end");
        both.Take(4).Should().Equal("observer start", "progress start", "observer gradient 1", "progress gradient 1");
        both[^1].Should().Be("progress end");
    }

    [Fact]
    public void A_progress_that_is_among_the_observers_is_told_as_both_and_once()
    {
        var both = new ProgressRecorder();
        using Trainer trainer = Make(both);
        trainer.Fit(data, epochs: 1, progress: both);
        trainer.Fit(data, epochs: 1);
        both.Calls.Count(call => call.StartsWith("step", StringComparison.Ordinal)).Should().Be(6);
        both.Calls.Count(call => call.StartsWith("report", StringComparison.Ordinal)).Should().Be(6);
    }

    [Fact]
    public void What_Fit_tells_is_what_it_does()
    {
        var watch = new Watch();
        using Trainer trainer = Make(watch);
        TrainingHistory history = trainer.Fit(data, epochs: 2, validation);

        watch.Start.Should().Be(new TrainingStart(trainer, data, validation, FirstEpoch: 1, LastEpoch: 2, Steps: 3));
        watch.Rows.Should().Equal(40, 40, 20, 40, 40, 20);
        watch.LastBatch.Should().Equal(40, 40, 20, 40, 40, 20);
        watch.Epochs.Should().Equal(1, 1, 1, 2, 2, 2);
        watch.Rates.Should().OnlyContain(rate => rate == 0.01f);
        watch.Seconds.Should().OnlyContain(seconds => seconds > 0);
        watch.Places.Should().Equal([(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            double mean = Enumerable.Range(3 * epoch, 3).Sum(i => watch.Divergences[i] * watch.Rows[i]) / 100;
            mean.Should().BeApproximately(history.Epochs[epoch].TrainingDivergence, 1e-9);
        }

        watch.Results.Should().Equal(history.Epochs);
    }

    [Fact]
    public void A_step_of_several_batches_is_one_step()
    {
        var watch = new Watch();
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
        {
            BatchSize = 20,
            AccumulateSteps = 2,
            Observers = [watch],
        };
        trainer.Fit(data, epochs: 1);
        watch.Rows.Should().Equal(40, 40, 20);
        watch.LastBatch.Should().Equal(20, 20, 20);

        // The gradient is that of the step, as one large batch has it.
        var whole = new Watch();
        using Trainer large = Make(whole);
        large.Fit(data, epochs: 1);
        watch.Gradients.Should().BeEquivalentTo(whole.Gradients, options => options.WithStrictOrdering());
        watch.Gradients[0].Should().HaveCount(large.Network.Parameters.Length).And.Contain(value => value != 0);
    }

    [Fact]
    public void A_frozen_place_has_a_gradient_of_0_and_penalty_and_clipping_are_in_it()
    {
        var watch = new Watch();
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f))
        {
            Rates = { ["0"] = 0 },
            Clipping = GradientClipping.ByNorm(0.01f),
            Observers = [watch],
        };
        trainer.Step(data.Batch(0, 50));
        int frozen = trainer.Network.Blocks.Where(block => block.Name.StartsWith("0.", StringComparison.Ordinal)).Sum(block => block.Length);
        watch.Gradients[0][..frozen].Should().OnlyContain(value => value == 0);
        Math.Sqrt(watch.Gradients[0].Sum(value => (double)value * value)).Should().BeApproximately(0.01, 1e-6);
    }

    [Fact]
    public void A_cancellation_is_told_as_the_end()
    {
        var observer = new Recorder();
        using var source = new CancellationTokenSource();
        observer.Told = call =>
        {
            if (call == "step 4")
                source.Cancel();
        };
        using Trainer trainer = Make(observer);
        Action fit = () => trainer.Fit(data, epochs: 2, cancellationToken: source.Token);
        fit.Should().Throw<OperationCanceledException>();
        observer.Calls[^3..].Should().Equal("gradient 4", "step 4", "end");
        observer.Problem.Should().BeOfType<OperationCanceledException>();
        trainer.Network.Parameters.ToArray().Should().Equal(observer.Parameters);
    }

    [Fact]
    public void A_divergence_that_is_not_finite_is_told_as_the_end()
    {
        var observer = new Recorder();
        using var trainer = new Trainer(Network.Create(2).Dense(1).Build(1), Divergence.L2, new Sgd(1e20f)) { Observers = [observer] };
        Action fit = () => trainer.Fit(Dataset.FromArrays([1, 2, 3, 4], [1f, 2], rows: 2), epochs: 10);
        fit.Should().Throw<NotFiniteNumberException>().Which.Should().BeSameAs(observer.Problem);
    }

    [Theory]
    [InlineData("start", 0)]
    [InlineData("gradient 1", 0)]
    [InlineData("gradient 5", 4)]
    [InlineData("step 5", 5)]
    [InlineData("step 6", 6)]
    [InlineData("epoch 1", 3)]
    public void An_observer_that_throws_ends_Fit_and_training_can_go_on(string call, int steps)
    {
        Recorder before = new(), thrower = new() { ThrowsAt = call }, after = new();
        using Trainer trainer = Make(before, thrower, after);
        Action fit = () => trainer.Fit(data, epochs: 2);

        fit.Should().Throw<IOException>().WithMessage(call);
        trainer.StepCount.Should().Be(steps);
        trainer.Epoch.Should().Be(call == "epoch 1" ? 1 : steps / 3 == 2 ? 1 : steps / 3);
        trainer.Network.Parameters.ToArray().Should().Equal(before.Parameters);
        before.Problem.Should().BeOfType<IOException>();
        thrower.Calls[^1].Should().Be("end");
        if (call == "start")
            after.Calls.Should().BeEmpty("it was not told of a start");
        else
            after.Problem.Should().BeSameAs(before.Problem);

        // What was computed for a step that was not made is in no later one.
        thrower.ThrowsAt = null;
        using Trainer alone = Make();
        for (int made = 0; made < steps;)
            made += Some(alone, Math.Min(3, steps - made));
        alone.Network.Parameters.ToArray().Should().Equal(trainer.Network.Parameters.ToArray());
        trainer.Fit(data, epochs: 1).Epochs.Should().ContainSingle();
        before.Problem.Should().BeNull();
        after.Calls[^1].Should().Be("end");

        static int Some(Trainer trainer, int steps)
        {
            using var source = new CancellationTokenSource();
            int made = 0;
            var count = new ProgressRecorder();
            count.Told = told => (told.StartsWith("step", StringComparison.Ordinal) && ++made == steps && steps < 3 ? source : null)?.Cancel();
            try
            {
                trainer.Fit(data, epochs: 1, progress: count, cancellationToken: source.Token);
            }
            catch (OperationCanceledException)
            {
            }

            return made;
        }
    }

    [Fact]
    public void In_a_loop_of_ones_own_what_is_thrown_before_the_step_leaves_it_unmade_and_what_is_thrown_behind_it_does_not()
    {
        var observer = new Recorder { ThrowsAt = "gradient 2" };
        using Trainer trainer = Make(observer), other = Make();
        trainer.Step(data.Batch(0, 40));
        Action step = () => trainer.Step(data.Batch(40, 60));
        step.Should().Throw<IOException>();
        observer.ThrowsAt = "step 2";
        step.Should().Throw<IOException>();
        trainer.StepCount.Should().Be(2);
        other.Step(data.Batch(0, 40));
        other.Step(data.Batch(40, 60));
        trainer.Network.Parameters.ToArray().Should().Equal(other.Network.Parameters.ToArray());
    }

    [Fact]
    public void All_are_told_of_the_end_before_Fit_throws_what_one_of_them_throws_then()
    {
        Recorder first = new() { ThrowsAt = "end" }, second = new() { ThrowsAt = "end" }, third = new();
        using Trainer trainer = Make(first, second, third);
        Action fit = () => trainer.Fit(data, epochs: 1);

        fit.Should().Throw<IOException>();
        second.Calls[^1].Should().Be("end");
        third.Calls[^1].Should().Be("end");
        third.Problem.Should().BeNull("Fit ended by itself");
        trainer.History.Epochs.Should().ContainSingle();
        first.ThrowsAt = second.ThrowsAt = null;
        trainer.Fit(data, epochs: 1).Epochs.Single().Epoch.Should().Be(2);
    }

    [Fact]
    public void What_ended_Fit_is_not_hidden_by_what_an_observer_throws_at_the_end()
    {
        using Trainer trainer = Make(new Recorder { ThrowsAt = "end" }, new Recorder { ThrowsAt = "step 2" });
        Action fit = () => trainer.Fit(data, epochs: 1);
        fit.Should().Throw<IOException>().WithMessage("step 2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void At_the_end_the_network_holds_what_it_ends_with(bool averages)
    {
        float[] atEnd = [];
        var observer = new Recorder();
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(3f))
        {
            KeepBest = true,
            Average = averages ? WeightAverage.Exponential(0.9f) : null,
            Observers = [observer],
        };
        observer.Told = call => atEnd = call == "end" ? trainer.Network.Parameters.ToArray() : atEnd;
        TrainingHistory history = trainer.Fit(data, epochs: 8, validation);

        atEnd.Should().Equal(trainer.Network.Parameters.ToArray()).And.NotEqual(observer.Parameters);
        trainer.Evaluate(validation).Divergence.Should().Be(history.Best!.ValidationDivergence);
    }

    [Fact]
    public void An_observer_may_measure_and_save_a_checkpoint_which_a_training_of_the_same_bits_takes_up_within_an_epoch()
    {
        string path = Path.Combine(folder, "run.safetensors");
        var measured = new List<double>();
        var observer = new Recorder();
        using Trainer trainer = Make(observer);
        observer.Told = call =>
        {
            if (call == "step 5")
                trainer.SaveCheckpoint(path);
            if (call.StartsWith("epoch", StringComparison.Ordinal))
                measured.Add(trainer.Evaluate(validation).Divergence);
        };
        TrainingHistory history = trainer.Fit(data, epochs: 3, validation);
        measured.Should().Equal(history.Epochs.Select(epoch => epoch.ValidationDivergence!.Value));

        var watch = new Watch();
        var again = new Recorder();
        using Trainer resumed = Make(again, watch);
        resumed.Resume(path).Should().BeTrue();
        resumed.Fit(data, epochs: 3, validation);
        again.Calls.Should().Equal(
            "start", "gradient 6", "step 6", "epoch 2", "gradient 7", "step 7", "gradient 8", "step 8", "gradient 9", "step 9", "epoch 3", "end");
        watch.Start.Should().Be(new TrainingStart(resumed, data, validation, FirstEpoch: 2, LastEpoch: 3, Steps: 3));
        watch.Places[0].Should().Be((2, 3));
        resumed.Network.Parameters.ToArray().Should().Equal(trainer.Network.Parameters.ToArray());
    }

    [Fact]
    public void Observers_change_no_bits()
    {
        using Trainer watched = Make(new Recorder(), new EmptyObserver()), alone = Make();
        watched.Fit(data, epochs: 3, validation, new ProgressRecorder());
        alone.Fit(data, epochs: 3, validation);
        watched.Network.Parameters.ToArray().Should().Equal(alone.Network.Parameters.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void No_step_allocates_whether_nobody_watches_or_somebody_who_does_nothing(int observers)
    {
        ITrainingObserver[] empty = [.. Enumerable.Range(0, observers).Select(_ => new EmptyObserver())];
        using Trainer trainer = Make(empty), other = Make(empty);
        var counter = new Counter();
        Dataset many = TestData.Clouds(40 * 64);
        trainer.Fit(many, epochs: 20, progress: counter);
        counter.Bytes.Min().Should().Be(0);

        for (int i = 0; i < 3; i++)
            other.Step(data.Batch(0, 40));
        Allocations.Of(() => () => other.Step(data.Batch(0, 40))).Should().Be(0);
    }

    [Fact]
    public void None_of_them_may_be_null()
    {
        Action make = () => Make(new EmptyObserver(), null!);
        make.Should().Throw<ArgumentException>().WithMessage("An observer is null.*");
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 40,
        Observers = observers,
    };

    // What the steps in the midst of each epoch allocate.
    private sealed class Counter : IProgress<TrainingProgress>
    {
        private long before;

        public List<long> Bytes { get; } = new(100);

        public void Report(TrainingProgress value)
        {
            if (value.Step == 10)
                before = GC.GetAllocatedBytesForCurrentThread();
            if (value.Step == 60)
                Bytes.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
