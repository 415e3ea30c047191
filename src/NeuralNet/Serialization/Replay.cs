using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NeuralNet;

/// <summary>What a file is checked by: checksums of its values and texts and, where examples were given, what the network answered to them.
/// Whoever loads the file asks the network again.</summary>
internal sealed class Replay
{
    // Names in the check: the checksum of the values, that of the texts, and that of the network's metadata, if it has any.
    private const string Data = "crc32c", Described = "texts", Metadata = "metadata";

    // Kernels of another version may round otherwise. The library's own are the same to the last bit everywhere.
    private const double Tolerance = 1e-4;

    // What asking may take in floats and in multiplications, so that a small file asks neither for much memory nor for minutes of work.
    private const long MaxFloats = 1 << 26;
    private const double MaxWork = 1L << 36;

    private readonly float[] inputs, outputs;

    private Replay(float[] inputs, float[] outputs)
    {
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /// <summary>Asks the network for the outputs of examples; null if there are none.</summary>
    /// <exception cref="ArgumentException">The examples are not rows that the network takes.</exception>
    public static Replay? Of(Network network, ReadOnlySpan<float> examples)
    {
        if (examples.IsEmpty)
            return null;
        int size = network.Input.Size, rows = examples.Length / size;
        if (examples.Length % size != 0)
            throw new ArgumentException(
                $"Examples are rows of {network.Input}, so a multiple of {size} values was expected, but got {examples.Length}.", nameof(examples));

        return Fits(network, rows) ? new Replay([.. examples], Ask(network, examples, rows))
            : throw new ArgumentException(
                $"{rows} examples would take too much memory or time whenever the file is loaded; give fewer.", nameof(examples));
    }

    /// <summary>What stands in a file as its check.</summary>
    /// <param name="replay">Inputs with outputs; null: none.</param>
    /// <param name="data">The checksum of the values.</param>
    /// <param name="texts">That of the texts, <see cref="Texts"/>.</param>
    /// <param name="metadata">The network's metadata, in the order of their names.</param>
    public static string Json(Replay? replay, uint data, uint texts, IReadOnlyDictionary<string, string> metadata) => StructureWriter.Json(writer =>
    {
        writer.WriteString(Data, data.ToString("x8", CultureInfo.InvariantCulture));
        writer.WriteString(Described, texts.ToString("x8", CultureInfo.InvariantCulture));
        if (metadata.Count > 0)
            writer.WriteString(Metadata, ChecksumOf(metadata).ToString("x8", CultureInfo.InvariantCulture));
        if (replay is not null)
        {
            writer.WriteBase64String("inputs", Bytes(replay.inputs));
            writer.WriteBase64String("outputs", Bytes(replay.outputs));
        }
    });

    /// <summary>The checksum of the texts that say what the network is, and how far its training has come.</summary>
    public static uint Texts(string structure, string? trainer)
    {
        var checksum = new Checksum();
        checksum.Add(Encoding.UTF8.GetBytes(structure));
        checksum.Add(Encoding.UTF8.GetBytes(trainer ?? ""));
        return checksum.Value;
    }

    /// <summary>Compares the checksum of a network's metadata, if the file has one: older files have none.</summary>
    /// <param name="own">The metadata without the library's own, in the order of their names.</param>
    /// <param name="all">All that the file has.</param>
    /// <exception cref="InvalidDataException">They are not those that were written, or the check is damaged.</exception>
    public static void VerifyMetadata(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> all)
    {
        if (all.TryGetValue(NetworkFile.Check, out string? json)
            && StructureReader.Parse($"\"{NetworkFile.Check}\"", json) is { ValueKind: JsonValueKind.Object } check
            && check.TryGetProperty(Metadata, out _))
            Compare(check, Metadata, ChecksumOf(own), "metadata");
    }

    /// <summary>Compares the checksums, and asks the network again.</summary>
    /// <exception cref="InvalidDataException">
    /// The answers differ beyond rounding, values or texts are not those that were written, or the check itself is damaged.
    /// </exception>
    public static void Verify(Network network, IReadOnlyDictionary<string, string> metadata, uint checksum)
    {
        if (!metadata.TryGetValue(NetworkFile.Check, out string? json))
            return;
        JsonElement check = StructureReader.Parse($"\"{NetworkFile.Check}\"", json);
        Compare(check, Data, checksum, "values");
        if (check.TryGetProperty(Described, out _))
        {
            uint texts = Texts(metadata[NetworkFile.Structure], metadata.GetValueOrDefault(NetworkFile.Trainer));
            Compare(check, Described, texts, "layers, settings or numbers of the trainer");
        }

        if (check.TryGetProperty("inputs", out JsonElement inputs) | check.TryGetProperty("outputs", out JsonElement outputs))
            new Replay(Floats(inputs, "inputs"), Floats(outputs, "outputs")).Verify(network);
    }

    // Each text with its length, so that none can become a part of the one before it.
    private static uint ChecksumOf(IReadOnlyDictionary<string, string> metadata)
    {
        var checksum = new Checksum();
        byte[] bytes = [];
        foreach ((string name, string text) in metadata)
        {
            Add(name);
            Add(text);
        }

        return checksum.Value;

        void Add(string text)
        {
            int length = Encoding.UTF8.GetByteCount(text);
            if (bytes.Length < sizeof(int) + length)
                bytes = new byte[sizeof(int) + (2 * length)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
            Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(int)));
            checksum.Add(bytes.AsSpan(0, sizeof(int) + length));
        }
    }

