using System.Text.Json;

namespace NeuralNet;

/// <summary>A network as a safetensors file: structure in the metadata, values under PyTorch's names.</summary>
internal static class NetworkFile
{
    // The version of what stands in the metadata; raised when an older library could not read it.
    public const int Version = 2;

    /// <summary>The names of the library's texts in the metadata: the layers, the check, and what a checkpoint says about the trainer.</summary>
    public const string Structure = NetworkMetadata.Own, Check = Structure + ".check", Trainer = Structure + ".trainer";

    /// <summary>What the names of a checkpoint's other tensors begin with.</summary>
    public const string TrainerPrefix = "trainer.";

    public static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
    }

    /// <summary>The same; null if there is no such file.</summary>
    public static FileStream? TryOpen(string path)
    {
        try
        {
            return Open(path);
        }
        catch (Exception nothing) when (nothing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
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
            (Chain chain, BlockLayout layout, NamedParts? inputs, NetworkOutputs? outputs) = ReadStructure(header, types);
            TensorMatch match = Match(header, chain.Layers, layout, []);

            // Only now is memory taken: the file has as many values as the network.
            Stream data = GatheredStream.Of(stream, header);
            return ReadValues(data, header, new Network(chain, layout, inputs, outputs), match);
        });
    }

    /// <summary>Reads the values of a network that is there, and of other tensors.</summary>
    public static Network ReadValues(Stream stream, SafetensorsHeader header, Network network, IReadOnlyList<NamedValues> extras) =>
        Guarded(header, () => ReadValues(stream, header, network, Match(header, network.Layers, network.Layout, extras)));

    private static Network ReadValues(Stream stream, SafetensorsHeader header, Network network, TensorMatch match)
    {
        match.ReadInto(network, stream, header, out uint checksum);
        network.TakeMetadata(Metadata(header));
        Replay.Verify(network, header.Metadata, checksum);
        return network;
    }

    /// <summary>The metadata that are not the library's own.</summary>
    /// <exception cref="InvalidDataException">They are not those that were saved.</exception>
    public static IReadOnlyDictionary<string, string> Metadata(SafetensorsHeader header) => Guarded(header, () =>
    {
        IReadOnlyDictionary<string, string> metadata = NetworkMetadata.OfFile(header.Metadata);
        Replay.VerifyMetadata(metadata, header.Metadata);
        return metadata;
    });

    // A network may be loaded from a checkpoint; what is its trainer's is then left out.
    private static TensorMatch Match(
        SafetensorsHeader header, IReadOnlyList<Layer> layers, BlockLayout layout, IReadOnlyList<NamedValues> extras)
    {
        var match = new TensorMatch(layers, layout, extras);
        foreach (TensorEntry entry in header.Tensors.Where(entry => extras.Count > 0 || !IsTrainers(header, entry)))
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
        var match = new TensorMatch(network.Layers, network.Layout, []);
        foreach (TensorEntry entry in header.Tensors)
        {
            if (!IsTrainers(header, entry) && rename(entry.Name) is { } name)
                match.Add(name, entry, isByRules: true);
        }

        // A disk may fail half-way; then the network is still what it was.
        Network copy = Guarded(header, () =>
        {
            match.ThrowIfIncomplete(allowMissing);
            if (allowMissing && ForgetBiases.FirstKept(network, match) is { } kept)
                throw new InvalidDataException(kept);
            Network copy = network.Clone();
            match.ReadInto(copy, stream, header, out _);
            return PaddingRows.FirstUsed(copy, network, () => IsOf(network)) is { } used ? throw new InvalidDataException(used) : copy;
        });
        copy.Parameters.CopyTo(network.Parameters);
        copy.Statistics.CopyTo(network.Statistics);

        bool IsOf(Network network) => header.Metadata.TryGetValue(Structure, out string? text) && text == StructureWriter.Write(network, Version);
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

    // Whether a tensor of a checkpoint is none of the network's.
    private static bool IsTrainers(SafetensorsHeader header, TensorEntry entry) =>
        header.Metadata.ContainsKey(Trainer) && entry.Name.StartsWith(TrainerPrefix, StringComparison.Ordinal);

    private static (Chain Chain, BlockLayout Layout, NamedParts? Inputs, NetworkOutputs? Outputs) ReadStructure(
        SafetensorsHeader header, LayerTypes? types)
    {
        if (!header.Metadata.TryGetValue(Structure, out string? structure))
            throw new InvalidDataException(
                $"there are weights, but no network: \"{Structure}\" is not in the metadata. Build the network and call LoadWeights.");

        JsonElement layers = StructureReader.Parse($"\"{Structure}\"", structure);
        var reader = new StructureReader(types, CheckVersion(layers));
        Chain chain = reader.Network(layers);
        BlockLayout layout = StructureReader.Guarded("network", () => new BlockLayout(chain.Blocks, reader.Ties(layers, chain)));
        return (
            chain, layout, reader.Parts(layers, StructureWriter.Inputs, chain.Input, NamedParts.Of),
            reader.Parts(layers, StructureWriter.Outputs, chain.Output, NetworkOutputs.Of));
    }
}
