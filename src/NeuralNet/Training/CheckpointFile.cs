using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>All that training goes on from, apart from the network itself.</summary>
internal sealed record Checkpoint
{
    /// <summary>What the trainer and its parts are set to, in words: whoever takes training up again must have the same.</summary>
    public required IReadOnlyList<(string Name, string Words)> Settings { get; init; }

    public required long Step { get; init; }

    public required int Epoch { get; init; }

    public required IReadOnlyList<double> Divergences { get; init; }

    /// <summary>The call of Fit that is under way, or was the last; null: there was none.</summary>
    public FitState? Fit { get; init; }

    /// <summary>What the optimizer remembers, [values per parameter, parameters].</summary>
    public required AlignedBuffer Values { get; init; }
}

/// <summary>A checkpoint as a file: that of the network, and beside it "trainer.…" tensors and a text about the trainer.</summary>
internal static class CheckpointFile
{
    private const string Text = NetworkFile.Trainer, Values = NetworkFile.TrainerPrefix + "values",
        Best = NetworkFile.TrainerPrefix + "best", BestStatistics = NetworkFile.TrainerPrefix + "best_statistics";

    public static void Write(string path, Network network, Checkpoint checkpoint) => AtomicFile.Write(
        path, FileSnapshot.Of(network, [(Text, Write(checkpoint))], replay: null, Extras(network, checkpoint.Values, checkpoint.Fit?.Best)).WriteTo);

