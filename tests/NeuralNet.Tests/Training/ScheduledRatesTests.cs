using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training;

/// <summary>Places whose rates follow schedules.</summary>
public sealed class ScheduledRatesTests : IDisposable
{
    private static readonly Dataset data = TestData.Clouds(64);

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(folder, "run.safetensors");

    public static TheoryData<string> Optimizers => PublicKinds.Names(PublicKinds.Optimizers());

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_unfrozen_learns_nothing_at_first_and_then_more_and_more()
    {
        var schedule = new Unfreeze(after: 2, over: 4);
        double[] factors = [.. Enumerable.Range(0, 8).Select(epoch => schedule.Factor(new ScheduleTime { Epoch = epoch, Step = 1000 }))];
        factors.Should().Equal(0, 0, 0.25, 0.5, 0.75, 1, 1, 1);
        new Unfreeze(3, unit: ScheduleUnit.Steps).Factor(new ScheduleTime { Step = 2, Epoch = 9 }).Should().Be(0);
        new Unfreeze(3, unit: ScheduleUnit.Steps).Factor(new ScheduleTime { Step = 3 }).Should().Be(1, "at once unless told otherwise");
        new Unfreeze(0, 2).Factor(new ScheduleTime { Epoch = int.MaxValue, Step = long.MaxValue }).Should().Be(1);
        new Action(() => _ = new Unfreeze(-1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*after*");
        new Action(() => _ = new Unfreeze(1, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*over*");
    }

    // The same by several calls of Fit, between which the factors are set by hand.
    [Theory]
    [MemberData(nameof(Optimizers))]
    public void By_schedule_or_by_several_calls_of_Fit_the_bits_are_the_same(string name)
    {
        Optimizer optimizer = PublicKinds.Find(PublicKinds.Optimizers(), name);
        int over = optimizer is Rprop ? 1 : 3; // which takes 0 and 1 only
        using Trainer scheduled = Make(optimizer), byHand = Make(optimizer);
        scheduled.Rates.Follow("0", new Unfreeze(after: 2, over)).Follow("1", new Unfreeze(after: 1, over));
        scheduled.Fit(data, 7);
        for (int epoch = 0; epoch < 7; epoch++)
        {
            byHand.Rates["0"] = Math.Clamp((epoch - 1f) / over, 0, 1);
            byHand.Rates["1"] = (float)Math.Clamp((double)epoch / over, 0, 1);
            byHand.Fit(data, 1);
        }

        scheduled.Network.Parameters.ShouldHaveTheBitsOf(byHand.Network.Parameters, name);
        scheduled.Network.Statistics.ShouldHaveTheBitsOf(byHand.Network.Statistics, name);

        static Trainer Make(Optimizer optimizer) => new(Body(), Divergence.CrossEntropy, optimizer)
        {
            BatchSize = 16,
            Penalty = new Penalty(l2: 1e-3f),
            Clipping = GradientClipping.ByNorm(0.5f),
        };
    }

    [Fact]
    public void A_factor_is_multiplied_with_the_schedules_in_whichever_order_they_were_given()
    {
        var half = new StepDecay(2, 0.5f, ScheduleUnit.Steps);
        using Trainer one = Make(new Rates { ["0"] = 0.5f }.Follow("0", half)), other = Make(new Rates().Follow("0", half));
        using Trainer plain = Make(new Rates());
        other.Rates["0"] = 0.5f;
        foreach (float factor in new[] { 0.5f, 0.5f, 0.25f, 0.25f, 0.125f })
        {
            plain.Rates["0"] = factor;
            foreach (Trainer trainer in new[] { one, other, plain })
                trainer.Step(data.Inputs, data.Desired, 64);
        }

        one.Network.Parameters.ShouldHaveTheBitsOf(plain.Network.Parameters, "one");
        other.Network.Parameters.ShouldHaveTheBitsOf(plain.Network.Parameters, "other");
        one.Rates["0"].Should().Be(0.5f);
        one.Rates.ToString().Should().Be("0: 0.5 × StepDecay(every 2, factor 0.5, unit Steps)");
        one.Rates.At(new ScheduleTime { Step = 2 }).ToString().Should().Be("0: 0.25");
        one.Rates.Remove("0").Should().BeTrue();
        one.Rates.ToString().Should().Be("none");

        static Trainer Make(Rates rates) => new(TestData.Classifier(), Divergence.CrossEntropy, new AdamW(0.01f)) { Rates = rates };
    }

    [Fact]
    public void The_longest_place_decides_and_ties_follow_the_block_that_they_are()
    {
        Network network = Network.Create(4).Dense(4, Activation.Tanh).Dense(4, Activation.Tanh).Dense(2)
            .Tie("0.weight", "1.weight").Build(1);
        float[] before = network.Parameters.ToArray(), x = TestData.Normal(32), d = TestData.Normal(16);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
        trainer.Rates.Follow("0", new Unfreeze(2, unit: ScheduleUnit.Steps))["0.bias"] = 1;
        trainer.Step(x, d, 8);
        network.Parameter("0.weight").SequenceEqual(before.AsSpan(0, 16)).Should().BeTrue();
        network.Parameter("0.bias").SequenceEqual(before.AsSpan(16, 4)).Should().BeFalse();
        trainer.Step(x, d, 8);
        network.Parameter("1.weight").SequenceEqual(before.AsSpan(0, 16)).Should().BeTrue();
        trainer.Step(x, d, 8);
        network.Parameter("1.weight").SequenceEqual(before.AsSpan(0, 16)).Should().BeFalse();

        trainer.Rates.Follow("1.weight", new Unfreeze(9));
        trainer.Invoking(t => t.Step(x, d, 8)).Should().Throw<ArgumentException>()
            .WithMessage("Rates[\"1.weight\"] is of a tied block*give \"0.weight\"*");
    }

    // A step with frozen statistics takes one row; the rest of an epoch of one row joins the batch before, because there is a time when they are not.
    [Fact]
    public void Statistics_are_frozen_and_freed_too()
    {
        using var trainer = new Trainer(Body(), Divergence.CrossEntropy, new Adam(0.01f)) { BatchSize = 21 };
        trainer.Rates.Follow("0", new Unfreeze(1)).Follow("1", new Unfreeze(1));
        float[] statistics = trainer.Network.Statistics.ToArray();
        trainer.Fit(data, 3, progress: new Now(at =>
        {
            at.Steps.Should().Be(3);
            trainer.Network.Statistics.SequenceEqual(statistics).Should().Be(at.Epoch == 1);
        }));
    }

    // Layer 0 could train on the last row alone, layer 3 cannot as soon as it is freed; the epochs are divided in one way from the beginning. Behind
    // epoch 2 the rates are those of the next step, in which layer 3 is free, and the statistics are others.
    [Fact]
    public void An_average_read_while_statistics_are_frozen_has_the_batches_of_Fit()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).BatchNorm().LastStep().Dense(4).BatchNorm().Dense(3, Activation.Softmax).Build(1);
        var steps = Dataset.FromArrays(TestData.Normal(43 * 6), TestData.Labels(43, 3), 3);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.01f))
        {
            BatchSize = 21,
            Shuffle = false,
            Average = WeightAverage.Stochastic(0),
        };
        trainer.Rates.Follow("3", new Unfreeze(2));
        trainer.Fit(steps, 4, progress: new Now(at =>
        {
            at.Steps.Should().Be(2);
            if (at.Finished is { Epoch: 1 })
                trainer.AverageNetwork(steps).Statistics.ShouldHaveTheBitsOf(trainer.AverageNetwork().Statistics, $"after epoch {at.Epoch}");
        }));
    }

