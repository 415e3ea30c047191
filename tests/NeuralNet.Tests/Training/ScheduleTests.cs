namespace NeuralNet.Tests.Training;

public class ScheduleTests
{
    private static readonly Dataset data = TestData.Clouds(64);

    public static TheoryData<string> All => Contracts.PublicKinds.Names(Make());

    [Theory]
    [MemberData(nameof(All))]
    public void Training_that_is_taken_up_again_has_the_same_rates(string name)
    {
        Schedule schedule = Contracts.PublicKinds.Find(Make(), name);
        using Trainer once = Trainer(schedule), twice = Trainer(schedule);
        once.Fit(data, epochs: 8, validation: data);
        float[] rates = [.. once.History.Epochs.Select(epoch => epoch.LearningRate)];
        var inParts = new List<float>();
        foreach (int epochs in new[] { 3, 1, 4 })
            inParts.AddRange(twice.Fit(data, epochs, validation: data).Epochs.Select(epoch => epoch.LearningRate));
        inParts.Should().Equal(rates);
        rates.Distinct().Should().HaveCountGreaterThan(1);
        twice.Network.Parameters.SequenceEqual(once.Network.Parameters).Should().BeTrue();
        twice.LearningRate.Should().Be(once.LearningRate);
        once.Divergences.Should().Equal(once.History.Epochs.Select(epoch => epoch.ValidationDivergence!.Value));
    }

    [Fact]
    public void A_step_is_that_of_an_optimizer_with_the_scheduled_rate()
    {
        Network scheduled = TestData.Classifier(), byHand = TestData.Classifier();
        using var trainer =
            new Trainer(scheduled, Divergence.CrossEntropy, new Adam(0.01f)) { Schedule = new StepDecay(2, 0.5f, ScheduleUnit.Steps) };
        var optimizer = new Adam(0.01f);
        OptimizerState state = optimizer.CreateState(byHand);
        using Workspace workspace = byHand.CreateWorkspace(data.Rows);
        float[] gradient = new float[byHand.Parameters.Length];
        foreach (float rate in new[] { 0.01f, 0.01f, 0.005f, 0.005f, 0.0025f })
        {
            trainer.LearningRate.Should().Be(rate);
            trainer.Step(data.Inputs, data.Desired, data.Rows);
            byHand.AddGradient(
                new Batch { Rows = data.Rows, Inputs = data.Inputs, Desired = data.Desired }, Divergence.CrossEntropy, gradient, workspace);
            optimizer.Step(byHand.Parameters, gradient, state, rate);
        }

        scheduled.Parameters.SequenceEqual(byHand.Parameters).Should().BeTrue();
    }

    [Fact]
    public void Without_a_schedule_the_rate_stays_and_epochs_say_so()
    {
        using Trainer trainer = Trainer(null);
        trainer.Fit(data, 2).Epochs.Should().OnlyContain(epoch => epoch.LearningRate == 0.05f);
        trainer.LearningRate.Should().Be(0.05f);
        trainer.Divergences.Should().Equal(trainer.History.Epochs.Select(epoch => epoch.TrainingDivergence));
    }

    [Fact]
    public void Schedules_stay_at_their_end()
    {
        At(new CosineDecay(10, 2, 0.25f), 10).Should().Be(0.25);
        At(new CosineDecay(10, 2, 0.25f), 1000).Should().Be(0.25);
        At(new CosineDecay(10, 2), 0).Should().Be(0.5);
        At(new CosineDecay(10, 2), 1).Should().Be(1);
        At(new CosineDecay(10, 2), 2).Should().Be(1);
        At(new OneCycle(10), 0).Should().BeApproximately(1 / 25.0, 1e-16);
        At(new OneCycle(10), 2).Should().Be(1);
        At(new OneCycle(10), 9).Should().BeApproximately(4e-6, 1e-18);
        At(new OneCycle(10), long.MaxValue).Should().Be(At(new OneCycle(10), 9));
        At(new OneCycle(2), 0).Should().Be(1, "there is no time to rise");
        At(new StepDecay(3, 0.5f), 5).Should().Be(0.5);
        At(new ExponentialDecay(0.5f), long.MaxValue).Should().Be(0);
    }

