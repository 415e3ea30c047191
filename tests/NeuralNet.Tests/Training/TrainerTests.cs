namespace NeuralNet.Tests.Training;

public class TrainerTests
{
    private static readonly Dataset data = TestData.Clouds();

    [Fact]
    public void Training_makes_the_divergence_small()
    {
        Network network = TestData.Classifier();
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(1e-2f));
        TrainingHistory history = trainer.Fit(data, epochs: 20, validation: TestData.Clouds(seed: 9));
        history.Epochs.Should().HaveCount(20);
        history.Epochs[^1].TrainingDivergence.Should().BeLessThan(history.Epochs[0].TrainingDivergence / 2);
        history.Epochs[^1].ValidationAccuracy.Should().BeGreaterThan(0.9);
        history.Epochs.Select(epoch => epoch.Epoch).Should().Equal(Enumerable.Range(1, 20));
        history.Best!.ValidationDivergence.Should().Be(history.Epochs.Min(epoch => epoch.ValidationDivergence));
        trainer.Epoch.Should().Be(20);
        trainer.StepCount.Should().Be(20 * 10);
    }

    [Fact]
    public void Fit_is_a_loop_of_steps_over_batches_with_a_smaller_last_one()
    {
        Network fitted = TestData.Classifier(), stepped = TestData.Classifier();
        var trainer = new Trainer(fitted, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 128, Shuffle = false };
        var byHand = new Trainer(stepped, Divergence.CrossEntropy, new Sgd(0.1f));
        var progress = new List<TrainingProgress>();
        trainer.Fit(data, epochs: 1, progress: new Collector(progress));
        foreach ((int first, int rows) in new[] { (0, 128), (128, 128), (256, 44) })
            byHand.Step(data.Inputs.Slice(first * 2, rows * 2), data.Desired.Slice(first * 3, rows * 3), rows);
        fitted.Parameters.SequenceEqual(stepped.Parameters).Should().BeTrue();
        progress.Select(p => (p.Epoch, p.LastEpoch, p.Step, p.Steps)).Should().Equal((1, 1, 1, 3), (1, 1, 2, 3), (1, 1, 3, 3));
        progress.Select(p => p.Finished is not null).Should().Equal(false, false, true);
        progress[^1].Divergence.Should().Be(trainer.History.Epochs[0].TrainingDivergence);
    }

    [Fact]
    public void The_lower_level_stands_on_its_own()
    {
        Network trained = TestData.Classifier(), own = TestData.Classifier();
        var trainer = new Trainer(trained, Divergence.CrossEntropy, new Adam());
        var optimizer = new Adam();
        OptimizerState state = optimizer.CreateState(own);
        Workspace workspace = own.CreateWorkspace(data.Rows);
        float[] gradient = new float[own.Parameters.Length];
        for (int step = 0; step < 5; step++)
        {
            float d = own.AddGradient(
                new Batch { Rows = data.Rows, Inputs = data.Inputs, Desired = data.Desired }, Divergence.CrossEntropy, gradient, workspace);
            optimizer.Step(own.Parameters, gradient, state);
            gradient.Should().OnlyContain(value => value == 0);
            trainer.Step(data.Inputs, data.Desired, data.Rows).Should().Be(d);
        }

        own.Parameters.SequenceEqual(trained.Parameters).Should().BeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_threads(int threads)
    {
        float[] Train(int count, long seed)
        {
            Network network = Network.Create(2).Dense(200, Activation.Tanh).Dense(200, Activation.Relu).Dense(3, Activation.Softmax).Build(1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW()) { Seed = seed, Threads = count, BatchSize = 64 };
            trainer.Fit(data, epochs: 2);
            return network.Parameters.ToArray();
        }

        Train(threads, 5).AsSpan().SequenceEqual(Train(1, 5)).Should().BeTrue();
        Train(threads, 5).AsSpan().SequenceEqual(Train(1, 6)).Should().BeFalse();
    }

    [Fact]
    public void Two_calls_of_Fit_are_one_longer_one()
    {
        Network once = TestData.Classifier(), twice = TestData.Classifier();
        new Trainer(once, Divergence.CrossEntropy, new Adam()).Fit(data, epochs: 4);
        var trainer = new Trainer(twice, Divergence.CrossEntropy, new Adam());
        trainer.Fit(data, epochs: 1);
        trainer.Fit(data, epochs: 3).Epochs[0].Epoch.Should().Be(2);
        twice.Parameters.SequenceEqual(once.Parameters).Should().BeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_smaller_batch_after_the_first_allocates_nothing(int threads)
    {
        // Products are copied together in blocks, whose best sizes are not the same for other numbers of rows.
        const int Rows = 300;
        Network network = Network.Create(200).Dense(130, Activation.Relu).Dense(10, Activation.Softmax).Build(seed: 1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam()) { Threads = threads };
        float[] x = new float[Rows * 200], desired = new float[Rows * 10];
        for (int i = 0; i < x.Length; i++)
            x[i] = i % 7 / 7f;
        for (int row = 0; row < Rows; row++)
            desired[(row * 10) + (row % 10)] = 1;
        trainer.Step(x, desired, Rows);
        Allocations.Of(() => () =>
        {
            foreach (int rows in (ReadOnlySpan<int>)[200, 150, 257, 1, 33, Rows])
                trainer.Step(x.AsSpan(0, rows * 200), desired.AsSpan(0, rows * 10), rows);
        }).Should().Be(0);
    }

    [Fact]
    public void Nothing_is_allocated_in_the_second_to_hundredth_step()
    {
        foreach (Optimizer optimizer in new Optimizer[]
        {
            new Sgd(), new Sgd(momentum: 0.9f, nesterov: true, weightDecay: 0.1f), new Adam(), new AdamW(), new Adagrad(),
            new RmsProp(momentum: 0.5f, centered: true), new Nadam(), new Rprop(),
        })
        {
            foreach (Divergence divergence in new[] { Divergence.CrossEntropy, Divergence.L2 })
            {
                Allocations.Of(() =>
                {
                    Network network = TestData.Classifier();
                    var trainer = new Trainer(network, divergence, optimizer)
                    {
                        Schedule = new CosineDecay(200, 10, unit: ScheduleUnit.Steps),
                        Clipping = GradientClipping.ByNorm(0.1f),
                        Penalty = new Penalty(1e-3f, 1e-3f),
                    };
                    float[] y = new float[900];
                    Workspace workspace = network.CreateWorkspace(300, training: false);
                    trainer.Step(data.Inputs, data.Desired, 300);
                    network.Predict(data.Inputs, y, 300, workspace);
                    return () =>
                    {
                        for (int step = 2; step <= 100; step++)
                        {
                            trainer.Step(data.Inputs, data.Desired, 300);
                            network.Predict(data.Inputs, y, 300, workspace);
                        }
                    };
                }).Should().Be(0);
            }
        }
    }

    [Fact]
    public void The_best_parameters_are_kept_and_patience_ends_training()
    {
        Dataset validation = TestData.Clouds(40, 5);
        Network network = TestData.Classifier();

        // A learning rate that soon makes it worse.
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(3f)) { KeepBest = true, Patience = 4 };
        TrainingHistory history = trainer.Fit(data, epochs: 200, validation: validation);
        history.StoppedEarly.Should().BeTrue();
        history.Epochs.Count.Should().BeLessThan(200);
        history.Epochs.Count.Should().Be(history.Best!.Epoch + 4);
        trainer.Evaluate(validation).Divergence.Should().Be(history.Best.ValidationDivergence);
        history.Epochs[^1].ValidationDivergence.Should().BeGreaterThan(history.Best.ValidationDivergence!.Value);
    }

    // One weight and w² / 2: with a rate of 0.5 an epoch halves w, with one of 3 it becomes −2 w.
    [Theory]
    [InlineData("cancelled")]
    [InlineData("progress throws")]
    public void The_best_parameters_can_be_had_after_any_end(string end)
    {
        Network network = Network.Create(1).Dense(1, bias: false).Build();
        network.Parameters[0] = 1;
        Dataset one = Dataset.FromArrays([1], [0], rows: 1);
        using var source = new CancellationTokenSource();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.5f)) { KeepBest = true, Schedule = new Rising() };
        trainer.RestoreBest().Should().BeFalse();
        var progress = new Collector([])
        {
            OnReport = report =>
            {
                if (report is { Epoch: 3, Finished: not null } && end == "cancelled")
                    source.Cancel();
                else if (report is { Epoch: 3, Finished: not null })
                    throw new IOException();
            },
        };
        trainer.Invoking(t => t.Fit(one, 5, one, progress, source.Token)).Should().Throw<Exception>();
        network.Parameters[0].Should().Be(2);
        trainer.RestoreBest().Should().BeTrue();
        network.Parameters[0].Should().Be(0.5f);
        trainer.RestoreBest().Should().BeFalse();
        trainer.Fit(one, 1).Epochs.Should().HaveCount(1);
    }

    // The weight grows until w² is infinite; a resumed trainer has the best parameters too.
    [Fact]
    public void The_best_parameters_can_be_had_after_training_diverged_and_from_a_checkpoint()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Dataset one = Dataset.FromArrays([1], [0], rows: 1);
            Network network = Network.Create(1).Dense(1, bias: false).Build();
            network.Parameters[0] = 1;
            using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.5f)) { KeepBest = true, Schedule = new Rising() };
            var progress = new Collector([])
            {
                OnReport = report =>
                {
                    trainer.Invoking(t => t.RestoreBest()).Should().Throw<InvalidOperationException>().WithMessage("Fit is under way*");
                    if (report is { Epoch: 3, Finished: not null })
                        trainer.SaveCheckpoint(path);
                },
            };
            trainer.Invoking(t => t.Fit(one, 500, one, progress)).Should().Throw<NotFiniteNumberException>();
            network.Parameters[0].Should().NotBe(0.5f);
            trainer.RestoreBest().Should().BeTrue();
            network.Parameters[0].Should().Be(0.5f);

            Network again = Network.Create(1).Dense(1, bias: false).Build();
            using var resumed = new Trainer(again, Divergence.L2, new Sgd(0.5f)) { KeepBest = true, Schedule = new Rising() };
            resumed.Resume(path);
            again.Parameters[0].Should().Be(2);
            resumed.RestoreBest().Should().BeTrue();
            again.Parameters[0].Should().Be(0.5f);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Epochs_of_a_loop_of_ones_own_are_in_checkpoints()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using Trainer trainer = Make(), resumed = Make();
            trainer.Step([1], [0], 1);
            trainer.EndEpoch(2);
            trainer.EndEpoch(3);
            trainer.SaveCheckpoint(path);
            resumed.Resume(path);
            (resumed.Epoch, resumed.StepCount, resumed.LearningRate).Should().Be((2, 1, 0.25f));
            resumed.Divergences.Should().Equal(2, 3);
        }
        finally
        {
            File.Delete(path);
        }

        static Trainer Make() =>
            new(Network.Create(1).Dense(1, bias: false).Build(), Divergence.L2, new Sgd(0.5f)) { Schedule = new Plateau(0.5f, patience: 0) };
    }

    [Fact]
    public void A_loop_of_ones_own_ends_its_epochs()
    {
        Network network = Network.Create(1).Dense(1, bias: false).Build();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.5f)) { Schedule = new Plateau(0.5f, patience: 0) };
        trainer.Step([1], [0], 1);
        trainer.EndEpoch(2);
        trainer.Step([1], [0], 1);
        trainer.LearningRate.Should().Be(0.5f);
        trainer.EndEpoch(3);
        (trainer.Epoch, trainer.StepCount, trainer.LearningRate).Should().Be((2, 2, 0.25f));
        trainer.Divergences.Should().Equal(2, 3);
        trainer.Fit(Dataset.FromArrays([1], [0], rows: 1), 1).Epochs[0].Epoch.Should().Be(3);
        var progress = new Collector([]) { OnReport = _ => trainer.EndEpoch(1) };
        trainer.Invoking(t => t.Fit(Dataset.FromArrays([1], [0], rows: 1), 1, progress: progress)).Should().Throw<InvalidOperationException>()
            .WithMessage("Fit is under way, and counts its epochs itself.");
    }

    [Fact]
    public void Cancelled_training_keeps_the_last_finished_step()
    {
        Network cancelled = TestData.Classifier(), expected = TestData.Classifier();
        using var source = new CancellationTokenSource();
        var trainer = new Trainer(cancelled, Divergence.CrossEntropy, new Sgd(0.1f)) { KeepBest = true };
        var progress = new Collector([]) { OnReport = report => { if (report is { Epoch: 2, Step: 3 }) source.Cancel(); } };
        trainer.Invoking(t => t.Fit(data, 5, progress: progress, cancellationToken: source.Token)).Should().Throw<OperationCanceledException>();
        trainer.StepCount.Should().Be(13);
        trainer.History.Epochs.Should().HaveCount(1);

        using var again = new CancellationTokenSource();
        var other = new Trainer(expected, Divergence.CrossEntropy, new Sgd(0.1f));
        int steps = 0;
        var counter = new Collector([]) { OnReport = _ => { if (++steps == 13) again.Cancel(); } };
        other.Invoking(t => t.Fit(data, 2, progress: counter, cancellationToken: again.Token)).Should().Throw<OperationCanceledException>();
        cancelled.Parameters.SequenceEqual(expected.Parameters).Should().BeTrue();
        cancelled.Parameters.SequenceEqual(TestData.Classifier().Parameters).Should().BeFalse();
    }

    [Theory]
    [InlineData(float.NaN, "inputs", "*inputs, row 3, column 1 is NaN*")]
    [InlineData(float.PositiveInfinity, "inputs", "*inputs, row 3, column 1 is *")]
    [InlineData(float.NaN, "desired", "*desired, row 3, column 1 is NaN*")]
    [InlineData(float.NaN, "weights", "*\"1.weight\"[5] is NaN*")]
    [InlineData(float.NegativeInfinity, "weights", "*\"1.weight\"[5] is *")]
    public void A_step_that_meets_a_number_that_is_not_finite_changes_nothing_and_says_where(float value, string where, string words)
    {
        Network network = TestData.Classifier();
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam());
        float[] inputs = data.Inputs.ToArray(), desired = data.Desired.ToArray();
        trainer.Step(inputs, desired, data.Rows);
        if (where == "inputs")
            inputs[(3 * 2) + 1] = value;
        else if (where == "desired")
            desired[(3 * 3) + 1] = value;
        else
            network.Parameter("1.weight")[5] = value;
        float[] before = network.Parameters.ToArray();
        trainer.Invoking(t => t.Step(inputs, desired, data.Rows)).Should().Throw<NotFiniteNumberException>().WithMessage(words);
        network.Parameters.SequenceEqual(before).Should().BeTrue();
        trainer.StepCount.Should().Be(1);

        // The failed step has left no trace in optimizer or gradient either.
        Network clean = TestData.Classifier();
        var other = new Trainer(clean, Divergence.CrossEntropy, new Adam());
        other.Step(data.Inputs, data.Desired, data.Rows);
        network.Parameter("1.weight")[5] = clean.Parameter("1.weight")[5];
        other.Step(data.Inputs, data.Desired, data.Rows);
        trainer.Step(data.Inputs, data.Desired, data.Rows);
        network.Parameters.SequenceEqual(clean.Parameters).Should().BeTrue();
    }

    [Fact]
    public void A_gradient_too_large_for_a_step_is_refused()
    {
        Network network = Network.Create(1).Dense(1).Build();
        var trainer = new Trainer(network, Divergence.L2, new Adam());
        network.Parameter("0.weight")[0] = 1;
        trainer.Invoking(t => t.Step([1e18f], [-1e18f], 1)).Should().Throw<NotFiniteNumberException>().WithMessage("*too large for a step*");
        network.Parameters.ToArray().Should().Equal(1, 0);
    }

    [Fact]
    public void Data_and_settings_that_do_not_fit_are_refused()
    {
        Network network = TestData.Classifier();
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd());
        Dataset narrow = Dataset.FromArrays(new float[4], [0, 1, 2, 0], 3), fewClasses = Dataset.FromArrays(new float[8], [0, 1, 0, 1], 2);
        trainer.Invoking(t => t.Fit(narrow, 1)).Should().Throw<ArgumentException>().WithMessage("*1 inputs a row*takes 2*");
        trainer.Invoking(t => t.Fit(fewClasses, 1)).Should().Throw<ArgumentException>().WithMessage("*2 desired values a row*gives 3*");
        trainer.Invoking(t => t.Fit(data, 1, validation: narrow)).Should().Throw<ArgumentException>();
        trainer.Invoking(t => t.Evaluate(narrow)).Should().Throw<ArgumentException>();
        trainer.Invoking(t => t.Fit(data, 0)).Should().Throw<ArgumentOutOfRangeException>();
        trainer.Invoking(t => t.Step([], [], 0)).Should().Throw<ArgumentOutOfRangeException>();
        trainer.Invoking(t => t.Step([1, 2], [1, 0, 0], int.MaxValue)).Should().Throw<ArgumentException>();
        trainer.Invoking(t => t.Step([1, 2], [1, 0, 0], 3_000_000)).Should().Throw<ArgumentException>().WithMessage("*but got 2*");
        trainer.Invoking(t => t.Step([1, 2], [1, 0], 1)).Should().Throw<ArgumentException>().WithMessage("*need 3 desired*or 1 class id,*but got 2*");
        FluentActions.Invoking(() => new Trainer(network, Divergence.L2, new Sgd()) { BatchSize = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Trainer(network, Divergence.L2, new Sgd()) { Threads = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Trainer(network, Divergence.L2, new Sgd()) { Patience = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        network.Parameters.SequenceEqual(TestData.Classifier().Parameters).Should().BeTrue();
        trainer.Step([1, 2], [1, 0, 0], 1).Should().BePositive();
        trainer.Dispose();
        trainer.Invoking(t => t.Step([1, 2], [1, 0, 0], 1)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_row_of_weight_0_must_have_finite_inputs()
    {
        var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd());
        FluentActions.Invoking(
            () => trainer.Step(new Batch { Rows = 2, Inputs = [1, 2, float.NaN, 1], Desired = [1, 0, 0, 0, 1, 0], Weights = [1, 0] }))
            .Should().Throw<ArgumentException>().WithMessage("*Row 1 has weight 0*not finite*");
    }

    private sealed class Rising : Schedule
    {
        public override bool IsPerEpoch => true;

        public override double Factor(in ScheduleTime at) => at.Epoch == 0 ? 1 : 6;
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public Action<TrainingProgress> OnReport { get; init; } = _ => { };

        public void Report(TrainingProgress value)
        {
            reports.Add(value);
            OnReport(value);
        }
    }
}