    /// <summary>Reads a checkpoint of a network with these layers.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="network">The network, which is not touched.</param>
    /// <param name="valuesPerParameter">What the optimizer remembers of each parameter.</param>
    /// <param name="settings">The settings that it must have been saved with; null: any.</param>
    /// <returns>The checkpoint, and the network as it was.</returns>
    public static (Checkpoint Checkpoint, Network Network) Read(Stream stream, string path, Network network, int valuesPerParameter, IReadOnlyList<(string Name, string Words)>? settings)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, path);
        if (!header.Metadata.TryGetValue(Text, out string? text))
            throw header.Refuse($"there is no trainer in the file: \"{Text}\" is not in the metadata. Network.Load reads networks.");
        if (header.Metadata.GetValueOrDefault(NetworkFile.Structure) is not { } structure || structure != StructureWriter.Write(network, NetworkFile.Guarded(header, () => NetworkFile.VersionOf(structure))))
            throw header.Refuse("the checkpoint is of a network with other layers or settings than the trainer's.");

        var values = new AlignedBuffer(checked(valuesPerParameter * network.Parameters.Length));
        Checkpoint checkpoint = Read(header, text, network, values);
        CheckSettings(header, checkpoint, settings ?? checkpoint.Settings);
        Network copy = NetworkFile.ReadValues(stream, header, network.Clone(), Extras(network, values, checkpoint.Fit?.Best));
        return (checkpoint, copy);
    }

    private static void CheckSettings(SafetensorsHeader header, Checkpoint checkpoint, IReadOnlyList<(string Name, string Words)> settings)
    {
        string[] differences =
        [
            .. from setting in settings
               let saved = checkpoint.Settings.FirstOrDefault(other => other.Name == setting.Name).Words
               where saved is not null && saved != setting.Words // what it does not name has come with a later version
               select $"{setting.Name}: {setting.Words} instead of {Printable.Text(saved)}",
        ];
        if (differences.Length > 0)
            throw header.Refuse($"the checkpoint was saved with other settings than the trainer has, so training would not end as it would have. {string.Join("; ", differences)}. With allowOtherSettings it goes on all the same.");
    }

    private static NamedValues[] Extras(Network network, AlignedBuffer values, Network? best)
    {
        var extras = new List<NamedValues>();
        if (values.Length > 0)
            extras.Add(new NamedValues(Values, [values.Length / network.Parameters.Length, network.Parameters.Length], values.Memory));
        if (best is not null && network.Parameters.Length > 0)
            extras.Add(new NamedValues(Best, [network.Parameters.Length], best.AllParameters.Memory));
        if (best is not null && network.Statistics.Length > 0)
            extras.Add(new NamedValues(BestStatistics, [network.Statistics.Length], best.AllStatistics.Memory));
        return [.. extras];
    }

    private static string Write(Checkpoint checkpoint) => StructureWriter.Json(writer =>
    {
        writer.WriteNumber("version", NetworkFile.Version);
        writer.WriteStartObject("settings");
        foreach ((string name, string words) in checkpoint.Settings)
            writer.WriteString(name, words);
        writer.WriteEndObject();
        writer.WriteNumber("step", checkpoint.Step);
        writer.WriteNumber("epoch", checkpoint.Epoch);
        writer.WriteStartArray("divergences");
        foreach (double divergence in checkpoint.Divergences)
            writer.WriteStringValue(Exact(divergence));
        writer.WriteEndArray();
        if (checkpoint.Fit is not { } fit)
            return;

        writer.WriteStartObject("fit");
        writer.WriteNumber("firstEpoch", fit.FirstEpoch);
        writer.WriteNumber("step", fit.Step);
        writer.WriteString("sum", Exact(fit.Sum));
        writer.WriteNumber("count", fit.Count);
        writer.WriteString("seconds", Exact(fit.Seconds));
        writer.WriteNumber("sinceBest", fit.SinceBest);
        writer.WriteString("learningRate", Exact(fit.LearningRate));
        writer.WriteBoolean("stoppedEarly", fit.History.StoppedEarly);
        writer.WriteBoolean("best", fit.Best is not null);
        writer.WriteString("data", fit.Data);
        writer.WriteString("validation", fit.Validation);
        writer.WriteStartArray("epochs");
        foreach (EpochResult epoch in fit.History.Epochs)
        {
            writer.WriteStartObject();
            writer.WriteNumber("epoch", epoch.Epoch);
            writer.WriteString("trainingDivergence", Exact(epoch.TrainingDivergence));
            writer.WriteString("validationDivergence", epoch.ValidationDivergence is { } divergence ? Exact(divergence) : null);
            writer.WriteString("validationAccuracy", epoch.ValidationAccuracy is { } accuracy ? Exact(accuracy) : null);
            writer.WriteString("seconds", Exact(epoch.Seconds));
            writer.WriteString("learningRate", Exact(epoch.LearningRate));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static Checkpoint Read(SafetensorsHeader header, string text, Network network, AlignedBuffer values)
    {
        try
        {
            JsonElement root = StructureReader.Parse($"\"{Text}\"", text);
            int version = root.GetProperty("version").GetInt32();
            if (version is < 1 or > NetworkFile.Version)
                throw new InvalidDataException($"the checkpoint has format version {version}, and this library reads 1 to {NetworkFile.Version}.");
            return new Checkpoint
            {
                Settings = [.. root.GetProperty("settings").EnumerateObject().Select(setting => (setting.Name, setting.Value.GetString()!))],
                Step = NotNegative(root.GetProperty("step").GetInt64()),
                Epoch = (int)NotNegative(root.GetProperty("epoch").GetInt32()),
                Divergences = [.. root.GetProperty("divergences").EnumerateArray().Select(Number)],
                Fit = root.TryGetProperty("fit", out JsonElement fit) ? ReadFit(fit, network) : null,
                Values = values,
            };
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or InvalidDataException)
        {
            throw header.Refuse($"the text about the trainer is damaged: {wrong.Message}", wrong);
        }
    }

    private static FitState ReadFit(JsonElement fit, Network network)
    {
        var history = new TrainingHistory();
        foreach (JsonElement epoch in fit.GetProperty("epochs").EnumerateArray())
        {
            history.Add(new EpochResult(
                epoch.GetProperty("epoch").GetInt32(), Number(epoch.GetProperty("trainingDivergence")),
                Optional(epoch.GetProperty("validationDivergence")), Optional(epoch.GetProperty("validationAccuracy")),
                Number(epoch.GetProperty("seconds")), (float)Number(epoch.GetProperty("learningRate"))));
        }

        history.StoppedEarly = fit.GetProperty("stoppedEarly").GetBoolean();
        return new FitState
        {
            FirstEpoch = (int)NotNegative(fit.GetProperty("firstEpoch").GetInt32()),
            Step = (int)NotNegative(fit.GetProperty("step").GetInt32()),
            Sum = Number(fit.GetProperty("sum")),
            Count = NotNegative(fit.GetProperty("count").GetInt64()),
            Seconds = Number(fit.GetProperty("seconds")),
            SinceBest = (int)NotNegative(fit.GetProperty("sinceBest").GetInt32()),
            LearningRate = (float)Number(fit.GetProperty("learningRate")),
            History = history,
            Best = fit.GetProperty("best").GetBoolean() ? network.Clone() : null,
            Data = fit.GetProperty("data").GetString(),
            Validation = fit.GetProperty("validation").GetString(),
        };
    }

    // Shortest, and to the last bit; JSON has no NaN.
    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Exact(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(JsonElement element) => double.Parse(element.GetString() ?? "", NumberStyles.Float, CultureInfo.InvariantCulture);

    private static double? Optional(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : Number(element);

    private static long NotNegative(long value) => value >= 0 ? value : throw new InvalidDataException($"a number of at least 0 was expected, but got {value}.");
}
