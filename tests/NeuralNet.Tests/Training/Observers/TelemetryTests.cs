using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NeuralNet.Tests.Training.Observers;

public class TelemetryTests
{
    private static readonly Dataset data = TestData.Clouds(100), validation = TestData.Clouds(30, seed: 5);

    [Fact]
    public void A_meter_tells_of_steps_rows_divergences_and_epochs()
    {
        var measured = new Dictionary<string, List<double>>();
        var units = new Dictionary<string, string?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "NeuralNet")
                    return;
                units[instrument.Name] = instrument.Unit;
                measured[instrument.Name] = [];
                listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured[instrument.Name].Add(value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => measured[instrument.Name].Add(value));
        using Trainer trainer = Make();
        trainer.Fit(data, epochs: 1); // before anybody listens: the instruments are made
        listener.Start();

        var steps = new List<double>();
        using Trainer watched = Make(new Steps(steps));
        EpochResult[] epochs = [.. watched.Fit(data, epochs: 2, validation).Epochs];

        measured["neuralnet.training.steps"].Should().Equal(1, 1, 1, 1, 1, 1);
        measured["neuralnet.training.rows"].Should().Equal(40, 40, 20, 40, 40, 20);
        measured["neuralnet.training.epochs"].Should().Equal(1, 1);
        measured["neuralnet.training.divergence"].Should().Equal(steps);
        measured["neuralnet.validation.divergence"].Should().Equal(epochs.Select(epoch => epoch.ValidationDivergence!.Value));
        measured["neuralnet.training.step.duration"].Should().HaveCount(6).And.OnlyContain(seconds => seconds > 0);
        measured["neuralnet.training.step.duration"].Take(3).Sum().Should().BeApproximately(epochs[0].Seconds, 1e-9);
        units["neuralnet.training.step.duration"].Should().Be("s");
        measured.Should().HaveCount(6);
    }

    [Fact]
    public void Activities_are_Fit_in_it_its_epochs_and_in_each_the_measuring()
    {
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "NeuralNet",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using Trainer trainer = Make();
        EpochResult[] epochs = [.. trainer.Fit(data, epochs: 2, validation).Epochs];

        ended.Select(one => one.OperationName).Should().Equal(
            "NeuralNet.Validation", "NeuralNet.Epoch", "NeuralNet.Validation", "NeuralNet.Epoch", "NeuralNet.Fit");
        Activity fit = ended[^1], second = ended[3];
        second.ParentSpanId.Should().Be(fit.SpanId);
        ended[2].ParentSpanId.Should().Be(second.SpanId);
        second.GetTagItem("neuralnet.epoch").Should().Be(2);
        second.GetTagItem("neuralnet.divergence").Should().Be(epochs[1].TrainingDivergence);
        second.GetTagItem("neuralnet.validation.divergence").Should().Be(epochs[1].ValidationDivergence);
        fit.GetTagItem("neuralnet.rows").Should().Be(100L);
        fit.GetTagItem("neuralnet.steps").Should().Be(6L);
        fit.GetTagItem("neuralnet.end").Should().Be("finished");
        fit.Status.Should().Be(ActivityStatusCode.Unset);
        fit.Duration.TotalSeconds.Should().BeGreaterThanOrEqualTo(epochs.Sum(epoch => epoch.Seconds));

        ended.Clear();
        using Trainer failing = Make(new Recorder { ThrowsAt = "step 5" });
        Action refused = () => failing.Fit(data, epochs: 2);
        refused.Should().Throw<IOException>();
        ended.Select(one => one.OperationName).Should().Equal("NeuralNet.Epoch", "NeuralNet.Epoch", "NeuralNet.Fit");
        ended[^1].Status.Should().Be(ActivityStatusCode.Error);
        ended[^1].StatusDescription.Should().Be("step 5");
        ended[^1].GetTagItem("neuralnet.end").Should().Be("failed");
        Activity.Current.Should().BeNull();
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 40,
        Observers = observers,
    };

    private sealed class Steps(List<double> divergences) : ITrainingObserver
    {
        public void OnStep(in TrainingStep step) => divergences.Add(step.Divergence);
    }
}