    [Fact]
    public void A_checkpoint_compares_the_schedules_and_the_run_goes_on_with_the_same_bits()
    {
        foreach (int steps in new[] { 3, 4, 9, 13 })
        {
            using Trainer whole = Make(2), first = Make(2), second = Make(2), other = Make(3);
            whole.Fit(data, 5);
            Now.StopAt(steps, first, () => first.SaveCheckpoint(File), data, epochs: 5);
            second.Resume(File).Should().BeTrue();
            second.Fit(data, 5);
            second.Network.Parameters.ShouldHaveTheBitsOf(whole.Network.Parameters, $"after {steps} steps");
            other.Invoking(trainer => trainer.Resume(File)).Should().Throw<InvalidDataException>()
                .WithMessage("*rates: 0: 1 × Unfreeze(after 3, *instead of 0: 1 × Unfreeze(after 2*");
        }

        static Trainer Make(int after) => new(Body(), Divergence.CrossEntropy, new Adam(0.01f))
        {
            BatchSize = 16,
            Rates = new Rates().Follow("0", new Unfreeze(after, over: 2)).Follow("2", new Plateau(0.5f, patience: 0, threshold: 0.5f)),
        };
    }

    [Fact]
    public void A_step_allocates_nothing_while_factors_change()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        trainer.Rates.Follow("0", new Unfreeze(3, 100_000, ScheduleUnit.Steps)).Follow("1", new ExponentialDecay(0.999f, ScheduleUnit.Steps));
        Steps();
        Allocations.Of(() => Steps).Should().Be(0);

