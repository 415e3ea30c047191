using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Serialization;
using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(folder, "run.safetensors");

    public static TheoryData<string> Optimizers => PublicKinds.Names(AllOptimizers());

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 1)]
    [InlineData(40, 1)]
    [InlineData(41, 2)]
    [InlineData(113, 1)]
    [InlineData(155, 3)]
    public void A_run_that_is_stopped_after_any_step_ends_with_the_same_bits(int steps, int threads)
    {
        string expected = InterruptedTraining.Run(null);
        Stop(InterruptedTraining.Make(new Checkpointing(File, everySteps: 1)), steps);

        using Trainer trainer = InterruptedTraining.Make(null, threads);
        trainer.Resume(File).Should().BeTrue();
        trainer.StepCount.Should().Be(steps);
        trainer.Fit(InterruptedTraining.Data, InterruptedTraining.Epochs, InterruptedTraining.Data.Slice(0, 50));

        ClusterTraining.Hash(trainer).Should().Be(expected);
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Every_optimizer_goes_on_as_if_nothing_had_been(string name)
    {
        Optimizer optimizer = PublicKinds.Find(AllOptimizers(), name);
        Trainer Make(string? path) => new(TestData.Classifier(), Divergence.CrossEntropy, optimizer)
        {
            Schedule = new CosineDecay(3),
            Checkpointing = path is null ? null : new Checkpointing(path, everySteps: 3),
        };
        Dataset data = TestData.Clouds(200);
        using Trainer whole = Make(null), second = Make(null);
        whole.Fit(data, epochs: 3);
        Stop(Make(File), 11, data);

        second.Resume(File).Should().BeTrue();
        second.Fit(data, epochs: 3);

        second.Network.Parameters.SequenceEqual(whole.Network.Parameters).Should().BeTrue();
        second.Divergences.Should().Equal(whole.Divergences);
    }

    [Fact]
    public void A_run_that_had_come_to_its_end_has_nothing_left_to_do_and_can_be_made_longer()
    {
        Dataset data = TestData.Clouds(100);
        using Trainer whole = Make(null), first = Make(File), again = Make(File);
        whole.Fit(data, epochs: 5);
        first.Fit(data, epochs: 3);

        again.Resume(File).Should().BeTrue();
        again.Fit(data, epochs: 3).Epochs.Should().HaveCount(3);
        again.Network.Parameters.SequenceEqual(first.Network.Parameters).Should().BeTrue();
        again.Epoch.Should().Be(3);

        using Trainer longer = Make(File);
        longer.Resume(File);
        longer.Fit(data, epochs: 5).Epochs.Select(epoch => epoch.Epoch).Should().Equal(1, 2, 3, 4, 5);
        longer.Network.Parameters.SequenceEqual(whole.Network.Parameters).Should().BeTrue();

        Trainer Make(string? path) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam())
        {
            Checkpointing = path is null ? null : new Checkpointing(path, everyEpochs: 2),
        };
    }

    [Fact]
    public void A_loop_of_ones_own_is_taken_up_again()
    {
        Dataset data = TestData.Clouds(64);
        using Trainer whole = Make(), first = Make(), second = Make();
        Run(whole, 10);
        Run(first, 4);
        first.SaveCheckpoint(File);
        second.Resume(File).Should().BeTrue();
        second.StepCount.Should().Be(4);
        Run(second, 6);
        second.Network.Parameters.SequenceEqual(whole.Network.Parameters).Should().BeTrue();

        Trainer Make() => new(
            Network.Create(2).Dense(9, Activation.Tanh).Dropout(0.3f).Dense(3, Activation.Softmax).Build(1),
            Divergence.CrossEntropy, new Sgd(0.1f, momentum: 0.9f));
        void Run(Trainer trainer, int steps)
        {
            for (int i = 0; i < steps; i++)
                trainer.Step(data.Inputs, data.Desired, data.Rows);
        }
    }

    [Fact]
    public void Without_a_file_training_begins_at_the_beginning()
    {
        using Trainer trainer = InterruptedTraining.Make(null);
        trainer.Resume(File).Should().BeFalse();
        trainer.Fit(InterruptedTraining.Data, InterruptedTraining.Epochs, InterruptedTraining.Data.Slice(0, 50));
        ClusterTraining.Hash(trainer).Should().Be(InterruptedTraining.Run(null));
    }

    [Fact]
    public void A_network_can_be_loaded_from_a_checkpoint()
    {
        using Trainer trainer = InterruptedTraining.Make(new Checkpointing(File));
        trainer.Fit(InterruptedTraining.Data, 1);
        Network network = Network.Load(File, SavedNetworks.Own);
        network.Parameters.SequenceEqual(trainer.Network.Parameters).Should().BeTrue();
        network.Statistics.SequenceEqual(trainer.Network.Statistics).Should().BeTrue();
    }

    [Fact]
    public void Other_settings_are_refused_all_at_once_unless_they_are_wanted()
    {
        Dataset data = TestData.Clouds(100);
        using (var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { Checkpointing = new Checkpointing(File) })
            trainer.Fit(data, 2);

        using var other = new Trainer(TestData.Classifier(), Divergence.L2, new Adam(0.5f)) { Seed = 7, BatchSize = 5 };
        float[] before = other.Network.Parameters.ToArray();
        Action resume = () => other.Resume(File);
        resume.Should().Throw<InvalidDataException>().WithMessage(
            "*optimizer.learningRate: 0.5 instead of 0.001; divergence.kind: L2 instead of CrossEntropy*; "
            + "batch size: 5 instead of 32*seed: 7 instead of 0*allowOtherSettings*");
        other.Network.Parameters.ToArray().Should().Equal(before);
        other.StepCount.Should().Be(0);

        other.Resume(File, allowOtherSettings: true).Should().BeTrue();
        other.Epoch.Should().Be(2);
        other.Fit(TestData.Clouds(90), 3).Epochs.Should().HaveCount(3);
    }

    [Fact]
    public void Settings_are_compared_bit_for_bit_and_by_kind_but_not_by_words()
    {
        Refusal(new Plain(1), new Plain(2)).Should().BeNull("it has no settings of its own");
        Refusal(new Told(1), new Told(1)).Should().BeNull();
        Refusal(new Told(1), new Told(MathF.BitIncrement(1))).Should().Contain("optimizer.slowness: 1.0000001 instead of 1.");
        Refusal(new Told(0), new Told(-0f)).Should().Contain("optimizer.slowness: -0 instead of 0.");
        Refusal(new Told(float.NaN), new Told(float.NaN)).Should().BeNull();
        Refusal(new Told(float.NaN), new Told(float.PositiveInfinity)).Should().Contain("optimizer.slowness: Infinity instead of NaN.");
        Refusal(new Told(1), new Plain(1)).Should().Contain("optimizer.kind: Plain instead of Told; optimizer.slowness: none instead of 1.");

        var optimizer = new Sgd(0.1f);
        Refusal(optimizer, optimizer, new StepDecay(5)).Should().Contain("schedule: none instead of {\"kind\":\"StepDecay\"");
        Refusal(optimizer, optimizer, null, new StepDecay(5)).Should().Contain("instead of none.");
        GradientClipping value = GradientClipping.ByValue(1), norm = GradientClipping.ByNorm(1), larger = GradientClipping.ByNorm(2);
        Refusal(optimizer, optimizer, clipping: value, otherClipping: norm).Should().Contain("clipping.kind: ByNorm instead of ByValue.");
        Refusal(optimizer, optimizer, clipping: norm, otherClipping: larger).Should().Contain("clipping.limit: 2 instead of 1.");
        Refusal(optimizer, optimizer, penalty: new Penalty(0.5f, 2)).Should().Contain("penalty: none instead of {");
        Refusal(optimizer, optimizer, penalty: new Penalty(0.5f, 2), otherPenalty: new Penalty(0.25f, 2))
            .Should().Contain("penalty.l1: 0.25 instead of 0.5.");
    }

    // Of taking up with other parts what was saved with some.
    private string? Refusal(
        Optimizer optimizer, Optimizer other, Schedule? schedule = null, Schedule? otherSchedule = null, GradientClipping? clipping = null,
        GradientClipping? otherClipping = null, Penalty? penalty = null, Penalty? otherPenalty = null)
    {
        using Trainer first = new(TestData.Classifier(), Divergence.L2, optimizer) { Schedule = schedule, Clipping = clipping, Penalty = penalty };
        using Trainer second =
            new(TestData.Classifier(), Divergence.L2, other) { Schedule = otherSchedule, Clipping = otherClipping, Penalty = otherPenalty };
        first.SaveCheckpoint(File);
        try
        {
            second.Resume(File).Should().BeTrue();
            return null;
        }
        catch (InvalidDataException refusal)
        {
            return refusal.Message;
        }
    }

    private class Plain(float slowness) : Optimizer(0.1f, 0)
    {
        public override int ValuesPerParameter => 0;

        public override string ToString() => $"slowness {slowness}";

        protected override void Update(in OptimizerPass pass) => throw new NotSupportedException();
    }

    private sealed class Told(float slowness) : Plain(slowness)
    {
        private readonly float slowness = slowness;

        public override KindSettings Settings => base.Settings.Set("slowness", slowness);
    }

    [Fact]
    public void Other_data_are_refused()
    {
        using (Trainer trainer = InterruptedTraining.Make(new Checkpointing(File)))
            trainer.Fit(InterruptedTraining.Data, 1);
        using Trainer other = InterruptedTraining.Make(null);
        other.Resume(File);
        Action fit = () => other.Fit(TestData.Clouds(400, seed: 8), 2);
        fit.Should().Throw<ArgumentException>().WithMessage("*data*400 × 2 × 3*");
        Action validated = () => other.Fit(InterruptedTraining.Data, 2, InterruptedTraining.Data);
        validated.Should().Throw<ArgumentException>().WithMessage("*validation data*none was expected, but got 400 × 2 × 3*");
        other.Fit(InterruptedTraining.Data, 2).Epochs.Should().HaveCount(2);
    }

    [Fact]
    public void Another_network_and_what_is_no_checkpoint_are_refused_and_nothing_changes()
    {
        using Trainer trainer = InterruptedTraining.Make(null);
        using (var small = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new AdamW(0.02f)))
            small.SaveCheckpoint(File);
        new Action(() => trainer.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*other layers*");

        trainer.Network.Save(File);
        new Action(() => trainer.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*no trainer*");

        trainer.SaveCheckpoint(File);
        byte[] good = System.IO.File.ReadAllBytes(File);
        foreach ((string from, string to) in new[]
        {
            ("\\\"epoch\\\":0", "\\\"epoch\\\":-1"), ("\\\"epoch\\\":0", "\\\"epoch\\\":1.5"), ("\\\"epoch\\\":0", "\\\"epoch\\\":null"),
            ("\\\"epoch\\\"", "\\\"epoche\\\""), ("\\\"step\\\":0", "\\\"step\\\":\\\"0\\\""), ("\\\"divergences\\\":[]", "\\\"divergences\\\":[7]"),
            ("\\\"divergences\\\":[]", "\\\"divergences\\\":[\\\"x\\\"]"), ("{\\\"version\\\":2,\\\"settings", "{\\\"version\\\":3,\\\"settings"),
            ("trainer.values", "trainer.value"), ("trainer.values", "values"),
        })
        {
            System.IO.File.WriteAllBytes(File, SavedNetworks.WithHeader(good, header => header.Replace(from, to, StringComparison.Ordinal)));
            new Action(() => trainer.Resume(File)).Should().Throw<InvalidDataException>($"of {to}").WithMessage($"{File}: *");
        }

        good[^1] ^= 1;
        System.IO.File.WriteAllBytes(File, good);
        new Action(() => trainer.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*checksum*");
        trainer.Fit(InterruptedTraining.Data, InterruptedTraining.Epochs, InterruptedTraining.Data.Slice(0, 50));
        ClusterTraining.Hash(trainer).Should().Be(InterruptedTraining.Run(null));
    }

    [Fact]
    public void A_checkpoint_cannot_be_taken_up_while_training_is_under_way()
    {
        using Trainer trainer = InterruptedTraining.Make(new Checkpointing(File, everySteps: 1));
        Action fit = () => trainer.Fit(InterruptedTraining.Data, 1, progress: new Now(_ => trainer.Resume(File)));
        fit.Should().Throw<InvalidOperationException>().WithMessage("*under way*");
    }

    [Fact]
    public void Absurd_settings_are_refused()
    {
        new Action(() => _ = new Checkpointing("")).Should().Throw<ArgumentException>();
        new Action(() => _ = new Checkpointing(null!)).Should().Throw<ArgumentException>();
        new Action(() => _ = new Checkpointing("x", everyEpochs: 0)).Should().Throw<ArgumentOutOfRangeException>();
        new Action(() => _ = new Checkpointing("x", everySteps: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Optimizers_schedules_and_divergences_say_their_settings_in_words_that_stay()
    {
        string[] words =
        [
            .. new object[]
            {
                new Sgd(0.5f, 0.25f, nesterov: true, 0.125f), new Adam(0.5f, 0.25f, 0.75f, 0.125f, 0.0625f, lazy: true),
                new AdamW(0.5f, 0.25f, 0.75f, 0.125f, 0.0625f), new Nadam(0.5f, 0.25f, 0.75f, 0.125f, 0.375f, 0.0625f),
                new RmsProp(0.5f, 0.25f, 0.125f, 0.75f, centered: true, 0.0625f), new Adagrad(0.5f, 0.25f, 0.75f, 0.125f, 0.0625f),
                new Rprop(0.5f, 0.25f, 1.5f, 0.125f, 7), new CosineDecay(7, 3, 0.25f, ScheduleUnit.Steps), new ExponentialDecay(0.75f),
                new OneCycle(9, 0.25f, 7, 99), new Unfreeze(3, 5), new Plateau(0.25f, 3, 0.125f, 5, 0.0625f), new StepDecay(6, 0.375f),
                new Penalty(0.25f, 0.75f), GradientClipping.ByNorm(0.5f), GradientClipping.ByValue(0.25f),
                Divergence.L2, Divergence.L1, Divergence.BinaryCrossEntropy, Divergence.KullbackLeibler, Divergence.LogCosh, Divergence.CrossEntropy,
                new CrossEntropy(0.25f, [1, 2.5f]), new Huber(0.5f), new Hinge(0.25f), new SquaredHinge(0.75f),
            }.Select(setting => setting.ToString()!),
        ];
        words.Should().Equal(
            "Sgd(learningRate 0.5, weightDecay 0.125, momentum 0.25, nesterov True)",
            "Adam(learningRate 0.5, weightDecay 0.0625, beta1 0.25, beta2 0.75, epsilon 0.125, lazy True)",
            "AdamW(learningRate 0.5, weightDecay 0.0625, beta1 0.25, beta2 0.75, epsilon 0.125, lazy False)",
            "Nadam(learningRate 0.5, weightDecay 0.375, beta1 0.25, beta2 0.75, epsilon 0.125, momentumDecay 0.0625)",
            "RmsProp(learningRate 0.5, weightDecay 0.0625, alpha 0.25, epsilon 0.125, momentum 0.75, centered True)",
            "Adagrad(learningRate 0.5, weightDecay 0.0625, learningRateDecay 0.25, initialSum 0.75, epsilon 0.125)",
            "Rprop(learningRate 0.5, weightDecay 0, decrease 0.25, increase 1.5, minStep 0.125, maxStep 7)",
            "CosineDecay(length 7, warmUp 3, minimum 0.25, unit Steps)", "ExponentialDecay(factor 0.75, unit Epochs)",
            "OneCycle(length 9, rise 0.25, startDivisor 7, endDivisor 99, unit Steps)", "Unfreeze(after 3, over 5, unit Epochs)",
            "Plateau(factor 0.25, patience 3, threshold 0.125, coolDown 5, minimum 0.0625)", "StepDecay(every 6, factor 0.375, unit Epochs)",
            "Penalty(l1 0.25, l2 0.75)", "ByNorm(limit 0.5)", "ByValue(limit 0.25)", "L2", "L1", "BinaryCrossEntropy", "KullbackLeibler", "LogCosh",
            "CrossEntropy", "CrossEntropy(labelSmoothing 0.25, classWeights [1, 2.5])", "Huber(0.5)", "Hinge(0.25)", "SquaredHinge(0.75)");
    }

    [Fact]
    public void A_checkpoint_can_be_saved_from_a_progress_that_is_told_at_once_and_from_no_other_thread()
    {
        string expected = InterruptedTraining.Run(null);
        Dataset validation = InterruptedTraining.Data.Slice(0, 50);
        using (Trainer first = InterruptedTraining.Make(null))
        {
            Exception? elsewhere = null;
            first.Fit(InterruptedTraining.Data, InterruptedTraining.Epochs, validation, new Now(progress =>
            {
                if (first.StepCount == 57)
                    first.SaveCheckpoint(File);
                if (first.StepCount != 3)
                    return;
                var thread = new Thread(() => elsewhere = Record.Exception(() => first.SaveCheckpoint(File)));
                thread.Start();
                thread.Join();
            }));
            elsewhere.Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("another thread");
        }

        using Trainer second = InterruptedTraining.Make(null);
        second.Resume(File).Should().BeTrue();
        second.Fit(InterruptedTraining.Data, InterruptedTraining.Epochs, validation);
        ClusterTraining.Hash(second).Should().Be(expected);
    }

    [Fact]
    public void A_run_that_ends_early_does_so_when_it_is_taken_up_again_too()
    {
        Dataset data = TestData.Clouds(60), other = TestData.Clouds(40, seed: 9);
        Trainer Make(string? path, int patience = 2) => new(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(1.5f))
        {
            Patience = patience,
            KeepBest = true,
            BatchSize = 7,
            Checkpointing = path is null ? null : new Checkpointing(path, everySteps: 1),
        };
        using Trainer whole = Make(null);
        whole.Fit(data, 200, other);
        whole.History.StoppedEarly.Should().BeTrue("the test needs it");

        for (int stop = 1; stop < whole.StepCount; stop += 5)
        {
            Stop(Make(File), stop, data, other, epochs: 200);
            using Trainer again = Make(null);
            again.Resume(File);
            again.Fit(data, 200, other).StoppedEarly.Should().BeTrue();
            again.StepCount.Should().Be(whole.StepCount);
            again.Network.Parameters.SequenceEqual(whole.Network.Parameters).Should().BeTrue($"of step {stop}");
        }

        // With more patience, which must be said to be wanted, it goes on; with less it stops at once.
        using (Trainer ended = Make(File))
            ended.Fit(data, 200, other);
        using Trainer patient = Make(null, 10), hasty = Make(null, 1);
        patient.Resume(File, allowOtherSettings: true);
        patient.Fit(data, 200, other).Epochs.Count.Should().BeGreaterThan(whole.Epoch);
        hasty.Resume(File, allowOtherSettings: true);
        hasty.Fit(data, 200, other).Epochs.Should().HaveCount(whole.Epoch);
    }

    [Fact]
    public void What_cannot_be_saved_is_known_before_the_first_step()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd())
        {
            Checkpointing = new Checkpointing(Path.Combine(folder, "no", "x"), everyEpochs: 100),
        };
        new Action(() => trainer.Fit(TestData.Clouds(50), 200)).Should().Throw<DirectoryNotFoundException>();
        trainer.StepCount.Should().Be(0);
        new Action(() => trainer.Resume(folder)).Should().Throw<UnauthorizedAccessException>();
    }

    // Until the token is cancelled, or the process is killed; the checkpoint is then the last one that was saved.
    private static void Stop(Trainer trainer, int steps) =>
        Stop(trainer, steps, InterruptedTraining.Data, InterruptedTraining.Data.Slice(0, 50), InterruptedTraining.Epochs);

    private static void Stop(Trainer trainer, int steps, Dataset data, Dataset? validation = null, int epochs = 3)
    {
        using var stop = new CancellationTokenSource();
        using (trainer)
        {
            Action fit = () => trainer.Fit(data, epochs, validation, new Now(_ =>
            {
                if (trainer.StepCount >= steps)
                    stop.Cancel();
            }), stop.Token);
            fit.Should().Throw<OperationCanceledException>();
        }
    }

    private static IEnumerable<Optimizer> AllOptimizers() =>
    [
        new Sgd(0.125f), new Sgd(0.1f, momentum: 0.875f, nesterov: true, weightDecay: 0.01f), new Adam(0.01f, weightDecay: 0.5f), new Rprop(),
        new Adam(lazy: true), new AdamW(), new Nadam(), new RmsProp(momentum: 0.5f, centered: true), new Adagrad(learningRateDecay: 0.25f),
    ];
}
