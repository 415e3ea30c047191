namespace NeuralNet.Tests.Training.Observers;

public class OwnLoopTests
{
    private static readonly Dataset data = TestData.Clouds(100);

    [Fact]
    public void A_loop_of_ones_own_has_steps_and_epochs()
    {
        var observer = new Recorder();
        var watch = new Watch();
        using Trainer trainer = Make(observer, watch);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            trainer.Step(data.Batch(0, 40));
            trainer.Step(data.Batch(40, 60));
            trainer.EndEpoch(0.5 + epoch);
        }

        observer.Calls.Should().Equal(
            "gradient 1", "step 1", "gradient 2", "step 2", "epoch 1", "gradient 3", "step 3", "gradient 4", "step 4", "epoch 2");
        watch.Rows.Should().Equal(40, 60, 40, 60);
        watch.Places.Should().BeEmpty();
        watch.Results.Should().HaveCount(2);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            EpochResult result = watch.Results[epoch];
            double mean = ((watch.Divergences[2 * epoch] * 40) + (watch.Divergences[(2 * epoch) + 1] * 60)) / 100;
            result.TrainingDivergence.Should().BeApproximately(mean, 1e-6, "it is the mean over rows, not over steps");
            result.Should().Be(new EpochResult(epoch + 1, result.TrainingDivergence, null, null, 0, 0.01f)
            {
                Monitor = "monitored",
                Monitored = 0.5 + epoch,
            });
        }

        watch.Results[0].ToString().Should().Contain(", monitored 0.5, ");
        trainer.Divergences.Should().Equal(0.5, 1.5);
    }

    [Fact]
    public void Its_mean_is_that_of_Fit_and_belongs_to_one_epoch()
    {
        Watch own = new(), fit = new();
        using Trainer byHand = Make(own), trainer = Make(fit);
        trainer.Fit(data, epochs: 2);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            for (int row = 0; row < 100; row += 40)
                byHand.Step(data.Batch(row, Math.Min(40, 100 - row)));
            byHand.EndEpoch(0);
        }

        own.Results.Select(result => result.TrainingDivergence).Should().Equal(fit.Results.Select(result => result.TrainingDivergence));

        // Of an epoch without a step there is no mean. What stands before an epoch of Fit does not join the next one.
        byHand.EndEpoch(3);
        own.Results[^1].TrainingDivergence.Should().Be(double.NaN);
        own.Results[^1].Monitored.Should().Be(3);
        byHand.Step(data.Batch(0, 40));
        byHand.Fit(data, epochs: 1);
        byHand.Step(data.Batch(0, 40));
        byHand.EndEpoch(0);
        ((float)own.Results[^1].TrainingDivergence).Should().Be((float)own.Divergences[^1]);
    }

    [Fact]
    public void A_checkpoint_has_the_steps_of_its_epoch()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Watch whole = new(), rest = new();
            using Trainer first = Make(whole), second = Make(rest);
            first.Step(data.Batch(0, 40));
            first.SaveCheckpoint(path);
            second.Resume(path);
            foreach (Trainer trainer in new[] { first, second })
            {
                trainer.Step(data.Batch(40, 60));
                trainer.EndEpoch(1);
            }

            rest.Results.Should().Equal(whole.Results);
            second.Resume(path);
            second.EndEpoch(1);
            ((float)rest.Results[^1].TrainingDivergence).Should().Be((float)whole.Divergences[0]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 40,
        Shuffle = false,
        Observers = observers,
    };
}
