using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>Writes a table of epochs as CSV, or one of steps (<see cref="EverySteps"/>): a header, then a line each, the same in every
/// culture.</summary>
/// <remarks><para>The columns of an epoch are <c>epoch</c>, <c>step</c> (the steps that have been made in all), <c>training</c>, <c>validation</c>
/// and <c>accuracy</c> (empty where there is none), the <see cref="Trainer.Monitor"/> by its name if it is another measure, <c>rate</c> and
/// <c>seconds</c>; those of a step are <c>epoch</c>, <c>step</c>, <c>divergence</c>, <c>rate</c> and <c>seconds</c>. A loop of one's own has the
/// column <c>monitored</c> in place of the measure: what <see cref="Trainer.EndEpoch"/> was given.</para>
/// <para>A training that begins at step 0 begins the file anew. One that goes on, from a checkpoint or in another call of Fit, adds to the file;
/// lines of steps that the checkpoint does not have are taken out of it first. Each line is written as a whole when it happens.</para></remarks>
public sealed class CsvLog : ITrainingObserver, IDisposable
{
    private readonly string path;
    private LineFile? file;
    private string? measure; // whose column stands behind the accuracy; null: there is none

    /// <summary>Makes a log. The file is opened when training begins, and closed when Fit ends.</summary>
    /// <param name="path">The file.</param>
    public CsvLog(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = path;
    }

    /// <summary>Makes it a table of steps: every how many there is a line, counted over all steps; null unless set: a table of epochs.</summary>
    public int? EverySteps { get; init => field = value is null ? null : Guard.Count(value.Value, nameof(EverySteps)); }

    /// <summary>Where it writes.</summary>
    /// <returns>For example <c>CsvLog to "run.csv"</c>.</returns>
    public override string ToString() => $"CsvLog to \"{path}\"";

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">Training goes on, but the file has another header.</exception>
    public void OnStart(TrainingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Dispose();
        Open(ColumnOf(start.Trainer), EpochResult.Given, start.Trainer.StepCount);
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (file is null)
            Open(EpochResult.Given, ColumnOf(step.Trainer), step.Number - 1);
        if (EverySteps is { } every && step.Number % every == 0)
            Write(string.Create(
                CultureInfo.InvariantCulture, $"{step.Epoch},{step.Number},{step.Divergence},{step.LearningRate},{step.Seconds}\n"));
    }

    /// <inheritdoc/>
    public void OnEpoch(Trainer trainer, EpochResult epoch)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(epoch);
        if (file is null)
            Open(EpochResult.Given, ColumnOf(trainer), trainer.StepCount);
        if (EverySteps is not null)
            return;
        bool belongs = measure == epoch.Monitor || measure == EpochResult.Given;
        string monitored = measure is null ? "" : belongs ? FormattableString.Invariant($"{epoch.Monitored},") : ",";
        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch.Epoch},{trainer.StepCount},{epoch.TrainingDivergence},{epoch.ValidationDivergence},{epoch.ValidationAccuracy},"
            + $"{monitored}{epoch.LearningRate},{epoch.Seconds}\n"));
    }

    /// <inheritdoc/>
    public void OnEnd(Trainer trainer, Exception? problem) => Dispose();

    /// <summary>Closes the file, which a loop of one's own leaves open; a next event opens it again.</summary>
    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    private static string? ColumnOf(Trainer trainer) =>
        trainer.Monitor == Metric.Divergence || trainer.Monitor == Metric.Accuracy ? null : trainer.Monitor.Name;

    private byte[] Header(string? name)
    {
        if (EverySteps is not null)
            return "epoch,step,divergence,rate,seconds\n"u8.ToArray();
        string column = name is null ? ""
            : name.AsSpan().IndexOfAny(",\"\r\n") < 0 ? $"{name}," : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\",";
        return Encoding.UTF8.GetBytes($"epoch,step,training,validation,accuracy,{column}rate,seconds\n");
    }

    // Opens the table, to go on after a step. A loop of one's own may go on with a table of Fit, which has another column, and Fit with one of such a
    // loop: the column stays.
    private void Open(string? column, string? other, long step)
    {
        byte[] header = Header(measure = column);
        LineFile opened = LineFile.Open(path);
        try
        {
            if (step == 0)
                opened.Cut(0);
            if (opened.IsEmpty)
                opened.Write(header);
            else
                GoOn(opened, header, other, step);
            file = opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private void GoOn(LineFile opened, byte[] header, string? other, long step)
    {
        byte[] table = opened.ReadAll(), ofOther = Header(other);
        if (!table.AsSpan().StartsWith(header) && table.AsSpan().StartsWith(ofOther))
            (header, measure) = (ofOther, other);
        opened.Cut(EndOf(table, header, step));
    }

    // Where the lines of later steps begin.
    private int EndOf(ReadOnlySpan<byte> table, ReadOnlySpan<byte> header, long step)
    {
        if (!table.StartsWith(header))
            throw new InvalidDataException(
                $"{path} is to go on as a table with the header {Encoding.UTF8.GetString(header).TrimEnd()}, but it has "
                + $"{Encoding.UTF8.GetString(table[..(table.IndexOf((byte)'\n') + 1)]).TrimEnd()}; give the log another file.");
        int end = header.Length;
        while (end < table.Length)
        {
            ReadOnlySpan<byte> rest = table[end..];
            if (!Utf8Parser.TryParse(rest[(rest.IndexOf((byte)',') + 1)..], out long made, out _) || made > step)
                break;
            end += rest.IndexOf((byte)'\n') + 1;
        }

        return end;
    }

    private void Write(string line) => file!.Write(Encoding.UTF8.GetBytes(line));
}
