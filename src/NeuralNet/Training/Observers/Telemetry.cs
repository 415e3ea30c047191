using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace NeuralNet;

/// <summary>What <see cref="Trainer.Fit"/> tells the tools of the platform: the meter and the activity source "NeuralNet". When nobody listens, a
/// step costs a few tests of a field.</summary>
/// <remarks>Listeners may come and go while Fit is under way, so each step asks anew.</remarks>
internal static class Telemetry
{
    public const string Name = "NeuralNet";

    private static readonly string? version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource source = new(Name, version);
    private static readonly Meter meter = new(Name, version);
    private static readonly Counter<long> steps = meter.CreateCounter<long>("neuralnet.training.steps", "{step}", "Steps made");
    private static readonly Counter<long> rows = meter.CreateCounter<long>("neuralnet.training.rows", "{row}", "Rows trained on");
    private static readonly Counter<long> epochs = meter.CreateCounter<long>("neuralnet.training.epochs", "{epoch}", "Epochs finished");
    private static readonly Gauge<double> divergence = meter.CreateGauge<double>(
        "neuralnet.training.divergence", null, "Mean divergence of the last step's rows");

    private static readonly Gauge<double> validation = meter.CreateGauge<double>(
        "neuralnet.validation.divergence", null, "Mean divergence over the validation set after the last epoch");

    private static readonly Histogram<double> duration = meter.CreateHistogram<double>(
        "neuralnet.training.step.duration", "s", "How long a step took, its rows' reading included");

    /// <summary>The version of the library, with the state of its source that it was built from.</summary>
    public static string FullVersion =>
        typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? version ?? "";

    /// <summary>Whether anybody listens to steps.</summary>
    public static bool CountsSteps => steps.Enabled || rows.Enabled || divergence.Enabled || duration.Enabled;

    public static void CountStep(int rowsOfStep, double divergenceOfStep, double seconds)
    {
        steps.Add(1);
        rows.Add(rowsOfStep);
        divergence.Record(divergenceOfStep);
        duration.Record(seconds);
    }

    public static void CountEpoch(Activity? activity, EpochResult epoch)
    {
        epochs.Add(1);
        if (epoch.ValidationDivergence is { } measured)
            validation.Record(measured);
        if (activity is null)
            return;
        activity.SetTag("neuralnet.divergence", epoch.TrainingDivergence);
        activity.SetTag("neuralnet.validation.divergence", epoch.ValidationDivergence);
        activity.SetTag("neuralnet.validation.accuracy", epoch.ValidationAccuracy);
        activity.SetTag("neuralnet.learning_rate", epoch.LearningRate);
    }

    public static Activity? BeginFit(TrainingStart start)
    {
        if (source.StartActivity("NeuralNet.Fit") is not { } activity)
            return null;
        activity.SetTag("neuralnet.network", start.Trainer.Network.ToString());
        activity.SetTag("neuralnet.optimizer", start.Trainer.Optimizer.ToString());
        activity.SetTag("neuralnet.divergence.kind", start.Trainer.Divergence.ToString());
        activity.SetTag("neuralnet.rows", start.Data.Rows);
        activity.SetTag("neuralnet.first_epoch", start.FirstEpoch);
        activity.SetTag("neuralnet.last_epoch", start.LastEpoch);
        return activity;
    }

    public static void EndFit(Activity? activity, Trainer trainer, Exception? problem)
    {
        if (activity is null)
            return;
        activity.SetTag("neuralnet.epochs", trainer.Epoch);
        activity.SetTag("neuralnet.steps", trainer.StepCount);
        activity.SetTag("neuralnet.end", FitEnd.Of(trainer, problem));
        if (problem is not null)
            activity.SetStatus(ActivityStatusCode.Error, problem.Message);
    }

    public static Activity? BeginEpoch(int epoch) => Numbered(source.StartActivity("NeuralNet.Epoch"), epoch);

    public static Activity? BeginMeasuring(int epoch) => Numbered(source.StartActivity("NeuralNet.Validation"), epoch);

    private static Activity? Numbered(Activity? activity, int epoch) => activity?.SetTag("neuralnet.epoch", epoch);
}

/// <summary>How a call of <see cref="Trainer.Fit"/> ended, in a word.</summary>
internal static class FitEnd
{
    public static string Of(Trainer trainer, Exception? problem) => problem switch
    {
        null => trainer.History.StoppedEarly ? "stopped early" : "finished",
        OperationCanceledException => "cancelled",
        NotFiniteNumberException => "diverged",
        _ => "failed",
    };
}
