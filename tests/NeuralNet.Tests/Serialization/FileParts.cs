using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NeuralNet.Tests.Serialization;

/// <summary>A valid file in the parts that are damaged one by one.</summary>
internal sealed class FileParts
{
    // More values than these are not made for a damaged structure.
    private const long MaxValues = 1 << 14;

    private readonly string rest;

    public FileParts(byte[] file)
    {
        Whole = file;
        (string header, Data) = SavedNetworks.Header(file);
        JsonObject json = JsonNode.Parse(header)!.AsObject();
        Structure = json["__metadata__"]!["neuralnet"]!.GetValue<string>();
        json["__metadata__"]!.AsObject().Remove("neuralnet");
        rest = json.ToJsonString()["{\"__metadata__\":{".Length..];
    }

    public byte[] Whole { get; }

    /// <summary>Where the data begin.</summary>
    public int Data { get; }

    public string Structure { get; }

    /// <summary>The file with another structure, all else as it was.</summary>
    public byte[] WithStructure(List<byte> structure) =>
        SavedNetworks.FileOf($$"""{"__metadata__":{"neuralnet":{{Text(structure)}},{{rest}}""", Whole.AsSpan(Data));

    /// <summary>A file of this structure with tensors, checksum and inputs that fit it, as far as it is one.</summary>
    public byte[] Rebuilt(List<byte> structure, uint seed)
    {
        Chain chain;
        try
        {
            JsonElement document = StructureReader.Parse("structure", Encoding.UTF8.GetString([.. structure]));
            if (document.ValueKind != JsonValueKind.Object)
                return WithStructure(structure);
            chain = new StructureReader(SavedNetworks.Own, NetworkFile.Version).Network(document);
        }
        catch (InvalidDataException)
        {
            return WithStructure(structure);
        }

        List<FileTensor> tensors = TorchLayout.Of(chain.Layers);
        long values = tensors.Sum(tensor => tensor.Dimensions.Aggregate(1L, (size, dimension) => size * dimension));
        if (values > MaxValues || chain.Input.Size > MaxValues || chain.Output.Size > MaxValues)
            return WithStructure(structure);

        var stream = new RandomStream(seed);
        float[] data = Drawn(stream.Fork(0), (int)values, seed), inputs = Drawn(stream.Fork(1), chain.Input.Size, seed);
        var sum = new Checksum();
        sum.Add(MemoryMarshal.AsBytes(data.AsSpan()));
        string crc = sum.Value.ToString("x8", CultureInfo.InvariantCulture);
        string check = seed % 8 == 0
            ? $$"""{"crc32c":"{{crc}}"}"""
            : $$"""{"crc32c":"{{crc}}","inputs":"{{Base64(inputs)}}","outputs":"{{Base64(new float[chain.Output.Size])}}"}""";
        var header =
            new StringBuilder($$"""{"__metadata__":{"neuralnet":{{Text(structure)}},"neuralnet.check":{{JsonSerializer.Serialize(check)}}}""");
        long at = 0;
        foreach (FileTensor tensor in tensors)
        {
            long end = at + (4 * tensor.Dimensions.Aggregate(1L, (size, dimension) => size * dimension));
            header.Append(',').Append(SavedNetworks.Tensor(tensor.Name, "F32", string.Join(",", tensor.Dimensions), $"{at},{end}"));
            at = end;
        }

        return SavedNetworks.FileOf(header.Append('}').ToString(), MemoryMarshal.AsBytes(data.AsSpan()));
    }

    private static string Text(List<byte> text) => JsonSerializer.Serialize(Encoding.UTF8.GetString([.. text]));

    private static string Base64(float[] values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));

    // Numbers that are ids too, numbers that are none, and such as overflow.
    private static float[] Drawn(RandomStream stream, int count, uint seed)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (seed % 5) switch { 0 => 0, 1 => i % 2, 2 => 1e30f * stream.Normal(0, i), _ => stream.Normal(0, i) };
        return values;
    }
}
