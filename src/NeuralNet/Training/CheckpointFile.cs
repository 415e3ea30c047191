using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>All that training goes on from, apart from the network itself.</summary>
internal sealed record Checkpoint
{
    /// <summary>What the trainer is set to, by name: kinds with their settings, and texts. Who takes training up again must have the same.</summary>
    public required JsonElement Settings { get; init; }

    public required long Step { get; init; }

    public required int Epoch { get; init; }

    public required IReadOnlyList<double> Divergences { get; init; }

    /// <summary>Σ w D of the steps by hand of an epoch that is under way.</summary>
    public WeightedSum ByHand { get; init; }

    /// <summary>The call of Fit that is under way, or was the last; null: there was none.</summary>
    public FitState? Fit { get; init; }

    /// <summary>For each block the steps that have passed it over, frozen; null: none.</summary>
    public long[]? PassedOver { get; init; }

    /// <summary>The averages of the weights; null: there are none.</summary>
    public Network? Average { get; init; }

    /// <summary>Of how many weights they are.</summary>
    public long AverageCount { get; init; }

    /// <summary>Whether the statistics beside them belong to them.</summary>
    public bool AverageHasStatistics { get; init; }

    /// <summary>Whether a setting was another one.</summary>
    public bool Differs(JsonElement settings, string name) => !JsonElement.DeepEquals(
        Settings.TryGetProperty(name, out JsonElement then) ? then : default, settings.TryGetProperty(name, out JsonElement now) ? now : default);

    /// <summary>What the optimizer remembers, [values per parameter, parameters].</summary>
    public required AlignedBuffer Values { get; init; }
}

/// <summary>A checkpoint as a file: that of the network, and beside it "trainer.…" tensors and a text about the trainer.</summary>
internal static class CheckpointFile
{
    private const string Values = NetworkFile.TrainerPrefix + "values", Best = NetworkFile.TrainerPrefix + "best",
        Average = NetworkFile.TrainerPrefix + "average", OfStatistics = "_statistics";

    // What trainers did before checkpoints said it.
    private static readonly JsonElement earlier =
        StructureReader.Parse("The settings", $$"""
            {"augmentation":null,"average":null,"rates":"{{Rates.None}}","accumulate steps":"1","shards":"1",
            "monitor":"divergence","smallest gain":"0"}
            """);

    public static void Write(string path, Network network, Checkpoint checkpoint)
    {
        NamedValues[] extras = Extras(network, checkpoint);
        AtomicFile.Write(path, FileSnapshot.Of(network, replay: null, Write(checkpoint), extras).WriteTo);
    }

