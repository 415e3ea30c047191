namespace NeuralNet.Tests.Diagnosis;

public class RateTestTests
{
    public static TheoryData<string> Optimizers => ["sgd", "adam", "rms"];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void The_proposed_rate_trains_and_a_hundred_times_it_does_not(string kind)
    {
        RateTest test = RateTest.Run(TrainerOf(kind, 1e-3f), Trainings.DigitsForTraining, steps: 150);
        test.HasExploded.Should().BeTrue();
        test.Rate.Should().NotBeNull();

        double proposed = Trained(kind, test.Rate!.Value);
        double small = Trained(kind, test.Rate.Value / 1000), large = Trained(kind, test.Rate.Value * 100);
        proposed.Should().BeLessThan(0.8).And.BeLessThan(small / 2).And.BeLessThan(large / 2);
    }

    [Fact]
    public void Rates_grow_by_one_factor_and_the_test_ends_where_the_divergence_explodes()
    {
        RateTest test = RateTest.Run(TrainerOf("sgd", 0.5f), Trainings.DigitsForTraining, steps: 100, smallest: 1e-4f, largest: 100);
        test.Points[0].Rate.Should().BeApproximately(1e-4f, 1e-9f);
        test.Points.Count.Should().BeInRange(20, 99);
        double factor = Math.Pow(1e6, 1 / 99.0);
        for (int k = 1; k < test.Points.Count; k++)
            (test.Points[k].Rate / test.Points[k - 1].Rate).Should().BeApproximately((float)factor, 1e-4f);
        test.Rate.Should().BeApproximately(test.Lowest.Rate / 10, 1e-9f);
        test.Points.Skip(9).Min(point => point.Smoothed).Should().Be(test.Lowest.Smoothed);
        $"{test}".Should().StartWith("Proposed learning rate: ").And.Contain("exploded");
    }

    [Fact]
    public void Network_and_trainer_stay_as_they_are_and_the_test_is_the_same_again()
    {
        using Trainer trainer = TrainerOf("adam", 1e-3f);
        float[] before = [.. trainer.Network.Parameters];
        RateTest first = RateTest.Run(trainer, Trainings.DigitsForTraining, steps: 60);
        RateTest second = RateTest.Run(trainer, Trainings.DigitsForTraining, steps: 60);
        trainer.Network.Parameters.ToArray().Should().Equal(before);
        (trainer.StepCount, trainer.Epoch).Should().Be((0, 0));
        second.Points.Should().Equal(first.Points);
    }

    [Fact]
    public void Where_no_rate_was_too_large_it_says_so()
    {
        RateTest test = RateTest.Run(TrainerOf("sgd", 0.5f), Trainings.DigitsForTraining, steps: 60, largest: 0.05f);
        (test.HasExploded, test.Points.Count).Should().Be((false, 60));
        $"{test}".Should().Contain("It did not explode");
    }

    [Fact]
    public void Where_nothing_is_learned_no_rate_is_proposed()
    {
        RateTest test = RateTest.Run(TrainerOf("sgd", 0.5f), Trainings.DigitsForTraining, steps: 60, smallest: 1e-9f, largest: 1e-7f);
        test.Rate.Should().BeNull();
        $"{test}".Should().StartWith("No rate is proposed");
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        using Trainer trainer = TrainerOf("sgd", 0.5f);
        Action few = () => RateTest.Run(trainer, Trainings.DigitsForTraining, steps: 19);
        Action falling = () => RateTest.Run(trainer, Trainings.DigitsForTraining, smallest: 1, largest: 0.5f);
        few.Should().Throw<ArgumentOutOfRangeException>();
        falling.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*above the smallest*");
    }

    private static Trainer TrainerOf(string kind, float rate)
    {
        Optimizer optimizer = kind switch { "sgd" => new Sgd(rate), "adam" => new Adam(rate), _ => new RmsProp(rate) };
        Network network = Network.Create(64).Dense(32, Activation.Tanh).Dense(10, Activation.Softmax).Build(1);
        return new Trainer(network, Divergence.CrossEntropy, optimizer);
    }

    private static double Trained(string kind, float rate)
    {
        using Trainer trainer = TrainerOf(kind, rate);
        try
        {
            trainer.Fit(Trainings.DigitsForTraining, 3);
        }
        catch (NotFiniteNumberException)
        {
            return double.PositiveInfinity;
        }

        return trainer.Evaluate(Trainings.DigitsForTests).Divergence;
    }
}
