using System.Text.Json;

namespace NeuralNet;

/// <summary>The file of a search: a line of JSON that says which search it is, and one for each result.</summary>
internal sealed class SearchLog : IDisposable
{
    private const string Format = "NeuralNet search";
    private const int Version = 1;

    private readonly string path;
    private readonly FileStream stream;

    /// <summary>Begins a file, or takes up what is in one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="search">The search.</param>
    /// <param name="way">Which settings are tried, and for how many epochs.</param>
    public SearchLog(string path, SettingsSearch search, string way)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = path;

        // Nobody else: two searches that write to one file would mix their lines.
        stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            byte[] header = Line(json => WriteHeader(json, search, way));
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            int end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            if (end == 0 && !header.AsSpan().StartsWith(bytes))
                throw NoSearch();
            Read(bytes.AsSpan(0, end), header);
            stream.SetLength(end);
            stream.Position = end;
            if (end == 0)
                Write(header);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>What the file says of a trial after so many epochs.</summary>
    public Dictionary<(int Trial, int Epochs), Outcome> Found { get; } = [];

    /// <summary>Adds a result.</summary>
    public void Add(TrialResult result) => Write(Line(json =>
    {
        TrialRung rung = result.Rungs[^1];
        json.WriteNumber("trial", result.Index);
        json.WriteNumber("epochs", rung.Epochs);
        if (result.Diverged is null)
            json.WriteNumber("measure", rung.Measure);
        else
            json.WriteString("diverged", result.Diverged);
        json.WriteNumber("seconds", rung.Seconds);
        json.WriteStartObject("settings");
        foreach ((string name, object value) in result.Settings)
        {
            if (value is string text)
                json.WriteString(name, text);
            else
                json.WriteNumber(name, result.Settings.Number(name));
        }

        json.WriteEndObject();
    }));

    public void Dispose() => stream.Dispose();

    private InvalidDataException NoSearch(Exception? damage = null) => new($"{path} is no file of a search. Take another file.", damage);

    private static void WriteHeader(Utf8JsonWriter json, SettingsSearch search, string way)
    {
        json.WriteString("format", Format);
        json.WriteNumber("version", Version);
        json.WriteString("space", search.Space.ToString());
        json.WriteNumber("seed", search.Seed);
        json.WriteString("measure", search.Measure.Name);
        json.WriteBoolean("larger is better", search.Measure.IsLargerBetter);
        json.WriteString("way", way);
    }

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    // At once and to the disk, so that what is told of is there after a power cut, too.
    private void Write(byte[] line)
    {
        stream.Write(line);
        stream.Flush(flushToDisk: true);
    }

    private void Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> header)
    {
        for (int number = 1; !bytes.IsEmpty; number++)
        {
            int end = bytes.IndexOf((byte)'\n');
            byte[] line = bytes[..end].ToArray();
            bytes = bytes[(end + 1)..];
            if (number == 1)
            {
                CheckHeader(line, header.ToArray());
                continue;
            }

            try
            {
                ReadResult(line);
            }
            catch (Exception damage) when (damage is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException(
                    FormattableString.Invariant($"{path}: line {number} is no result of a trial; delete the line, or take another file."), damage);
            }
        }
    }

    private void CheckHeader(byte[] theirs, byte[] ours)
    {
        using JsonDocument here = JsonDocument.Parse(ours);
        string? other = null;
        try
        {
            using JsonDocument there = JsonDocument.Parse(theirs);
            foreach (JsonProperty property in here.RootElement.EnumerateObject())
            {
                JsonElement value = there.RootElement.GetProperty(property.Name);
                if (!JsonElement.DeepEquals(value, property.Value))
                    other ??= $"its {property.Name} is {value}, but got {property.Value}";
            }
        }
        catch (Exception damage) when (damage is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw NoSearch(damage);
        }

        if (other is not null)
            throw new InvalidOperationException($"{path} is of another search: {other}. Take another file.");
    }

    private void ReadResult(byte[] line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement root = json.RootElement;
        string? diverged = root.TryGetProperty("diverged", out JsonElement why) ? why.GetString() : null;
        var rung = new TrialRung(
            root.GetProperty("epochs").GetInt32(), diverged is null ? root.GetProperty("measure").GetDouble() : double.NaN,
            root.GetProperty("seconds").GetDouble());
        Found[(root.GetProperty("trial").GetInt32(), rung.Epochs)] = new Outcome(rung, diverged);
    }
}