        void Steps()
        {
            for (int step = 0; step < 20; step++)
                trainer.Step(data.Inputs, data.Desired, 64);
        }
    }

    [Fact]
    public void What_knows_no_time_refuses_schedules_and_bad_factors_are_refused_before_anything_is_written()
    {
        Network network = TestData.Classifier();
        Rates rates = new Rates { ["1"] = 0 }.Follow("0", new Unfreeze(1));
        float[] gradient = new float[network.Parameters.Length], y = new float[3 * 64];
        using Workspace workspace = network.CreateWorkspace(64);
        var adam = new Adam();
        OptimizerState state = adam.CreateState(network);
        Refused(() => network.AddGradient(
            new Batch { Rows = 64, Inputs = data.Inputs, Desired = data.Desired }, Divergence.CrossEntropy, gradient, workspace, rates));
        Refused(() => network.Forward(new Batch { Rows = 64, Inputs = data.Inputs }, y, workspace, rates));
        Refused(() => adam.Step(network.Parameters, gradient, state, 0.1f, rates));
        Refused(() => new Penalty(1).AddGradient(network, gradient, rates));
        Refused(() => new Lbfgs { Rates = rates }.Minimize(network, Divergence.CrossEntropy, data));
        adam.Step(network.Parameters, gradient, state, 0.1f, rates.At(new ScheduleTime { Epoch = 1 }));
        new Action(() => rates.Follow("", new Unfreeze(1))).Should().Throw<ArgumentException>();
        new Action(() => rates.Follow("0", null!)).Should().Throw<ArgumentNullException>();

        foreach (double factor in new[] { -1, double.NaN, double.PositiveInfinity, 1e60 })
        {
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f));
            trainer.Rates.Follow("2", new Always(factor));
            float[] before = trainer.Network.Parameters.ToArray();
            foreach (Action step in new Action[] { () => trainer.Step(data.Inputs, data.Desired, 64), () => trainer.Fit(data, 1) })
            {
                step.Should().Throw<InvalidOperationException>().WithMessage(
                    "Always, which the rate of \"2\" follows, gave the factor * at step 0 of epoch 0; a finite one of at least 0 was expected.");
            }

            trainer.Network.Parameters.ToArray().Should().Equal(before);
            trainer.StepCount.Should().Be(0);
        }

        using var wrong = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        wrong.Rates.Follow("7", new Unfreeze(1));
        wrong.Invoking(t => t.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage("Rates[\"7\"] is of no layer or block*");
        using var rprop = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Rprop());
        rprop.Rates.Follow("1", new Unfreeze(0, 2));
        rprop.Invoking(t => t.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage("Rprop*0 and 1*0.5*\"1.weight\"*");

        static void Refused(Action call) =>
            call.Should().Throw<ArgumentException>().WithMessage("The rates of \"0\" follow schedules*a Trainer knows it*rates.At(*");
    }

    private static Network Body() =>
        Network.Create(2).Dense(8).BatchNorm(activation: Activation.Tanh).Dense(6, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);

    private sealed class Always(double factor) : Schedule
    {
        public override double Factor(in ScheduleTime at) => factor;
    }
}