    [Fact]
    public void A_plateau_is_one_of_NaN_too_and_ends_at_the_minimum()
    {
        var schedule = new Plateau(0.5f, patience: 0, minimum: 0.2f);
        schedule.Factor(new ScheduleTime()).Should().Be(1);
        schedule.Factor(new ScheduleTime { Divergences = [1, 0.5, double.NaN] }).Should().Be(0.5);
        schedule.Factor(new ScheduleTime { Divergences = [1, 1, 0.5, 0.6, 0.7, 0.8] }).Should().BeApproximately(0.2, 1e-15);
    }

    // Poisson's divergence and others may be negative; a share of the size is one there too.
    [Theory]
    [InlineData(0.5f, 2, 1e-4f, new double[] { -1, -1, -1, -1, -1 }, 0.5)]
    [InlineData(0.1f, 1, 0.01f, new double[] { -100, -100.5, -100.6 }, 0.1)]
    [InlineData(0.1f, 1, 0.01f, new double[] { -100, -101.5, -103 }, 1)]
    [InlineData(0.1f, 1, 0.01f, new[] { 0.5, -0.5, -0.499, -0.504 }, 0.1)]
    [InlineData(0.1f, 1, 0.01f, new double[] { 100, 99.5, 99.4 }, 0.1)]
    [InlineData(0.1f, 0, 0.01f, new double[] { 0, 0 }, 0.1)]
    [InlineData(0.5f, 2, 1e-4f, new[] { 0.1, -0.1, -0.1, -0.1, -0.1 }, 0.5)]
    [InlineData(0.5f, 2, 1e-4f, new[] { double.NaN, -1, -1, -1, -1 }, 0.5)]
    [InlineData(0.5f, 2, 1e-4f, new[] { -5, double.NaN, -5, -5 }, 0.5)]
    [InlineData(0.5f, 2, 1e-4f, new[] { -1e-300, -1e-300, -1e-300, -1e-300 }, 0.5)]
    [InlineData(0.5f, 2, 0f, new[] { double.NegativeInfinity, double.NegativeInfinity, -1, -2 }, 0.5)]
    [InlineData(0.5f, 2, 1e-4f, new[] { double.PositiveInfinity, double.PositiveInfinity, -1, -1, -1 }, 1)]
    public void A_plateau_of_any_sign_lowers_the_rate(float factor, int patience, float threshold, double[] divergences, double expected) =>
        new Plateau(factor, patience, threshold).Factor(new ScheduleTime { Epoch = divergences.Length, Divergences = divergences })
            .Should().BeApproximately(expected, 1e-12);

    [Theory]
    [InlineData("StepDecay", new[] { 0.1f, 0.1f, 0.05f, 0.05f, 0.025f })]
    [InlineData("ExponentialDecay", new[] { 0.1f, 0.05f, 0.025f, 0.0125f, 0.00625f })]
    [InlineData("CosineDecay", new[] { 0.1f, 0.1f, 0.075f, 0.025f, 0 })]
    [InlineData("OneCycle", new[] { 0.004f, 0.08117457f, 0.0283061f, 4e-7f, 4e-7f })]
    [InlineData("Plateau", new[] { 0.1f, 0.1f, 0.05f, 0.025f, 0.0125f })]
    [InlineData("Unfreeze", new[] { 0, 0, 0.05f, 0.1f, 0.1f })]
    public void In_a_loop_of_ones_own_the_rate_goes_by_the_epochs_that_it_ends(string name, float[] rates)
    {
        Schedule schedule = name switch
        {
            "StepDecay" => new StepDecay(2, 0.5f),
            "ExponentialDecay" => new ExponentialDecay(0.5f),
            "CosineDecay" => new CosineDecay(4, warmUp: 1),
            "OneCycle" => new OneCycle(4, unit: ScheduleUnit.Epochs),
            "Unfreeze" => new Unfreeze(2, over: 2),
            _ => new Plateau(0.5f, patience: 0),
        };
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { Schedule = schedule };
        foreach (float rate in rates)
        {
            trainer.LearningRate.Should().BeApproximately(rate, 1e-8f);
            trainer.Step(data.Inputs, data.Desired, data.Rows);
            trainer.EndEpoch(1);
        }
    }

