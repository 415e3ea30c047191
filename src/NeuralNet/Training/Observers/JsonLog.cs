using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NeuralNet;

/// <summary>Writes what training does into a file of JSON lines: an object for the start of each call of <see cref="Trainer.Fit"/>, for every so
/// many steps, for each epoch and for the end.</summary>
/// <remarks><para>Every object has <c>event</c> ("start", "step", "epoch" or "end"), <c>time</c> (UTC), <c>epoch</c> (from 1) and <c>step</c> (the
/// steps that have been made in all). A start has the settings, network and data; a step its <c>divergence</c>, <c>learningRate</c> and
/// <c>seconds</c>; an epoch what is in <see cref="EpochResult"/>; an end <c>how</c> ("finished", "stopped early", "cancelled", "diverged", "failed")
/// and the <c>problem</c>. A number that is not finite is a string, "NaN".</para>
/// <para>Lines are added to what the file holds. Where a checkpoint is taken up, the next start says at which step; lines of later steps before it
/// are of a course that was given up.</para>
/// <para>Each line is written as a whole when it happens, so that others can read along and a killed process leaves no part of one.</para></remarks>
public sealed class JsonLog : ITrainingObserver, IDisposable
{
    private readonly ArrayBufferWriter<byte> line = new(512);
    private readonly Utf8JsonWriter json;
    private readonly string path;
    private LineFile? file;

    /// <summary>Makes a log. The file is opened when training begins, and closed when Fit ends.</summary>
    /// <param name="path">The file.</param>
    public JsonLog(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = path;
        json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Every how many steps there is a line of one, counted over all steps; 10 unless set, null: none.</summary>
    public int? EverySteps { get; init => field = value is null ? null : Guard.Count(value.Value, nameof(EverySteps)); } = 10;

    /// <summary>Where it writes.</summary>
    /// <returns>For example <c>JsonLog to "run.jsonl"</c>.</returns>
    public override string ToString() => $"JsonLog to \"{path}\"";

    /// <inheritdoc/>
    public void OnStart(TrainingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Trainer trainer = start.Trainer;
        Begin("start", start.FirstEpoch, trainer.StepCount);
        json.WriteNumber("lastEpoch", start.LastEpoch);
        if (start.Steps is { } steps)
            json.WriteNumber("stepsPerEpoch", steps);
        WriteRows("data", start.Data);
        WriteRows("validation", start.Validation);
        json.WriteStartObject("network");
        json.WriteString("input", trainer.Network.Input.ToString());
        json.WriteString("output", trainer.Network.Output.ToString());
        json.WriteNumber("parameters", trainer.Network.Parameters.Length);
        json.WriteStartArray("layers");
        foreach (Layer layer in trainer.Network.Layers)
            json.WriteStringValue(layer.ToString());
        json.WriteEndArray();
        json.WriteEndObject();
        json.WritePropertyName("settings");
        trainer.Settings().WriteTo(json);
        End();
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (EverySteps is not { } every || step.Number % every != 0)
            return;
        Begin("step", step.Epoch, step.Number);
        Write("divergence", step.Divergence);
        json.WriteNumber("learningRate", step.LearningRate);
        json.WriteNumber("rows", step.Rows);
        if (step.Seconds > 0)
            json.WriteNumber("seconds", step.Seconds);
        End();
    }

    /// <inheritdoc/>
    public void OnEpoch(Trainer trainer, EpochResult epoch)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(epoch);
        Begin("epoch", epoch.Epoch, trainer.StepCount);
        WriteMeasures(epoch);
        End();
    }

    /// <inheritdoc/>
    public void OnEnd(Trainer trainer, Exception? problem)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        try
        {
            Begin("end", trainer.Epoch, trainer.StepCount);
            json.WriteString("how", FitEnd.Of(trainer, problem));
            if (problem is not null)
                json.WriteString("problem", problem.Message);
            if (trainer.History.Best is { } best)
            {
                json.WriteStartObject("best");
                json.WriteNumber("epoch", best.Epoch);
                WriteMeasures(best);
                json.WriteEndObject();
            }

            End();
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Closes the file, which a loop of one's own leaves open; a next event opens it again.</summary>
    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    private void Begin(string kind, int epoch, long step)
    {
        line.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("event", kind);
        json.WriteString("time", DateTime.UtcNow);
        json.WriteNumber("epoch", epoch);
        json.WriteNumber("step", step);
    }

    private void End()
    {
        json.WriteEndObject();
        json.Flush();
        line.Write("\n"u8);
        file ??= LineFile.Open(path);
        file.Write(line.WrittenSpan);
    }

    private void WriteRows(string name, IRowSource? rows)
    {
        if (rows is null)
            return;
        json.WriteStartObject(name);
        if (rows.Rows is { } count)
            json.WriteNumber("rows", count);
        json.WriteNumber("inputs", rows.Format.InputWidth);
        json.WriteNumber("outputs", rows.Format.OutputWidth);
        if (rows.Signature is { Length: > 0 } signature)
            json.WriteString("signature", signature);
        json.WriteEndObject();
    }

    private void WriteMeasures(EpochResult epoch)
    {
        Write("training", epoch.TrainingDivergence);
        if (epoch.ValidationDivergence is { } validation)
            Write("validation", validation);
        if (epoch.ValidationAccuracy is { } accuracy)
            Write("accuracy", accuracy);
        if (epoch.Monitor is not null)
        {
            json.WriteString("monitor", epoch.Monitor);
            Write("monitored", epoch.Monitored);
        }

        json.WriteNumber("learningRate", epoch.LearningRate);
        json.WriteNumber("seconds", epoch.Seconds);
    }

    private void Write(string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}