    /// <summary>Reads a checkpoint of a network with these layers.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="network">The network, which is not touched.</param>
    /// <param name="valuesPerParameter">What the optimizer remembers of each parameter.</param>
    /// <param name="settings">What it must have been saved with; null: anything.</param>
    /// <returns>The checkpoint, and the network as it was.</returns>
    public static (Checkpoint Checkpoint, Network Network) Read(
        Stream stream, string path, Network network, int valuesPerParameter, JsonElement? settings)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, path);
        if (!header.Metadata.TryGetValue(NetworkFile.Trainer, out string? text))
            throw header.Refuse($"there is no trainer in the file: \"{NetworkFile.Trainer}\" is not in the metadata. Network.Load reads networks.");
        if (header.Metadata.GetValueOrDefault(NetworkFile.Structure) is not { } structure
            || NetworkFile.Guarded(header, () => NetworkFile.VersionOf(structure)) is var version
                && structure != StructureWriter.Write(network, version))
            throw header.Refuse("the checkpoint is of a network with other layers or settings than the trainer's.");
        if (version == 1)
        {
            NetworkFile.Guarded(header, () =>
            {
                ChannelOrder.CheckAll("network", network.Chain);
                return true;
            });
        }

        var values = new AlignedBuffer(checked(valuesPerParameter * network.Parameters.Length));
        Checkpoint checkpoint = Read(header, text, network, values);
        if (settings is { } actual && Differences(actual, checkpoint.Settings) is { Count: > 0 } differences)
            throw header.Refuse("the checkpoint was saved with other settings than the trainer has, so training would not end as it would have. "
                + $"{string.Join("; ", differences)}. With allowOtherSettings it goes on all the same.");

        Network copy = NetworkFile.ReadValues(stream, header, network.Clone(), Extras(network, checkpoint));
        return (checkpoint, copy);
    }

    // Not compared: what only a later version of the library names, unless it is known what was done before, and words, which the first version
    // wrote instead of kinds and settings.
    private static List<string> Differences(JsonElement actual, JsonElement saved)
    {
        var differences = new List<string>();
        foreach (JsonProperty setting in actual.EnumerateObject())
        {
            if ((saved.TryGetProperty(setting.Name, out JsonElement before) || earlier.TryGetProperty(setting.Name, out before))
                && (before.ValueKind != JsonValueKind.String || setting.Value.ValueKind == JsonValueKind.String))
                Compare(setting.Name, setting.Value, before);
        }

        return differences;

        // Equal values have equal texts: the writer gives floats to the last bit.
        void Compare(string name, JsonElement actual, JsonElement before)
        {
            if (actual.ValueKind == JsonValueKind.Object && before.ValueKind == JsonValueKind.Object)
            {
                // A damaged file may have any number.
                foreach (JsonProperty within in before.EnumerateObject().Take(100))
                    Compare($"{name}.{within.Name}", Setting(actual, within.Name), within.Value);
            }
            else if (Text(actual) != Text(before))
            {
                differences.Add($"{Printable.Text(name)}: {Words(actual)} instead of {Words(before)}");
            }
        }

        static JsonElement Setting(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement setting) ? setting : default;

        static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? null : value.GetRawText();

        static string Words(JsonElement value) =>
            value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "none" : StructureReader.Short(value).Trim('"');
    }

    private static NamedValues[] Extras(Network network, Checkpoint checkpoint)
    {
        var extras = new List<NamedValues>();
        if (checkpoint.Values is { Length: > 0 } values)
            extras.Add(new(Values, [values.Length / network.Parameters.Length, network.Parameters.Length], values.Memory));
        foreach ((string name, Network? beside) in new[] { (Best, checkpoint.Fit?.Best), (Average, checkpoint.Average) })
        {
            if (beside is { Parameters.Length: > 0 })
                extras.Add(new(name, [network.Parameters.Length], beside.AllParameters.Memory));
            if (beside is { Statistics.Length: > 0 })
                extras.Add(new(name + OfStatistics, [network.Statistics.Length], beside.AllStatistics.Memory));
        }

        return [.. extras];
    }

    private static string Write(Checkpoint checkpoint) => StructureWriter.Json(writer =>
    {
        writer.WriteNumber("version", NetworkFile.Version);
        writer.WritePropertyName("settings");
        checkpoint.Settings.WriteTo(writer);
        writer.WriteNumber("step", checkpoint.Step);
        writer.WriteNumber("epoch", checkpoint.Epoch);
        writer.WriteStartArray("divergences");
        foreach (double divergence in checkpoint.Divergences)
            writer.WriteStringValue(Exact(divergence));
        writer.WriteEndArray();
        if (checkpoint.PassedOver is { } passedOver)
        {
            writer.WriteStartArray("passedOver");
            foreach (long steps in passedOver)
                writer.WriteNumberValue(steps);
            writer.WriteEndArray();
        }

        if (checkpoint.Average is not null)
        {
            writer.WriteNumber("average", checkpoint.AverageCount);
            writer.WriteBoolean("averageHasStatistics", checkpoint.AverageHasStatistics);
        }

        if (checkpoint.ByHand.Weight > 0)
        {
            writer.WriteString("sum", Exact(checkpoint.ByHand.Sum));
            writer.WriteString("weight", Exact(checkpoint.ByHand.Weight));
        }

        if (checkpoint.Fit is not { } fit)
            return;

        writer.WriteStartObject("fit");
        writer.WriteNumber("firstEpoch", fit.FirstEpoch);
        writer.WriteNumber("step", fit.Step);
        writer.WriteNumber("row", fit.Row);
        writer.WriteString("sum", Exact(fit.Sum.Sum));
        writer.WriteString("weight", Exact(fit.Sum.Weight));
        writer.WriteString("seconds", Exact(fit.Seconds));
        writer.WriteNumber("sinceBest", fit.SinceBest);
        writer.WriteString("learningRate", Exact(fit.LearningRate));
        writer.WriteBoolean("stoppedEarly", fit.History.StoppedEarly);
        writer.WriteBoolean("best", fit.Best is not null);
        writer.WriteString("monitor", fit.History.Monitor);
        writer.WriteBoolean("isLargerBetter", fit.History.IsLargerBetter);
        writer.WriteString("smallestGain", Exact(fit.History.SmallestGain));
        writer.WriteString("data", fit.Data);
        writer.WriteString("validation", fit.Validation);
        writer.WriteStartArray("epochs");
        foreach (EpochResult epoch in fit.History.Epochs)
        {
            writer.WriteStartObject();
            writer.WriteNumber("epoch", epoch.Epoch);
            writer.WriteString("trainingDivergence", Exact(epoch.TrainingDivergence));
            writer.WriteString("validationDivergence", Exact(epoch.ValidationDivergence));
            writer.WriteString("validationAccuracy", Exact(epoch.ValidationAccuracy));
            if (epoch.Monitor is not null)
            {
                writer.WriteString("monitor", epoch.Monitor);
                writer.WriteString("monitored", Exact(epoch.Monitored));
            }

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
            JsonElement root = StructureReader.Parse($"\"{NetworkFile.Trainer}\"", text);
            int version = root.GetProperty("version").GetInt32();
            if (version is < 1 or > NetworkFile.Version)
                throw new InvalidDataException($"the checkpoint has format version {version}, and this library reads 1 to {NetworkFile.Version}.");
            long step = NotNegative(root.GetProperty("step").GetInt64());
            long averages = root.TryGetProperty("average", out JsonElement average) ? NotNegative(average.GetInt64()) : 0;
            return new Checkpoint
            {
                Settings = root.GetProperty("settings") is { ValueKind: JsonValueKind.Object } settings
                    ? settings
                    : throw new InvalidDataException("\"settings\" is no object."),
                Step = step,
                Epoch = (int)NotNegative(root.GetProperty("epoch").GetInt32(), int.MaxValue - 1),
                Divergences = [.. root.GetProperty("divergences").EnumerateArray().Select(Number)],
                ByHand = root.TryGetProperty("sum", out JsonElement sum) ? new(Number(sum), Number(root.GetProperty("weight"))) : default,
                Fit = root.TryGetProperty("fit", out JsonElement fit) ? ReadFit(fit, network) : null,
                PassedOver = root.TryGetProperty("passedOver", out JsonElement passedOver) ? ReadPassedOver(passedOver, network, step) : null,
                Average = averages > 0 ? network.Clone() : null,
                AverageCount = averages,
                AverageHasStatistics = root.TryGetProperty("averageHasStatistics", out JsonElement has) && has.GetBoolean(),
                Values = values,
            };
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException
            or InvalidDataException)
        {
            throw header.Refuse($"the text about the trainer is damaged: {wrong.Message}", wrong);
        }
    }

    private static long[] ReadPassedOver(JsonElement element, Network network, long step)
    {
        long[] passedOver = [.. element.EnumerateArray().Select(steps => NotNegative(steps.GetInt64()))];
        int blocks = network.Chain.Blocks.Count; // tied ones too
        return passedOver.Length == blocks && passedOver.All(steps => steps <= step) ? passedOver
            : throw new InvalidDataException($"\"passedOver\" needs a number for each of {blocks} blocks, at most {step}.");
    }

    private static FitState ReadFit(JsonElement fit, Network network)
    {
        var history = new TrainingHistory(
            fit.TryGetProperty("monitor", out JsonElement name) ? name.GetString() : null,
            fit.TryGetProperty("isLargerBetter", out JsonElement isLarger) && isLarger.GetBoolean(),
            fit.TryGetProperty("smallestGain", out JsonElement gain) ? Number(gain) : 0);
        foreach (JsonElement epoch in fit.GetProperty("epochs").EnumerateArray())
        {
            history.Add(new EpochResult(
                epoch.GetProperty("epoch").GetInt32(), Number(epoch.GetProperty("trainingDivergence")),
                Optional(epoch.GetProperty("validationDivergence")), Optional(epoch.GetProperty("validationAccuracy")),
                Number(epoch.GetProperty("seconds")), (float)Number(epoch.GetProperty("learningRate")))
            {
                Monitor = epoch.TryGetProperty("monitor", out JsonElement monitor) ? monitor.GetString() : null,
                Monitored = epoch.TryGetProperty("monitored", out JsonElement monitored) ? Number(monitored) : 0,
            });
        }

        history.StoppedEarly = fit.GetProperty("stoppedEarly").GetBoolean();
        return new FitState
        {
            FirstEpoch = (int)NotNegative(fit.GetProperty("firstEpoch").GetInt32()),
            Step = (int)NotNegative(fit.GetProperty("step").GetInt32()),
            Row = fit.TryGetProperty("row", out JsonElement row) ? NotNegative(row.GetInt64()) : 0,
            Sum = new WeightedSum(Number(fit.GetProperty("sum")), fit.TryGetProperty("weight", out JsonElement weight)
                ? Number(weight)
                : NotNegative(fit.GetProperty("count").GetInt64())), // as the first version had it
            Seconds = Number(fit.GetProperty("seconds")),
            SinceBest = (int)NotNegative(fit.GetProperty("sinceBest").GetInt32()),
            LearningRate = (float)Number(fit.GetProperty("learningRate")),
            History = history,
            Best = fit.GetProperty("best").GetBoolean() ? network.Clone() : null,
            Data = fit.GetProperty("data").GetString(),
            Validation = fit.GetProperty("validation").GetString(),
        };
    }

    // To the last bit; JSON has no NaN.
    private static string? Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(JsonElement element) => double.Parse(element.GetString() ?? "", NumberStyles.Float, CultureInfo.InvariantCulture);

    private static double? Optional(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : Number(element);

    // Counts go on from these, and no run is so long that they end.
    private static long NotNegative(long value, long most = 1L << 52) => value >= 0 && value <= most ? value
        : throw new InvalidDataException(FormattableString.Invariant($"a number from 0 to {most} was expected, but got {value}."));
}