    // Two calls of Fit and a loop of one's own between them are one training: after two epochs that are no better the rate falls.
    [Fact]
    public void A_plateau_counts_over_calls_and_loops()
    {
        Network network = Network.Create(1).Dense(1, bias: false).Build();
        network.Parameters[0] = 1;
        Dataset one = Dataset.FromArrays([1f], [0f], rows: 1);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(1e-9f)) { Schedule = new Plateau(0.5f, patience: 1) };
        trainer.Fit(one, 1);
        trainer.EndEpoch(trainer.Step([1], [0], 1));
        trainer.LearningRate.Should().Be(1e-9f);
        trainer.Fit(one, 1);
        trainer.Divergences.Should().Equal(0.5, 0.5, 0.5);
        trainer.LearningRate.Should().Be(0.5e-9f);
    }

    [Fact]
    public void A_rate_of_0_moves_nothing_and_a_bad_factor_is_refused_before_anything_is_written()
    {
        foreach (double factor in new[] { 0, double.NaN, -1, double.PositiveInfinity, 1e60 })
        {
            using Trainer trainer = Trainer(new Fixed(factor));
            float[] before = trainer.Network.Parameters.ToArray();
            Action step = () => trainer.Step(data.Inputs, data.Desired, data.Rows);
            if (factor == 0)
                step();
            else
                step.Should().Throw<InvalidOperationException>().WithMessage("*Fixed gave the factor*step 0*");
            trainer.Network.Parameters.SequenceEqual(before).Should().BeTrue();
            trainer.StepCount.Should().Be(factor == 0 ? 1 : 0);
        }
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        foreach (Func<Schedule> make in new Func<Schedule>[]
        {
            () => new StepDecay(0), () => new StepDecay(1, 0), () => new StepDecay(1, 1.5f), () => new StepDecay(1, float.NaN),
            () => new ExponentialDecay(0), () => new CosineDecay(0), () => new CosineDecay(5, 5), () => new CosineDecay(5, -1),
            () => new CosineDecay(5, 0, 2), () => new OneCycle(1), () => new OneCycle(9, 1), () => new OneCycle(9, 0),
            () => new OneCycle(9, 0.3f, 0.5f), () => new OneCycle(9, 0.3f, 25, float.NaN), () => new Plateau(1), () => new Plateau(0),
            () => new Plateau(0.5f, -1), () => new Plateau(0.5f, 1, 1), () => new Plateau(0.5f, 1, 0, -1), () => new Plateau(0.5f, 1, 0, 0, -1),
        })
        {
            make.Should().Throw<ArgumentOutOfRangeException>();
        }

        FluentActions.Invoking(() => new OneCycle(10).Factor(new ScheduleTime { Step = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Step*");
        FluentActions.Invoking(() => new StepDecay(10).Factor(new ScheduleTime { Epoch = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Epoch*");
    }

    private static double At(Schedule schedule, long t) => schedule.Factor(new ScheduleTime { Step = t, Epoch = (int)Math.Min(t, int.MaxValue) });

    private static Trainer Trainer(Schedule? schedule) =>
        new(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.05f, 0.9f)) { Schedule = schedule, BatchSize = 16 };

    private static Schedule[] Make() =>
    [
        new StepDecay(3), new StepDecay(5, 0.5f, ScheduleUnit.Steps), new ExponentialDecay(0.9f), new CosineDecay(8, 2),
        new CosineDecay(30, 5, 0.1f, ScheduleUnit.Steps),
        new OneCycle(32), new OneCycle(8, unit: ScheduleUnit.Epochs), new Plateau(0.5f, patience: 0, threshold: 0.2f),
    ];

    private sealed class Fixed(double factor) : Schedule
    {
        public override double Factor(in ScheduleTime at) => factor;
    }
}