    private static void Compare(JsonElement check, string name, uint actual, string what)
    {
        if (check.ValueKind != JsonValueKind.Object || !check.TryGetProperty(name, out JsonElement crc) || crc.ValueKind != JsonValueKind.String
            || !uint.TryParse(crc.GetString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint expected))
            throw new InvalidDataException($"\"{NetworkFile.Check}\" has no \"{name}\", eight hexadecimal digits.");
        if (expected != actual)
            throw new InvalidDataException(
                $"the {what} are not those that were saved: their checksum is {actual:x8}, and {expected:x8} was expected. "
                + $"If they were changed on purpose, leave \"{NetworkFile.Check}\" out of the metadata.");
    }

    private void Verify(Network network)
    {
        int rows = inputs.Length / network.Input.Size;
        if (rows == 0 || inputs.Length % network.Input.Size != 0 || (long)rows * network.Output.Size != outputs.Length)
            throw new InvalidDataException(
                $"\"{NetworkFile.Check}\" has {inputs.Length} inputs and {outputs.Length} outputs; "
                + $"rows of {network.Input.Size} and {network.Output.Size} were expected.");

        if (!Fits(network, rows))
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"\"{NetworkFile.Check}\" asks for {rows} rows, which would take more than {MaxFloats >> 18} MB or {MaxWork:g2} multiplications."));

        float[] actual;
        try
        {
            actual = Ask(network, inputs, rows);
        }
        catch (Exception refusal) when (refusal is not OutOfMemoryException)
        {
            throw new InvalidDataException($"The network refuses the inputs of \"{NetworkFile.Check}\": {refusal.Message}", refusal);
        }

        Compare(actual, network.Output.Size);
    }

    private void Compare(float[] actual, int width)
    {
        double scale = outputs.Where(float.IsFinite).Select(y => Math.Abs((double)y)).DefaultIfEmpty(0).Max();
        double worst = 0;
        int at = -1;
        for (int i = 0; i < outputs.Length; i++)
        {
            // Equal infinities, and NaN for NaN, are no difference.
            double difference = actual[i].Equals(outputs[i]) ? 0 : Math.Abs((double)actual[i] - outputs[i]);
            if (!(difference <= worst))
                (worst, at) = (difference, i);
            if (double.IsNaN(worst))
                break;
        }

        if (!(worst <= Tolerance * scale))
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The network's answers are not those that the file was saved with: output {at % width} of example {at / width} is {actual[at]} "
                + $"instead of {outputs[at]}, a difference of {worst:g3}; at most {Tolerance * scale:g3} was expected, "
                + $"{Tolerance:g1} of the largest output."));
    }

    // In memory of its own, which does not outlive the call.
    private static float[] Ask(Network network, ReadOnlySpan<float> x, int rows)
    {
        using Workspace workspace = network.CreateWorkspace(rows, training: false);
        float[] y = new float[rows * network.Output.Size];
        network.Predict(x, y, rows, workspace);
        return y;
    }

    private static bool Fits(Network network, int rows) =>
        (long)network.Chain.Scratch.Fixed + network.Layout.CopyCount + (rows * ((long)network.Chain.Scratch.PerRow + network.Output.Size))
            <= MaxFloats && rows * network.Chain.Work <= MaxWork;

    private static byte[] Bytes(float[] values)
    {
        byte[] bytes = new byte[sizeof(float) * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), values[i]);
        return bytes;
    }

    private static float[] Floats(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.String || !element.TryGetBytesFromBase64(out byte[]? bytes) || bytes.Length % sizeof(float) != 0)
            throw new InvalidDataException($"\"{NetworkFile.Check}\" has no \"{name}\": floats in base64 were expected.");
        float[] values = new float[bytes.Length / sizeof(float)];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(sizeof(float) * i));
        return values;
    }
}
