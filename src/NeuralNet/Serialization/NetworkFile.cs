using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace NeuralNet;

/// <summary>A network as a safetensors file: structure in the metadata, values under PyTorch's names.</summary>
internal static class NetworkFile
{
    // The version of what stands in the metadata; raised when an older library could not read it.
    public const int Version = 1;

    /// <summary>The names of the metadata.</summary>
    public const string Structure = "neuralnet", Check = "neuralnet.check", Format = "format";

    /// <summary>Whether a name in the metadata is the library's.</summary>
    public static bool IsOwn(string name) => name is Format or Structure || name.StartsWith(Structure + ".", StringComparison.Ordinal);

    public static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
    }

    /// <summary>Makes all that stands before the data.</summary>
    /// <param name="network">The network.</param>
    /// <param name="replay">Inputs with their outputs; null: there are none, and the check has only a checksum.</param>
    /// <param name="metadata">What else is to stand in the metadata.</param>
    /// <param name="extras">Tensors that are not the network's.</param>
    public static byte[] Header(Network network, Replay? replay, IReadOnlyList<(string Name, string Text)>? metadata = null, params IReadOnlyList<ExtraTensor> extras)
    {
        if (network.LayerFloats > LayerMemory.Max)
            throw new NotSupportedException($"The network could be saved, but not loaded: {LayerMemory.TooMuch}");
        string structure = StructureWriter.Write(network, Version);

        // The checksum stands before what it is of: the data are gone through twice.
        var data = new TensorWriter(Stream.Null);
        List<Placed> tensors = InOrder(network, extras);
        Write(data, network, tensors);
        return Header(writer =>
        {
            writer.WriteStartObject(SafetensorsHeader.MetadataName);
            writer.WriteString(Format, "pt"); // what other programs write for tensors in PyTorch's layout
            writer.WriteString(Structure, structure);
            writer.WriteString(Check, Replay.Json(replay, data.Checksum, Replay.Texts(structure, metadata?.FirstOrDefault(text => text.Name == CheckpointFile.Text).Text)));
            foreach ((string name, string text) in metadata ?? [])
                writer.WriteString(name, text);

            writer.WriteEndObject();
            long at = 0;
            foreach (Placed tensor in tensors)
                WriteEntry(writer, tensor, ref at);
        });
    }

    /// <summary>Writes a file.</summary>
    public static void Write(Stream stream, byte[] header, Network network, params IReadOnlyList<ExtraTensor> extras)
    {
        stream.Write(header);
        Write(new TensorWriter(stream), network, InOrder(network, extras));
    }

    /// <summary>Reads a network, and what else the file holds.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="file">What messages call it.</param>
    /// <param name="types">People's own kinds.</param>
    /// <exception cref="InvalidDataException">Something is wrong with the file; the message says what.</exception>
    public static Network Read(Stream stream, string file, LayerTypes? types)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, file);
        return Guarded(header, () =>
        {
            Chain chain = ReadStructure(header, types);
            TensorMatch match = Match(header, chain.Layers, []);

            // Only now is memory taken: the file has as many values as the network.
            Stream data = GatheredStream.Of(stream, header);
            return ReadValues(data, header, Made(chain), match);
        });
    }

    /// <summary>Reads the values of a network that is there, and of other tensors.</summary>
    public static Network ReadValues(Stream stream, SafetensorsHeader header, Network network, IReadOnlyList<ExtraTensor> extras) =>
        Guarded(header, () => ReadValues(stream, header, network, Match(header, network.Layers, extras)));

    private static Network ReadValues(Stream stream, SafetensorsHeader header, Network network, TensorMatch match)
    {
        match.ReadInto(network, stream, header, out uint checksum);
        Replay.Verify(network, header.Metadata, checksum);
        return network;
    }

    // A network may be loaded from a checkpoint; what is its trainer's is then left out.
    private static TensorMatch Match(SafetensorsHeader header, IReadOnlyList<Layer> layers, IReadOnlyList<ExtraTensor> extras)
    {
        var match = new TensorMatch(TorchLayout.Of(layers), extras);
        foreach (TensorEntry entry in header.Tensors.Where(entry => extras.Count > 0 || !CheckpointFile.IsTrainers(header, entry)))
            match.Add(entry.Name, entry);
        match.ThrowIfIncomplete();
        return match;
    }

    /// <summary>What is refused in reading is refused with the name of the file.</summary>
    public static T Guarded<T>(SafetensorsHeader header, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException refusal) when (!header.IsNamedIn(refusal))
        {
            throw header.Refuse(refusal.Message, refusal);
        }
    }

    /// <summary>Reads values into a network that is there.</summary>
    public static void ReadWeights(Stream stream, string file, Network network, Func<string, string?> rename, bool allowMissing)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, file);
        var match = new TensorMatch(TorchLayout.Of(network.Layers), []);
        foreach (TensorEntry entry in header.Tensors)
        {
            if (!CheckpointFile.IsTrainers(header, entry) && rename(entry.Name) is { } name)
                match.Add(name, entry);
        }

        // A disk may fail half-way; then the network is still what it was.
        Network copy = Guarded(header, () =>
        {
            match.ThrowIfIncomplete(allowMissing);
            Network copy = network.Clone();
            match.ReadInto(copy, stream, header, out _);
            return PaddingRows.FirstUsed(copy, network) is { } used ? throw new InvalidDataException(used) : copy;
        });
        copy.Parameters.CopyTo(network.Parameters);
        copy.Statistics.CopyTo(network.Statistics);
    }

    private static List<Placed> InOrder(Network network, IReadOnlyList<ExtraTensor> extras)
    {
        List<Placed> tensors =
        [
            .. TorchLayout.Of(network.Layers).Select(tensor => new Placed(tensor.Name, tensor.Dimensions, tensor, null)),
            .. extras.Select(extra => new Placed(extra.Name, extra.Dimensions, null, extra)),
        ];
        tensors.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return tensors;
    }

    private static void Write(TensorWriter data, Network network, List<Placed> tensors)
    {
        foreach (Placed tensor in tensors)
        {
            if (tensor.Own is { } own)
                data.Write(own, network);
            else
                data.Write(tensor.Extra!.Values.Span);
        }
    }

    /// <summary>The version of a file, by the text about its layers.</summary>
    /// <exception cref="InvalidDataException">There is none that this library reads.</exception>
    public static int VersionOf(string structure) => CheckVersion(StructureReader.Parse($"\"{Structure}\"", structure));

    private static int CheckVersion(JsonElement structure)
    {
        if (structure.ValueKind != JsonValueKind.Object || !structure.TryGetProperty(StructureWriter.Version, out JsonElement version)
            || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number < 1)
            throw new InvalidDataException($"\"{Structure}\" has no \"{StructureWriter.Version}\", a whole number from 1.");
        return number <= Version ? number
            : throw new InvalidDataException($"the file has format version {number}, and this library reads up to {Version}; a later one wrote it.");
    }

    private static Chain ReadStructure(SafetensorsHeader header, LayerTypes? types)
    {
        if (!header.Metadata.TryGetValue(Structure, out string? structure))
            throw new InvalidDataException($"there are weights, but no network: \"{Structure}\" is not in the metadata. Build the network and call LoadWeights.");
        JsonElement layers = StructureReader.Parse($"\"{Structure}\"", structure);
        CheckVersion(layers);
        return new StructureReader(types).Network(layers);
    }

    private static Network Made(Chain chain)
    {
        try
        {
            return new Network(chain);
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidDataException(refusal.Message, refusal);
        }
    }

    private static void WriteEntry(Utf8JsonWriter writer, Placed tensor, ref long at)
    {
        long length = sizeof(float);
        writer.WriteStartObject(StructureWriter.Checked(tensor.Name, "a block"));
        writer.WriteString("dtype", TensorType.Single);
        writer.WriteStartArray("shape");
        foreach (int dimension in tensor.Dimensions)
        {
            writer.WriteNumberValue(dimension);
            length *= dimension;
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(at);
        writer.WriteNumberValue(at + length);
        writer.WriteEndArray();
        writer.WriteEndObject();
        at += length;
    }

    // The length, the JSON, and blanks, so that the data begin at a multiple of 8 bytes.
    private static byte[] Header(Action<Utf8JsonWriter> write)
    {
        byte[] json = Encoding.UTF8.GetBytes(StructureWriter.Json(write));
        int padded = (json.Length + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxBytes)
            throw new NotSupportedException($"The header would have {padded} bytes; at most {SafetensorsHeader.MaxBytes} are possible. Fewer examples or shorter metadata make it smaller.");
        byte[] header = new byte[SafetensorsHeader.LengthBytes + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.CopyTo(header, SafetensorsHeader.LengthBytes);
        header.AsSpan(SafetensorsHeader.LengthBytes + json.Length).Fill((byte)' ');
        return header;
    }

    private readonly record struct Placed(string Name, IReadOnlyList<int> Dimensions, FileTensor? Own, ExtraTensor? Extra);
}

/// <summary>A tensor of a file that is not a network's; its values lie in the file as they do in memory.</summary>
internal sealed record ExtraTensor(string Name, IReadOnlyList<int> Dimensions, AlignedBuffer Values);
